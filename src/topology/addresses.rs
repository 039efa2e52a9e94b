//! Where listeners are bound and reached.

use std::collections::BTreeMap;
use std::fmt;

use super::Listener;
use crate::event::id::NodeId;

/// A host name or address with a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// Name or IP address.
    pub host: String,
    /// TCP port.
    pub port: u16,
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// Where one listener of one node is bound and reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListenerAddress {
    /// What the node binds.
    pub bind: Address,
    /// The name and port by which other nodes, and tools that run on a node, reach it.
    pub inside: Address,
    /// Where it is reached from outside the cluster; none where it is not.
    pub outside: Option<Address>,
}

/// What a runtime has reserved for the listeners of a topology; held until the cluster is removed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Addresses(BTreeMap<(NodeId, &'static str), ListenerAddress>);

impl Addresses {
    /// Adds a listener of a node.
    pub fn insert(&mut self, node: NodeId, listener: &Listener, address: ListenerAddress) {
        self.0.insert((node, listener.name), address);
    }

    /// Where a listener of a node is; none for one that the topology does not have.
    pub fn get(&self, node: NodeId, listener: &Listener) -> Option<&ListenerAddress> {
        self.0.get(&(node, listener.name))
    }

    /// Gives a listener an address outside the cluster.
    pub fn reach(&mut self, node: NodeId, listener: &Listener, outside: Address) {
        if let Some(address) = self.0.get_mut(&(node, listener.name)) {
            address.outside = Some(outside);
        }
    }

    /// The nodes that have a listener, in order, and where it is.
    pub fn of<'a>(
        &'a self,
        listener: &'a Listener,
    ) -> impl Iterator<Item = (NodeId, &'a ListenerAddress)> + 'a {
        let all = self.0.iter().filter(|((_, name), _)| *name == listener.name);
        all.map(|((node, _), address)| (*node, address))
    }
}
