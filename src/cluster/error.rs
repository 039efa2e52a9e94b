//! Why a cluster could not be started or asked.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use thiserror::Error;

use crate::error::UserError;
use crate::event::id::{NodeId, ZooKeeperId};
use crate::runtime::RuntimeError;
use crate::wait::WaitError;

/// Why a cluster could not be started or asked.
#[derive(Debug, Error)]
pub enum ClusterError {
    /// The runtime could not do it.
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
    /// A node ended while the cluster was starting.
    #[error(
        "{node} ended with code {code} while the cluster was starting; the last lines of its log:\n{log}"
    )]
    Died {
        /// Which node.
        node: NodeId,
        /// Exit code, or 128 + signal.
        code: i32,
        /// The last lines of its log.
        log: String,
    },
    /// The cluster did not become what it should in time.
    #[error("the cluster was not {what} within {}: {seen}", humantime::format_duration(*limit))]
    NotInTime {
        /// "up", "healthy".
        what: &'static str,
        /// The limit that passed.
        limit: Duration,
        /// What was seen last.
        seen: String,
    },
    /// A node is not of this cluster.
    #[error("this cluster has no {node}; it has {there}")]
    NoSuchNode {
        /// Which node was asked for.
        node: NodeId,
        /// The nodes there are.
        there: String,
    },
    /// A ZooKeeper did not answer.
    #[error("ZooKeeper {id} did not answer to {word:?}: {source}")]
    ZooKeeper {
        /// Id of the ZooKeeper.
        id: ZooKeeperId,
        /// The four-letter word.
        word: String,
        /// The error of the connection.
        source: io::Error,
    },
    /// No ZooKeeper serves.
    #[error("no ZooKeeper serves: the quorum is lost")]
    NoQuorum,
    /// No broker answers.
    #[error("no broker answers: {0}")]
    NoBroker(String),
    /// The message that proves a cluster could not be sent and read back.
    #[error("the message that proves the cluster was not read back: {0}")]
    Probe(String),
    /// Something that was waited for did not happen.
    #[error("{0}")]
    Waited(String),
    /// A replica's segment cannot be read.
    #[error("{0}")]
    Segment(String),
    /// A node's log could not be kept.
    #[error("failed to write {}: {source}", file.display())]
    Log {
        /// The file.
        file: PathBuf,
        /// The error of the file.
        source: io::Error,
    },
}

impl From<WaitError<ClusterError>> for ClusterError {
    fn from(error: WaitError<ClusterError>) -> Self {
        match error {
            WaitError::Failed(error) => error,
            timed_out @ WaitError::TimedOut { .. } => Self::Waited(timed_out.to_string()),
        }
    }
}

impl From<ClusterError> for UserError {
    fn from(error: ClusterError) -> Self {
        match error {
            ClusterError::Runtime(error) => error.into(),
            ClusterError::NotInTime { .. } => Self::environment(
                error.to_string(),
                "its logs are kept below --out in logs/; a slow machine needs a higher start_limit in the fixture",
            ),
            ClusterError::Died { .. } => Self::environment(
                error.to_string(),
                "its whole log is kept below --out in logs/; a setting of the fixture may be the cause",
            ),
            other => Self::environment(other.to_string(), ""),
        }
    }
}

impl From<RuntimeError> for UserError {
    fn from(error: RuntimeError) -> Self {
        match error {
            RuntimeError::Environment { what, help } => Self::environment(what, help),
            RuntimeError::Failed { doing, source } => {
                Self::environment(format!("failed to {doing}"), "").because(source)
            }
            other => Self::environment(other.to_string(), ""),
        }
    }
}
