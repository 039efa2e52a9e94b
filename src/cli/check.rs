//! `trial check`: are the features right? No cluster is started.

use clap::Args;

use super::{run, terminal};
use crate::distribution::Cache;
use crate::error::UserError;
use crate::exit_code::ExitCode;
use crate::plan::Plan;
use crate::plan::clusters::ClusterFlags;
use crate::plan::select::Selection;

/// Parse features, match every step, check every cluster; start nothing.
///
/// All mistakes of all files are shown at once, each with its place and how to fix it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  trial check
  trial check features/startup features/topics/create.feature")]
pub struct CheckArgs {
    /// Feature files, or folders that are searched for them
    #[arg(value_name = "PATH", default_value = run::DEFAULT_PATH)]
    paths: Vec<String>,
}

/// Checks and says how many scenarios there are.
///
/// # Errors
/// Every mistake, or that there is no scenario.
pub fn main(arguments: &CheckArgs) -> Result<ExitCode, UserError> {
    let selection = Selection { paths: arguments.paths.clone(), ..Selection::default() };
    let flags = ClusterFlags { cache: Cache::of_user().ok(), ..ClusterFlags::default() };
    let plan = Plan::make(&selection, &flags)?;
    run::check_selected(&plan, &selection)?;
    let scenarios = counted(plan.selected, "scenario");
    let files = counted(plan.files, "file");
    terminal::print(&format!("{scenarios} in {files}: no mistakes\n"))?;
    Ok(ExitCode::Passed)
}

fn counted(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}
