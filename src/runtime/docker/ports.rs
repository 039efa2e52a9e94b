//! Which ports nodes bind in their containers, and what that makes the addresses of a cluster.

use std::collections::BTreeMap;

use super::host::Seen;
use crate::cluster::topology::{Address, Addresses, BrokerAddresses, Topology, ZooKeeperAddresses};
use crate::event::id::{HostId, NodeId};
use crate::runtime::RuntimeError;

/// INTERNAL, for peers; the conventional port of Kafka.
const INTERNAL: u16 = 9092;
/// CLIENT, for clients outside; published.
const CLIENT: u16 = 19092;
/// LINKED, for clients behind a link.
const LINKED: u16 = 29092;
/// The conventional ports of ZooKeeper: clients (published), quorum, election.
const ZOOKEEPER: [u16; 3] = [2181, 2888, 3888];
/// Where ports are published: this machine only.
pub(super) const LOOPBACK: &str = "127.0.0.1";

/// The ports that a node binds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NodePorts {
    /// A broker, by its listeners.
    Broker { internal: u16, client: u16, linked: u16 },
    /// A ZooKeeper.
    ZooKeeper { client: u16, quorum: u16, election: u16 },
}

impl NodePorts {
    fn broker(place: u16, shift: u16) -> Self {
        let (client, linked) = (CLIENT + place, LINKED + place);
        Self::Broker { internal: INTERNAL + shift + place, client, linked }
    }

    fn zookeeper(place: u16, shift: u16) -> Self {
        let [client, quorum, election] = ZOOKEEPER.map(|port| port + shift + place);
        Self::ZooKeeper { client, quorum, election }
    }

    /// The one that is reached from outside.
    pub(super) fn published(self) -> u16 {
        match self {
            Self::Broker { client, .. } | Self::ZooKeeper { client, .. } => client,
        }
    }
}

/// The ports that all nodes of a cluster bind.
#[derive(Debug)]
pub(super) struct Ports(BTreeMap<NodeId, NodePorts>);

impl Ports {
    /// The conventional ones, where each host has an address; further nodes on a host have the next ones.
    pub(super) fn by_host(topology: &Topology) -> Self {
        let mut places: BTreeMap<HostId, u16> = BTreeMap::new();
        let ports = topology.nodes().map(|(node, host)| {
            let place = places.entry(host).or_insert(0);
            let ports = match node {
                NodeId::Broker(_) => NodePorts::broker(*place, 0),
                NodeId::ZooKeeper(_) => NodePorts::zookeeper(*place, 0),
            };
            *place += 1;
            (node, ports)
        });
        Self(ports.collect())
    }

    /// No two alike, so that a port tells its node where all share an address; those for peers are moved.
    pub(super) fn by_node(topology: &Topology, shift: u16) -> Self {
        let zookeepers = topology.zookeepers.keys().zip(0..);
        let zookeepers =
            zookeepers.map(|(id, place)| (NodeId::from(*id), NodePorts::zookeeper(place, shift)));
        let brokers = topology.brokers.keys().zip(0..);
        let brokers =
            brokers.map(|(id, place)| (NodeId::from(*id), NodePorts::broker(place, shift)));
        Self(zookeepers.chain(brokers).collect())
    }

    /// The ports of a node.
    pub(super) fn get(&self, node: NodeId) -> Option<NodePorts> {
        self.0.get(&node).copied()
    }

    /// What nodes and clients are told: names and ports in the network, and published ports outside.
    ///
    /// # Errors
    /// When the engine has not published a port.
    pub(super) fn addresses(
        &self,
        topology: &Topology,
        seen: &BTreeMap<HostId, Seen>,
    ) -> Result<Addresses, RuntimeError> {
        let mut addresses = Addresses { brokers: BTreeMap::new(), zookeepers: BTreeMap::new() };
        for (node, host) in topology.nodes() {
            let Some(ports) = self.get(node) else { continue };
            let published = seen.get(&host).and_then(|seen| seen.published(ports.published()));
            let port = published.ok_or_else(|| RuntimeError::Node {
                node,
                why: "has no published port on the engine".into(),
            })?;
            let outside = Address { host: LOOPBACK.into(), port };
            match (node, ports) {
                (NodeId::Broker(id), NodePorts::Broker { internal, client, linked }) => {
                    let broker = BrokerAddresses {
                        bind: "0.0.0.0".into(),
                        internal: Address { host: node.to_string(), port: internal },
                        client: outside,
                        client_bind_port: client,
                        linked: None,
                        linked_bind_port: linked,
                    };
                    addresses.brokers.insert(id, broker);
                }
                (NodeId::ZooKeeper(id), NodePorts::ZooKeeper { client, quorum, election }) => {
                    let zookeeper = ZooKeeperAddresses {
                        bind: "0.0.0.0".into(),
                        name: node.to_string(),
                        client_port: client,
                        quorum_port: quorum,
                        election_port: election,
                        outside,
                    };
                    addresses.zookeepers.insert(id, zookeeper);
                }
                (NodeId::Broker(_), NodePorts::ZooKeeper { .. })
                | (NodeId::ZooKeeper(_), NodePorts::Broker { .. }) => {}
            }
        }
        Ok(addresses)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::id::{BrokerId, ZooKeeperId};

    fn two_brokers_on_one_host() -> Topology {
        Topology {
            brokers: [(BrokerId(1), HostId(1)), (BrokerId(2), HostId(1))].into(),
            zookeepers: [(ZooKeeperId(1), HostId(2))].into(),
        }
    }

    #[test]
    fn brokers_on_one_host_have_ports_of_their_own() {
        let topology = two_brokers_on_one_host();
        let seen = [
            (HostId(1), Seen::new(None, [(CLIENT, 40001), (CLIENT + 1, 40002)].into())),
            (HostId(2), Seen::new(None, [(ZOOKEEPER[0], 40003)].into())),
        ]
        .into();
        let addresses = Ports::by_host(&topology).addresses(&topology, &seen).unwrap();
        let second = &addresses.brokers[&BrokerId(2)];
        assert_eq!(second.internal.to_string(), "broker-2:9093");
        assert_eq!(second.client.to_string(), "127.0.0.1:40002");
        assert_eq!(addresses.zookeepers[&ZooKeeperId(1)].outside.port, 40003);
    }

    #[test]
    fn a_port_that_is_not_published_is_an_error() {
        let topology = two_brokers_on_one_host();
        let ports = Ports::by_host(&topology);
        let error = ports.addresses(&topology, &BTreeMap::new()).unwrap_err();
        assert_eq!(error.to_string(), "zookeeper-1 has no published port on the engine");
    }

    #[test]
    fn where_all_share_an_address_a_port_tells_its_node() {
        let zookeepers = (1..=3).map(|id| (ZooKeeperId(id), HostId(id))).collect();
        let brokers = (1..=3).map(|id| (BrokerId(id), HostId(3 + id as u8))).collect();
        let ports = Ports::by_node(&Topology { zookeepers, brokers }, 1000);
        let ports = ports.0.values().flat_map(|ports| match ports {
            NodePorts::Broker { internal, .. } => vec![*internal],
            NodePorts::ZooKeeper { client, quorum, election } => vec![*client, *quorum, *election],
        });
        let ports: Vec<_> = ports.collect();
        let different: std::collections::BTreeSet<_> = ports.iter().collect();
        assert_eq!((ports.len(), different.len()), (12, 12));
    }
}
