//! Sentences about faults of a scenario that no sentence before has injected: `the killed broker` where none
//! was killed, `all faults are healed` or `there is a new controller` where there was no fault.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::deed::{Deed, HEAL, PARTICIPLES, without_quoted};

/// Words that speak of a fault that was not injected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoFaultBefore {
    /// The step, by its place in the scenario.
    pub step: usize,
    /// As in `the killed broker`.
    pub words: String,
    /// Where they are in the sentence.
    pub place: Range<usize>,
}

/// Goes through the sentences of a scenario, each with whether its step is one of faults.
pub fn missing(sentences: &[(&str, bool)]) -> Vec<NoFaultBefore> {
    // A pattern that is known to be right; if it were not, the steps would find the mistake later.
    static SPOKEN: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let done = PARTICIPLES.join("|");
        let hit = format!(r"\bthe (?<done>{done}) (?<kind>broker|ZooKeeper)s?\b");
        let background = "(?<background>the background faults have (?:ended|left))";
        let any = "every fault has had its effect|has a new leader|there is a new controller|since the first fault|after the last fault|runs? in (?:a )?new process(?:es)?$";
        Regex::new(&format!("{hit}|{background}|{any}|^{HEAL}$")).ok()
    });
    let Some(spoken) = SPOKEN.as_ref() else { return Vec::new() };
    let mut missing = Vec::new();
    for (step, (sentence, _)) in sentences.iter().enumerate() {
        let before = || sentences[..step].iter().map(|it| (it.0, Deed::of(it.0, it.1)));
        let unquoted = without_quoted(sentence);
        // Whether copiers run in new processes is known without a fault.
        if unquoted.starts_with("copier") {
            continue;
        }
        for found in spoken.captures_iter(&unquoted) {
            let Some(words) = found.get(0) else { continue };
            let is_there = match (found.name("done"), found.name("kind")) {
                (Some(done), Some(kind)) => before().any(|(sentence, deed)| {
                    deed.is_fault() && has_done(sentence, done.as_str(), kind.as_str())
                }),
                _ if found.name("background").is_some() => {
                    before().any(|(_, deed)| deed == Deed::InBackground)
                }
                _ => before().any(|(_, deed)| deed.is_fault()),
            };
            if !is_there {
                let (words, place) = (words.as_str().to_owned(), words.range());
                missing.push(NoFaultBefore { step, words, place });
            }
        }
    }
    missing
}

/// Why something cannot be done, and where that is in the sentence.
pub(super) type WhyNot = (String, Range<usize>);

/// Where a sentence speaks of several nodes, and the last of several steps that did that has hit one.
pub(super) fn unclear_plural(before: &[(&str, bool)], sentence: &str) -> Option<WhyNot> {
    // A pattern that is known to be right; if it were not, the last step would be meant.
    static SEVERAL: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let done = PARTICIPLES.join("|");
        Regex::new(&format!(r"\bthe ({done}) (broker|ZooKeeper)s\b")).ok()
    });
    let unquoted = without_quoted(sentence);
    let found = SEVERAL.as_ref()?.captures(&unquoted)?;
    let (words, done, kind) = (found.get(0)?, found.get(1)?.as_str(), found.get(2)?.as_str());
    let has_hit = |(sentence, of_faults): &&(&str, bool)| {
        Deed::of(sentence, *of_faults).is_fault() && has_done(sentence, done, kind)
    };
    let hits: Vec<_> = before.iter().filter(has_hit).map(|(sentence, _)| *sentence).collect();
    let (last, others) = hits.split_last()?;
    let is_one = last.contains(" is ") && !last.starts_with("every ");
    let why = format!(
        "the last step that has {done} a {kind} is meant, and that was one: name them by number, or hit them in one step"
    );
    (is_one && !others.is_empty()).then(|| (why, words.range()))
}

/// Whether the sentence does what the participle says to a node of this kind, as `broker 1 is killed` does for
/// `killed` and `broker`.
pub(super) fn has_done(sentence: &str, done: &str, kind: &str) -> bool {
    let says = |done: &str| {
        let mut ends =
            ["is", "are"].iter().filter_map(|be| sentence.find(&format!(" {be} {done}")));
        ends.any(|end| kind_of(&sentence[..end]) == Some(kind))
    };
    says(done) || (done == "restarted" && says("killed and started again"))
}

