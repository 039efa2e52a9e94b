//! The nodes that a sentence names by number, to find those that its cluster does not have before anything
//! starts.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::cluster::topology::Topology;

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
    // Patterns that are known to be right; if they were not, the steps would find the mistake later.
    static NAMED: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r#""[^"]*"|'[^']*'|\b(broker|ZooKeeper)s? (\d+(?:(?:, | and )(?:\w+ )?\d+)*)"#)
            .ok()
    });
    static NUMBER: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\d+").ok());
    let (named, number) = (NAMED.as_ref()?, NUMBER.as_ref()?);
    for found in named.captures_iter(sentence) {
        let (Some(noun), Some(list)) = (found.get(1), found.get(2)) else { continue };
        let is_broker = noun.as_str() == "broker";
        let there: Vec<String> = match is_broker {
            true => topology.brokers.keys().map(ToString::to_string).collect(),
            false => topology.zookeepers.keys().map(ToString::to_string).collect(),
        };
        for id in number.find_iter(list.as_str()) {
            let wanted = id.as_str().parse::<u32>().ok();
            if there.iter().all(|known| known.parse().ok() != wanted) {
                return Some(Missing {
                    node: format!("{} {}", noun.as_str(), id.as_str()),
                    there: format!("{}s {}", noun.as_str(), there.join(", ")),
                    place: list.start() + id.start()..list.start() + id.end(),
                });
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::id::{BrokerId, HostId, ZooKeeperId};

    fn missing_of(sentence: &str) -> Option<String> {
        let topology = Topology {
            brokers: (1..=3).map(|n| (BrokerId(n), HostId(1))).collect(),
            zookeepers: [(ZooKeeperId(1), HostId(2))].into(),
        };
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
        let topology =
            Topology { brokers: [(BrokerId(0), HostId(1))].into(), zookeepers: [].into() };
        assert_eq!(missing("broker 0 is killed", &topology), None);
        assert!(missing("broker 1 is killed", &topology).is_some());
    }
}
