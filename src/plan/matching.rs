//! Finds the step that each sentence calls, and what is wrong with a sentence that calls none.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::LazyLock;

use cucumber::gherkin::{Step, StepType};
use cucumber::step::Collection;
use cucumber::{Parameter as _, World as _};
use regex::Regex;

use crate::fault::link::Side;
use crate::gherkin::feature::steps_of;
use crate::plan::mistake::MistakeKind;
use crate::steps::catalogue::{self, Entry, Sentence};
use crate::steps::meaning::Meaning;
use crate::steps::world::World;

/// What is shown of the nearest steps at most.
const SHOWN: usize = 3;

/// Steps that are less like the sentence are not worth showing.
const ALIKE: f64 = 0.5;

/// A step that a sentence calls, and where the arguments are in the sentence.
#[derive(Debug, Clone)]
pub struct Call {
    /// The step.
    pub entry: &'static Entry,
    /// Its arguments, in their order.
    pub arguments: Vec<Range<usize>>,
    sentence: &'static Sentence,
}

impl Call {
    /// What the sentence of this step, which makes the call, means.
    pub fn meaning(&self, step: &Step) -> Option<Meaning> {
        let texts = self.arguments.iter().map(|place| &step.value[place.clone()]);
        self.entry.meaning(&texts.collect::<Vec<_>>())
    }
}

/// A call, or what is wrong with the sentence: the mistake and the part of the sentence, where it is not the whole.
pub type Matched = Result<Call, (MistakeKind, Option<Range<usize>>)>;

/// Matches sentences against the steps; remembers what it has seen, as features repeat themselves.
#[derive(Debug)]
pub struct Matcher {
    collection: Collection<World>,
    seen: HashMap<(StepType, String), Matched>,
}

impl Default for Matcher {
    fn default() -> Self {
        Self { collection: World::collection(), seen: HashMap::new() }
    }
}

impl Matcher {
    /// The step that the sentence calls.
    ///
    /// # Errors
    /// What is wrong with the sentence.
    pub fn find(&mut self, step: &Step) -> Matched {
        let key = (step.ty, step.value.clone());
        let found = match self.seen.get(&key) {
            Some(found) => found.clone(),
            None => {
                let found = self.look_up(step);
                self.seen.entry(key).or_insert(found).clone()
            }
        };
        let call = found?;
        let below = step.table.is_some() || step.docstring.is_some();
        match (call.sentence.expression.ends_with(':'), below) {
            (true, false) => Err((MistakeKind::NothingBelow, None)),
            (false, true) => Err((MistakeKind::SomethingBelow, None)),
            _ => Ok(call),
        }
    }

    /// What the examples of a step mean, as far as they have a meaning.
    pub fn meanings(&mut self, entry: &Entry) -> Vec<Meaning> {
        let steps = entry.examples.iter().flat_map(|example| steps_of(example));
        steps.filter_map(|step| self.find(&step).ok()?.meaning(&step)).collect()
    }

    /// Whether there is a step of the type with this sentence.
    pub fn fits(&self, sentence: &str, ty: StepType) -> bool {
        let step = Step::builder().keyword(String::new()).ty(ty).value(sentence.into()).build();
        !matches!(self.collection.find(&step), Ok(None))
    }

    fn look_up(&self, step: &Step) -> Matched {
        let call = self.called(step)?;
        let Call { entry, arguments, .. } = &call;
        let texts: Vec<_> = arguments.iter().map(|place| &step.value[place.clone()]).collect();
        entry.check_arguments(texts.iter().copied()).map_err(|(index, why)| {
            let argument = texts[index].to_string();
            (MistakeKind::Argument { argument, why }, arguments.get(index).cloned())
        })?;
        entry.check_together(&texts).map_err(|why| (MistakeKind::Together { why }, None))?;
        Ok(call)
    }

