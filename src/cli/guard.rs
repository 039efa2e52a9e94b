//! `trial guard`: clears away after a run that was killed. `trial run` starts it.

use clap::Args;

use crate::error::UserError;
use crate::exit_code::ExitCode;
use crate::owned::guard::Killed;
use crate::runtime::leftovers;

/// Clear away after a run that is killed: its name comes on standard input.
#[derive(Debug, Args)]
#[command(hide = true)]
pub struct GuardArgs {}

/// Waits until the run has ended.
///
/// # Errors
/// When standard input cannot be read.
pub fn main() -> Result<ExitCode, UserError> {
    let killed = Killed::read(std::io::stdin()).map_err(|error| {
        UserError::environment("the run cannot be heard", "`trial run` starts this").because(error)
    })?;
    if let Some(killed) = killed {
        super::block_on(async {
            leftovers::clear_after(&killed).await;
            Ok(())
        })?;
    }
    Ok(ExitCode::Passed)
}
