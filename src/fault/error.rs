//! Why a fault could not be injected or healed.

use std::time::Duration;

use thiserror::Error;

use crate::client::process::ProcessError;
use crate::cluster::ClusterError;
use crate::event::id::NodeId;
use crate::runtime::RuntimeError;
use crate::scenario::failure::StepFailure;
use crate::wait::WaitError;

/// Why a fault could not be injected or healed.
#[derive(Debug, Error)]
pub enum FaultError {
    /// The sentence asks for what is not there, such as broker 9 or what no fault has hit.
    #[error("{0}")]
    NoTarget(String),
    /// A node is not in a state to which this can be done.
    #[error("{node} {state}, so it cannot be {done}")]
    State {
        /// The node.
        node: NodeId,
        /// Completes a sentence that begins with the node: "is down already".
        state: String,
        /// Completes "cannot be …": "killed".
        done: &'static str,
    },
    /// It was done and had no effect in time.
    #[error("the fault had no effect: {0}")]
    NoEffect(String),
    /// A clean stop took too long, so the node was killed.
    #[error(
        "{node} did not stop within {} of SIGTERM and was killed, so this was no clean stop",
        humantime::format_duration(*limit)
    )]
    Overdue {
        /// The node.
        node: NodeId,
        /// How long it had.
        limit: Duration,
    },
    /// A node did not come back.
    #[error("{node} did not come back: {why}")]
    NotBack {
        /// The node.
        node: NodeId,
        /// What was seen instead.
        why: String,
    },
    /// A client process ended before the fault, or took no order.
    #[error(transparent)]
    Client(#[from] ProcessError),
    /// The cluster could not be asked, or refused.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
}

impl From<RuntimeError> for FaultError {
    fn from(error: RuntimeError) -> Self {
        Self::Cluster(error.into())
    }
}

/// A wait that ran out is a fault without effect.
impl From<WaitError<FaultError>> for FaultError {
    fn from(error: WaitError<FaultError>) -> Self {
        match error {
            WaitError::Failed(error) => error,
            timed_out @ WaitError::TimedOut { .. } => Self::NoEffect(timed_out.to_string()),
        }
    }
}

impl From<FaultError> for StepFailure {
    fn from(error: FaultError) -> Self {
        let text = error.to_string();
        match error {
            FaultError::NoTarget(_) | FaultError::State { .. } => Self::usage(text),
            FaultError::NoEffect(_) | FaultError::Overdue { .. } => Self::inconclusive(text),
            FaultError::NotBack { .. } => Self::expectation(text),
            FaultError::Client(ProcessError::Ended { .. }) => Self::expectation(text),
            FaultError::Client(_) => Self::inconclusive(text),
            FaultError::Cluster(error) => error.into(),
        }
    }
}
