//! Tests that start clusters, or nodes of them. Each takes room for them first (`support::room`).

mod disk;
mod endings;
mod flaky;
mod golden_runs;
mod overdue;
mod runtime_contract;
