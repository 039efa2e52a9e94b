//! `trial compare BASE NEW`: what has become worse from one run to another.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;

use super::terminal;
use crate::error::UserError;
use crate::exit_code::ExitCode;
use crate::report::compare::{Finding, Tolerance, compare, text, trend};
use crate::report::{files, html, json};

/// Compare two runs, or draw how scenarios did over many.
///
/// Exit code 1: something that passed does not any more, or has become worse; 2: the runs have no scenario in common.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  trial compare results/good results/latest
  trial compare base.json results/latest --tolerance 10 --tolerance-time '500 ms' --markdown
  trial compare --trend results")]
pub struct CompareArgs {
    /// The run to compare with: its report.json, or the folder of its results
    #[arg(value_name = "BASE", required_unless_present = "trend")]
    base: Option<PathBuf>,
    /// The run to compare
    #[arg(value_name = "NEW", required_unless_present = "trend")]
    new: Option<PathBuf>,
    /// Draw pass rate and recovery of each scenario over all runs with results below a folder
    #[arg(long, value_name = "DIR", conflicts_with_all = ["base", "new"])]
    trend: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Print Markdown, for pull requests
    #[arg(long, conflicts_with_all = ["json", "trend"])]
    markdown: bool,
    /// How much worse is allowed.
    #[command(flatten)]
    tolerance: ToleranceArgs,
}

/// How much worse a run may be than its base.
#[derive(Debug, Clone, Copy, Args)]
pub struct ToleranceArgs {
    /// How much worse something may be, in percent of the base [default: 25]
    #[arg(long, value_name = "PERCENT")]
    tolerance: Option<u32>,
    /// How much longer recovery and unavailability may take at least [default: 2 s]
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    tolerance_time: Option<Duration>,
}

impl ToleranceArgs {
    /// Whether one was given.
    pub fn is_given(self) -> bool {
        self.tolerance.is_some() || self.tolerance_time.is_some()
    }
}

impl From<ToleranceArgs> for Tolerance {
    fn from(arguments: ToleranceArgs) -> Self {
        let default = Self::default();
        let share = arguments.tolerance.map_or(default.share, |percent| f64::from(percent) / 100.0);
        let time = arguments.tolerance_time.map(|time| time.as_millis());
        let time_ms = time.map_or(default.time_ms, |ms| u64::try_from(ms).unwrap_or(u64::MAX));
        Self { share, time_ms }
    }
}

/// Compares.
///
/// # Errors
/// When a report cannot be read.
pub fn main(arguments: &CompareArgs) -> Result<ExitCode, UserError> {
    if let Some(folder) = &arguments.trend {
        return draw(folder, arguments.json);
    }
    let (Some(base), Some(new)) = (&arguments.base, &arguments.new) else {
        return Err(UserError::usage("two runs are compared", "name BASE and NEW, or --trend DIR"));
    };
    let comparison = compare(&json::read(base)?, &json::read(new)?, arguments.tolerance.into());
    let text = if arguments.json {
        json::render(&comparison).map_err(no_json)?
    } else if arguments.markdown {
        text::markdown(&comparison)
    } else {
        text::plain(&comparison)
    };
    terminal::print(&text)?;
    Ok(match comparison.finding() {
        Finding::Regression => ExitCode::Failed,
        Finding::NoRegression => ExitCode::Passed,
        Finding::NothingInCommon => ExitCode::Inconclusive,
    })
}

/// Trends have no exit code of their own: what is worse than what is for a comparison to say.
fn draw(folder: &Path, as_json: bool) -> Result<ExitCode, UserError> {
    let (reports, errors) = trend::read(folder)?;
    errors.iter().for_each(terminal::warn);
    let trends = trend::trends(&reports);
    let path = folder.join(html::TREND);
    files::write_one(&path, &html::trend(&reports, &trends))?;
    let text = if as_json {
        json::render(&trends).map_err(no_json)?
    } else {
        format!("{}drawn in {}\n", trend::plain(&trends), path.display())
    };
    terminal::print(&text)?;
    Ok(ExitCode::Passed)
}

fn no_json(error: serde_json::Error) -> UserError {
    UserError::environment("the comparison cannot be written as JSON", "").because(error)
}
