//! Sentences about faults of a scenario that no sentence before has injected: `the killed broker` where none
//! was killed, `all faults are healed` where there was no fault.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

/// The sentence that heals.
pub(super) const HEAL: &str = "all faults are healed";

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

/// Goes through the sentences of a scenario, each with whether it injects a fault or heals one.
pub fn missing(sentences: &[(&str, bool)]) -> Vec<NoFaultBefore> {
    // A pattern that is known to be right; if it were not, the steps would find the mistake later.
    static SPOKEN: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let hit = r"\bthe (killed|stopped|paused|restarted) (broker|ZooKeeper)s?\b";
        Regex::new(&format!(r#""[^"]*"|{hit}|^{HEAL}$"#)).ok()
    });
    let Some(spoken) = SPOKEN.as_ref() else { return Vec::new() };
    let mut missing = Vec::new();
    for (step, (sentence, _)) in sentences.iter().enumerate() {
        let before = || sentences[..step].iter().filter(|(_, of_fault)| *of_fault);
        for found in spoken.captures_iter(sentence) {
            let Some(words) = found.get(0).filter(|words| !words.as_str().starts_with('"')) else {
                continue;
            };
            let is_there = match (found.get(1), found.get(2)) {
                (Some(done), Some(kind)) => {
                    before().any(|(sentence, _)| has_done(sentence, done.as_str(), kind.as_str()))
                }
                // Faults in the background heal themselves.
                _ => before().any(|(sentence, _)| !is_in_background(sentence)),
            };
            if !is_there {
                let (words, place) = (words.as_str().to_owned(), words.range());
                missing.push(NoFaultBefore { step, words, place });
            }
        }
    }
    missing
}

/// Whether a sentence begins faults in the background, as `every 5 to 10 seconds a random broker is killed` does;
/// `every broker is killed` does not.
pub(super) fn is_in_background(sentence: &str) -> bool {
    let times = sentence.strip_prefix("every ");
    times.is_some_and(|times| times.starts_with(|first: char| first.is_ascii_digit()))
}

/// Whether the sentence does what the participle says to a node of this kind, as `broker 1 is killed` does for
/// `killed` and `broker`. Whom faults in the background have hit has no name.
fn has_done(sentence: &str, done: &str, kind: &str) -> bool {
    if is_in_background(sentence) {
        return false;
    }
    let says = |done: &str| {
        let mut ends =
            ["is", "are"].iter().filter_map(|be| sentence.find(&format!(" {be} {done}")));
        ends.any(|end| kind_of(&sentence[..end]) == Some(kind))
    };
    says(done) || (done == "restarted" && says("killed and started again"))
}

/// What kind of node a sentence is about that begins like this; none for clients.
fn kind_of(subject: &str) -> Option<&'static str> {
    // A topic may have any name.
    let unquoted: String = subject.split('"').step_by(2).collect();
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
        assert_eq!(words(&other), ["the killed broker"]);
        assert_eq!(words(&[(HEAL, true)]), [HEAL]);
    }

    #[test]
    fn faults_in_the_background_heal_themselves() {
        let (killed, heal) = (("broker 1 is killed", true), (HEAL, true));
        assert_eq!(words(&[killed, (IN_BACKGROUND, true), heal]), Vec::<String>::new());
        assert_eq!(words(&[(IN_BACKGROUND, true), heal]), [HEAL]);
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
