//! `trial doctor`: what this machine can run, and how to get the rest.

use clap::Args;
use miette::Diagnostic as _;

use super::terminal;
use crate::distribution::{self, Cache, releases};
use crate::error::UserError;
use crate::exit_code::ExitCode;
use crate::runtime::registry;

/// Say what this machine can run, and how to get the rest.
///
/// Exit code 0 if at least one runtime works, jars can be had and the cache can be written, else 3.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  trial doctor")]
pub struct DoctorArgs {}

/// Looks and prints.
///
/// # Errors
/// When standard output cannot be written.
pub fn main() -> Result<ExitCode, UserError> {
    let (runtimes, maven_in_a_container) = super::block_on(async {
        let runtimes = registry::all().iter().map(async |it| (it.kind, (it.find)().await));
        let runtimes = futures::future::join_all(runtimes).await;
        Ok((runtimes, distribution::has_maven_in_a_container().await))
    })?;
    let runs = runtimes.iter().any(|(_, found)| found.is_ok());
    let jars = jars(maven_in_a_container);
    let python = program("python3", &["--version"]);
    let cache = Cache::of_user().and_then(|cache| cache.ensure_writable().map(|()| cache));
    let works = runs && jars.is_ok() && cache.is_ok();
    let found = runtimes.iter().filter_map(|(_, found)| found.as_ref().ok());
    let advice: Vec<_> = found.filter_map(|found| found.advice()).collect();
    let runtimes = runtimes
        .into_iter()
        .map(|(kind, found)| finding(&format!("{kind} runtime"), found.map(|found| found.found())));
    let others = [
        finding("fetching Kafka", jars),
        finding(
            "Python clients",
            python.ok_or_else(|| missing("Python 3", "apt-get install python3 python3-venv")),
        ),
        finding("cache", cache.map(|it| it.root().display().to_string()).map_err(UserError::from)),
    ];
    let broken = Cache::of_user().map(|cache| distribution::broken(&cache)).unwrap_or_default();
    let broken = broken.into_iter().map(|it| {
        format!("! cache, {it}\n    it is fetched or made again by the next run that needs it")
    });
    let lines = runtimes.chain(others).chain(broken).chain(advice).map(|line| line + "\n");
    terminal::print(&lines.collect::<String>())?;
    Ok(if works { ExitCode::Passed } else { ExitCode::Environment })
}

/// Where jars of Kafka come from.
fn jars(in_a_container: bool) -> Result<String, UserError> {
    if let Some(maven) = program("mvn", &["--version"]) {
        return Ok(maven);
    }
    if in_a_container {
        return Ok("by Maven in a container".into());
    }
    let cache = Cache::of_user()?;
    let cached = releases().into_iter().filter(|it| distribution::is_cached(it, &cache));
    let cached: Vec<_> = cached.map(|release| release.to_string()).collect();
    let help = "apt-get install maven, or a Docker engine to run it in";
    match cached.as_slice() {
        [] => Err(missing("Maven", help)),
        _ => Ok(format!("without Maven, only what is in the cache: {}", cached.join(", "))),
    }
}

fn finding(subject: &str, found: Result<String, UserError>) -> String {
    match found {
        Ok(found) => format!("✔ {subject}: {found}"),
        Err(error) => {
            let help = error.help().map(|help| format!("\n    {help}")).unwrap_or_default();
            format!("✘ {subject}: {error}{help}")
        }
    }
}

fn missing(what: &str, help: &str) -> UserError {
    UserError::environment(format!("{what} is not on the PATH"), help)
}

/// The first line that a program prints, if it is there.
fn program(name: &str, arguments: &[&str]) -> Option<String> {
    let output = std::process::Command::new(name).args(arguments).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = console::strip_ansi_codes(text.lines().next()?).into_owned();
    output.status.success().then_some(line)
}
