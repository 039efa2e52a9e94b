//! The three-valued verdict.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a history proves. Ordered so that the maximum of several is their merged verdict:
/// failed > inconclusive > passed.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Something was compared, and no promise was broken.
    Passed,
    /// It cannot be said: nothing was compared, a check panicked, or evidence is missing.
    Inconclusive,
    /// A promise was broken.
    Failed,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Passed => "passed",
            Self::Inconclusive => "inconclusive",
            Self::Failed => "failed",
        })
    }
}
