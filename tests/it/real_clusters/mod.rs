//! Tests that start clusters, or nodes of them. Each takes room for them first (`support::room`).

mod disk;
mod docker_runtime;
mod endings;
mod flaky;
mod golden_runs;
mod overdue;
