//! Whom a sentence is about: nodes and clients by name, or roles that any node may have.

use std::ops::Range;

use crate::event::id::NodeId;
use crate::fault::target::Named as Words;
use crate::fault::{Participle, Target};
use crate::plan::scene::fault_before::kind_of;

/// The kind of clients, which are not nodes.
pub(super) const CLIENT: &str = "client";

/// A node or a client.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Whom {
    /// `broker`, `ZooKeeper`, `client`.
    pub kind: &'static str,
    /// As in `broker 2`, `copier "cp"`.
    pub name: String,
}

/// Whom a sentence of a fault is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Named {
    /// Nodes by number, or a client, each with its place in the words.
    These(Vec<(Whom, Range<usize>)>),
    /// `every broker`, `all ZooKeepers`.
    All(&'static str),
    /// As in `the killed broker`: what was done, and to what kind of node.
    Hit { done: Participle, kind: &'static str },
    /// A role, or chance: any node of the kind.
    Any(&'static str),
}

impl Whom {
    /// All of a kind.
    pub(super) fn every(kind: &'static str) -> Self {
        Self { kind, name: format!("every {kind}") }
    }

    /// A client, as in `copier "cp"`.
    pub(super) fn client(words: &str) -> Self {
        Self { kind: CLIENT, name: words.to_owned() }
    }

    fn node(node: NodeId) -> Self {
        match node {
            NodeId::Broker(id) => Self { kind: "broker", name: format!("broker {id}") },
            NodeId::Controller(id) => Self { kind: "controller", name: format!("controller {id}") },
            NodeId::ZooKeeper(id) => Self { kind: "ZooKeeper", name: format!("ZooKeeper {id}") },
        }
    }
}

impl Named {
    /// Whom a target means.
    pub(super) fn of(target: &Target) -> Self {
        let kind = kind_of(target);
        match target.named() {
            Words::Nodes(nodes) => {
                Self::These(nodes.into_iter().map(|(node, at)| (Whom::node(node), at)).collect())
            }
            Words::All => Self::All(kind),
            Words::Hit { done, .. } => Self::Hit { done, kind },
            Words::Any => Self::Any(kind),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_whom_a_target_means() {
        let these = |all: &[(&'static str, &str, Range<usize>)]| {
            let whom = |(kind, name, at): &(&'static str, &str, Range<usize>)| {
                (Whom { kind, name: (*name).to_owned() }, at.clone())
            };
            Named::These(all.iter().map(whom).collect())
        };
        let (broker, zookeeper) = ("broker", "ZooKeeper");
        let killed = Named::Hit { done: Participle::Killed, kind: broker };
        for (words, named) in [
            ("broker 2", these(&[(broker, "broker 2", 7..8)])),
            (
                "brokers 1, 2 and 2",
                these(&[(broker, "broker 1", 8..9), (broker, "broker 2", 11..12)]),
            ),
            (
                "ZooKeeper 1 and ZooKeeper 3",
                these(&[(zookeeper, "ZooKeeper 1", 10..11), (zookeeper, "ZooKeeper 3", 26..27)]),
            ),
            ("every broker", Named::All(broker)),
            ("all ZooKeepers", Named::All(zookeeper)),
            ("every replica of partition 0 of topic \"ZooKeeper\"", Named::Any(broker)),
            ("the ZooKeeper that broker 1 is connected to", Named::Any(zookeeper)),
            ("a random broker", Named::Any(broker)),
            ("the killed brokers", killed),
        ] {
            assert_eq!(Named::of(&words.parse().expect("a target")), named, "{words}");
        }
    }
}