    /// The step that the sentence calls, whether or not it takes the arguments.
    ///
    /// # Errors
    /// As [`Matcher::find`], where the sentence calls no step.
    pub fn called(&self, step: &Step) -> Matched {
        let (captures, location, context) = match self.collection.find(step) {
            Ok(Some((_, captures, location, context))) => (captures, location, context),
            Ok(None) => return Err((self.undefined(step), None)),
            Err(ambiguous) => {
                let places = ambiguous.possible_matches.iter().filter_map(|(_, place)| *place);
                let steps = places.map(|place| place.to_string()).collect();
                return Err((MistakeKind::Ambiguous { steps }, None));
            }
        };
        let known = location.and_then(|place| catalogue::at(place.path, place.line));
        let Some((entry, sentence)) = known else {
            return Err((MistakeKind::Undefined { other_keywords: vec![], nearest: vec![] }, None));
        };
        let arguments = catalogue::arguments(&captures, &context);
        Ok(Call { entry, arguments, sentence })
    }

    fn undefined(&self, step: &Step) -> MistakeKind {
        let all = [StepType::Given, StepType::When, StepType::Then];
        let others = all.into_iter().filter(|ty| self.fits(&step.value, *ty));
        MistakeKind::Undefined {
            other_keywords: others.map(catalogue::keyword).collect(),
            nearest: nearest(step),
        }
    }
}

/// Whether a sentence that calls no step may be meant to name the cluster of its scenario.
pub(super) fn may_name_a_cluster(step: &Step) -> bool {
    step.value.contains("cluster")
}

/// Keyword and sentence of the steps that read most like this one, best first.
fn nearest(step: &Step) -> Vec<String> {
    let wanted = [comparable(&step.value), comparable(&without_nodes(&step.value))];
    let sentences = catalogue::entries().iter().flat_map(|entry| entry.sentences);
    let mut ranked: Vec<_> = sentences
        .map(|sentence| {
            let known = comparable(&plain(sentence.expression));
            let alike = wanted.iter().map(|it| strsim::normalized_damerau_levenshtein(it, &known));
            (alike.fold(0.0, f64::max), sentence)
        })
        .filter(|(alike, _)| *alike >= ALIKE)
        .collect();
    ranked.sort_by(|(left, _), (right, _)| right.total_cmp(left));
    let best = ranked.first().map_or(0.0, |(alike, _)| *alike);
    let close = ranked.into_iter().take_while(|(alike, _)| best - alike < 0.15).take(SHOWN);
    close
        .map(|(_, sentence)| {
            let same = sentence.keywords.contains(&step.ty).then_some(step.ty);
            let keyword =
                same.or(sentence.keywords.first().copied()).map_or("", catalogue::keyword);
            format!("{keyword} {}", sentence.expression)
        })
        .collect()
}

/// An expression without the signs for what may be left out or chosen.
fn plain(expression: &str) -> String {
    let words = expression.split(' ').map(|word| word.split('/').next().unwrap_or_default());
    words.collect::<Vec<_>>().join(" ").replace(['(', ')'], "")
}

/// The sentence with a parameter for whatever names nodes: `the leader of partition 0 of topic "orders"` has
/// words of its own, of which some are in other sentences as well.
fn without_nodes(sentence: &str) -> String {
    // A pattern that is known to be right; if it were not, sentences would be compared as they are.
    static NODES: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(&format!(r"\b(?:{})", Side::REGEX)).ok());
    let nodes = NODES.as_ref().map(|nodes| nodes.replace_all(sentence, "{target}").into_owned());
    nodes.unwrap_or_else(|| sentence.to_owned())
}

/// The sentence with a single sign for each parameter, number, quoted text, time or size, so that only
/// the words are compared.
fn comparable(sentence: &str) -> String {
    // A pattern that is known to be right; if it were not, sentences would be compared as they are.
    static VALUES: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(
            r#"\{\w*\}|"[^"]*"|'[^']*'|\b\d[\d.,]*(?: (?:(?:milli)?seconds?|minutes?|hours?|bytes?|[KMG]i?B)\b)?"#,
        )
        .ok()
    });
    let words = VALUES.as_ref().map(|values| values.replace_all(sentence, "§").into_owned());
    words.unwrap_or_else(|| sentence.to_owned()).to_lowercase()
}

#[cfg(test)]
mod tests {
    use cucumber::World as _;

    use super::*;
    use crate::plan::feature_file::FeatureFile;
    use crate::plan::select::features_below;
    use crate::steps::catalogue::{Entry, at, entries};
    use crate::steps::world::World;

