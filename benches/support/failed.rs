//! What goes wrong in a benchmark.

use kafka_trial::error::UserError;

/// This could not be done.
pub fn failed(
    doing: &str,
    error: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> UserError {
    UserError::environment(format!("failed to {doing}"), "").because(error)
}
