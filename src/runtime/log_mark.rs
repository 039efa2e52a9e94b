//! A place in the log of a node, to read later what came after it.

use std::time::Duration;

use jiff::Timestamp;

use super::{Runtime, RuntimeError};
use crate::event::id::NodeId;

/// A mark is found again by what the log had a moment before it: runtimes tell times to the second.
const BEFORE: Duration = Duration::from_secs(1);

/// How far the log of a node was at some time. Long logs of clusters that serve many scenarios are not read in
/// full for it.
#[derive(Debug, Clone, Copy)]
pub struct LogMark {
    node: NodeId,
    since: Timestamp,
    /// Logged from `since` to the mark.
    bytes: usize,
}

impl LogMark {
    /// The end of the log now.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn at_end(runtime: &dyn Runtime, node: NodeId) -> Result<Self, RuntimeError> {
        let since = Timestamp::now() - BEFORE;
        let bytes = runtime.log_since(node, since).await?.len();
        Ok(Self { node, since, bytes })
    }

    /// What was logged after the mark.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn later(&self, runtime: &dyn Runtime) -> Result<String, RuntimeError> {
        let log = runtime.log_since(self.node, self.since).await?;
        Ok(log.get(self.bytes..).unwrap_or(&log).to_owned())
    }
}