    /// Steps of the shipped features, with the cells of their examples.
    fn shipped_steps() -> Vec<Step> {
        let mut steps = Vec::new();
        for path in features_below("features".as_ref()).expect("the shipped features") {
            let file = FeatureFile::read(&path, &|_, _| false).expect("Gherkin");
            steps.extend(file.feature.background.iter().flat_map(|it| it.steps.clone()));
            steps.extend(file.scenarios.into_iter().flat_map(|it| it.scenario.steps));
        }
        steps
    }

    #[test]
    fn every_sentence_of_a_fault_has_a_scenario() {
        let collection = World::collection();
        let said: Vec<_> = shipped_steps()
            .iter()
            .filter_map(|step| collection.find(step).ok().flatten()?.2)
            .filter_map(|location| at(location.path, location.line))
            .map(|(entry, _)| (entry.file, entry.line))
            .collect();
        let mut matcher = Matcher::default();
        let mut is_about_faults =
            |entry: &Entry| matcher.meanings(entry).iter().any(|it| it.deed().is_some());
        let unsaid = entries()
            .iter()
            .filter(|entry| is_about_faults(entry) && !said.contains(&(entry.file, entry.line)))
            .map(|entry| entry.sentences[0].expression);
        assert_eq!(unsaid.collect::<Vec<_>>(), Vec::<&str>::new());
    }

    fn step(ty: StepType, sentence: &str) -> Step {
        Step::builder().keyword(String::new()).ty(ty).value(sentence.into()).build()
    }

    #[test]
    fn a_misspelt_sentence_shows_the_nearest() {
        let found = Matcher::default().find(&step(StepType::Given, "a runing Kafka cluster"));
        let Err((MistakeKind::Undefined { other_keywords, nearest }, None)) = found else {
            panic!("{found:?}");
        };
        assert!(other_keywords.is_empty(), "{other_keywords:?}");
        assert_eq!(nearest[0], "Given a running Kafka cluster");
    }

    #[test]
    fn the_name_of_a_node_does_not_hide_the_nearest() {
        let sentence = "a follower of partition 0 of topic \"stock\" is pausd";
        let found = Matcher::default().find(&step(StepType::When, sentence));
        let Err((MistakeKind::Undefined { nearest, .. }, None)) = found else {
            panic!("{found:?}");
        };
        let paused = "When {target} is/are paused".to_owned();
        assert!(nearest.contains(&paused), "{nearest:?}");
    }

    #[test]
    fn a_sentence_with_the_wrong_keyword_tells_all_that_it_has() {
        let others = |ty, sentence| match Matcher::default().find(&step(ty, sentence)) {
            Err((MistakeKind::Undefined { other_keywords, .. }, None)) => other_keywords,
            found => panic!("{found:?}"),
        };
        assert_eq!(others(StepType::When, "a running Kafka cluster"), ["Given"]);
        assert_eq!(others(StepType::Then, "broker 2 is killed"), ["Given", "When"]);
    }

    #[test]
    fn a_colon_promises_a_table() {
        let mut matcher = Matcher::default();
        let given = step(StepType::Given, "a running Kafka cluster with settings:");
        assert_eq!(matcher.find(&given).unwrap_err(), (MistakeKind::NothingBelow, None));
        let mut given = step(StepType::Given, "a running Kafka cluster");
        given.docstring = Some("text".into());
        assert_eq!(matcher.find(&given).unwrap_err(), (MistakeKind::SomethingBelow, None));
    }

    #[test]
    fn a_sentence_of_two_steps_is_ambiguous() {
        let nothing: cucumber::Step<World> = |_, _| Box::pin(async {});
        let regex = |text| Regex::new(text).expect("a pattern");
        let collection = Collection::new().given(None, regex("^a (.+)$"), nothing).given(
            None,
            regex("^a topic$"),
            nothing,
        );
        let mut matcher = Matcher { collection, seen: HashMap::new() };
        let found = matcher.find(&step(StepType::Given, "a topic"));
        assert!(matches!(found, Err((MistakeKind::Ambiguous { .. }, None))), "{found:?}");
    }

    #[test]
    fn only_words_are_compared() {
        assert_eq!(
            comparable("producer \"p\" sends 1000 messages of 1 KB within 30 seconds"),
            comparable(&plain(
                "producer {string} sends {count} message(s) of {size} within {duration}"
            ))
        );
    }
}
