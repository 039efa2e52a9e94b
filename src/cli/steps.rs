//! `trial steps`: the sentences that features can say.

use std::collections::BTreeMap;

use clap::Args;
use serde::Serialize;

use super::terminal;
use crate::error::UserError;
use crate::exit_code::ExitCode;
use crate::plan::matching::Matcher;
use crate::steps::catalogue::{self, Entry, Sentence};
use crate::steps::meaning::Meaning;

/// List the steps, with what they do and an example each.
///
/// In a sentence, {parameters} stand for values, (s) may be left out, and a/b is either.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  trial steps
  trial steps topic partitions
  trial steps --json | jq -r '.[].sentences[].text'

With --json, an array of objects:
  family     what the step is about
  sentences  [{keywords: [\"Given\", …], text}]
  docs       what it does, in Markdown
  examples   [steps in Gherkin]
  disturbs   whether a scenario with it has its cluster for itself
  file, line where it is in trial's source")]
pub struct StepsArgs {
    /// Only steps with all of these words in their sentence or docs; letter case does not count
    #[arg(value_name = "WORDS")]
    words: Vec<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Prints the steps that have all the words.
///
/// # Errors
/// When there is none.
pub fn main(arguments: &StepsArgs) -> Result<ExitCode, UserError> {
    let words: Vec<_> = arguments.words.iter().map(|word| word.to_lowercase()).collect();
    let found: Vec<_> =
        catalogue::entries().iter().filter(|entry| has_all(entry, &words)).collect();
    if found.is_empty() {
        let what = format!("no step has all of the words: {}", arguments.words.join(" "));
        let help = "leave one out; `trial steps` lists all";
        return Err(UserError::new(ExitCode::NothingSelected, what, help));
    }
    let mut matcher = Matcher::default();
    let found: Vec<_> = found
        .into_iter()
        .map(|entry| Listed {
            entry,
            disturbs: matcher.meanings(entry).iter().any(Meaning::disturbs),
        })
        .collect();
    let text = if arguments.json { json(&found) } else { listing(&found) };
    terminal::print(&text)?;
    Ok(ExitCode::Passed)
}

/// A step, with what its examples mean for the plan.
struct Listed {
    entry: &'static Entry,
    disturbs: bool,
}

fn has_all(entry: &Entry, words: &[String]) -> bool {
    let sentences = entry.sentences.iter().map(|sentence| sentence.expression);
    let text = sentences.chain([entry.docs, entry.family]).collect::<Vec<_>>().join("\n");
    let text = text.to_lowercase();
    words.iter().all(|word| text.contains(word.as_str()))
}

/// By family, each step with its sentences, its docs and its examples.
fn listing(found: &[Listed]) -> String {
    let mut families: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for listed in found {
        families.entry(listed.entry.family).or_default().push(listed);
    }
    let sections = families.into_iter().map(|(family, entries)| {
        let title = family.replace('_', " ").to_uppercase();
        let steps: Vec<_> = entries.into_iter().map(step).collect();
        format!("{title}\n\n{}", steps.join("\n"))
    });
    sections.collect::<Vec<_>>().join("\n")
}

fn step(Listed { entry, disturbs }: &Listed) -> String {
    let sentences = entry
        .sentences
        .iter()
        .map(|sentence| format!("  {} {}\n", keywords(sentence).join("/"), sentence.expression));
    let mut docs = indented(entry.docs, "      ");
    if *disturbs {
        docs.push_str("\n      A scenario with this step has its cluster for itself.\n");
    }
    let examples = entry.examples.iter().map(|example| indented(example, "        "));
    format!("{}{docs}\n{}", sentences.collect::<String>(), examples.collect::<String>())
}

fn indented(text: &str, by: &str) -> String {
    text.lines()
        .map(|line| if line.is_empty() { "\n".into() } else { format!("{by}{line}\n") })
        .collect()
}

fn json(found: &[Listed]) -> String {
    let steps: Vec<_> = found.iter().map(Step::from).collect();
    // Strings, numbers and lists of them always have a form in JSON.
    let mut text = serde_json::to_string_pretty(&steps).unwrap_or_default();
    text.push('\n');
    text
}

fn keywords(sentence: &Sentence) -> Vec<&'static str> {
    sentence.keywords.iter().map(|ty| catalogue::keyword(*ty)).collect()
}

/// A step in JSON.
#[derive(Serialize)]
struct Step {
    family: &'static str,
    sentences: Vec<Text>,
    docs: &'static str,
    examples: &'static [&'static str],
    disturbs: bool,
    file: &'static str,
    line: u32,
}

/// A sentence in JSON.
#[derive(Serialize)]
struct Text {
    keywords: Vec<&'static str>,
    text: &'static str,
}

impl From<&Listed> for Step {
    fn from(Listed { entry, disturbs }: &Listed) -> Self {
        let sentences = entry.sentences.iter();
        Self {
            family: entry.family,
            sentences: sentences
                .map(|sentence| Text { keywords: keywords(sentence), text: sentence.expression })
                .collect(),
            docs: entry.docs,
            examples: entry.examples,
            disturbs: *disturbs,
            file: entry.file,
            line: entry.line,
        }
    }
}
