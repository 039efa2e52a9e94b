//! What a cluster consists of and where each part is reached: the language in which the fixture, the
//! runtime and the rendered configuration talk to each other.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use crate::event::id::{BrokerId, HostId, NodeId, ZooKeeperId};

/// The nodes of a cluster and the hosts they are on. A runtime reserves addresses for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topology {
    /// Every ZooKeeper, each on a host of its own; their hosts follow those of the brokers.
    pub zookeepers: BTreeMap<ZooKeeperId, HostId>,
    /// Every broker; several may be on one host.
    pub brokers: BTreeMap<BrokerId, HostId>,
}

impl Topology {
    /// Every node, ZooKeepers first.
    pub fn nodes(&self) -> impl Iterator<Item = (NodeId, HostId)> + '_ {
        let zookeepers = self.zookeepers.iter().map(|(id, host)| (NodeId::from(*id), *host));
        zookeepers.chain(self.brokers.iter().map(|(id, host)| (NodeId::from(*id), *host)))
    }
}

/// A host name or address with a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// Name or IP address.
    pub host: String,
    /// TCP port.
    pub port: u16,
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// Where one broker listens and how it is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokerAddresses {
    /// Bound by the broker: the same host part for all listeners (`0.0.0.0` or the host's address).
    pub bind: String,
    /// Listener INTERNAL: the name and port by which peers, and tools that run on a node, reach it.
    /// Bound at this port.
    pub internal: Address,
    /// Listener CLIENT: where clients outside the cluster reach it directly.
    pub client: Address,
    /// The port that the broker binds for CLIENT.
    pub client_bind_port: u16,
    /// Listener LINKED: where clients under a link fault reach it, through a link.
    /// None where the runtime has no client links.
    pub linked: Option<Address>,
    /// The port that the broker binds for LINKED.
    pub linked_bind_port: u16,
}

/// Where one ZooKeeper listens and how it is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZooKeeperAddresses {
    /// Bound by the ZooKeeper (`0.0.0.0` or the host's address) for clients.
    pub bind: String,
    /// The name by which peers and brokers reach it; quorum and election listen on it.
    pub name: String,
    /// `clientPort` (2181 by convention).
    pub client_port: u16,
    /// Port of the quorum (2888 by convention).
    pub quorum_port: u16,
    /// Port of the leader election (3888 by convention).
    pub election_port: u16,
    /// Where the runner, outside the cluster, reaches `clientPort`.
    pub outside: Address,
}

/// What a runtime has reserved for a topology; held until the cluster is removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addresses {
    /// One entry for each broker of the topology.
    pub brokers: BTreeMap<BrokerId, BrokerAddresses>,
    /// One entry for each ZooKeeper of the topology.
    pub zookeepers: BTreeMap<ZooKeeperId, ZooKeeperAddresses>,
}

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
    pub files: Vec<(PathBuf, String)>,
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
