//! What a runtime starts: a node's command line and files.

use std::path::PathBuf;
use std::time::Duration;

use crate::event::id::{HostId, NodeId};

/// Name of the logging configuration in every node's [`NodePaths::config`].
pub const LOG4J: &str = "log4j.properties";

/// Name of the logging configuration of tools that run on a node, in its [`NodePaths::config`].
pub const TOOLS_LOG4J: &str = "tools-log4j.properties";

/// Everything a runtime needs to start one node.
#[derive(Debug, Clone)]
pub struct NodePlan {
    /// Which node.
    pub id: NodeId,
    /// The host it runs on.
    pub host: HostId,
    /// Jars on this machine and what is known of them.
    pub distribution: crate::distribution::Distribution,
    /// `kafka.Kafka` or `org.apache.zookeeper.server.quorum.QuorumPeerMain`.
    pub main_class: &'static str,
    /// The archive of class data that fits it, as docker/train.sh names it: `kafka`, `zookeeper`.
    pub archive: &'static str,
    /// Arguments after the main class; paths as [`NodePaths`] gives them.
    pub arguments: Vec<String>,
    /// `-Xmx` in MiB.
    pub heap_mib: u32,
    /// Size of the disk that its data is on, in MiB; none for the disk of the machine.
    pub disk_mib: Option<u32>,
    /// Whether its clock can be moved.
    pub movable_clock: bool,
    /// Further options of the JVM, after those that trial sets itself.
    pub jvm_options: Vec<String>,
    /// Files to be written before the start: path inside the node (below [`NodePaths::root`]) and contents.
    pub files: Vec<(PathBuf, Vec<u8>)>,
    /// Folders to be made before the start, below [`NodePaths::root`].
    pub folders: Vec<PathBuf>,
    /// The node is given up when it is not up after this time.
    pub start_limit: Duration,
}

/// Where a runtime keeps a node's files, as the node itself sees them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodePaths {
    /// Absolute folder of the node; `config/`, `data/` and `logs/` are below it.
    pub root: PathBuf,
}

impl NodePaths {
    /// Folder of the rendered configuration.
    pub fn config(&self) -> PathBuf {
        self.root.join("config")
    }

    /// Folder of the data: `dataDir`, `log.dirs`.
    pub fn data(&self) -> PathBuf {
        self.root.join("data")
    }

    /// What says by how many seconds the clock of the node is moved, as in `+3600`; only where it can be.
    pub fn clock(&self) -> PathBuf {
        self.data().join("clock")
    }
}
