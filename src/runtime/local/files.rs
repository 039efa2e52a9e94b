//! Files and logs of the nodes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use jiff::Timestamp;

use super::{Local, failed, failed_to, not};
use crate::event::id::NodeId;
use crate::runtime::{Files, Logs, Nodes as _, RuntimeError};
use crate::topology::{NodePaths, NodePlan};

#[async_trait]
impl Files for Local {
    fn paths(&self, node: NodeId) -> NodePaths {
        NodePaths { root: self.folder(node) }
    }

    async fn read(&self, node: NodeId, path: &Path) -> Result<Vec<u8>, RuntimeError> {
        let path = self.folder(node).join(path);
        tokio::fs::read(&path).await.map_err(|error| failed_to("read", &path, error))
    }

    async fn files(
        &self,
        node: NodeId,
        folder: &Path,
    ) -> Result<BTreeMap<PathBuf, u64>, RuntimeError> {
        let folder = self.folder(node).join(folder);
        let root = folder.clone();
        let found = tokio::task::spawn_blocking(move || files_below(&root)).await;
        let found = found.map_err(|error| failed("look at files", std::io::Error::other(error)))?;
        found.map_err(|error| failed_to("look at", &folder, error))
    }

    async fn remove_data(&self, plan: &NodePlan) -> Result<(), RuntimeError> {
        if self.state(plan.id).await?.is_alive() {
            return Err(not(plan.id, "is running, so its data stays"));
        }
        for folder in &plan.folders {
            let folder = self.folder(plan.id).join(folder);
            match tokio::fs::remove_dir_all(&folder).await {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(failed_to("remove", &folder, error));
                }
                _ => {}
            }
        }
        // Where a shell is run.
        let data = self.paths(plan.id).data();
        tokio::fs::create_dir_all(&data).await.map_err(|error| failed_to("make", &data, error))
    }
}

#[async_trait]
impl Logs for Local {
    /// All of it, whatever the time: a file on the same machine is quickly read.
    async fn log_since(&self, node: NodeId, _since: Timestamp) -> Result<String, RuntimeError> {
        let path = self.log_file(node);
        match tokio::fs::read(&path).await {
            Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
            Err(error) => Err(failed_to("read", &path, error)),
        }
    }
}

/// Every file below a folder and its size; what goes meanwhile is left out.
fn files_below(folder: &Path) -> std::io::Result<BTreeMap<PathBuf, u64>> {
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let found = entry.metadata().and_then(|it| match it.is_dir() {
            true => files_below(&entry.path()),
            false => Ok(BTreeMap::from([(entry.path(), it.len())])),
        });
        match found {
            Ok(found) => files.extend(found),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(files)
}
