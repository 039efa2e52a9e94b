//! Why a runtime could not do what was asked.

use std::time::Duration;

use thiserror::Error;

use crate::event::id::NodeId;

/// Why a runtime could not do what was asked. Each text says what happened, to which node, and how to fix it.
#[derive(Debug, Error)]
pub enum RuntimeError {
    /// The machine lacks something: no engine, no Java, a port taken, no permission, no disk.
    #[error("{what}")]
    Environment {
        /// What is missing, where.
        what: String,
        /// How to fix it.
        help: String,
    },
    /// A node is unknown or not in the state that the operation needs.
    #[error("{node} {why}")]
    Node {
        /// Which node.
        node: NodeId,
        /// Completes a sentence that begins with the node: "is not running".
        why: String,
    },
    /// A command on a node did not end in time and was killed.
    #[error("{command} on {node} did not end within {}", humantime::format_duration(*limit))]
    Timeout {
        /// Which node.
        node: NodeId,
        /// The main class.
        command: String,
        /// The limit that passed.
        limit: Duration,
    },
    /// The engine or the operating system refused.
    #[error("failed to {doing}")]
    Failed {
        /// Completes "failed to …".
        doing: String,
        /// What it said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}
