//! What a cluster consists of and where each part is reached: the language in which cluster, runtime and links
//! talk to each other. It knows nothing of Kafka: which roles have which listeners is said by [`crate::cluster`].

mod access;
mod addresses;
mod listener;
mod node_plan;

use std::collections::{BTreeMap, BTreeSet};

pub use self::access::Access;
pub use self::addresses::{Address, Addresses, ListenerAddress};
pub use self::listener::{Listener, Outside, Protocol, Security};
pub use self::node_plan::{LOG4J, NodePaths, NodePlan, TOOLS_LOG4J};
use crate::event::id::{HostId, NodeId};

/// What a node does in its cluster; listeners name those who call them by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Keeps the data of partitions and serves clients.
    Broker,
    /// A member of a ZooKeeper ensemble.
    ZooKeeper,
    /// Keeps the metadata of a cluster without ZooKeeper (KIP-500).
    Controller,
}

/// Where a node runs, what it does and what it listens on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// The machine; several nodes may be on one.
    pub host: HostId,
    /// At least one.
    pub roles: BTreeSet<Role>,
    /// In the order of the configuration.
    pub listeners: Vec<&'static Listener>,
}

/// The nodes of a cluster. A runtime reserves addresses for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topology(BTreeMap<NodeId, Node>);

impl FromIterator<(NodeId, Node)> for Topology {
    fn from_iter<I: IntoIterator<Item = (NodeId, Node)>>(nodes: I) -> Self {
        Self(nodes.into_iter().collect())
    }
}

impl Topology {
    /// Every node and its host, in the order in which nodes start.
    pub fn nodes(&self) -> impl Iterator<Item = (NodeId, HostId)> + '_ {
        self.0.iter().map(|(id, node)| (*id, node.host))
    }

    /// Every listener of every node, in the order of the nodes.
    pub fn listeners(&self) -> impl Iterator<Item = (NodeId, HostId, &'static Listener)> + '_ {
        self.0.iter().flat_map(|(id, node)| {
            node.listeners.iter().map(move |listener| (*id, node.host, *listener))
        })
    }

    /// Every node that has a role, and its host.
    pub fn with_role(&self, role: Role) -> impl Iterator<Item = (NodeId, HostId)> + '_ {
        let nodes = self.0.iter().filter(move |(_, node)| node.roles.contains(&role));
        nodes.map(|(id, node)| (*id, node.host))
    }

    /// The roles of all nodes on each host.
    pub fn roles(&self) -> BTreeMap<HostId, BTreeSet<Role>> {
        let mut roles: BTreeMap<HostId, BTreeSet<Role>> = BTreeMap::new();
        for node in self.0.values() {
            roles.entry(node.host).or_default().extend(&node.roles);
        }
        roles
    }
}
