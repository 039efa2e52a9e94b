//! The step catalogue: every sentence that a feature file can say, with its docs and examples. `build.rs`
//! reads them from the source of the steps, so that they cannot differ from what runs.
//!
//! A step's doc comment is written for authors of features.

use std::ops::Range;

use cucumber::gherkin::{Step, StepType};
use cucumber::step::Context;
use regex::CaptureLocations;

use super::meaning::Meaning;
use super::mention::{Mention, Mentions};
use super::settings_of::SettingsOf;
use super::table::TableMistake;
use super::unfit::Unfit;
use crate::cluster::spec::ClusterSpec;
use crate::cluster::spec::Metadata;
use crate::distribution::Release;

/// One step: a function, the sentences that call it, and its docs.
#[derive(Debug)]
pub struct Entry {
    /// What the sentence is about: the name of the step's file without `.rs`.
    pub family: &'static str,
    /// The sentences; most steps have one.
    pub sentences: &'static [Sentence],
    /// The doc comment, in Markdown, without the examples.
    pub docs: &'static str,
    /// Gherkin steps, at least one, that call this step and no other.
    pub examples: &'static [&'static str],
    /// The source file, relative to the root of the project.
    pub file: &'static str,
    /// Line of the step's first attribute.
    pub line: u32,
    parsers: &'static [ParseArgument],
    check: Option<CheckArguments>,
    fits: Option<FitCluster>,
    table: Option<CheckTable>,
    settings: SettingsOf,
    means: Option<GiveMeaning>,
    mentions: &'static [ReadMention],
}

/// A sentence as a cucumber expression, and the keywords that it follows.
#[derive(Debug)]
pub struct Sentence {
    /// The sentence, with `{parameters}`, `(optional text)` and `alternatives/like/these`.
    pub expression: &'static str,
    /// The keywords that it can follow.
    pub keywords: &'static [StepType],
    /// Line of the attribute of each keyword.
    lines: &'static [u32],
}

/// Tries to parse one argument of a sentence; the error is what the type says of it.
type ParseArgument = fn(&str) -> Result<(), String>;

/// Looks at all arguments of a sentence together; the error is why they do not go together.
type CheckArguments = fn(&[&str]) -> Result<(), String>;

/// Looks at all arguments of a sentence and its cluster; the outer error is that of an argument that has no such value.
type FitCluster = fn(&ClusterSpec, &[&str]) -> Result<Result<(), Unfit>, String>;

/// Gives what a sentence means; the error is that of an argument that has no such value.
type GiveMeaning = fn(&[&str]) -> Result<Meaning, String>;

/// Reads what an argument names.
type ReadMention = fn(&str) -> Option<Mention>;

/// Reads the table below a sentence as the step would.
type CheckTable = fn(&Step) -> Result<(), TableMistake>;

impl Entry {
    /// What keeps the metadata of the clusters that the step is for; none for one that is for all.
    pub fn metadata(&self) -> Option<Metadata> {
        let speaks_of = |word| self.sentences.iter().any(|it| it.expression.contains(word));
        match (speaks_of("ZooKeeper"), speaks_of("controller(s)")) {
            (true, _) => Some(Metadata::ZooKeeper),
            (false, true) => Some(Metadata::KRaft),
            (false, false) => None,
        }
    }

    /// Looks at all arguments of a sentence together, each of which its type takes: the function `check_<step>`
    /// beside the step does, where there is one.
    ///
    /// # Errors
    /// Why they do not go together.
    pub fn check_together(&self, arguments: &[&str]) -> Result<(), String> {
        self.check.map_or(Ok(()), |check| check(arguments))
    }

    /// Looks at arguments that each is taken, and at the cluster: the function `fits_<step>` beside the step does, where
    /// there is one.
    ///
    /// # Errors
    /// The first argument that the cluster is not made for.
    pub fn check_fits(&self, cluster: &ClusterSpec, arguments: &[&str]) -> Result<(), Unfit> {
        self.fits.map_or(Ok(()), |fits| fits(cluster, arguments).unwrap_or(Ok(())))
    }

    /// What the sentence means with these arguments, where it has a meaning.
    pub fn meaning(&self, arguments: &[&str]) -> Option<Meaning> {
        self.means.and_then(|means| means(arguments).ok())
    }

    /// What the arguments name, each with its number in the sentence.
    pub fn mentions(&self, arguments: &[&str]) -> Vec<(usize, Mention)> {
        let pairs = self.mentions.iter().zip(arguments).enumerate();
        pairs.filter_map(|(index, (read, text))| Some((index, read(text)?))).collect()
    }

    /// Whether the table below the sentence has settings of a topic, so that it names nothing else.
    pub fn has_settings_of_a_topic(&self) -> bool {
        self.settings == SettingsOf::Topic
    }

    /// Looks at the settings in the table below a sentence, each of which has been read: whether they go together, and
    /// whether a version of Kafka takes notice of them.
    ///
    /// # Errors
    /// The first row that is wrong.
    pub fn check_settings(&self, step: &Step, kafka: &Release) -> Result<(), TableMistake> {
        self.settings.check(step, kafka)
    }

    /// Reads the table below a sentence as the step does.
    ///
    /// # Errors
    /// What is wrong with the table.
    pub fn check_table(&self, step: &Step) -> Result<(), TableMistake> {
        self.table.map_or(Ok(()), |check| check(step))
    }

