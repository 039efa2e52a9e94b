//! The topics, groups and transactional ids whose leaders, replicas and coordinators sentences name, to find those that
//! the rest of the scenario does not know: Kafka has a coordinator for any name.

use std::ops::Range;

use crate::cluster::metadata::CoordinatorOf;
use crate::fault::Target;
use crate::fault::target::RoleIn;
use crate::plan::mistake::Impossible;
use crate::plan::scene::clients_named::number_of;
use crate::plan::scene::partitions_named;
use crate::plan::scene::spoken::Spoken;
use crate::steps::meaning::Meaning;
use crate::steps::mention::Mention;

/// Goes through the sentences of a scenario.
pub fn unknown(sentences: &[Spoken<'_>]) -> Vec<Impossible> {
    let mut unknown = Vec::new();
    for (step, spoken) in sentences.iter().enumerate() {
        for (target, place) in spoken.targets() {
            let found = look_at(sentences, step, target);
            unknown.extend(found.map(|(why, at)| {
                let place = place.start + at.start..place.start + at.end;
                Impossible { step, why, place }
            }));
        }
    }
    unknown
}

/// What is wrong with the role that a target has, and where in its words.
fn look_at(
    sentences: &[Spoken<'_>],
    step: usize,
    target: &Target,
) -> Option<(String, Range<usize>)> {
    let before = &sentences[..step];
    match target.role_in()? {
        RoleIn::Coordination { of, name, place } => {
            let of = match of {
                CoordinatorOf::Group => "group",
                CoordinatorOf::TransactionalId => "transactional id",
            };
            let why = format!("no other step names this {of}");
            (!is_spoken_of(sentences, step, name)).then_some((why, place))
        }
        RoleIn::Partition { topic, topic_place, partition, partition_place, follower_place } => {
            let created = before.iter().rev().find_map(|it| match &it.meaning {
                Some(Meaning::CreatesTopic { name, partitions, replicas }) if name == topic => {
                    Some((partitions.as_usize() as u64, replicas.as_usize()))
                }
                _ => None,
            });
            let Some((partitions, replicas)) = created else {
                let why = "no other step names this topic".into();
                return (!is_spoken_of(sentences, step, topic)).then_some((why, topic_place));
            };
            let grown = partitions_named::after(before).get(topic).copied();
            let partitions = grown.unwrap_or(partitions);
            if u64::try_from(partition).is_ok_and(|partition| partition >= partitions) {
                let why = format!("the topic has {partitions} partition(s), and the first is 0");
                return Some((why, partition_place));
            }
            let follower_place = follower_place.filter(|_| replicas == 1);
            follower_place.map(|at| ("the topic has 1 replica, so nobody follows".into(), at))
        }
    }
}

/// Whether a step other than this one has the name: also as one of several copiers, which are in one group, or in a table
/// below it, which is not looked at.
fn is_spoken_of(sentences: &[Spoken<'_>], step: usize, name: &str) -> bool {
    let mut others = sentences.iter().enumerate().filter(|(other, _)| *other != step);
    others.any(|(_, spoken)| spoken.names_below || has_name(spoken, name))
}

/// Whether a sentence names something like this. That a group has a coordinator does not mean that there is the group.
fn has_name(spoken: &Spoken<'_>, wanted: &str) -> bool {
    let by_meaning = match &spoken.meaning {
        Some(Meaning::StartsCopiers { name, .. }) => {
            name == wanted || number_of(wanted, name).is_some()
        }
        Some(Meaning::RunsTool(line)) => line.has_word(wanted),
        _ => false,
    };
    let mut mentions = spoken.mentions.iter().map(|it| &it.mention);
    by_meaning
        || mentions.any(|mention| match mention {
            Mention::Topic(name)
            | Mention::TopicWithAcls(name)
            | Mention::Group(name)
            | Mention::TransactionalId(name)
            | Mention::Copiers(name) => name == wanted,
            Mention::Client(client, _) => client.name == wanted,
            Mention::Nodes(target) => {
                matches!(target.role_in(), Some(RoleIn::Partition { topic, .. }) if topic == wanted)
            }
            Mention::Numbers(_)
            | Mention::Partition(_)
            | Mention::MessageSize
            | Mention::Quorum(_) => false,
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
