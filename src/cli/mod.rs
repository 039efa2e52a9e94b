//! The command line: each command is one file that says what it does.

pub(crate) mod check;
pub(crate) mod client;
pub(crate) mod cluster;
pub(crate) mod compare;
pub(crate) mod doctor;
pub(crate) mod guard;
mod logging;
pub(crate) mod report;
pub(crate) mod run;
pub(crate) mod runtime;
pub(crate) mod steps;
pub mod terminal;
pub(crate) mod verify;
pub(crate) mod versions;

use std::ffi::OsString;

use clap::{Parser, Subcommand};

use crate::error::UserError;
use crate::exit_code::ExitCode;

/// Puts Kafka on trial: scenarios in plain English, a real cluster, strict verdicts.
#[derive(Debug, Parser)]
#[command(name = "trial", version, about, max_term_width = 100, after_help = EXIT_CODES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Run(run::RunArgs),
    Check(check::CheckArgs),
    Steps(steps::StepsArgs),
    Verify(verify::VerifyArgs),
    Report(report::ReportArgs),
    Compare(compare::CompareArgs),
    Cluster(cluster::ClusterArgs),
    Versions(versions::VersionsArgs),
    Doctor(doctor::DoctorArgs),
    Client(client::ClientArgs),
    Guard(guard::GuardArgs),
}

const EXIT_CODES: &str = "\
Exit codes:
   0  all passed
   1  a scenario failed
   2  none failed, at least one could not be judged
   3  the environment could not do it
   4  nothing selected
  64  bad usage, or a file that cannot be read or is not valid";

/// Does what the arguments ask and returns the exit code of the process.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let command = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli.command,
        Err(error) => return terminal::usage(&error),
    };
    let verbose = match &command {
        Command::Run(arguments) => arguments.verbose,
        _ => 0,
    };
    let done = logging::start(verbose).and_then(|()| match command {
        Command::Run(arguments) => run::main(arguments),
        Command::Check(arguments) => check::main(&arguments),
        Command::Steps(arguments) => steps::main(&arguments),
        Command::Verify(arguments) => verify::main(&arguments),
        Command::Report(arguments) => report::main(&arguments),
        Command::Compare(arguments) => compare::main(&arguments),
        Command::Cluster(arguments) => cluster::main(&arguments),
        Command::Versions(arguments) => versions::main(&arguments),
        Command::Doctor(_) => doctor::main(),
        Command::Client(arguments) => client::main(&arguments),
        Command::Guard(_) => guard::main(),
    });
    done.unwrap_or_else(|error: UserError| terminal::fail(&error))
}

/// Runs what has to wait for others, on threads of its own.
pub fn block_on<T>(work: impl Future<Output = Result<T, UserError>>) -> Result<T, UserError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime
        .map_err(|error| UserError::environment("threads cannot be started", "").because(error))?;
    let done = runtime.block_on(work);
    // A blocking call of a client library may still be under way; it must not hold the process.
    runtime.shutdown_background();
    done
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
