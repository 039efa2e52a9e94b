//! Scenarios: which one, which execution of it, and what its file says.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which scenario: enough to find it in its file and to run it again.
#[derive(
    Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub struct ScenarioId {
    /// The feature file as given on the command line or found below a folder given there.
    pub file: PathBuf,
    /// Line of the `Scenario` keyword, or of the row of `Examples`.
    pub line: usize,
    /// The scenario's name, with the values of its row filled in.
    pub name: String,
}

/// A scenario as its file has it, its placeholders filled in.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Description {
    /// Name of the feature.
    pub feature: String,
    /// Name of the rule, if it belongs to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// Tags of the feature, the rule and the scenario, without `@`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Its steps, those of backgrounds first.
    pub steps: Vec<Sentence>,
}

/// A step as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Sentence {
    /// Its line in the file.
    pub line: usize,
    /// Keyword and sentence.
    pub text: String,
    /// Rows of its table.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub table: Vec<Vec<String>>,
    /// Its block of text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub block: Option<String>,
}

/// Which execution of a scenario: it is repeated to see how often it passes, and attempted again after it
/// has not passed.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub struct Execution {
    /// From 1.
    pub repetition: u32,
    /// From 1, within the repetition.
    pub attempt: u32,
}

impl Default for Execution {
    fn default() -> Self {
        Self { repetition: 1, attempt: 1 }
    }
}

impl Execution {
    /// A folder of its own below one that all executions have: the same for the first.
    pub fn folder(self, all: &Path) -> PathBuf {
        match self {
            Self { repetition: 1, attempt: 1 } => all.to_owned(),
            Self { repetition, attempt } => {
                all.join(format!("repetition-{repetition}-attempt-{attempt}"))
            }
        }
    }

    /// The seed of this execution: the run's for the first repetition, and others for the next, so that
    /// repetitions differ in what is random. An attempt has the seed of the one before.
    pub fn seed(self, run: u64) -> u64 {
        run.wrapping_add(u64::from(self.repetition.saturating_sub(1)))
    }
}
