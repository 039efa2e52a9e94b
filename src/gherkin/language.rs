//! The languages of Gherkin, from the official list.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

/// The official list; its licence is beside it.
const LANGUAGES: &str = include_str!("languages.json");

/// What the keyword of a step says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// As `Given`.
    Context,
    /// As `When`.
    Action,
    /// As `Then`.
    Outcome,
    /// As `And` and `But`: what the step before it is.
    Conjunction,
    /// `*`, which says nothing.
    Unknown,
}

/// What a header begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// As `Feature`.
    Feature,
    /// As `Background`.
    Background,
    /// As `Rule`.
    Rule,
    /// As `Scenario` and `Scenario Outline`.
    Scenario,
    /// As `Examples`.
    Examples,
}

/// The keywords of a language, as the official list has them: those of steps with the space after them, if any.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Language {
    /// Its name in English.
    pub name: String,
    feature: Vec<String>,
    background: Vec<String>,
    rule: Vec<String>,
    scenario: Vec<String>,
    scenario_outline: Vec<String>,
    examples: Vec<String>,
    given: Vec<String>,
    when: Vec<String>,
    then: Vec<String>,
    and: Vec<String>,
    but: Vec<String>,
}

impl Language {
    /// All of them, by their codes.
    #[expect(clippy::expect_used, reason = "the list is part of the program")]
    pub fn all() -> &'static BTreeMap<String, Language> {
        static ALL: LazyLock<BTreeMap<String, Language>> =
            LazyLock::new(|| serde_json::from_str(LANGUAGES).expect("the official list"));
        &ALL
    }

    /// The language of a text that names none, and its code.
    pub fn english() -> (&'static str, &'static Language) {
        ("en", &Self::all()["en"])
    }

    /// The language with this code, and its code.
    pub fn named(code: &str) -> Option<(&'static str, &'static Language)> {
        Self::all().get_key_value(code).map(|(code, language)| (code.as_str(), language))
    }

    /// The keywords that begin a section.
    pub fn headers(&self, section: Section) -> impl Iterator<Item = &str> {
        let (first, second): (&[String], &[String]) = match section {
            Section::Feature => (&self.feature, &[]),
            Section::Background => (&self.background, &[]),
            Section::Rule => (&self.rule, &[]),
            Section::Scenario => (&self.scenario, &self.scenario_outline),
            Section::Examples => (&self.examples, &[]),
        };
        first.iter().chain(second).map(String::as_str)
    }

    /// Whether the keyword of a scenario promises examples.
    pub fn is_outline(&self, keyword: &str) -> bool {
        self.scenario_outline.iter().any(|it| it == keyword)
    }

    /// The header keyword that a line begins with, without the colon that must follow it.
    pub fn header(&self, line: &str, section: Section) -> Option<&str> {
        self.headers(section)
            .find(|word| line.strip_prefix(*word).is_some_and(|rest| rest.starts_with(':')))
    }

    /// The longest step keyword that a line begins with.
    pub fn step(&self, line: &str) -> Option<(&str, Kind)> {
        let found = self.steps().filter(|(word, _)| line.starts_with(word));
        // The first of the longest, as in the official list.
        let mut longest: Option<(&str, Kind)> = None;
        for (word, kind) in found {
            let length = |word: &str| word.encode_utf16().count();
            match longest {
                Some((known, _)) if known == word => longest = Some((known, Kind::Unknown)),
                Some((known, _)) if length(known) >= length(word) => {}
                _ => longest = Some((word, kind)),
            }
        }
        longest
    }

    /// Every step keyword, in the order in which official parsers look for them.
    pub fn steps(&self) -> impl Iterator<Item = (&str, Kind)> {
        let lists = [
            (&self.given, Kind::Context),
            (&self.when, Kind::Action),
            (&self.then, Kind::Outcome),
            (&self.and, Kind::Conjunction),
            (&self.but, Kind::Conjunction),
        ];
        lists.into_iter().flat_map(|(words, kind)| words.iter().map(move |it| (it.as_str(), kind)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_keyword_wins_and_a_star_says_nothing() {
        let (_, english) = Language::english();
        assert_eq!(english.step("Given a"), Some(("Given ", Kind::Context)));
        assert_eq!(english.step("But a"), Some(("But ", Kind::Conjunction)));
        assert_eq!(english.step("* a"), Some(("* ", Kind::Unknown)));
        assert_eq!(english.step("Givena"), None);
        let (_, haitian) = Language::named("ht").expect("it is in the list");
        assert_eq!(haitian.step("Lè sa a x"), Some(("Lè sa a ", Kind::Outcome)));
        assert_eq!(haitian.step("Lè sa x"), Some(("Lè ", Kind::Action)));
        let (_, chinese) = Language::named("zh-CN").expect("it is in the list");
        assert_eq!(chinese.step("而且x"), Some(("而且", Kind::Conjunction)));
        assert!(Language::all().len() >= 80);
    }

    #[test]
    fn a_header_has_a_colon() {
        let (_, german) = Language::named("de").expect("it is in the list");
        assert_eq!(
            german.header("Szenariogrundriss: x", Section::Scenario),
            Some("Szenariogrundriss")
        );
        assert_eq!(german.header("Szenario : x", Section::Scenario), None);
        assert!(german.is_outline("Szenariogrundriss") && !german.is_outline("Szenario"));
    }
}
