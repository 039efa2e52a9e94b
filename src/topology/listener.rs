//! What a node listens on, and who calls it there.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Role;

/// Something that a node listens on.
#[derive(Debug, PartialEq, Eq)]
pub struct Listener {
    /// Unique among the listeners of a node, and its name in the node's configuration where that has names.
    pub name: &'static str,
    /// The conventional port. A runtime may choose another.
    pub port: u16,
    /// What is spoken there.
    pub protocol: Protocol,
    /// How connections are secured.
    pub security: Security,
    /// Nodes in these roles call it: over links, where there are links.
    pub nodes: &'static [Role],
    /// How it is reached from outside the cluster; none where only nodes call it.
    pub outside: Option<Outside>,
}

/// How a listener is reached from outside the cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outside {
    /// At an address that the runtime makes reachable.
    Directly,
    /// Through a link, where the runtime has links; not at all elsewhere.
    ByLink,
}

/// What is spoken at a listener. A link needs to know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// Kafka's protocol, in which calls can go wrong.
    Kafka,
    /// ZooKeeper's, for clients.
    ZooKeeper,
    /// ZooKeeper's, between a leader and those who follow it.
    Quorum,
    /// ZooKeeper's, between peers in an election.
    Election,
}

impl Protocol {
    /// Whether who is called may hang up and call back, at the address that the caller gives as its own.
    pub fn calls_back(self) -> bool {
        self == Self::Election
    }
}

/// How connections to a listener are secured: `security.protocol`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Security {
    /// Neither encrypted nor authenticated.
    Plaintext,
}

impl fmt::Display for Security {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Plaintext => "PLAINTEXT",
        })
    }
}
