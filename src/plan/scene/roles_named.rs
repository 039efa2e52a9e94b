//! The topics, groups and transactional ids whose leaders, replicas and coordinators sentences name, to find those that
//! the rest of the scenario does not know: Kafka has a coordinator for any name.

use std::ops::Range;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use crate::plan::mistake::Impossible;
use crate::plan::scene::partitions_named;
use crate::plan::scene::quoted::{QUOTED, number_of, quoted};
use crate::plan::scene::spoken::Spoken;

/// Goes through the sentences of a scenario.
pub fn unknown(sentences: &[Spoken<'_>]) -> Vec<Impossible> {
    // Patterns that are known to be right; if they were not, the steps would find the mistake later.
    static ROLE: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let replica = r#"(?<role>leader|follower|every follower|every replica) of partition (?<partition>\d+) of topic (?<topic>"[^"]*")"#;
        let coordinator = r#"coordinator of (?<of>group|transactional id) (?<name>"[^"]*")"#;
        Regex::new(&format!("{replica}|{coordinator}")).ok()
    });
    static MADE: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let replicas = r"(?:,| and) replication factor (\d+)";
        Regex::new(&format!(r"^an? topic {QUOTED} with (\d+) partitions?{replicas}")).ok()
    });
    let (Some(role), Some(made)) = (ROLE.as_ref(), MADE.as_ref()) else { return Vec::new() };
    let mut unknown = Vec::new();
    for (step, spoken) in sentences.iter().enumerate() {
        let sentence = spoken.text;
        for found in role.captures_iter(sentence) {
            let told = match (found.name("name"), found.name("topic")) {
                (Some(name), _) => {
                    let said = name.as_str().trim_matches('"');
                    let of = found.name("of").map_or("", |of| of.as_str());
                    let why = || format!("no other step names this {of}");
                    (!is_spoken_of(sentences, step, said)).then(|| (why(), name.range()))
                }
                (None, Some(topic)) => {
                    let said = topic.as_str().trim_matches('"');
                    let mut created =
                        sentences[..step].iter().filter_map(|it| made.captures(it.text));
                    match created.find(|it| quoted(it, 1) == Some(said)) {
                        Some(created) => {
                            let grown = partitions_named::after(&sentences[..step]);
                            too_few(&found, &created, grown.get(said).copied())
                        }
                        None if is_spoken_of(sentences, step, said) => None,
                        None => Some(("no other step names this topic".into(), topic.range())),
                    }
                }
                _ => None,
            };
            unknown.extend(told.map(|(why, place)| Impossible { step, why, place }));
        }
    }
    unknown
}

/// Why a topic that was made like this has no such partition or replica.
fn too_few(
    found: &Captures<'_>,
    created: &Captures<'_>,
    grown: Option<u64>,
) -> Option<(String, Range<usize>)> {
    let number = |part: &str| part.parse::<u64>().ok();
    let (partition, role) = (found.name("partition")?, found.name("role")?);
    let (partitions, replicas) = (created.get(3)?.as_str(), created.get(4)?.as_str());
    let partitions = grown.or_else(|| number(partitions))?;
    if number(partition.as_str())? >= partitions {
        let why = format!("the topic has {partitions} partition(s), and the first is 0");
        return Some((why, partition.range()));
    }
    let alone = number(replicas)? == 1 && role.as_str().ends_with("follower");
    alone.then(|| ("the topic has 1 replica, so nobody follows".into(), role.range()))
}

/// Whether a step other than this one has the name in quotes: also as one of several copiers, which are in one group,
/// or in a table below it, which is not looked at.
fn is_spoken_of(sentences: &[Spoken<'_>], step: usize, name: &str) -> bool {
    let others = sentences.iter().enumerate().filter(|(other, _)| *other != step);
    let mut others = others.map(|(_, spoken)| spoken.text);
    others.any(|sentence| {
        let mut quoted = sentence.split(['"', '\'']).skip(1).step_by(2);
        let is_role = sentence.contains("coordinator of ");
        let has_table = sentence.ends_with(':') && !sentence.contains(" topic ");
        (!is_role && quoted.any(|it| it == name || number_of(name, it).is_some()))
            || (has_table && !sentence.contains(" cluster"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::scene::spoken::spoken;

    fn whys(sentences: &[&str]) -> Vec<String> {
        unknown(&spoken(sentences)).into_iter().map(|it| it.why).collect()
    }

    #[test]
    fn a_misspelt_group_or_id_is_told() {
        let consumer = r#"a consumer "c" in group "billing" subscribed to "orders""#;
        let killed = r#"the coordinator of group "billling" is killed"#;
        assert_eq!(whys(&[consumer, killed]), ["no other step names this group"]);
        let twice = [consumer, killed, r#"the coordinator of group "billling" is paused"#];
        assert_eq!(whys(&twice).len(), 2);
        let id = r#"the coordinator of transactional id "tx" is killed"#;
        assert_eq!(whys(&[consumer, id]), ["no other step names this transactional id"]);
        for known in [
            r#"a transactional producer "p" with transactional id "tx""#,
            r#"a producer "p" with settings:"#,
            r#"3 copiers "tx" from "a" to "b" committing offsets in their transactions"#,
        ] {
            assert_eq!(whys(&[known, id]), Vec::<String>::new(), "{known}");
        }
    }

    #[test]
    fn a_partition_that_the_topic_does_not_have_is_told() {
        let topic = r#"a topic "orders" with 2 partitions and replication factor 1"#;
        for (sentence, why) in [
            (
                r#"the leader of partition 2 of topic "orders" is killed"#,
                "the topic has 2 partition(s), and the first is 0",
            ),
            (
                r#"a follower of partition 1 of topic "orders" is killed"#,
                "the topic has 1 replica, so nobody follows",
            ),
            (
                r#"the leader of partition 0 of topic "ordres" is killed"#,
                "no other step names this topic",
            ),
        ] {
            assert_eq!(whys(&[topic, sentence]), [why], "{sentence}");
        }
        let grown = r#"topic "orders" has 10 partitions from now on"#;
        let leader = r#"the leader of partition 9 of topic "orders" is killed"#;
        assert_eq!(whys(&[topic, grown, leader]), Vec::<String>::new());
        assert_eq!(whys(&[topic, leader, grown]).len(), 1);
        for (known, fine) in [
            (topic, r#"the leader of partition 1 of topic "orders" is killed"#),
            (r#"a topic "orders" with 12 partitions, replication factor 3 and settings:"#, leader),
            (r#"producer "p" sends 1 numbered message to topic "orders""#, leader),
        ] {
            assert_eq!(whys(&[known, fine]), Vec::<String>::new(), "{known}");
        }
    }
}