/// What kind of node a sentence is about that begins like this; none for clients.
pub(super) fn kind_of(subject: &str) -> Option<&'static str> {
    // A topic may have any name.
    let unquoted = without_quoted(subject);
    let of = |words: &[&str]| words.iter().any(|word| unquoted.contains(word));
    if of(&["copier ", "producer process ", "standalone consumer "]) {
        None
    } else if of(&["ZooKeeper"]) {
        Some("ZooKeeper")
    } else {
        Some("broker")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IN_BACKGROUND: &str =
        "every 5 to 10 seconds a random broker is killed and started again, for 60 seconds";

    fn words(sentences: &[(&str, bool)]) -> Vec<String> {
        let missing = missing(sentences).into_iter();
        let words = missing.map(|it| {
            assert_eq!(&sentences[it.step].0[it.place], it.words);
            it.words
        });
        words.collect()
    }

    #[test]
    fn what_was_not_hit_is_missing() {
        assert_eq!(words(&[("the killed broker is started again", true)]), ["the killed broker"]);
        let other = [("broker 1 is stopped", true), ("the killed broker is started again", true)];
        assert_eq!(words(&other), ["the killed broker"]);
        for of_others in ["the ZooKeeper leader is killed", "copier \"cp\" is killed"] {
            let other = [(of_others, true), ("the killed broker is started again", true)];
            assert_eq!(words(&other), ["the killed broker"], "{of_others}");
        }
        let other = [(IN_BACKGROUND, true), ("the killed broker runs in a new process", false)];
        assert_eq!(words(&other), ["the killed broker", "runs in a new process"]);
        assert_eq!(words(&[(HEAL, true)]), [HEAL]);
    }

    #[test]
    fn what_is_expected_of_faults_needs_one() {
        let ended = "within 90 seconds the background faults have ended";
        for expected in [
            "within 10 seconds every fault has had its effect",
            "within 10 seconds partition 0 of topic \"orders\" has a new leader",
            "within 10 seconds there is a new controller",
            "broker 2 runs in a new process",
            "consumer \"c\" has kept its partitions since the first fault",
        ] {
            assert_eq!(words(&[(expected, false)]).len(), 1, "{expected}");
            assert_eq!(words(&[(IN_BACKGROUND, true), (expected, false)]).len(), 1, "{expected}");
            assert_eq!(words(&[("broker 2 is restarted", true), (expected, false)]).len(), 0);
        }
        assert_eq!(words(&[("broker 2 is killed", true), (ended, true)]).len(), 1);
        assert_eq!(words(&[(IN_BACKGROUND, true), (ended, true)]), Vec::<String>::new());
        assert_eq!(words(&[("copiers \"cp\" run in new processes", false)]), Vec::<String>::new());
    }

    #[test]
    fn faults_in_the_background_heal_themselves() {
        let (killed, heal) = (("broker 1 is killed", true), (HEAL, true));
        assert_eq!(words(&[killed, (IN_BACKGROUND, true), heal]), Vec::<String>::new());
        assert_eq!(words(&[(IN_BACKGROUND, true), heal]), [HEAL]);
        let expected = ("producer process \"p\" is not running", true);
        assert_eq!(words(&[expected, heal]), [HEAL]);
    }

    #[test]
    fn what_was_hit_is_there() {
        for (fault, later) in [
            ("the controller is killed", "the killed broker is started again"),
            (
                "the leader of partition 0 of topic \"ZooKeeper\" is killed",
                "the killed broker is started again",
            ),
            ("brokers 1 and 2 are paused", "the paused brokers are resumed"),
            (
                "broker 2 is killed and started again twice",
                "the restarted broker runs in a new process",
            ),
            ("the ZooKeeper leader is stopped", HEAL),
            ("all brokers are restarted one after another", "the restarted brokers are there"),
            ("every broker is killed", "the killed brokers are started again"),
        ] {
            assert_eq!(words(&[(fault, true), (later, false)]), Vec::<String>::new());
        }
        assert_eq!(words(&[("topic \"the killed broker\" exists", false)]), Vec::<String>::new());
        let both = [
            ("broker 1 is paused", true),
            ("broker 2 is killed", true),
            ("the killed broker is cut off from the paused broker", true),
        ];
        assert_eq!(words(&both), Vec::<String>::new(), "each of two is looked for by itself");
    }
}
