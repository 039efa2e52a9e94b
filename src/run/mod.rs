//! Runs a plan: clusters for its scenarios, results in a folder, an exit code.

pub mod at_once;
pub(crate) mod batch;
pub(crate) mod capacity;
pub(crate) mod clear_topics;
mod durations;
pub(crate) mod ending;
pub mod execute;
mod held;
mod kafka_cluster;
pub mod options;
mod outcome;
pub(crate) mod perform;
mod runner;
#[cfg(test)]
mod scripted;
pub(crate) mod shard;
mod silent_panics;
mod spread;
pub mod stage;
pub(crate) mod step;
pub(crate) mod under_test;
