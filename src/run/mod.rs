//! Runs a plan: clusters for its scenarios, results in a folder, an exit code.

pub mod at_once;
pub mod batch;
pub mod capacity;
pub mod clear_topics;
mod durations;
pub mod execute;
pub mod options;
pub mod perform;
pub mod shard;
mod silent_panics;
mod spread;
pub mod stage;
pub mod step;
