//! How scenarios and steps end.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a scenario ended. Ordered from good to bad: a run is as bad as its worst scenario.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It kept its promise.
    Passed,
    /// It was not run; the reason says why.
    Skipped,
    /// It could not be judged; the reason says why.
    Inconclusive,
    /// The product did not keep its promise.
    Failed,
}
