//! `trial client`: a client of a scenario, in a process of its own. `trial run` starts it.

use std::path::PathBuf;

use clap::Args;

use crate::client::process::child;
use crate::error::UserError;
use crate::exit_code::ExitCode;

/// Be a client of a scenario: the task comes on standard input.
#[derive(Debug, Args)]
#[command(hide = true)]
pub struct ClientArgs {
    /// Folder of the run: whoever looks at the processes of the machine sees whose client this is
    #[arg(long, value_name = "DIR")]
    run: PathBuf,
}

/// Works until the run that started it says otherwise.
///
/// # Errors
/// When there is no task, or its history cannot be written.
pub fn main(arguments: &ClientArgs) -> Result<ExitCode, UserError> {
    tracing::debug!(run = %arguments.run.display(), "a client of this run");
    child::main()?;
    Ok(ExitCode::Passed)
}
