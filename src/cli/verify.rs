//! `trial verify HISTORY…`: judges recorded histories, without a cluster.

use std::fmt::{self, Write as _};
use std::io::Write as _;
use std::path::PathBuf;

use serde::Serialize;

use crate::checker::escape::escaped;
use crate::checker::findings::faults_in_words;
use crate::checker::report::{CheckReport, Finding, Meaning, Report};
use crate::checker::verdict::Verdict;
use crate::error::UserError;
use crate::exit_code::ExitCode;
use crate::history::load::{Loaded, load};

/// Judges recorded histories, without a cluster.
///
/// Files whose headers have the same name are parts of one history. Exit code 0: nothing is wrong,
/// 1: a promise was broken, 2: it cannot be said, 64: a file cannot be read as a history.
#[derive(Debug, clap::Args)]
pub struct VerifyArgs {
    /// History files, one JSON object a line (docs/history.md)
    #[arg(required = true, value_name = "HISTORY")]
    files: Vec<PathBuf>,
    /// Print JSON: one object for each history
    #[arg(long)]
    json: bool,
}

/// Runs the command; its output goes to standard output.
///
/// # Errors
/// When a file cannot be read, or the output cannot be written.
pub fn main(args: &VerifyArgs) -> Result<ExitCode, UserError> {
    let mut worst = Verdict::Passed;
    let mut output = std::io::stdout().lock();
    for Loaded { files, history } in load(&args.files)? {
        let report = crate::checker::check(&history);
        worst = worst.max(report.verdict);
        let judged = Judged { files: &files, report: &report };
        let text = if args.json {
            serde_json::to_string(&judged).map_err(|error| cannot_print(error.into()))?
        } else {
            judged.to_string()
        };
        writeln!(output, "{text}").map_err(cannot_print)?;
    }
    Ok(match worst {
        Verdict::Passed => ExitCode::Passed,
        Verdict::Inconclusive => ExitCode::Inconclusive,
        Verdict::Failed => ExitCode::Failed,
    })
}

fn cannot_print(error: std::io::Error) -> UserError {
    UserError::environment(
        "failed to print the verdict",
        "give it a standard output that can be written",
    )
    .because(error)
}

/// A history's report with the files that it is of.
#[derive(Debug, Serialize)]
struct Judged<'r> {
    files: &'r [PathBuf],
    #[serde(flatten)]
    report: &'r Report,
}

impl fmt::Display for Judged<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { files, report } = self;
        let names = files.iter().map(|file| escaped(&file.display().to_string()).into_owned());
        let names: Vec<String> = names.collect();
        writeln!(f, "{}: {}", names.join(" + "), report.verdict)?;
        let counts = &report.counts;
        writeln!(
            f,
            "  compared: {} messages sent ({} acknowledged, {} failed, {} unknown), {} records read,",
            counts.sent, counts.acknowledged, counts.failed, counts.unknown, counts.read,
        )?;
        writeln!(
            f,
            "            {} transactions ({} committed), {} clients, {} partitions",
            counts.transactions, counts.committed, counts.clients, counts.partitions,
        )?;
        for text in &report.doubts {
            writeln!(f, "  inconclusive: {text}")?;
        }
        for text in &report.notes {
            writeln!(f, "  note: {text}")?;
        }
        for found in &report.availability {
            let ms = |gap: Option<crate::checker::availability::Gap>| {
                gap.map_or_else(|| "not known".into(), |gap| format!("{} ms", gap.ns / 1_000_000))
            };
            let (writes, reads) = (ms(found.longest_write_gap), ms(found.longest_read_gap));
            writeln!(
                f,
                "  longest gap in {}: writes {writes}, reads {reads}",
                escaped(&found.topic)
            )?;
        }
        for check in
            report.checks.iter().filter(|check| check.found() > 0 || check.reason.is_some())
        {
            f.write_str(&describe(check)?)?;
        }
        let named = |select: fn(&&CheckReport) -> bool| {
            let names = report.checks.iter().filter(select);
            names.map(|check| check.anomaly.name()).collect::<Vec<_>>().join(", ")
        };
        let absent = named(|check| check.verdict == Some(Verdict::Passed) && check.found() == 0);
        if !absent.is_empty() {
            writeln!(f, "  not found: {absent}")?;
        }
        let idle = named(|check| check.verdict.is_none());
        if !idle.is_empty() {
            writeln!(f, "  nothing to judge: {idle}")?;
        }
        Ok(())
    }
}

fn describe(check: &CheckReport) -> Result<String, fmt::Error> {
    let mut text = String::new();
    if let Some(reason) = &check.reason {
        writeln!(text, "  {}: inconclusive: {reason}", check.anomaly)?;
    }
    for Finding { standing, reason, count, examples } in &check.findings {
        let word = match standing {
            Meaning::Violation => "VIOLATION",
            Meaning::Undecided => "undecided",
            Meaning::Allowed => "allowed",
        };
        writeln!(text, "  {word}: {}, {count} of {} compared", check.anomaly, check.compared)?;
        writeln!(text, "      {}", check.anomaly.meaning())?;
        if let Some(reason) = reason {
            writeln!(text, "      {word} because {reason}")?;
        }
        for example in examples {
            write!(text, "      - {}", example.text)?;
            if let Some(key) = &example.key {
                write!(text, "; key {key:?}")?;
            }
            if let Some(time) = example.wall_ms.and_then(|ms| i64::try_from(ms).ok()) {
                let time = jiff::Timestamp::from_millisecond(time);
                time.map_or(Ok(()), |time| write!(text, "; at {time}"))?;
            }
            if let Some(faults) = faults_in_words(&example.faults, &example.later_faults) {
                write!(text, "; {}", escaped(&faults))?;
            }
            writeln!(text)?;
        }
        let more = count - examples.len() as u64;
        if more > 0 {
            writeln!(text, "      … and {more} more")?;
        }
    }
    Ok(text)
}
