//! `trial report DIR…`: makes the reports of a run again from its events.

use std::path::PathBuf;

use clap::Args;

use super::compare::ToleranceArgs;
use super::terminal;
use crate::error::UserError;
use crate::exit_code::ExitCode;
use crate::report::markdown::counts;
use crate::report::merge::merge;
use crate::report::{Baseline, files, json, markdown, read};

/// Make the reports of a run again from its events, also of one that was killed; merge the parts of a run.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  trial report results/latest
  trial report results/latest --baseline results/good
  trial report part-1 part-2 part-3 --out results/all")]
pub struct ReportArgs {
    /// Folder of the run's results; several are the parts of a run with --shard
    #[arg(value_name = "DIR", required = true)]
    folders: Vec<PathBuf>,
    /// Where the reports go [default: the folder itself, where it is only one]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Compare with an earlier run; exit code 1 if something has become worse
    #[arg(long, value_name = "REPORT")]
    baseline: Option<PathBuf>,
    /// How much worse is allowed.
    #[command(flatten)]
    tolerance: ToleranceArgs,
}

/// Makes the reports.
///
/// # Errors
/// When the events cannot be read, the runs are not parts of one, or the reports cannot be written.
pub fn main(arguments: &ReportArgs) -> Result<ExitCode, UserError> {
    let ReportArgs { folders, out, baseline, tolerance } = arguments;
    let baseline = baseline.as_deref().map(json::read).transpose()?;
    let reports = folders.iter().map(|folder| read::report(folder));
    let mut reports = reports.collect::<Result<Vec<_>, _>>()?;
    let (report, out) = match (folders.as_slice(), out) {
        ([folder], out) => (reports.remove(0), out.as_ref().unwrap_or(folder)),
        (_, Some(out)) => (merge(reports)?, out),
        (_, None) => {
            let help = "name it with --out";
            return Err(UserError::usage("the merged report needs a folder of its own", help));
        }
    };
    std::fs::create_dir_all(out).map_err(|error| {
        let what = format!("reports cannot be written to {}", out.display());
        UserError::environment(what, "choose another folder with --out").because(error)
    })?;
    let baseline = baseline.map(Box::new);
    let baseline = baseline.map(|report| Baseline { report, tolerance: (*tolerance).into() });
    let comparison = baseline.as_ref().map(|baseline| baseline.compare(&report));
    files::write(&report, comparison.as_ref(), out)?;
    markdown::append(&report, comparison.as_ref())?;
    terminal::print(&format!("{}; report: {}/report.html\n", counts(&report), out.display()))?;
    let regression = comparison.is_some_and(|comparison| comparison.regression);
    Ok(if regression { ExitCode::Failed } else { ExitCode::Passed })
}
