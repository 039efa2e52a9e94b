//! The partitions of topics: those that a topic does not have, and topics that would lose some, as Kafka takes none
//! away.

use std::collections::HashMap;

use crate::plan::mistake::Impossible;
use crate::plan::scene::spoken::Spoken;
use crate::steps::meaning::Meaning;
use crate::steps::mention::Mention;

/// Goes through the sentences of a scenario.
pub fn impossible(sentences: &[Spoken<'_>]) -> Vec<Impossible> {
    go_through(sentences).1
}

/// How many partitions topics have after these sentences, where they say.
pub(super) fn after(sentences: &[Spoken<'_>]) -> HashMap<String, u64> {
    go_through(sentences).0
}

fn go_through(sentences: &[Spoken<'_>]) -> (HashMap<String, u64>, Vec<Impossible>) {
    let mut there: HashMap<String, u64> = HashMap::new();
    let mut impossible = Vec::new();
    for (step, spoken) in sentences.iter().enumerate() {
        impossible.extend(beyond(step, spoken, &there));
        match &spoken.meaning {
            Some(Meaning::CreatesTopic { name, partitions, .. }) => {
                there.insert(name.clone(), partitions.as_usize() as u64);
            }
            Some(Meaning::DeletesTopic(name)) => {
                there.remove(name);
            }
            Some(Meaning::AddsPartitions { topic, partitions }) => {
                let number = partitions.as_usize() as u64;
                let before = there.insert(topic.clone(), number);
                if let Some(before) = before.filter(|before| *before >= number) {
                    let why = format!(
                        "the topic has {before} partition(s) already, and Kafka takes none away"
                    );
                    // The number comes after the topic.
                    impossible.push(Impossible { step, why, place: spoken.argument(1) });
                }
            }
            _ => {}
        }
    }
    (there, impossible)
}

/// The first partition that the sentence names, of a topic that does not have it.
fn beyond(step: usize, spoken: &Spoken<'_>, there: &HashMap<String, u64>) -> Option<Impossible> {
    let mut pairs = spoken.mentions.windows(2);
    pairs.find_map(|pair| {
        let [number, topic] = pair else { return None };
        let (Mention::Partition(partition), Mention::Topic(name)) =
            (&number.mention, &topic.mention)
        else {
            return None;
        };
        let has = there.get(name).filter(|has| partition >= *has)?;
        let why = format!("the topic has {has} partition(s), numbered from 0");
        Some(Impossible { step, why, place: number.place.clone() })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::scene::spoken::spoken;

    fn whys(sentences: &[&str]) -> Vec<String> {
        let found = impossible(&spoken(sentences)).into_iter();
        found.map(|it| format!("{}: {}", &sentences[it.step][it.place], it.why)).collect()
    }

    const MADE: &str = r#"a topic "orders" with 3 partitions and replication factor 3"#;

    #[test]
    fn a_topic_does_not_shrink() {
        for made in [
            MADE,
            r#"topic "orders" is created with 3 partitions, replication factor 1 and settings:"#,
        ] {
            for fewer in [1, 3] {
                let said = format!(r#"topic "orders" has {fewer} partition from now on"#);
                let why = format!(
                    "{fewer}: the topic has 3 partition(s) already, and Kafka takes none away"
                );
                assert_eq!(whys(&[made, &said]), [why], "{made}");
            }
        }
        let twice = [
            MADE,
            r#"topic "orders" has 6 partitions from now on"#,
            r#"topic "orders" has 4 partitions from now on"#,
        ];
        assert_eq!(whys(&twice).len(), 1);
    }

    #[test]
    fn a_partition_beyond_the_topics_is_a_mistake() {
        let late = r#"within 10 seconds partition 3 of topic "orders" has a new leader"#;
        assert_eq!(whys(&[MADE, late]), ["3: the topic has 3 partition(s), numbered from 0"]);
        let there = late.replace("partition 3", "partition 2");
        let grown = r#"topic "orders" has 6 partitions from now on"#;
        let refused = r#"producer "p" fails to send a message to partition 3 of topic "orders" with "LEADER_NOT_AVAILABLE""#;
        for right in [&[MADE, &there][..], &[MADE, grown, late], &[MADE, refused], &[late]] {
            assert_eq!(whys(right), Vec::<String>::new(), "{right:?}");
        }
    }

    #[test]
    fn what_grows_or_is_not_known_is_no_mistake() {
        let grows = r#"topic "orders" has 6 partitions from now on"#;
        let other = r#"topic "others" has 1 partition from now on"#;
        let gone = r#"topic "orders" is deleted"#;
        let fewer = r#"topic "orders" has 2 partitions from now on"#;
        for sentences in [&[MADE, grows][..], &[MADE, other], &[MADE, gone, fewer]] {
            assert_eq!(whys(sentences), Vec::<String>::new(), "{sentences:?}");
        }
    }
}
