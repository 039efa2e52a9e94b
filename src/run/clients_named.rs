//! The clients that sentences of faults name, to find those that no other sentence of the scenario speaks of: a fault
//! of a client that is not there would just meet nothing. What is done to a process needs one before; a link may be
//! broken before its client comes.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::mistake::Impossible;
use super::named::{QUOTED, number_of, quoted};
use super::said::Said;

/// Goes through the sentences of a scenario, each with whether it injects a fault or heals one.
pub fn unknown(sentences: &[(&str, bool)]) -> Vec<Impossible> {
    // Patterns that are known to be right; if they were not, the steps would find the mistake later.
    static NAMED: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let kinds = "producer process|producer|standalone consumer|consumer|copier";
        Regex::new(&format!(r"\b({kinds}) {QUOTED}")).ok()
    });
    static COPIERS: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(&format!(r"\b(\d+) copiers {QUOTED}")).ok());
    let (Some(named), Some(copiers)) = (NAMED.as_ref(), COPIERS.as_ref()) else {
        return Vec::new();
    };
    let kind_and_name = |found: Captures<'_>| {
        Some((found.get(1)?.as_str().to_owned(), quoted(&found, 2)?.to_owned()))
    };
    let is_made = |among: &[(&str, bool)], kind: &str, name: &str| {
        let mut others = among.iter().filter(|(_, of_faults)| !of_faults).map(|it| it.0);
        let alone = |sentence: &str| {
            let mut told = named.captures_iter(sentence).filter_map(kind_and_name);
            told.any(|(known, called)| known == kind && called == name)
        };
        // `3 copiers "cp"` are called cp-1 to cp-3.
        let together = |sentence: &str| {
            copiers.captures_iter(sentence).any(|made| {
                let count = made.get(1).and_then(|count| count.as_str().parse::<u32>().ok());
                let number = quoted(&made, 2).and_then(|together| number_of(name, together));
                number.zip(count).is_some_and(|(number, count)| (1..=count).contains(&number))
            })
        };
        others.any(|sentence| alone(sentence) || (kind == "copier" && together(sentence)))
    };
    let mut unknown = Vec::new();
    for (step, (sentence, _)) in
        sentences.iter().enumerate().filter(|(_, (_, of_faults))| *of_faults)
    {
        for found in named.captures_iter(sentence) {
            let Some(client) = found.get(0) else { continue };
            let (client, place) = (client.as_str(), client.range());
            let of_process = Said::read(sentence).is_some_and(|said| said.at == place.start)
                || sentence.ends_with(" over a batch");
            let (among, there) = match of_process {
                true => (&sentences[..step], "before"),
                false => (sentences, "of this scenario"),
            };
            if kind_and_name(found).is_some_and(|(kind, name)| !is_made(among, &kind, &name)) {
                let why = format!("no step {there} makes {client}");
                unknown.push(Impossible { step, why, place });
            }
        }
    }
    unknown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clients(sentences: &[(&str, bool)]) -> Vec<String> {
        let unknown = unknown(sentences).into_iter();
        let clients = unknown.map(|it| {
            let client = sentences[it.step].0[it.place].to_owned();
            assert!(it.why.ends_with(&client), "{}", it.why);
            client
        });
        clients.collect()
    }

    #[test]
    fn a_client_that_no_sentence_makes_is_unknown() {
        let cut = (r#"producer "p" is cut off from every broker"#, true);
        for made in
            [r#"a producer "q""#, r#"a producer process "p" that sends"#, "broker 1 is registered"]
        {
            assert_eq!(clients(&[(made, false), cut]), [r#"producer "p""#], "{made}");
        }
        for copier in [r#"copier "cp-x" is killed"#, r#"copier "cp-4" is killed"#] {
            let made = (r#"3 copiers "cp" from "a" to "b""#, false);
            assert_eq!(clients(&[made, (copier, true)]).len(), 1, "{copier}");
        }
        let made = (r#"a producer process "p" that sends"#, false);
        let killed = (r#"producer process "p" is killed"#, true);
        assert_eq!(clients(&[killed, made]).len(), 1);
    }

    #[test]
    fn what_a_sentence_makes_is_known() {
        for (made, fault) in [
            (
                r#"an idempotent producer "p""#,
                r#"the next 2 produce requests of producer "p" are lost"#,
            ),
            (r#"a standalone consumer "s" of topic "t""#, r#"standalone consumer "s" is paused"#),
            (r#"3 copiers "cp" from "a" to "b""#, r#"copier "cp-2" is killed"#),
            ("a producer 'p'", r#"producer "p" is cut off from every broker"#),
            (r#"a topic "t""#, r#"the leader of partition 0 of topic "t" is killed"#),
        ] {
            assert_eq!(clients(&[(made, false), (fault, true)]), Vec::<String>::new(), "{fault}");
        }
        let first = (r#"the next InitProducerId request of producer "p" is lost"#, true);
        assert_eq!(clients(&[first, (r#"a producer "p""#, false)]), Vec::<String>::new());
    }
}
