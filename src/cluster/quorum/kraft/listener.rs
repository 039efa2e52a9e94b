//! The listener of a controller.

use crate::cluster::listener;
use crate::event::id::HostId;
use crate::topology::{Listener, Node, Outside, Protocol, Role, Security};

/// Other controllers, brokers, and trial itself, which reads the metadata log.
pub static CONTROLLER: Listener = Listener {
    name: "CONTROLLER",
    port: 39092,
    protocol: Protocol::Kafka,
    security: Security::Plaintext,
    nodes: &[Role::Broker, Role::Controller],
    outside: Some(Outside::Directly),
};

/// A controller on a host.
pub fn controller(host: HostId) -> Node {
    Node { host, roles: [Role::Controller].into(), listeners: vec![&CONTROLLER] }
}

/// A broker on a host that is a controller as well.
pub fn combined(host: HostId) -> Node {
    let mut node = listener::broker(host);
    node.roles.insert(Role::Controller);
    node.listeners.push(&CONTROLLER);
    node
}
