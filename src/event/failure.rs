//! Why something did not pass, in kinds.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The kinds of failures, told apart because they mean different things for the verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// The product did not do what the step says: the scenario failed.
    Expectation,
    /// Nothing could be judged: no record compared, a fault without effect. The scenario is inconclusive.
    Inconclusive,
    /// The machine or the engine could not do it. The scenario is inconclusive, the run ends with code 3.
    Environment,
    /// A mistake in the sentence that could only be found while running, such as a producer never started.
    Usage,
    /// A step panicked: a bug of trial.
    Bug,
}
