//! Why a step did not pass.

use std::fmt;

use crate::event::failure::FailureKind;
use serde::{Deserialize, Serialize};

/// Why a step did not pass. Steps return `Result<(), StepFailure>`.
///
/// cucumber carries a step's error to the writer only as its `Display` text, so that text is the JSON of
/// this value; [`StepFailure::from_panic`] reads it back. People see `message` only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepFailure {
    /// What kind of failure, and so which verdict.
    pub kind: FailureKind,
    /// What was found instead of what the step says, for people.
    pub message: String,
}

impl StepFailure {
    /// The product did not do what the step says.
    pub fn expectation(message: impl Into<String>) -> Self {
        Self { kind: FailureKind::Expectation, message: message.into() }
    }

    /// Nothing could be judged.
    pub fn inconclusive(message: impl Into<String>) -> Self {
        Self { kind: FailureKind::Inconclusive, message: message.into() }
    }

    /// The machine could not do it.
    pub fn environment(message: impl Into<String>) -> Self {
        Self { kind: FailureKind::Environment, message: message.into() }
    }

    /// The sentence is wrong.
    pub fn usage(message: impl Into<String>) -> Self {
        Self { kind: FailureKind::Usage, message: message.into() }
    }

    /// Reads back the failure from the text that cucumber caught; any other text is a panic in a step.
    pub fn from_panic(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_else(|_| Self {
            kind: FailureKind::Bug,
            message: format!("the step panicked, which is a bug of trial: {text}"),
        })
    }
}

impl fmt::Display for StepFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
    }
}

impl std::error::Error for StepFailure {}

#[cfg(test)]
mod tests {
    use crate::scenario::failure::*;

    #[test]
    fn survives_the_way_through_cucumber() {
        let failure = StepFailure::inconclusive("no message was compared \"at all\"\n");
        assert_eq!(StepFailure::from_panic(&failure.to_string()), failure);
    }

    #[test]
    fn any_other_panic_is_a_bug() {
        assert_eq!(StepFailure::from_panic("index out of bounds").kind, FailureKind::Bug);
    }
}
