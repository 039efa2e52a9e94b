//! Sentences about faults of a scenario that no sentence before has injected: `the killed broker` where none
//! was killed, `all faults are healed` or `there is a new controller` where there was no fault.

use std::ops::Range;

use crate::fault::group::Group;
use crate::fault::target::Named;
use crate::fault::{Fault, Participle, Target};
use crate::plan::scene::spoken::Spoken;
use crate::steps::meaning::{Action, Deed, Meaning};

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

/// Goes through the sentences of a scenario.
pub fn missing(sentences: &[Spoken<'_>]) -> Vec<NoFaultBefore> {
    let mut missing = Vec::new();
    for (step, spoken) in sentences.iter().enumerate() {
        let before = &sentences[..step];
        let did = |is_it: fn(Deed) -> bool| before.iter().any(|it| it.deed().is_some_and(is_it));
        let mut add = |place: Range<usize>| {
            missing.push(NoFaultBefore {
                step,
                words: spoken.text[place.clone()].to_owned(),
                place,
            });
        };
        for (target, place) in spoken.targets() {
            if let Named::Hit { done, .. } = target.named()
                && !before.iter().any(|it| has_done(it, done, target))
            {
                add(place.clone());
            }
        }
        match spoken.meaning {
            Some(Meaning::Action(Action::HealAll)) if !did(Deed::is_fault) => {
                add(0..spoken.text.len())
            }
            Some(Meaning::ExpectsFault(words)) if !did(Deed::is_fault) => add(place(spoken, words)),
            Some(Meaning::ExpectsBackground(words)) if !did(|it| it == Deed::InBackground) => {
                add(place(spoken, words));
            }
            _ => {}
        }
    }
    missing
}

/// The last place of the words: a name before them may have them as well.
fn place(spoken: &Spoken<'_>, words: &str) -> Range<usize> {
    spoken.text.rfind(words).map_or(0..spoken.text.len(), |at| at..at + words.len())
}

/// Why something cannot be done, and where that is in the sentence.
pub(super) type WhyNot = (String, Range<usize>);

/// Where a sentence speaks of several nodes, and the last of several steps that did that has hit one.
pub(super) fn unclear_plural(before: &[Spoken<'_>], spoken: &Spoken<'_>) -> Option<WhyNot> {
    spoken.targets().find_map(|(target, place)| {
        let Named::Hit { done, several: true } = target.named() else { return None };
        let mut hits = before.iter().rev().filter(|it| has_done(it, done, target));
        let last = hits.next()?;
        hits.next()?;
        let is_one = last.targets().next().is_some_and(|(hit, _)| hits_one(hit));
        let kind = kind_of(target);
        let why = format!(
            "the last step that has {done} a {kind} is meant, and that was one: name them by number, or hit them in one step"
        );
        is_one.then(|| (why, place.clone()))
    })
}

/// Whether the words are of one node: of a role that several have, all are meant.
fn hits_one(target: &Target) -> bool {
    match target.named() {
        Named::Nodes(nodes) => nodes.len() == 1,
        Named::Hit { several, .. } => !several,
        Named::All => false,
        Named::Any => !target.to_string().starts_with("every "),
    }
}

/// `broker`, `controller` or `ZooKeeper`.
pub(super) fn kind_of(target: &Target) -> &'static str {
    target.group().one()
}

/// Whether nodes that a fault has hit may be those that are meant. A controller may be a broker.
fn is_alike(hit: &Target, target: &Target) -> bool {
    let is_zookeeper = |it: &Target| it.group() == Group::ZooKeepers;
    is_zookeeper(hit) == is_zookeeper(target)
}

/// Whether the sentence does what the participle says to nodes of the target's kind.
fn has_done(spoken: &Spoken<'_>, done: Participle, target: &Target) -> bool {
    let Some(Action::Fault { fault, .. } | Action::Lasting { fault, .. }) = spoken.action() else {
        return false;
    };
    let Fault::Node { what, target: hit } = fault else { return false };
    what.participles().contains(&done) && is_alike(hit, target)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::scene::spoken::spoken;

    const HEAL: &str = "all faults are healed";

    const IN_BACKGROUND: &str =
        "every 5 to 10 seconds a random broker is killed and started again, for 60 seconds";

    fn words(sentences: &[&str]) -> Vec<String> {
        let missing = missing(&spoken(sentences)).into_iter();
        let words = missing.map(|it| {
            assert_eq!(&sentences[it.step][it.place], it.words);
            it.words
        });
        words.collect()
    }

    #[test]
    fn what_was_not_hit_is_missing() {
        assert_eq!(words(&["the killed broker is started again"]), ["the killed broker"]);
        let other = ["broker 1 is stopped", "the killed broker is started again"];
        assert_eq!(words(&other), ["the killed broker"]);
        for of_others in ["the ZooKeeper leader is killed", "copier \"cp\" is killed"] {
            let other = [of_others, "the killed broker is started again"];
            assert_eq!(words(&other), ["the killed broker"], "{of_others}");
        }
        let other = [IN_BACKGROUND, "the killed broker runs in a new process"];
        assert_eq!(words(&other), ["the killed broker", "new process"]);
        assert_eq!(words(&[HEAL]), [HEAL]);
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
            assert_eq!(words(&[expected]).len(), 1, "{expected}");
            assert_eq!(words(&[IN_BACKGROUND, expected]).len(), 1, "{expected}");
            assert_eq!(words(&["broker 2 is restarted", expected]).len(), 0);
        }
        assert_eq!(words(&["broker 2 is killed", ended]).len(), 1);
        assert_eq!(words(&[IN_BACKGROUND, ended]), Vec::<String>::new());
        assert_eq!(words(&["copiers \"cp\" run in new processes"]), Vec::<String>::new());
    }

    #[test]
    fn faults_in_the_background_heal_themselves() {
        let (killed, heal) = ("broker 1 is killed", HEAL);
        assert_eq!(words(&[killed, IN_BACKGROUND, heal]), Vec::<String>::new());
        assert_eq!(words(&[IN_BACKGROUND, heal]), [HEAL]);
        let expected = "producer process \"p\" is not running";
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
            (
                "all brokers are restarted one after another",
                "the restarted brokers run in new processes",
            ),
            ("every broker is killed", "the killed brokers are started again"),
        ] {
            assert_eq!(words(&[fault, later]), Vec::<String>::new());
        }
        assert_eq!(words(&["topic \"the killed broker\" exists"]), Vec::<String>::new());
        let both = [
            "broker 1 is paused",
            "broker 2 is killed",
            "the killed broker is cut off from the paused broker",
        ];
        assert_eq!(words(&both), Vec::<String>::new(), "each of two counts by itself");
    }
}
