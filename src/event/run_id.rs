//! Names of runs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Name of a run: when it was started and four random letters, `20261122-214033-kqwz`.
/// Sorts by time; safe in file names, container labels and topic names.
#[derive(
    Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct RunId(String);

impl RunId {
    /// A new name, for a run that starts now.
    pub fn new() -> Self {
        let time = jiff::Zoned::now().strftime("%Y%m%d-%H%M%S").to_string();
        let letters: String = (0..4).map(|_| char::from(rand::random_range(b'a'..=b'z'))).collect();
        Self(format!("{time}-{letters}"))
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for RunId {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Display for RunId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
