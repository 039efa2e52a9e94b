//! A sentence of a scenario with what it means.

use std::ops::Range;

use cucumber::gherkin::Step;

use crate::cluster::spec::Metadata;
use crate::event::id::NodeId;
use crate::fault::Target;
use crate::plan::matching::Call;
use crate::steps::cluster::ClusterWanted;
use crate::steps::meaning::{Action, Deed, Meaning};
use crate::steps::mention::{ClientKind, Mention, metadata_of};

/// A sentence of a scenario with what it means.
#[derive(Debug, Clone)]
pub struct Spoken<'a> {
    /// The step that it is, with the table below it.
    pub step: &'a Step,
    /// The sentence, without its keyword.
    pub text: &'a str,
    /// What it means, where another sentence or the plan asks for it.
    pub meaning: Option<Meaning>,
    /// What it names.
    pub mentions: Vec<Mentioned>,
    /// Whether a table or a text below it may name something as well.
    pub names_below: bool,
    arguments: Vec<Range<usize>>,
    /// What keeps the metadata of the clusters that its step is for.
    of_step: Option<Metadata>,
}

/// What an argument of a sentence names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mentioned {
    /// The thing that the sentence names.
    pub mention: Mention,
    /// Where: the argument, of a client with its kind and its quotes.
    pub place: Range<usize>,
}

impl<'a> Spoken<'a> {
    /// A sentence that calls this step.
    pub fn new(step: &'a Step, Call { entry, arguments, .. }: &Call) -> Self {
        let text = step.value.as_str();
        let texts: Vec<_> = arguments.iter().map(|place| &text[place.clone()]).collect();
        let mentions = entry.mentions(&texts).into_iter();
        let place = |index: usize| arguments.get(index).cloned().unwrap_or_default();
        let mentioned = |(index, mention)| {
            let place = whole(text, place(index), &mention);
            Mentioned { mention, place }
        };
        let is_below = step.table.is_some() || step.docstring.is_some();
        let is_known = entry.has_settings_of_a_topic() || ClusterWanted::read(step).is_some();
        Self {
            step,
            text,
            meaning: entry.meaning(&texts),
            mentions: mentions.map(mentioned).collect(),
            names_below: is_below && !is_known,
            arguments: arguments.clone(),
            of_step: entry.metadata(),
        }
    }

    /// The nodes that it names by number, by role or by what a fault has done to them, each with the place of the words.
    pub fn targets(&self) -> impl Iterator<Item = (&Target, &Range<usize>)> {
        self.mentions.iter().filter_map(|Mentioned { mention, place }| match mention {
            Mention::Nodes(target) => Some((target, place)),
            _ => None,
        })
    }

    /// What keeps the metadata of the clusters that it speaks of, where it does not speak of all.
    pub fn metadata(&self) -> Option<Metadata> {
        let of_node = |node: &NodeId| match node {
            NodeId::ZooKeeper(_) => Some(Metadata::ZooKeeper),
            NodeId::Controller(_) => Some(Metadata::KRaft),
            NodeId::Broker(_) => None,
        };
        let named = self.mentions.iter().find_map(|it| match &it.mention {
            Mention::Nodes(target) => metadata_of(target.group()),
            Mention::Numbers(nodes) => nodes.iter().find_map(of_node),
            Mention::Quorum(metadata) => Some(*metadata),
            _ => None,
        });
        named.or(self.of_step)
    }

    /// Where an argument is, by its number in the sentence.
    pub fn argument(&self, index: usize) -> Range<usize> {
        self.arguments.get(index).cloned().unwrap_or(0..self.text.len())
    }

    /// What it does about faults.
    pub fn deed(&self) -> Option<Deed> {
        self.meaning.as_ref().and_then(Meaning::deed)
    }

    /// What its step does about faults.
    pub fn action(&self) -> Option<&Action> {
        match &self.meaning {
            Some(Meaning::Action(action)) => Some(action),
            _ => None,
        }
    }

    /// Where an argument is that reads like this; the whole sentence, where there is none.
    pub fn place_of(&self, argument: &str) -> Range<usize> {
        let mut arguments = self.arguments.iter();
        let found = arguments.find(|place| self.text[(*place).clone()] == *argument);
        found.cloned().unwrap_or(0..self.text.len())
    }
}

/// Where a client is named whose name is at this place: with its kind and its quotes, unless it is there with them.
fn whole(text: &str, place: Range<usize>, mention: &Mention) -> Range<usize> {
    let (kind, name) = match mention {
        Mention::Client(client, _) => (client.kind, &client.name),
        Mention::Copiers(name) => (ClientKind::Copier, name),
        _ => return place,
    };
    if text[place.clone()] != **name {
        return place;
    }
    let (start, end) = (place.start.saturating_sub(1), place.end + 1);
    let before = &text[..start];
    let kinds = [format!("{kind} "), format!("{kind}s ")];
    let kind = kinds.iter().find(|kind| before.ends_with(kind.as_str()));
    start - kind.map_or(0, String::len)..end
}

/// Sentences as a plan has them.
#[cfg(test)]
pub(super) fn spoken<'a>(sentences: &[&'a str]) -> Vec<Spoken<'a>> {
    use std::sync::{LazyLock, Mutex, PoisonError};

    use cucumber::gherkin::{StepType, Table};

    use crate::plan::matching::Matcher;

    // The patterns of all steps take a while to be made.
    static MATCHER: LazyLock<Mutex<Matcher>> = LazyLock::new(Mutex::default);
    let mut matcher = MATCHER.lock().unwrap_or_else(PoisonError::into_inner);
    let mut find = |text: &'a str, ty| {
        let mut step = Step::builder().keyword(String::new()).ty(ty).value(text.into()).build();
        let table = || Table::builder().rows(vec![vec!["name".into(), "value".into()]]).build();
        step.table = text.ends_with(':').then(table);
        let call = matcher.find(&step).ok()?;
        Some(Spoken::new(Box::leak(Box::new(step)), &call))
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
        let spoken = spoken(&[sentence]);
        let words: Vec<_> =
            spoken[0].targets().map(|(_, place)| &sentence[place.clone()]).collect();
        assert_eq!(words, ["the killed broker", "brokers 1 and 3"]);
    }

    #[test]
    fn clients_are_named_with_their_kind() {
        for (sentence, words) in [
            (
                r#"within 5 seconds standalone consumer "s" has processed everything"#,
                r#"standalone consumer "s""#,
            ),
            ("producer 'p' is fenced", "producer 'p'"),
            (r#"copiers "cp" run in new processes"#, r#"copiers "cp""#),
            (r#"copier "cp" is killed"#, r#"copier "cp""#),
            (r#"broker 1 is cut off from producer "p""#, r#"producer "p""#),
        ] {
            let place = spoken(&[sentence])[0].mentions.last().map(|it| it.place.clone());
            assert_eq!(&sentence[place.expect("a client")], words);
        }
    }
}
