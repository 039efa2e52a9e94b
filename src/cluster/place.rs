//! What must be cleared away when a cluster ends, however it ends.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures::future::join_all;

use super::error::ClusterError;
use crate::event::id::NodeId;
use crate::runtime::Runtime;

/// A cluster's runtime, and what is kept of it. The run holds one for every cluster from before its start,
/// so that also a start that is interrupted is cleared away.
#[derive(Debug)]
pub struct Place {
    runtime: Arc<dyn Runtime>,
    nodes: Vec<NodeId>,
    logs: PathBuf,
}

impl Place {
    /// A place for the nodes, whose logs are kept in the folder `logs`.
    pub fn new(runtime: Arc<dyn Runtime>, nodes: Vec<NodeId>, logs: PathBuf) -> Self {
        Self { runtime, nodes, logs }
    }

    /// The runtime.
    pub fn runtime(&self) -> &dyn Runtime {
        self.runtime.as_ref()
    }

    /// The name of the cluster in its run, which is that of the folder of its logs.
    pub fn name(&self) -> String {
        self.logs.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// The folder in which the logs are kept.
    pub fn logs(&self) -> &Path {
        &self.logs
    }

    /// Keeps every node's log as `<logs>/<node>.log`, then removes everything. Can be called twice.
    ///
    /// # Errors
    /// When something is left behind. A log that cannot be kept does not stop the removal.
    pub async fn clear(&self) -> Result<(), ClusterError> {
        join_all(self.nodes.iter().map(async |node| {
            if let Err(error) = self.keep_log(*node).await {
                tracing::warn!(%node, %error, "a node's log could not be kept");
            }
        }))
        .await;
        Ok(self.runtime.remove().await?)
    }

    async fn keep_log(&self, node: NodeId) -> Result<(), ClusterError> {
        let text = self.runtime.log(node).await?;
        if text.is_empty() {
            return Ok(());
        }
        let file = self.logs.join(format!("{node}.log"));
        let keep = async {
            tokio::fs::create_dir_all(&self.logs).await?;
            tokio::fs::write(&file, text).await
        };
        keep.await.map_err(|source| ClusterError::Log { file, source })
    }
}
