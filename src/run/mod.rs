//! Runs a plan: clusters for its scenarios, results in a folder, an exit code.

pub mod at_once;
pub mod batch;
pub mod capacity;
pub mod clear_topics;
mod durations;
pub mod ending;
pub mod execute;
mod kafka_cluster;
pub mod options;
mod outcome;
pub mod perform;
mod runner;
#[cfg(test)]
mod scripted;
pub mod shard;
mod silent_panics;
mod spread;
pub mod stage;
pub mod step;
pub mod under_test;
