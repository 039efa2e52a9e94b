//! The listeners of a broker: a row for each.

use crate::event::id::HostId;
use crate::topology::{Listener, Node, Outside, Protocol, Role, Security};

/// Other brokers, and tools that run on a node.
pub static INTERNAL: Listener = Listener {
    name: "INTERNAL",
    port: 9092,
    protocol: Protocol::Kafka,
    security: Security::Plaintext,
    nodes: &[Role::Broker],
    outside: None,
};

/// Clients outside the cluster.
pub static CLIENT: Listener = Listener {
    name: "CLIENT",
    port: 19092,
    protocol: Protocol::Kafka,
    security: Security::Plaintext,
    nodes: &[],
    outside: Some(Outside::Directly),
};

/// Clients outside the cluster that a fault of links is to hit.
pub static LINKED: Listener = Listener {
    name: "LINKED",
    port: 29092,
    protocol: Protocol::Kafka,
    security: Security::Plaintext,
    nodes: &[],
    outside: Some(Outside::ByLink),
};

/// A broker on a host: its listeners are in the order of `listeners` in `server.properties`.
pub fn broker(host: HostId) -> Node {
    Node { host, roles: [Role::Broker].into(), listeners: vec![&INTERNAL, &CLIENT, &LINKED] }
}
