//! Addresses of a cluster whose hosts are containers.

use std::collections::BTreeMap;

use super::host::Seen;
use crate::event::id::HostId;
use crate::runtime::RuntimeError;
use crate::runtime::ports::Ports;
use crate::topology::{Address, Addresses, Listener, ListenerAddress, Outside, Topology};

/// Where ports are published: this machine only.
pub(super) const LOOPBACK: &str = "127.0.0.1";

/// Whether the port of a listener is published.
pub(super) fn is_published(listener: &Listener) -> bool {
    listener.outside == Some(Outside::Directly)
}

/// Names and ports in the network, and published ports outside.
///
/// # Errors
/// When the engine has not published a port.
pub(super) fn addresses(
    topology: &Topology,
    ports: &Ports,
    seen: &BTreeMap<HostId, Seen>,
) -> Result<Addresses, RuntimeError> {
    let mut addresses = Addresses::default();
    for (node, host, listener) in topology.listeners() {
        let Some(port) = ports.get(node, listener) else { continue };
        let mut outside = None;
        if is_published(listener) {
            let published = seen.get(&host).and_then(|seen| seen.published(port));
            let port = published.ok_or_else(|| RuntimeError::Node {
                node,
                why: "has no published port on the engine".into(),
            })?;
            outside = Some(Address { host: LOOPBACK.into(), port });
        }
        let bind = Address { host: "0.0.0.0".into(), port };
        let inside = Address { host: node.to_string(), port };
        addresses.insert(node, listener, ListenerAddress { bind, inside, outside });
    }
    Ok(addresses)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::listener::{CLIENT, INTERNAL, broker};
    use crate::cluster::quorum::zookeeper::listener::{self, zookeeper};
    use crate::event::id::{BrokerId, NodeId, ZooKeeperId};

    fn two_brokers_on_one_host() -> Topology {
        let brokers = [1, 2].map(|id| (NodeId::from(BrokerId(id)), broker(HostId(1))));
        let zookeeper = (NodeId::from(ZooKeeperId(1)), zookeeper(HostId(2)));
        brokers.into_iter().chain([zookeeper]).collect()
    }

    #[test]
    fn a_listener_has_its_own_port_inside_and_a_published_one_outside() {
        let topology = two_brokers_on_one_host();
        let seen = [
            (HostId(1), Seen::new(None, [(CLIENT.port, 40001), (CLIENT.port + 1, 40002)].into())),
            (HostId(2), Seen::new(None, [(listener::CLIENT.port, 40003)].into())),
        ]
        .into();
        let addresses = addresses(&topology, &Ports::by_host(&topology, 0), &seen).unwrap();
        let outside =
            |node, listener| addresses.get(node, listener).unwrap().outside.clone().unwrap();
        let second = NodeId::from(BrokerId(2));
        let internal = addresses.get(second, &INTERNAL).unwrap();
        assert_eq!(internal.inside.to_string(), "broker-2:9093");
        assert_eq!(internal.outside, None);
        assert_eq!(outside(second, &CLIENT).to_string(), "127.0.0.1:40002");
        assert_eq!(outside(ZooKeeperId(1).into(), &listener::CLIENT).port, 40003);
    }

    #[test]
    fn a_port_that_is_not_published_is_an_error() {
        let topology = two_brokers_on_one_host();
        let ports = Ports::by_host(&topology, 0);
        let error = addresses(&topology, &ports, &BTreeMap::new()).unwrap_err();
        assert_eq!(error.to_string(), "zookeeper-1 has no published port on the engine");
    }
}
