//! A sentence of a scenario with what it means.

use std::ops::Range;

use crate::fault::Target;
use crate::plan::matching::Call;
use crate::steps::meaning::{Deed, Meaning};

/// A sentence of a scenario with what it means.
#[derive(Debug, Clone)]
pub struct Spoken<'a> {
    /// The sentence, without its keyword.
    pub text: &'a str,
    /// What it means, where it is about faults.
    pub meaning: Option<Meaning>,
    /// The nodes that it names, each with the place of the words.
    pub targets: Vec<(Target, Range<usize>)>,
    arguments: Vec<Range<usize>>,
}

impl<'a> Spoken<'a> {
    /// A sentence that calls this step.
    pub fn new(text: &'a str, Call { entry, arguments, .. }: &Call) -> Self {
        let texts: Vec<_> = arguments.iter().map(|place| &text[place.clone()]).collect();
        let targets = entry.targets(&texts).into_iter();
        let place = |index: usize| arguments.get(index).cloned().unwrap_or_default();
        Self {
            text,
            meaning: entry.meaning(&texts),
            targets: targets.map(|(index, target)| (target, place(index))).collect(),
            arguments: arguments.clone(),
        }
    }

    /// What it does about faults.
    pub fn deed(&self) -> Option<Deed> {
        self.meaning.as_ref().map(Meaning::deed)
    }

    /// Whether it injects a fault or heals one.
    pub fn acts_on_faults(&self) -> bool {
        self.deed().is_some_and(|deed| deed != Deed::Expects)
    }

    /// Where an argument is that reads like this; the whole sentence, where there is none.
    pub fn place_of(&self, argument: &str) -> Range<usize> {
        let mut arguments = self.arguments.iter();
        let found = arguments.find(|place| self.text[(*place).clone()] == *argument);
        found.cloned().unwrap_or(0..self.text.len())
    }
}

/// Sentences as a plan has them.
#[cfg(test)]
pub(super) fn spoken<'a>(sentences: &[&'a str]) -> Vec<Spoken<'a>> {
    use std::sync::{LazyLock, Mutex, PoisonError};

    use cucumber::gherkin::{Step, StepType, Table};

    use crate::plan::matching::Matcher;

    // The patterns of all steps take a while to be made.
    static MATCHER: LazyLock<Mutex<Matcher>> = LazyLock::new(Mutex::default);
    let mut matcher = MATCHER.lock().unwrap_or_else(PoisonError::into_inner);
    let mut find = |text: &'a str, ty| {
        let mut step = Step::builder().keyword(String::new()).ty(ty).value(text.into()).build();
        let table = || Table::builder().rows(vec![vec!["name".into(), "value".into()]]).build();
        step.table = text.ends_with(':').then(table);
        matcher.find(&step).ok().map(|call| Spoken::new(text, &call))
    };
    let types = [StepType::When, StepType::Given, StepType::Then];
    let found = sentences.iter().map(|text| {
        let found = types.into_iter().find_map(|ty| find(text, ty));
        found.unwrap_or_else(|| panic!("no step: {text}"))
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_what_a_sentence_does_about_faults() {
        for (sentence, deed) in [
            ("broker 1 is killed", Some(Deed::Breaks)),
            ("every broker is killed", Some(Deed::Breaks)),
            (
                "the log directory of partition 0 of topic \"o\" fails on broker 1",
                Some(Deed::Breaks),
            ),
            (
                "within 30 seconds copier \"cp\" is paused halfway through a batch",
                Some(Deed::Breaks),
            ),
            (
                "the next EndTxn request of producer \"p\" is delayed by 5 seconds",
                Some(Deed::Breaks),
            ),
            ("within 30 seconds copier \"cp\" takes 8 seconds over a batch", Some(Deed::Passes)),
            ("broker 1 is paused for 8 seconds", Some(Deed::Passes)),
            ("broker 1 is cut off from ZooKeeper for 500 milliseconds", Some(Deed::Passes)),
            ("broker 1 is killed and started again at once", Some(Deed::Passes)),
            ("all brokers are restarted one after another", Some(Deed::Passes)),
            ("copiers \"cp\" are stopped and started again one after another", Some(Deed::Passes)),
            ("the killed broker is started again", Some(Deed::Undoes)),
            ("copier \"cp\" is resumed", Some(Deed::Undoes)),
            ("all faults are healed", Some(Deed::Heals)),
            (
                "every 5 to 10 seconds a random broker is restarted, for 60 seconds",
                Some(Deed::InBackground),
            ),
            ("within 10 seconds every fault has had its effect", Some(Deed::Expects)),
            ("within 90 seconds the background faults have ended", Some(Deed::Expects)),
            ("copier \"cp\" is not running", None),
            ("topic \"the killed broker is killed\" exists", None),
        ] {
            assert_eq!(spoken(&[sentence])[0].deed(), deed, "{sentence}");
        }
    }

    #[test]
    fn nodes_are_found_where_they_are_named() {
        let sentence = "the killed broker is cut off from brokers 1 and 3";
        let named = &spoken(&[sentence])[0].targets;
        let words: Vec<_> = named.iter().map(|(_, place)| &sentence[place.clone()]).collect();
        assert_eq!(words, ["the killed broker", "brokers 1 and 3"]);
    }
}