    /// Parses the arguments of a sentence as the step would: the index of the first that is refused, and why.
    ///
    /// # Errors
    /// The first argument that its type refuses.
    pub fn check_arguments<'a>(
        &self,
        arguments: impl IntoIterator<Item = &'a str>,
    ) -> Result<(), (usize, String)> {
        let mut pairs = self.parsers.iter().zip(arguments).enumerate();
        pairs.try_for_each(|(index, (parse, text))| parse(text).map_err(|why| (index, why)))
    }
}

/// Every step, by file and line.
pub fn entries() -> &'static [Entry] {
    ENTRIES
}

/// The step and the sentence that was registered at a place in the source.
pub fn at(file: &str, line: u32) -> Option<(&'static Entry, &'static Sentence)> {
    entries().iter().filter(|entry| entry.file == file).find_map(|entry| {
        let sentence = entry.sentences.iter().find(|sentence| sentence.lines.contains(&line))?;
        Some((entry, sentence))
    })
}

/// The keyword as it is written in a feature.
pub fn keyword(ty: StepType) -> &'static str {
    match ty {
        StepType::Given => "Given",
        StepType::When => "When",
        StepType::Then => "Then",
    }
}

/// Where the arguments of a matched sentence are in it, in order.
///
/// A parameter with several groups, of which one takes part, is one argument: cucumber-expressions names its
/// groups `__<parameter>_<group>`.
pub fn arguments(captures: &CaptureLocations, context: &Context) -> Vec<Range<usize>> {
    let mut arguments: Vec<Range<usize>> = Vec::new();
    let mut previous = None;
    for (index, (name, _)) in context.matches.iter().enumerate().skip(1) {
        let parameter = name
            .as_deref()
            .and_then(|name| name.strip_prefix("__"))
            .and_then(|name| name.split_once('_'))
            .map(|(parameter, _)| parameter);
        let place = captures.get(index).map_or(0..0, |(start, end)| start..end);
        match arguments.last_mut() {
            Some(last) if parameter.is_some() && parameter == previous => {
                if last.start == last.end {
                    *last = place;
                }
            }
            _ => arguments.push(place),
        }
        previous = parameter;
    }
    arguments
}

/// Parses one argument of a sentence as the step would.
///
/// # Errors
/// What the type says of a text that it refuses.
pub fn parse<T>(text: &str) -> Result<(), String>
where
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
{
    text.parse::<T>().map(drop).map_err(|why| why.to_string())
}

/// What `means_<step>` gives.
fn meaning(given: impl Into<Meaning>) -> Meaning {
    given.into()
}

/// What one argument of a sentence names.
fn mention<T: std::str::FromStr + Mentions>(text: &str) -> Option<Mention> {
    text.parse::<T>().ok()?.mention()
}

/// One argument of a sentence, for the checks that `build.rs` writes.
fn argument<T>(arguments: &[&str], index: usize) -> Result<T, String>
where
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
{
    let text = arguments.get(index).ok_or("an argument is missing")?;
    text.parse::<T>().map_err(|why| why.to_string())
}

include!(concat!(env!("OUT_DIR"), "/catalogue.rs"));

#[cfg(test)]
mod tests {
    use cucumber::World as _;

    use super::*;
    use crate::gherkin::feature::steps_of;
    use crate::steps::world::World;

    #[test]
    fn every_example_calls_its_own_step_and_every_sentence_has_an_example() {
        let collection = World::collection();
        for entry in entries() {
            let mut called = Vec::new();
            for step in entry.examples.iter().flat_map(|example| steps_of(example)) {
                let found = collection.find(&step).unwrap_or_else(|why| panic!("{step}: {why}"));
                let (_, captures, location, context) =
                    found.unwrap_or_else(|| panic!("{}: {step} is no step", entry.file));
                let location = location.expect("every step has a location");
                let (called_entry, sentence) = at(location.path, location.line)
                    .unwrap_or_else(|| panic!("{location} is not in the catalogue"));
                assert!(std::ptr::eq(called_entry, entry), "{step} calls {location}");
                let arguments = arguments(&captures, &context);
                let texts: Vec<_> = arguments.into_iter().map(|place| &step.value[place]).collect();
                assert_eq!(entry.check_arguments(texts.iter().copied()), Ok(()), "{step}");
                assert_eq!(entry.check_together(&texts), Ok(()), "{step}");
                // Settings of clusters are checked with the cluster.
                let is_checked = entry.table.is_some() || entry.family == "cluster";
                assert!(
                    is_checked || step.table.is_none(),
                    "{step} reads its table somewhere else"
                );
                assert_eq!(entry.check_table(&step), Ok(()), "{step}");
                called.push(sentence.expression);
            }
            for sentence in entry.sentences {
                assert!(
                    called.contains(&sentence.expression),
                    "{}:{}: \"{}\" needs an example",
                    entry.file,
                    entry.line,
                    sentence.expression
                );
            }
        }
    }

    #[test]
    fn arguments_are_parsed_as_the_step_would() {
        assert_eq!(parse::<u8>("255"), Ok(()));
        assert!(parse::<u8>("256").unwrap_err().contains("too large"));
    }
}
