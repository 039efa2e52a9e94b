//! Whom a sentence of a fault is about: nodes and clients by name, or roles that any node may have.

use std::ops::Range;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::deed::PARTICIPLES;
use super::fault_before::kind_of;

/// The pattern of numbers of nodes: `1, 2 and 3`, `1 and broker 2`.
pub(super) const NUMBERS: &str = r"\d+(?:(?:, | and )(?:\w+ )?\d+)*";

/// The pattern of a name in quotes of either kind; its groups are for [`quoted`].
pub(super) const QUOTED: &str = r#"(?:"([^"]*)"|'([^']*)')"#;

/// The kind of whom is no node.
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
    Hit { done: &'static str, kind: &'static str },
    /// A role, or chance: any node of the kind.
    Any(&'static str),
}

impl Whom {
    /// All of a kind.
    pub(super) fn every(kind: &'static str) -> Self {
        Self { kind, name: format!("every {kind}") }
    }
}

impl Named {
    /// Reads the words.
    pub(super) fn read(words: &str) -> Self {
        // Patterns that are known to be right; if they were not, whoever is named would be any node.
        static NUMBERED: LazyLock<Option<Regex>> =
            LazyLock::new(|| Regex::new(&format!("^(?:broker|ZooKeeper)s? {NUMBERS}$")).ok());
        static NUMBER: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\d+").ok());
        let Some(kind) = kind_of(words) else {
            let client = Whom { kind: CLIENT, name: words.to_owned() };
            return Self::These(vec![(client, 0..words.len())]);
        };
        if let (Some(numbered), Some(number)) = (NUMBERED.as_ref(), NUMBER.as_ref())
            && numbered.is_match(words)
        {
            let mut nodes: Vec<(Whom, Range<usize>)> = Vec::new();
            for id in number.find_iter(words) {
                let node = Whom { kind, name: format!("{kind} {}", id.as_str()) };
                if nodes.iter().all(|(known, _)| *known != node) {
                    nodes.push((node, id.range()));
                }
            }
            return Self::These(nodes);
        }
        let first_words = words.split(' ').take(2).collect::<Vec<_>>().join(" ");
        match PARTICIPLES.into_iter().find(|done| first_words == format!("the {done}")) {
            Some(done) => Self::Hit { done, kind },
            None if ["every", "all"]
                .iter()
                .any(|all| words.trim_end_matches('s') == format!("{all} {kind}")) =>
            {
                Self::All(kind)
            }
            None => Self::Any(kind),
        }
    }
}

/// The name that [`QUOTED`] has found, where its first group is this one.
pub(super) fn quoted<'a>(found: &Captures<'a>, group: usize) -> Option<&'a str> {
    found.get(group).or_else(|| found.get(group + 1)).map(|name| name.as_str())
}

/// Which of several copiers has this name: `cp-2` is the second of `cp`.
pub(super) fn number_of(name: &str, together: &str) -> Option<u32> {
    name.strip_prefix(together)?.strip_prefix('-')?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_whom_a_sentence_is_about() {
        let these = |kind, all: &[(&str, Range<usize>)]| {
            let whom = |(name, at): &(&str, Range<usize>)| {
                (Whom { kind, name: (*name).to_owned() }, at.clone())
            };
            Named::These(all.iter().map(whom).collect())
        };
        let (broker, zookeeper) = ("broker", "ZooKeeper");
        for (words, named) in [
            ("broker 2", these(broker, &[("broker 2", 7..8)])),
            ("brokers 1, 2 and 2", these(broker, &[("broker 1", 8..9), ("broker 2", 11..12)])),
            (
                "ZooKeeper 1 and ZooKeeper 3",
                these(zookeeper, &[("ZooKeeper 1", 10..11), ("ZooKeeper 3", 26..27)]),
            ),
            ("copier \"broker 1\"", these(CLIENT, &[("copier \"broker 1\"", 0..17)])),
            ("every broker", Named::All(broker)),
            ("all ZooKeepers", Named::All(zookeeper)),
            ("every replica of partition 0 of topic \"ZooKeeper\"", Named::Any(broker)),
            ("the ZooKeeper that broker 1 is connected to", Named::Any(zookeeper)),
            ("a random broker", Named::Any(broker)),
            ("the killed brokers", Named::Hit { done: "killed", kind: broker }),
        ] {
            assert_eq!(Named::read(words), named, "{words}");
        }
    }
}
