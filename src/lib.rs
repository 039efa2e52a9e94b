//! Puts Kafka on trial: scenarios in plain English, a real cluster, real faults, strict verdicts.
//!
//! Start reading at [`cli`]: each command is one file and says what it does. `ARCHITECTURE.md` has the map.

// Errors are values, results go through cli::terminal, and only main ends the process. Here and not in
// Cargo.toml, as tests and benches may panic and print.
#![warn(
    clippy::exit,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::unwrap_used
)]

// Code that tests of the library share with those in `tests` names it from outside.
#[cfg(test)]
extern crate self as kafka_trial;

#[cfg(feature = "jemalloc")]
mod allocator;
pub mod checker;
pub mod cli;
pub mod client;
pub mod cluster;
pub mod distribution;
#[cfg(test)]
mod documents;
pub mod error;
pub mod event;
pub mod exit_code;
mod fault;
pub mod gherkin;
pub mod history;
pub mod java;
mod keep;
mod link;
pub mod load;
mod nearest;
pub mod owned;
pub mod plan;
pub mod report;
pub mod run;
pub mod runtime;
mod scenario;
mod statistics;
pub mod steps;
pub mod topology;
pub mod wait;
