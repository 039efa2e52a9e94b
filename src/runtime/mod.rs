//! The seam between a cluster and where it runs. Two runtimes keep the same promise: [`docker`] with
//! containers, [`local`] with child processes on loopback.
//!
//! A runtime knows nothing of Kafka: it reserves addresses, starts and signals nodes, runs commands on
//! them, copies files and reads logs. The seam assumes no shared file system, no local pid and no
//! loopback, so that a runtime on other machines fits behind it.

#[cfg(test)]
pub mod contract;
pub mod docker;
mod error;
#[cfg(test)]
pub mod fake;
mod jvm;
pub mod leftovers;
pub mod local;
pub mod log_mark;
pub mod ports;
pub mod provider;
pub mod registry;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::Serialize;

pub use self::error::RuntimeError;

use crate::event::id::NodeId;
use crate::event::node_state::NodeState;
use crate::event::runtime_kind::RuntimeKind;
use crate::link::Links;
use crate::owned::signal::Signal;
use crate::statistics::usage::Usage;
use crate::topology::{Addresses, NodePaths, NodePlan, Topology};

/// Something that a scenario may need and a runtime may lack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Capability {
    /// Directed links between nodes can be cut and slowed.
    Links,
    /// Links between clients and brokers can be cut and slowed.
    ClientLinks,
    /// Several brokers can share a host.
    SharedHosts,
    /// A broker can have a disk of its own, of any size.
    SmallDisks,
    /// The clock of a broker can be moved.
    MovableClocks,
}

/// A capability that is there, or the reason why not.
pub type Capabilities = BTreeMap<Capability, Result<(), String>>;

/// What a command printed and how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecOutput {
    /// Exit code, or 128 + signal.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

/// A Java program to run on a node, with the node's own class path and JVM.
#[derive(Debug, Clone)]
pub struct JavaCommand {
    /// Main class, for example `kafka.admin.TopicCommand`.
    pub main_class: String,
    /// Arguments after the main class.
    pub arguments: Vec<String>,
    /// Written to its standard input, which is then closed.
    pub stdin: String,
    /// The command is killed when it has not ended after this time.
    pub limit: Duration,
}

/// A script of [`Programs::shell`] that has not ended after this time is killed.
const SHELL_LIMIT: Duration = Duration::from_secs(30);

/// Keeps addresses for the nodes of a cluster, and the links between them.
#[async_trait]
pub trait Network: fmt::Debug + Send + Sync {
    /// Reserves names, addresses and ports for the topology, and keeps them until [`Runtime::remove`]. With links,
    /// connections between hosts and from clients go through links, where that can be; without, all reach each other
    /// directly.
    async fn reserve(
        &self,
        topology: &Topology,
        with_links: bool,
    ) -> Result<Addresses, RuntimeError>;

    /// The links between the hosts, and from clients; none where it has none, or nothing is reserved.
    async fn links(&self) -> Option<Links>;
}

/// Runs the process of each node.
#[async_trait]
pub trait Nodes: fmt::Debug + Send + Sync {
    /// Writes the node's files and starts its process. A node that has exited is started again with the
    /// data and addresses that it had; its files are written anew.
    async fn start(&self, plan: &NodePlan) -> Result<(), RuntimeError>;

    /// Sends a signal to the node's process; returns when it was sent, not when it took effect.
    async fn signal(&self, node: NodeId, signal: Signal) -> Result<(), RuntimeError>;

    /// How the node's process is now.
    async fn state(&self, node: NodeId) -> Result<NodeState, RuntimeError>;

    /// What the node's process has used since it was started. The node must be up.
    async fn usage(&self, node: NodeId) -> Result<Usage, RuntimeError>;
}

/// Runs programs beside a node's process.
#[async_trait]
pub trait Programs: fmt::Debug + Send + Sync {
    /// Runs a Java program on the node and waits for its end.
    async fn java(&self, node: NodeId, command: &JavaCommand) -> Result<ExecOutput, RuntimeError>;

    /// Runs a POSIX shell script in the folder of the node's data ([`NodePaths::data`]), as the user that owns
    /// it, whether the node runs or not, with `arguments` as `$1` and so on, and waits for its end: for what
    /// is done to files. Nothing but the data is certain to be where the script runs. The node must have been
    /// started once.
    async fn shell(
        &self,
        node: NodeId,
        script: &str,
        arguments: &[String],
    ) -> Result<ExecOutput, RuntimeError>;
}

/// Reads and removes the files of nodes.
#[async_trait]
pub trait Files: fmt::Debug + Send + Sync {
    /// Where the node's files are, as the node sees them.
    fn paths(&self, node: NodeId) -> NodePaths;

    /// Reads a file of the node; `path` as the node sees it.
    async fn read(&self, node: NodeId, path: &Path) -> Result<Vec<u8>, RuntimeError>;

    /// Every file below a folder of the node, and its size in bytes; `folder` as the node sees it. Files that
    /// come and go meanwhile may be missing. The node must be up.
    async fn files(
        &self,
        node: NodeId,
        folder: &Path,
    ) -> Result<BTreeMap<PathBuf, u64>, RuntimeError>;

    /// Removes the folders of the node's plan with all that is in them: its data. The node must be down, and
    /// can be started again; its log is kept.
    async fn remove_data(&self, plan: &NodePlan) -> Result<(), RuntimeError>;
}

/// Reads the logs of nodes.
#[async_trait]
pub trait Logs: fmt::Debug + Send + Sync {
    /// What the node has logged since a time, over all its starts. It may begin earlier, but at the same place
    /// whenever it is asked for with the same time.
    async fn log_since(&self, node: NodeId, since: Timestamp) -> Result<String, RuntimeError>;

    /// Everything that the node has logged, over all its starts.
    async fn log(&self, node: NodeId) -> Result<String, RuntimeError> {
        self.log_since(node, Timestamp::UNIX_EPOCH).await
    }
}

/// One cluster's place to run, made for one topology and removed with it. Each role is a trait of its own.
#[async_trait]
pub trait Runtime: Network + Nodes + Programs + Files + Logs {
    /// Which runtime this is.
    fn kind(&self) -> RuntimeKind;

    /// What it can do for a scenario.
    fn capabilities(&self) -> Capabilities;

    /// Kills and removes everything of the cluster: processes, containers, network, files. Can be called twice.
    async fn remove(&self) -> Result<(), RuntimeError>;
}
