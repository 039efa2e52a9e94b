//! The step summary of GitHub Actions: Markdown that is appended to the file that `GITHUB_STEP_SUMMARY` names.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::PathBuf;

use super::compare::{self, Comparison};
use super::model::{Report, Scenario};
use super::text::{count, duration, visible, word};
use crate::error::UserError;
use crate::event::status::Status;

/// The variable with the name of the file.
const VARIABLE: &str = "GITHUB_STEP_SUMMARY";

/// Scenarios whose reason for not passing is shown; GitHub takes 1 MiB.
const TOLD: usize = 50;

/// Appends the summary where the variable is set.
///
/// # Errors
/// When the file cannot be written.
pub fn append(report: &Report, comparison: Option<&Comparison>) -> Result<(), UserError> {
    let Some(path) = std::env::var_os(VARIABLE).filter(|path| !path.is_empty()) else {
        return Ok(());
    };
    let path = PathBuf::from(path);
    let file = OpenOptions::new().create(true).append(true).open(&path);
    file.and_then(|mut file| file.write_all(render(report, comparison).as_bytes())).map_err(
        |error| {
            let what = format!("{} could not be written", path.display());
            UserError::environment(what, format!("it comes from {VARIABLE}; unset it"))
                .because(error)
        },
    )
}

/// The summary.
pub fn render(report: &Report, comparison: Option<&Comparison>) -> String {
    let comparison = comparison.map(compare::text::markdown).unwrap_or_default();
    summary(report) + &comparison
}

fn summary(report: &Report) -> String {
    let run = &report.run;
    let (versions, took) = (&run.versions, duration(run.duration_ms));
    let zookeeper = match versions.zookeeper.is_empty() {
        true => String::new(),
        false => format!(" · ZooKeeper {}", versions.zookeeper.join(", ")),
    };
    let mut text = format!(
        "## trial: {}\n\n{} in {took} · Kafka {}{zookeeper} · runtime {} · seed {}\n\n",
        word(run.status),
        counts(report),
        versions.kafka.join(", "),
        run.runtime,
        run.seed,
    );
    let mut bad: Vec<_> =
        report.counted().filter(|it| it.status != Status::Passed || it.flaky).collect();
    bad.sort_by_key(|scenario| std::cmp::Reverse(scenario.status));
    if bad.is_empty() {
        return text;
    }
    text.push_str("| | Scenario | Where | Why |\n|---|---|---|---|\n");
    for scenario in bad.iter().take(TOLD) {
        text.push_str(&row(scenario));
    }
    if let Some(more) = bad.len().checked_sub(TOLD).filter(|more| *more > 0) {
        text.push_str(&format!("\n… and {}\n", count(more, "other")));
    }
    let again: Vec<_> = bad.into_iter().filter(|it| it.status != Status::Skipped).collect();
    if !again.is_empty() {
        text.push_str(&format!("\nTo run it again:\n\n```sh\n{}\n```\n", report.rerun(&again)));
    }
    text
}

/// `3 passed, 1 failed`.
pub fn counts(report: &Report) -> String {
    let all = [Status::Passed, Status::Failed, Status::Inconclusive, Status::Skipped];
    let counted = all.into_iter().map(|status| (report.count(status), word(status)));
    let flaky = (report.flaky(), "flaky");
    let counted = counted.chain([flaky]).filter(|(number, _)| *number > 0);
    let counted: Vec<_> = counted.map(|(number, word)| format!("{number} {word}")).collect();
    if counted.is_empty() { "nothing ended".into() } else { counted.join(", ") }
}

fn row(scenario: &Scenario) -> String {
    let failure = scenario.failure();
    let reason = failure.map_or("passed after another attempt", |failure| failure.reason);
    let line =
        failure.and_then(|failure| failure.step).map_or(scenario.line, |it| it.sentence.line);
    format!(
        "| {} | {} | {} | {} |\n",
        scenario.verdict(),
        cell(&scenario.name),
        cell(&format!("{}:{line}", scenario.feature)),
        cell(reason.lines().next().unwrap_or_default()),
    )
}

/// A text that stays in its cell of a table, whatever is in it.
pub fn cell(text: &str) -> String {
    let mut cell = String::new();
    for letter in visible(text).chars().take(300) {
        match letter {
            '<' => cell.push_str("&lt;"),
            '&' => cell.push_str("&amp;"),
            '\n' => cell.push(' '),
            '|' | '*' | '_' | '`' | '[' | ']' | '\\' | '@' | '#' | '~' => {
                cell.push('\\');
                cell.push(letter);
            }
            letter => cell.push(letter),
        }
    }
    cell
}
