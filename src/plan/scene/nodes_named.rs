//! The nodes that a sentence names by number, to find those that its cluster does not have before anything
//! starts.

use std::ops::Range;

use crate::event::id::NodeId;
use crate::plan::scene::spoken::Spoken;
use crate::topology::Topology;

/// A node that the cluster does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// As in `broker 9`.
    pub node: String,
    /// What the cluster has: `brokers 1, 2, 3`.
    pub there: String,
    /// Its number in the sentence.
    pub place: Range<usize>,
}

/// The first node that the sentence names by number and that is not in the topology.
pub fn missing(spoken: &Spoken<'_>, topology: &Topology) -> Option<Missing> {
    let mut nodes = spoken.mentions.iter().flat_map(|it| {
        let nodes = it.mention.nodes(&spoken.text[it.place.clone()]).into_iter();
        nodes.map(move |(node, at)| (node, it.place.start + at.start..it.place.start + at.end))
    });
    nodes.find_map(|(node, place)| {
        if topology.nodes().any(|(there, _)| there == node) {
            return None;
        }
        let (kind, number) = kind_and_number(node);
        let there = topology.nodes().map(|(there, _)| kind_and_number(there));
        let there: Vec<_> = there.filter(|(of, _)| *of == kind).map(|(_, number)| number).collect();
        let there = format!("{kind}s {}", there.join(", "));
        Some(Missing { node: format!("{kind} {number}"), there, place })
    })
}

fn kind_and_number(node: NodeId) -> (&'static str, String) {
    match node {
        NodeId::Broker(id) => ("broker", id.to_string()),
        NodeId::Controller(id) => ("controller", id.to_string()),
        NodeId::ZooKeeper(id) => ("ZooKeeper", id.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::listener::broker;
    use crate::cluster::quorum::zookeeper::listener::zookeeper;
    use crate::event::id::{BrokerId, HostId, ZooKeeperId};
    use crate::plan::scene::spoken::spoken;

    fn missing_of(sentence: &str) -> Option<String> {
        let brokers = (1..=3).map(|n| (BrokerId(n).into(), broker(HostId(1))));
        let zookeeper = (ZooKeeperId(1).into(), zookeeper(HostId(2)));
        let topology = brokers.chain([zookeeper]).collect();
        let found = missing(&spoken(&[sentence])[0], &topology)?;
        let number = found.node.rsplit(' ').next().unwrap_or_default();
        assert_eq!(&sentence[found.place.clone()], number);
        Some(found.node)
    }

    #[test]
    fn finds_the_node_that_is_not_there() {
        for (sentence, node) in [
            ("broker 9 is killed", "broker 9"),
            ("brokers 1, 2 and 4 are stopped", "broker 4"),
            ("ZooKeeper 1 and ZooKeeper 2 are killed", "ZooKeeper 2"),
            ("broker 1 and broker 4 are killed", "broker 4"),
            ("the ZooKeeper that broker 0 is connected to is killed", "broker 0"),
        ] {
            assert_eq!(missing_of(sentence).as_deref(), Some(node));
        }
    }

    #[test]
    fn what_is_there_or_quoted_or_only_counted_is_no_mistake() {
        for sentence in [
            "within 10 seconds brokers 1, 2 and 3 are registered",
            "topic \"broker 9\" exists",
            "a producer 'broker 9'",
            "within 10 seconds 1 ZooKeeper leads and 9 follow",
            "within 10 seconds partition 0 of topic \"t\" has 9 replicas in sync",
        ] {
            assert_eq!(missing_of(sentence), None);
        }
    }

    #[test]
    fn a_broker_may_have_the_number_zero() {
        let topology = [(BrokerId(0).into(), broker(HostId(1)))].into_iter().collect();
        assert_eq!(missing(&spoken(&["broker 0 is killed"])[0], &topology), None);
        assert!(missing(&spoken(&["broker 1 is killed"])[0], &topology).is_some());
    }
}
