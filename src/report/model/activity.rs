//! What the clients of a scenario did, second by second.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use crate::history::activity::Second;

/// What clients did, second by second.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Activity {
    /// Start of the first second, from the scenario's start; before it if negative.
    pub from_ms: i64,
    /// Every second up to the last in which something happened.
    pub seconds: Vec<Second>,
}
