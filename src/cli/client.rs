//! `trial client`: a client of a scenario, in a process of its own. `trial run` starts it.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;

use clap::Args;

use crate::client::process::{self, task::Task};
use crate::error::UserError;
use crate::exit_code::ExitCode;
use crate::load::{self, task::LoadTask};

/// Be a client of a scenario: the task comes on standard input.
#[derive(Debug, Args)]
#[command(hide = true)]
pub struct ClientArgs {
    /// Folder of the run: whoever looks at the processes of the machine sees whose client this is
    #[arg(long, value_name = "DIR")]
    run: PathBuf,
}

/// Reads its task from standard input and works at it until the run says otherwise.
///
/// # Errors
/// Usage, when the first line of the input is no task; environment, when its history cannot be written.
pub fn main(arguments: &ClientArgs) -> Result<ExitCode, UserError> {
    tracing::debug!(run = %arguments.run.display(), "a client of this run");
    let mut input = BufReader::new(std::io::stdin());
    let mut line = String::new();
    let read = input.read_line(&mut line);
    read.map_err(|error| not_started("its task cannot be read").because(error))?;
    // A client of a load keeps no history, and has no other orders than to stop.
    if let Ok(task) = serde_json::from_str::<LoadTask>(&line) {
        load::child::work(&task, input);
        return Ok(ExitCode::Passed);
    }
    let task: Task = serde_json::from_str(&line)
        .map_err(|error| not_started("its input does not begin with a task").because(error))?;
    process::child::work(&task, input)?;
    Ok(ExitCode::Passed)
}

fn not_started(why: &str) -> UserError {
    UserError::usage(
        format!("this client was not started by a run: {why}"),
        "`trial client` is for `trial run`; write a feature with a copier, for example",
    )
}
