//! The program `trial`.

use std::process::ExitCode;

fn main() -> ExitCode {
    kafka_trial::cli::main(std::env::args_os()).into()
}
