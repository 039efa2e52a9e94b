//! The clients that sentences name, to find those that no sentence makes, and those that are made twice. A fault of a
//! client that is not there would just meet nothing; anything else would fail once a cluster runs. What is done to a
//! client needs one before; a link may be broken, and a quota be set, before its client comes.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use crate::plan::mistake::Impossible;
use crate::plan::scene::quoted::{QUOTED, number_of, quoted};
use crate::plan::scene::spoken::Spoken;
use crate::steps::meaning::Meaning;

/// Goes through the sentences of a scenario, each with whether it injects a fault or heals one.
pub fn unknown(sentences: &[Spoken<'_>]) -> Vec<Impossible> {
    let Some(patterns) = PATTERNS.as_ref() else { return Vec::new() };
    let mut found = Vec::new();
    for (step, spoken) in sentences.iter().enumerate() {
        let sentence = spoken.text;
        if let Some(made) = patterns.made_by(sentence) {
            let why = made_twice(patterns, &sentences[..step], &made);
            found.extend(why.map(|why| Impossible { step, why, place: made.place }));
            continue;
        }
        for client in patterns.named.captures_iter(sentence).filter_map(|it| Client::new(&it)) {
            let (among, there) = match is_of_client(spoken, client.place.start) {
                true => (&sentences[..step], "before"),
                false => (sentences, "of this scenario"),
            };
            if !among.iter().any(|it| patterns.makes(it.text, &client)) {
                let why = format!("no step {there} makes {}", &sentence[client.place.clone()]);
                found.push(Impossible { step, why, place: client.place });
            }
        }
    }
    found
}

/// Whether the sentence is of what the client does or of what is done to it, so that there must be one before.
fn is_of_client(spoken: &Spoken<'_>, at: usize) -> bool {
    match &spoken.meaning {
        Some(Meaning::Fault { .. } | Meaning::Lasting { .. } | Meaning::Background { .. }) => false,
        _ => at == 0 || spoken.text.starts_with("within "),
    }
}

fn made_twice(patterns: &Patterns, before: &[Spoken<'_>], made: &Client) -> Option<String> {
    if !["producer", "consumer"].contains(&made.kind.as_str()) {
        return None;
    }
    let closed = |sentence: &str| {
        let closed = sentence.ends_with(" is closed");
        let named = || patterns.named.captures(sentence).and_then(|it| Client::new(&it));
        closed && named().is_some_and(|client| client.is(made))
    };
    let mut before = before.iter().rev().map(|it| it.text);
    let last = before.find(|it| closed(it) || patterns.makes(it, made))?;
    (!closed(last)).then(|| format!("there is a {} {:?} already", made.kind, made.name))
}

// Patterns that are known to be right; if they were not, the steps would find the mistake later.
static PATTERNS: LazyLock<Option<Patterns>> = LazyLock::new(|| {
    let kinds = "producer process|producer|standalone consumer|consumer|copier";
    Some(Patterns {
        named: Regex::new(&format!(r"\b({kinds}) {QUOTED}")).ok()?,
        making: Regex::new(&format!(r"^(?:an?|another) (?:[a-z-]+ )??({kinds}) {QUOTED}")).ok()?,
        copiers: Regex::new(&format!(r"^(\d+) copiers {QUOTED}")).ok()?,
    })
});

struct Patterns {
    named: Regex,
    making: Regex,
    copiers: Regex,
}

/// A client as a sentence names it.
struct Client {
    kind: String,
    name: String,
    place: std::ops::Range<usize>,
}

impl Client {
    fn new(found: &Captures<'_>) -> Option<Self> {
        let (kind, name) = (found.get(1)?, quoted(found, 2)?);
        let place = kind.start()..found.get(0)?.end();
        Some(Self { kind: kind.as_str().to_owned(), name: name.to_owned(), place })
    }

    fn is(&self, other: &Self) -> bool {
        self.kind == other.kind && self.name == other.name
    }
}

impl Patterns {
    fn made_by(&self, sentence: &str) -> Option<Client> {
        self.making.captures(sentence).and_then(|it| Client::new(&it))
    }

    fn makes(&self, sentence: &str, client: &Client) -> bool {
        let alone = self.made_by(sentence).is_some_and(|made| made.is(client));
        // `3 copiers "cp"` are called cp-1 to cp-3.
        let together = |made: Captures<'_>| {
            let count = made.get(1).and_then(|count| count.as_str().parse::<u32>().ok());
            let number = quoted(&made, 2).and_then(|together| number_of(&client.name, together));
            number.zip(count).is_some_and(|(number, count)| (1..=count).contains(&number))
        };
        alone || (client.kind == "copier" && self.copiers.captures(sentence).is_some_and(together))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::scene::spoken::spoken;

    fn clients(sentences: &[&str]) -> Vec<String> {
        let unknown = unknown(&spoken(sentences)).into_iter();
        let clients = unknown.map(|it| {
            let client = sentences[it.step][it.place].to_owned();
            assert!(it.why.ends_with(&client), "{}", it.why);
            client
        });
        clients.collect()
    }

    const SENDS: &str = r#"a producer process "p" that sends 10 numbered messages to topic "t""#;

    const COPIERS: &str =
        r#"3 copiers "cp" from "a" to "b" committing offsets in their transactions"#;

    const STANDALONE: &str =
        r#"a standalone consumer "s" of topic "t" that commits after processing"#;

    const TOPIC: &str = r#"a topic "t" with 1 partition and replication factor 3"#;

    #[test]
    fn a_client_that_no_sentence_makes_is_unknown() {
        let cut = r#"producer "p" is cut off from every broker"#;
        for made in [r#"a producer "q""#, SENDS, "within 9 seconds broker 1 is registered"] {
            assert_eq!(clients(&[made, cut]), [r#"producer "p""#], "{made}");
        }
        for copier in [r#"copier "cp-x" is killed"#, r#"copier "cp-4" is killed"#] {
            assert_eq!(clients(&[COPIERS, copier]).len(), 1, "{copier}");
        }
        let killed = r#"producer process "p" is killed"#;
        assert_eq!(clients(&[killed, SENDS]).len(), 1);
    }

    #[test]
    fn what_a_sentence_makes_is_known() {
        for (made, fault) in [
            (
                r#"an idempotent producer "p""#,
                r#"the next 2 produce requests of producer "p" are lost"#,
            ),
            (STANDALONE, r#"standalone consumer "s" is paused"#),
            (COPIERS, r#"copier "cp-2" is killed"#),
            ("a producer 'p'", r#"producer "p" is cut off from every broker"#),
            (TOPIC, r#"the leader of partition 0 of topic "t" is killed"#),
        ] {
            assert_eq!(clients(&[made, fault]), Vec::<String>::new(), "{fault}");
        }
        let first = r#"the next InitProducerId request of producer "p" is lost"#;
        assert_eq!(clients(&[first, r#"a producer "p""#]), Vec::<String>::new());
    }

    #[test]
    fn what_a_client_does_needs_one_before() {
        let sends = r#"producer "p" sends 10 numbered messages to topic "t""#;
        let receives = r#"within 5 seconds consumer "c" receives 10 messages"#;
        assert_eq!(clients(&[sends, receives]), [r#"producer "p""#, r#"consumer "c""#]);
        assert_eq!(clients(&[sends, r#"a producer "p""#]).len(), 1);
        let quota = r#"the quota of producer "p" is 20 KB/s"#;
        assert_eq!(clients(&[quota]).len(), 1);
        assert_eq!(clients(&[quota, r#"a producer "p""#]), Vec::<String>::new());
    }

    #[test]
    fn a_client_is_made_once_until_it_is_closed() {
        let whys = |sentences: &[&str]| {
            unknown(&spoken(sentences)).into_iter().map(|it| it.why).collect::<Vec<_>>()
        };
        let made = r#"a consumer "c" in group "g" subscribed to "t""#;
        let again = r#"a read-committed consumer "c" in group "h" subscribes to "t""#;
        let closed = r#"consumer "c" is closed"#;
        assert_eq!(whys(&[made, again]), [r#"there is a consumer "c" already"#]);
        assert_eq!(whys(&[made, closed, again]), Vec::<String>::new());
        assert_eq!(whys(&[made, r#"a producer "c""#]), Vec::<String>::new());
    }
}
