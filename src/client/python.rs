//! Virtual environments for client programs in Python: one for each `requirements.txt` and version of
//! Python, made once and kept in the per-user cache.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use thiserror::Error;
use tokio::process::Command;

use crate::distribution::cache::{self, Cache, Claim, Shelf, Vacancy};
use crate::distribution::{DistributionError, child};
use crate::event::stream::Events;

/// The reason why there is no virtual environment.
#[derive(Debug, Error)]
pub enum PythonError {
    /// The cache does not work.
    #[error(transparent)]
    Cache(#[from] DistributionError),
    /// The file of requirements cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Requirements {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// Python could not be run.
    #[error("cannot run {python}: {source}")]
    NoPython {
        /// As the author wrote it.
        python: String,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// Python ran and failed.
    #[error("{doing} failed:\n{output}")]
    Failed {
        /// The command.
        doing: String,
        /// Its last lines.
        output: String,
    },
}

/// Where `words` run a Python program that has a `requirements.txt` beside it: the same words with the
/// interpreter of a virtual environment that has those packages. Other words stay as they are.
///
/// # Errors
/// When the environment cannot be made; what was half-made is gone.
pub async fn prepare(
    words: Vec<String>,
    cache: &Cache,
    events: &Events,
) -> Result<Vec<String>, PythonError> {
    let Some(requirements) = requirements(&words) else { return Ok(words) };
    let python = &words[0];
    let text = std::fs::read_to_string(&requirements)
        .map_err(|source| PythonError::Requirements { path: requirements.clone(), source })?;
    let mut version = Command::new(python);
    version.args(["-c", "import sys; print(sys.version)"]).stdin(Stdio::null());
    let version = run(version, python, "asking Python for its version").await?;
    let folder = requirements.parent().and_then(Path::file_name).unwrap_or_default();
    let key = cache::key(folder.to_string_lossy(), &format!("{version}\n{text}"));

    let subject = requirements.display().to_string();
    let waiting = || events.phase(&subject, "waiting for another run that installs");
    let environment = match cache.claim(Shelf::Python, &key, waiting).await? {
        Claim::Present(environment) => environment,
        Claim::Vacant(vacancy) => {
            events.phase(&subject, "installing");
            install(python, &requirements, vacancy).await?
        }
    };
    let interpreter = environment.join("bin").join("python").display().to_string();
    Ok(std::iter::once(interpreter).chain(words.into_iter().skip(1)).collect())
}

/// The file beside the program, if the words run a Python program that has one.
fn requirements(words: &[String]) -> Option<PathBuf> {
    let interpreter = Path::new(words.first()?).file_name()?.to_string_lossy();
    let rest = interpreter.strip_prefix("python")?;
    if !rest.chars().all(|letter| letter.is_ascii_digit() || letter == '.') {
        return None;
    }
    let program = words.iter().skip(1).find(|word| !word.starts_with('-'))?;
    Some(Path::new(program).with_file_name("requirements.txt")).filter(|file| file.is_file())
}

async fn install(
    python: &str,
    requirements: &Path,
    vacancy: Vacancy,
) -> Result<PathBuf, PythonError> {
    let environment = vacancy.folder().join("environment");
    let mut make = Command::new(python);
    make.args(["-m", "venv"]).arg(&environment).stdin(vacancy.stdin()?);
    run(make, python, "making a virtual environment (Debian has it in the package python3-venv)")
        .await?;
    let interpreter = environment.join("bin").join("python");
    let mut install = Command::new(&interpreter);
    install.args(["-m", "pip", "install", "--disable-pip-version-check", "--requirement"]);
    install.arg(requirements).stdin(vacancy.stdin()?);
    let doing = format!("installing {}", requirements.display());
    run(install, &interpreter.display().to_string(), &doing).await?;
    // Its interpreter finds its packages from where it is, so that the folder can be renamed.
    Ok(cache::blocking(move || vacancy.fill(&environment)).await?)
}

async fn run(command: Command, python: &str, doing: &str) -> Result<String, PythonError> {
    let ended = child::run(command, |_| {}).await;
    let ended = ended.map_err(|source| PythonError::NoPython { python: python.into(), source })?;
    let output = ended.lines.join("\n");
    if ended.status.success() {
        return Ok(output);
    }
    Err(PythonError::Failed { doing: doing.into(), output })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn only_python_programs_with_requirements_want_an_environment() {
        let folder = tempfile::tempdir().expect("a folder");
        let program = folder.path().join("client.py").display().to_string();
        assert_eq!(requirements(&words(&format!("python3 -u {program}"))), None);
        let file = folder.path().join("requirements.txt");
        std::fs::write(&file, "").expect("a file");
        for python in ["python", "python3", "/usr/bin/python3.11"] {
            let found = requirements(&words(&format!("{python} -u {program} --fast")));
            assert_eq!(found.as_ref(), Some(&file), "{python}");
        }
        assert_eq!(requirements(&words(&format!("pythonic {program}"))), None);
        assert_eq!(requirements(&words("python3 -V")), None);
    }

    #[tokio::test]
    async fn an_environment_is_made_once_and_can_be_used() {
        let folder = tempfile::tempdir().expect("a folder");
        let cache = Cache::at(folder.path().join("cache"));
        let program = folder.path().join("client.py");
        std::fs::write(folder.path().join("requirements.txt"), "# none\n").expect("a file");
        std::fs::write(&program, "import sys; print(sys.prefix)").expect("a file");
        let line = words(&format!("python3 {}", program.display()));
        let events = Events::channel().0;
        let first = prepare(line.clone(), &cache, &events).await.expect("an environment");
        assert_eq!(first[1], line[1]);
        let mut command = Command::new(&first[0]);
        command.arg(&first[1]);
        let prefix = run(command, "python", "running").await.expect("it runs");
        assert!(Path::new(&prefix).starts_with(cache.root()), "{prefix} is not in the cache");
        assert_eq!(prepare(line, &cache, &events).await.expect("the same"), first);
    }
}
