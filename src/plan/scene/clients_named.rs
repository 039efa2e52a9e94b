//! The clients that sentences name, to find those that no sentence makes, and those that are made twice. A fault of a
//! client that is not there would just meet nothing; anything else would fail once a cluster runs.

use crate::plan::mistake::Impossible;
use crate::plan::scene::spoken::{Mentioned, Spoken};
use crate::steps::meaning::Meaning;
use crate::steps::mention::{Client, ClientKind, Mention, Presence};

/// Goes through the sentences of a scenario.
pub fn unknown(sentences: &[Spoken<'_>]) -> Vec<Impossible> {
    let mut found = Vec::new();
    for (step, spoken) in sentences.iter().enumerate() {
        let before = &sentences[..step];
        for Mentioned { mention, place } in &spoken.mentions {
            let why = match mention {
                Mention::Client(client, Presence::New) => made_twice(before, client),
                Mention::Client(client, Presence::Before) => unmade(before, client, "before"),
                Mention::Client(client, Presence::AnyTime) => {
                    unmade(sentences, client, "of this scenario")
                }
                Mention::Copiers(name) => {
                    let client = Client { kind: ClientKind::Copier, name: name.clone() };
                    let together = before.iter().any(|it| makes_together(it, name));
                    if together { None } else { unmade(before, &client, "before") }
                }
                _ => None,
            };
            found.extend(why.map(|why| Impossible { step, why, place: place.clone() }));
        }
    }
    found
}

fn unmade(among: &[Spoken<'_>], client: &Client, there: &str) -> Option<String> {
    let is_made = among.iter().any(|it| makes(it, client));
    (!is_made).then(|| format!("no step {there} makes {client}"))
}

fn made_twice(before: &[Spoken<'_>], made: &Client) -> Option<String> {
    if !matches!(made.kind, ClientKind::Producer | ClientKind::Consumer) {
        return None;
    }
    let last = before.iter().rev().find(|it| closes(it, made) || makes(it, made))?;
    (!closes(last, made)).then(|| format!("there is a {made} already"))
}

fn closes(spoken: &Spoken<'_>, client: &Client) -> bool {
    matches!(&spoken.meaning, Some(Meaning::ClosesClient(closed)) if closed == client)
}

fn makes(spoken: &Spoken<'_>, client: &Client) -> bool {
    let alone = |it: &Mentioned| match &it.mention {
        Mention::Client(made, Presence::New) => made == client,
        _ => false,
    };
    // `3 copiers "cp"` are called cp-1 to cp-3.
    let together = match &spoken.meaning {
        Some(Meaning::StartsCopiers { count, name }) if client.kind == ClientKind::Copier => {
            number_of(&client.name, name).is_some_and(|number| (1..=*count).contains(&number))
        }
        _ => false,
    };
    together || spoken.mentions.iter().any(alone)
}

fn makes_together(spoken: &Spoken<'_>, copiers: &str) -> bool {
    matches!(&spoken.meaning, Some(Meaning::StartsCopiers { name, .. }) if name == copiers)
}

/// Which of several copiers has this name: `cp-2` is the second of `cp`.
pub(super) fn number_of(name: &str, together: &str) -> Option<u64> {
    name.strip_prefix(together)?.strip_prefix('-')?.parse().ok()
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
