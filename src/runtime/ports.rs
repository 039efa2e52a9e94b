//! Which ports the nodes of a cluster bind.

use std::collections::{BTreeMap, BTreeSet};

use crate::event::id::{HostId, NodeId};
use crate::topology::{Listener, Topology};

/// Added to all ports, one after the other, until none is taken by something that listens on all addresses.
pub const SHIFTS: [u16; 6] = [0, 1000, 2000, 3000, 4000, 5000];

/// A port for each listener of each node.
#[derive(Debug, Clone)]
pub struct Ports(BTreeMap<(NodeId, &'static str), u16>);

impl Ports {
    /// For hosts with an address each: nodes that share a host have ports of their own.
    pub fn by_host(topology: &Topology, shift: u16) -> Self {
        Self::in_turn(topology, shift, Some)
    }

    /// For nodes that are all reached at one address: no two ports are alike.
    pub fn by_node(topology: &Topology, shift: u16) -> Self {
        Self::in_turn(topology, shift, |_| None)
    }

    /// The conventional port of a listener and the ones that follow, in turn at each address.
    fn in_turn(topology: &Topology, shift: u16, at: impl Fn(HostId) -> Option<HostId>) -> Self {
        let mut next = BTreeMap::new();
        let ports = topology.listeners().map(|(node, host, listener)| {
            let next = next.entry((at(host), listener.name)).or_insert(listener.port + shift);
            let port = *next;
            *next += 1;
            ((node, listener.name), port)
        });
        Self(ports.collect())
    }

    /// The port of a listener of a node; none for one that the topology does not have.
    pub fn get(&self, node: NodeId, listener: &Listener) -> Option<u16> {
        self.0.get(&(node, listener.name)).copied()
    }
}

/// The conventional ports of all listeners, for messages: `2181, 9092`.
pub fn conventional(topology: &Topology) -> String {
    let ports: BTreeSet<u16> = topology.listeners().map(|(.., listener)| listener.port).collect();
    ports.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::listener::{INTERNAL, broker};
    use crate::cluster::quorum::zookeeper::listener::zookeeper;
    use crate::event::id::{BrokerId, ZooKeeperId};

    #[test]
    fn nodes_on_one_host_have_ports_of_their_own() {
        let brokers = [(1, 1), (2, 1), (3, 2)].map(|(id, host)| (BrokerId(id), HostId(host)));
        let nodes = brokers.map(|(id, host)| (NodeId::from(id), broker(host)));
        let ports = Ports::by_host(&nodes.into_iter().collect(), 0);
        let internal = brokers.map(|(id, _)| ports.get(id.into(), &INTERNAL).unwrap());
        assert_eq!(internal, [9092, 9093, 9092]);
    }

    #[test]
    fn where_all_share_an_address_a_port_identifies_its_node() {
        let zookeepers = (1..=3).map(|id| (ZooKeeperId(id).into(), zookeeper(HostId(id))));
        let brokers = (4..=6).map(|id| (BrokerId(id.into()).into(), broker(HostId(id))));
        let ports = Ports::by_node(&zookeepers.chain(brokers).collect(), 1000);
        let different: BTreeSet<_> = ports.0.values().collect();
        assert_eq!((ports.0.len(), different.len()), (18, 18));
        assert_eq!(ports.get(BrokerId(4).into(), &INTERNAL), Some(10092));
    }
}
