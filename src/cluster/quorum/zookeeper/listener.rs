//! The listeners of a ZooKeeper: a row for each.

use crate::event::id::HostId;
use crate::topology::{Listener, Node, Outside, Protocol, Role, Security};

/// Brokers, tools and trial itself; also ZooKeepers, as programs may run on their hosts.
pub static CLIENT: Listener = Listener {
    name: "client",
    port: 2181,
    protocol: Protocol::ZooKeeper,
    security: Security::Plaintext,
    nodes: &[Role::Broker, Role::ZooKeeper],
    outside: Some(Outside::Directly),
};

/// Followers and observers of the leader.
pub static QUORUM: Listener = Listener {
    name: "quorum",
    port: 2888,
    protocol: Protocol::Quorum,
    security: Security::Plaintext,
    nodes: &[Role::ZooKeeper],
    outside: None,
};

/// Peers in an election of the leader.
pub static ELECTION: Listener = Listener {
    name: "election",
    port: 3888,
    protocol: Protocol::Election,
    security: Security::Plaintext,
    nodes: &[Role::ZooKeeper],
    outside: None,
};

/// A ZooKeeper on a host.
pub fn zookeeper(host: HostId) -> Node {
    Node { host, roles: [Role::ZooKeeper].into(), listeners: vec![&CLIENT, &QUORUM, &ELECTION] }
}
