//! What went wrong, as people see it.

use crate::client::ClientError;
use crate::cluster::ClusterError;
use crate::error::UserError;
use crate::history::recorder::RecorderError;
use crate::scenario::failure::StepFailure;
use crate::scenario::names::Names;
use crate::wait::WaitError;

/// Puts the author's names into what went wrong.
pub trait Told<T> {
    /// The failure as people see it.
    ///
    /// # Errors
    /// The same failure, with the author's names in its message.
    fn told(self, names: &Names) -> Result<T, StepFailure>;
}

impl<T, E: Into<StepFailure>> Told<T> for Result<T, E> {
    fn told(self, names: &Names) -> Result<T, StepFailure> {
        self.map_err(|error| {
            let failure = error.into();
            StepFailure { message: names.shown(&failure.message), ..failure }
        })
    }
}

impl From<ClientError> for StepFailure {
    fn from(error: ClientError) -> Self {
        match error {
            ClientError::Setting(error) => Self::usage(error.to_string()),
            error => Self::expectation(error.to_string()),
        }
    }
}

impl From<ClusterError> for StepFailure {
    fn from(error: ClusterError) -> Self {
        Self::environment(error.to_string())
    }
}

impl From<RecorderError> for StepFailure {
    fn from(error: RecorderError) -> Self {
        Self::environment(UserError::from(error).in_full())
    }
}

/// A wait that ran out is an expectation that did not hold.
impl<E: Into<StepFailure>> From<WaitError<E>> for StepFailure {
    fn from(error: WaitError<E>) -> Self {
        match error {
            WaitError::Failed(error) => error.into(),
            WaitError::TimedOut { limit, seen } => {
                let limit = humantime::format_duration(limit);
                Self::expectation(format!("not within {limit}: {seen}"))
            }
        }
    }
}
