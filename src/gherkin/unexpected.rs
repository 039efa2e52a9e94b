//! Says what is wrong with a line that cannot stand where it stands.

use super::language::{Language, Section};
use super::line::Line;
use super::mistake::SyntaxMistake;

/// Among what the line stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Where {
    /// Steps of a background.
    Background,
    /// Steps of a scenario.
    Scenario,
    /// Rows of examples.
    Examples,
}

const SECTIONS: [Section; 5] =
    [Section::Feature, Section::Background, Section::Rule, Section::Scenario, Section::Examples];

/// A line where the feature must begin.
pub fn before_feature(line: &Line<'_>, language: &'static Language) -> SyntaxMistake {
    if let Some((found, _)) = line.text.split_once(':')
        && let Some(nearest) = nearest(found, language.headers(Section::Feature))
    {
        return SyntaxMistake::UnknownHeader { found: found.into(), nearest };
    }
    let mut languages = Language::all().iter();
    let other = languages.find(|(_, it)| it.header(line.text, Section::Feature).is_some());
    SyntaxMistake::NoFeature {
        language: other.map(|(code, language)| (code.as_str(), language.name.as_str())),
    }
}

/// A line below steps or rows.
pub fn in_body(line: &Line<'_>, language: &'static Language, place: Where) -> SyntaxMistake {
    let text = line.text.trim_end();
    for section in SECTIONS {
        if let Some(header) = language.header(text, section) {
            return misplaced(header, section);
        }
    }
    if let Some((found, _)) = text.split_once(':')
        && let Some(nearest) = nearest_header(found, language)
    {
        return SyntaxMistake::UnknownHeader { found: found.into(), nearest };
    }
    if place == Where::Examples && language.step(line.text).is_some() {
        return SyntaxMistake::MisplacedStep;
    }
    if place != Where::Examples && (text.starts_with('|') || delimited(text)) {
        return SyntaxMistake::SecondArgument;
    }
    if let Some(header) = without_colon(text, language) {
        return SyntaxMistake::NoColon { header };
    }
    let mut keywords = language.steps().map(|(word, _)| word.trim_end());
    if keywords.any(|keyword| keyword == text) {
        return SyntaxMistake::NoSentence;
    }
    let first = text.split_whitespace().next().unwrap_or_default();
    let mut keywords = language.steps().map(|(word, _)| word.trim_end());
    SyntaxMistake::UnknownLine { nearest: keywords.find(|keyword| is_like(first, keyword)) }
}

fn delimited(text: &str) -> bool {
    text.starts_with("\"\"\"") || text.starts_with("```")
}

fn misplaced(header: &'static str, section: Section) -> SyntaxMistake {
    let place = match section {
        Section::Feature => return SyntaxMistake::SecondFeature,
        Section::Background => "before the first scenario",
        Section::Examples => "below the steps of a scenario outline",
        Section::Rule | Section::Scenario => "below the feature",
    };
    SyntaxMistake::MisplacedHeader { header, place }
}

/// The longest header keyword that the line begins with as a word, where no colon follows.
pub fn without_colon(text: &str, language: &'static Language) -> Option<&'static str> {
    let words = SECTIONS.into_iter().flat_map(|section| language.headers(section));
    let begun = words.filter(|word| {
        text.strip_prefix(*word).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
    });
    begun.max_by_key(|word| word.len())
}

/// The header that a word before a colon was probably meant to be.
pub fn nearest_header(word: &str, language: &'static Language) -> Option<&'static str> {
    nearest(word, SECTIONS.into_iter().flat_map(|section| language.headers(section)))
}

/// A quarter of the letters may differ.
fn nearest(word: &str, keywords: impl Iterator<Item = &'static str>) -> Option<&'static str> {
    let word = word.trim_end().to_lowercase();
    let ranked = keywords
        .map(|name| (strsim::damerau_levenshtein(&word, &name.to_lowercase()), name))
        .filter(|(distance, name)| distance * 4 <= name.chars().count());
    ranked.min().map(|(_, name)| name)
}

fn is_like(word: &str, keyword: &str) -> bool {
    let distance = strsim::damerau_levenshtein(&word.to_lowercase(), &keyword.to_lowercase());
    distance <= 2 && distance < keyword.chars().count()
}
