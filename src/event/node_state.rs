//! How nodes are: their processes, and the roles of ZooKeepers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a node's process is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase", tag = "state")]
pub enum NodeState {
    /// Running.
    Running {
        /// As the runtime names it: a pid or a container id; it changes with every start.
        handle: String,
    },
    /// Stopped by SIGSTOP.
    Paused {
        /// As in `Running`.
        handle: String,
    },
    /// Ended.
    Exited {
        /// Exit code, or 128 + signal.
        code: i32,
    },
    /// Never started.
    NotStarted,
}

impl NodeState {
    /// What tells one life of the process from another; none of one that has none.
    pub fn handle(&self) -> Option<&str> {
        match self {
            Self::Running { handle } | Self::Paused { handle } => Some(handle),
            Self::Exited { .. } | Self::NotStarted => None,
        }
    }

    /// Whether the process is there, paused or not.
    pub fn is_alive(&self) -> bool {
        matches!(self, Self::Running { .. } | Self::Paused { .. })
    }
}

/// The role of a ZooKeeper in its quorum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Leads the quorum.
    Leader,
    /// Follows the leader.
    Follower,
    /// Alone by configuration.
    Standalone,
    /// Answers, but serves nobody: it looks for a quorum.
    Looking,
    /// Does not answer.
    Down,
}

impl Mode {
    /// Whether clients are served.
    pub fn serves(self) -> bool {
        matches!(self, Self::Leader | Self::Follower | Self::Standalone)
    }
}
