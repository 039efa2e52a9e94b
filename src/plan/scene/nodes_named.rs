//! The nodes that a sentence names by number, to find those that its cluster does not have before anything
//! starts.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::event::id::NodeId;
use crate::plan::scene::quoted::{NUMBERS, numbered, without_quoted};
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

/// The first node named in the sentence, outside of quotes, that is not in the topology.
pub fn missing(sentence: &str, topology: &Topology) -> Option<Missing> {
    // A pattern that is known to be right; if it were not, the steps would find the mistake later.
    static NODES: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(&format!(r"\b(?:broker|ZooKeeper)s? {NUMBERS}")).ok());
    let unquoted = without_quoted(sentence);
    for words in NODES.as_ref()?.find_iter(&unquoted) {
        let (kind, places) = numbered(words.as_str());
        for place in places {
            let of_kind = topology.nodes().filter_map(|(node, _)| match (node, kind) {
                (NodeId::Broker(id), "broker") => Some(id.to_string()),
                (NodeId::ZooKeeper(id), "ZooKeeper") => Some(id.to_string()),
                _ => None,
            });
            let there: Vec<String> = of_kind.collect();
            let number = &words.as_str()[place.clone()];
            let wanted = number.parse::<u32>().ok();
            if there.iter().all(|known| known.parse().ok() != wanted) {
                return Some(Missing {
                    node: format!("{kind} {number}"),
                    there: format!("{kind}s {}", there.join(", ")),
                    place: words.start() + place.start..words.start() + place.end,
                });
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::listener::broker;
    use crate::cluster::quorum::zookeeper::listener::zookeeper;
    use crate::event::id::{BrokerId, HostId, ZooKeeperId};

    fn missing_of(sentence: &str) -> Option<String> {
        let brokers = (1..=3).map(|n| (BrokerId(n).into(), broker(HostId(1))));
        let zookeeper = (ZooKeeperId(1).into(), zookeeper(HostId(2)));
        let topology = brokers.chain([zookeeper]).collect();
        let found = missing(sentence, &topology)?;
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
            "brokers 1, 2 and 3 are registered",
            "topic \"broker 9\" exists",
            "a topic 'broker 9' with 1 partition",
            "within 10 seconds 9 ZooKeepers follow",
            "partition 0 has 9 replicas",
        ] {
            assert_eq!(missing_of(sentence), None);
        }
    }

    #[test]
    fn a_broker_may_have_the_number_zero() {
        let topology = [(BrokerId(0).into(), broker(HostId(1)))].into_iter().collect();
        assert_eq!(missing("broker 0 is killed", &topology), None);
        assert!(missing("broker 1 is killed", &topology).is_some());
    }
}
