//! The partitions of topics: those that a topic does not have, and topics that would lose some, as Kafka takes none
//! away.

use std::collections::HashMap;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use crate::plan::mistake::Impossible;
use crate::plan::scene::quoted::{QUOTED, quoted};
use crate::plan::scene::spoken::Spoken;
use crate::steps::parameter::Several;

/// Goes through the sentences of a scenario.
pub fn impossible(sentences: &[Spoken<'_>]) -> Vec<Impossible> {
    go_through(sentences).1
}

/// How many partitions topics have after these sentences, where they say.
pub(super) fn after(sentences: &[Spoken<'_>]) -> HashMap<String, u64> {
    go_through(sentences).0
}

fn go_through(sentences: &[Spoken<'_>]) -> (HashMap<String, u64>, Vec<Impossible>) {
    // Patterns that are known to be right; if they were not, the steps would find the mistake later.
    static MADE: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let number = r"(?<number>[\d ,]+)";
        let made = format!("(?:an? )?topic {QUOTED} (?:is created )?with {number} partitions?");
        Regex::new(&format!("^{made}(?:,| and) replication factor ")).ok()
    });
    static GROWN: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let number = r"(?<number>[\d ,]+)";
        Regex::new(&format!("^topic {QUOTED} has {number} partitions? from now on$")).ok()
    });
    static GONE: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(&format!("^topic {QUOTED} is deleted$")).ok());
    static NAMED: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(&format!(r"\bpartition (?<number>\d+) of topic {QUOTED}")).ok()
    });
    let patterns = (MADE.as_ref(), GROWN.as_ref(), GONE.as_ref(), NAMED.as_ref());
    let (Some(made), Some(grown), Some(gone), Some(named)) = patterns else {
        return Default::default();
    };
    let read = |found: &Captures<'_>| {
        let number = found.name("number")?.as_str().trim().parse::<Several>().ok()?;
        Some((quoted(found, 1)?.to_owned(), number.0))
    };
    let mut there: HashMap<String, u64> = HashMap::new();
    let mut impossible = Vec::new();
    for (step, spoken) in sentences.iter().enumerate() {
        let sentence = spoken.text;
        // What a fault names is told with the fault, and what is to fail may name what is not there.
        if !spoken.acts_on_faults() && !sentence.contains(" fails to send ") {
            impossible.extend(named.captures_iter(sentence).filter_map(|named| {
                let (topic, number) = (quoted(&named, 2)?, named.name("number")?);
                let has = there.get(topic)?;
                let missing = number.as_str().parse::<u64>().ok()? >= *has;
                let why = format!("the topic has {has} partition(s), numbered from 0");
                missing.then(|| Impossible { step, why, place: number.range() })
            }));
        }
        if let Some(made) = made.captures(sentence) {
            there.extend(read(&made));
        } else if let Some(gone) = gone.captures(sentence) {
            quoted(&gone, 1).and_then(|name| there.remove(name));
        } else if let Some(grown) = grown.captures(sentence)
            && let Some((name, number)) = read(&grown)
        {
            let before = there.insert(name, number).filter(|before| *before >= number);
            if let (Some(before), Some(place)) = (before, grown.name("number")) {
                let why = format!(
                    "the topic has {before} partition(s) already, and Kafka takes none away"
                );
                impossible.push(Impossible { step, why, place: place.range() });
            }
        }
    }
    (there, impossible)
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
