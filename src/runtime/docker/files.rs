//! Files and logs of the nodes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;

use super::exec::{self, Program};
use super::{Docker, ROOT};
use crate::event::id::NodeId;
use crate::runtime::{Files, Logs, RuntimeError};
use crate::topology::{NodePaths, NodePlan};

/// How long looking at the names of a node's files may take.
const FIND_LIMIT: Duration = Duration::from_secs(20);

#[async_trait]
impl Files for Docker {
    fn paths(&self, _node: NodeId) -> NodePaths {
        NodePaths { root: PathBuf::from(ROOT) }
    }

    async fn read(&self, node: NodeId, path: &Path) -> Result<Vec<u8>, RuntimeError> {
        self.node(node).read(&Path::new(ROOT).join(path)).await
    }

    async fn files(
        &self,
        node: NodeId,
        folder: &Path,
    ) -> Result<BTreeMap<PathBuf, u64>, RuntimeError> {
        let folder = Path::new(ROOT).join(folder).display().to_string();
        let line =
            ["find", &folder, "-type", "f", "-printf", "%s %p\\n"].map(String::from).to_vec();
        let program = Program { name: "find", line, folder: None, stdin: "", limit: FIND_LIMIT };
        let output = exec::run(&self.engine, self.node(node).name(), node, program).await?;
        let files = output.stdout.lines().filter_map(|line| {
            let (size, path) = line.split_once(' ')?;
            Some((PathBuf::from(path), size.parse().ok()?))
        });
        Ok(files.collect())
    }

    /// The data goes with the containers of the node and of its disk; the next start makes new ones.
    async fn remove_data(&self, plan: &NodePlan) -> Result<(), RuntimeError> {
        let node = self.node(plan.id);
        if node.state().await?.is_alive() {
            let why = "is running, so its data stays".into();
            return Err(RuntimeError::Node { node: plan.id, why });
        }
        let log = node.timed_log().await?;
        self.disk(plan.id).remove().await?;
        node.remove().await?;
        self.earlier_logs.lock().await.entry(plan.id).or_default().extend(log);
        Ok(())
    }
}

#[async_trait]
impl Logs for Docker {
    async fn log_since(&self, node: NodeId, since: Timestamp) -> Result<String, RuntimeError> {
        let mut log = Vec::new();
        if let Some(earlier) = self.earlier_logs.lock().await.get(&node) {
            let later = earlier.iter().filter(|logged| logged.second >= since.as_second());
            later.for_each(|logged| log.extend_from_slice(&logged.text));
        }
        log.extend(self.node(node).log(since).await?);
        Ok(String::from_utf8_lossy(&log).into_owned())
    }
}
