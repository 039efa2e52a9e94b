//! Says what is wrong with a text that is not Gherkin. The parser knows only where it could not go on; this
//! reads the text line by line, as its author wrote it, and names the lines that are not what they look
//! like.
//!
//! One mistake is looked for even in a text that parses: a misspelt header, such as `Scenaro:`, after which
//! Gherkin takes the whole scenario for a description, and nothing of it would ever run.

mod mistake;

use std::ops::Range;

pub use mistake::SyntaxMistake;

/// A mistake and the bytes of the text that it is about.
pub type Found = (SyntaxMistake, Range<usize>);

const STEPS: [&str; 6] = ["Given", "When", "Then", "And", "But", "*"];
const HEADERS: [(&str, Header); 10] = [
    ("Feature", Header::Feature),
    ("Ability", Header::Feature),
    ("Business Need", Header::Feature),
    ("Background", Header::Background),
    ("Rule", Header::Rule),
    ("Scenario", Header::Scenario),
    ("Scenario Outline", Header::Scenario),
    ("Scenario Template", Header::Scenario),
    ("Example", Header::Scenario),
    ("Examples", Header::Examples),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Header {
    Feature,
    Background,
    Rule,
    Scenario,
    Examples,
}

/// Reads the whole text; mistakes are in its order. The text is in English.
pub fn diagnose(text: &str) -> Vec<Found> {
    let mut reader = Reader::default();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let content = line.trim();
        let begin = start + (line.len() - line.trim_start().len());
        start += line.len();
        if !content.is_empty() {
            reader.line(content, begin..begin + content.len());
        }
    }
    if let Some((_, opened)) = reader.text_block.take() {
        reader.found.push((SyntaxMistake::OpenTextBlock, opened));
    }
    reader.found
}

/// Whether a mistake means that something written would silently not run, although the text parses.
pub fn is_silent(mistake: &SyntaxMistake) -> bool {
    matches!(mistake, SyntaxMistake::UnknownHeader { .. })
}

#[derive(Default)]
struct Reader {
    section: Option<Header>,
    /// A scenario was seen since the feature or the rule began.
    scenarios: bool,
    /// Steps, or rows of examples, have begun in the section: no description any more.
    body: bool,
    /// Cells in the first row of the table that is being read.
    cells: Option<usize>,
    /// Delimiter and place of the text block that is open.
    text_block: Option<(&'static str, Range<usize>)>,
    found: Vec<Found>,
}

impl Reader {
    fn line(&mut self, line: &str, place: Range<usize>) {
        if let Some((delimiter, _)) = self.text_block {
            if line.contains(delimiter) {
                self.text_block = None;
            }
            return;
        }
        if line.starts_with('#') {
            return;
        }
        if line.starts_with('|') && (self.body || self.section == Some(Header::Examples)) {
            return self.row(line, place);
        }
        self.cells = None;
        let mistake = if line.starts_with('@') {
            line.split_whitespace()
                .take_while(|word| !word.starts_with('#'))
                .any(|word| !word.starts_with('@'))
                .then_some(SyntaxMistake::NotATag)
        } else if let Some(delimiter) = ["\"\"\"", "```"].into_iter().find(|d| line.starts_with(d))
        {
            if self.body && !line[delimiter.len()..].contains(delimiter) {
                self.text_block = Some((delimiter, place.clone()));
            }
            None
        } else if let Some((name, header)) = header(line) {
            self.header(name, header)
        } else if let Some(keyword) = STEPS.into_iter().find(|word| begins_with(line, word)) {
            self.step(line.len() == keyword.len())
        } else {
            self.prose(line)
        };
        self.found.extend(mistake.map(|mistake| (mistake, place)));
    }

    fn header(&mut self, name: &'static str, header: Header) -> Option<SyntaxMistake> {
        let before = self.section;
        let misplaced = |place| Some(SyntaxMistake::MisplacedHeader { header: name, place });
        let mistake = match (header, before) {
            (Header::Feature, Some(_)) => Some(SyntaxMistake::SecondFeature),
            (Header::Feature, None) => None,
            (_, None) => Some(SyntaxMistake::NoFeature),
            (Header::Background, _) if self.scenarios => misplaced("before the first scenario"),
            (Header::Examples, Some(Header::Scenario | Header::Examples)) => None,
            (Header::Examples, _) => misplaced("below the steps of a scenario outline"),
            _ => None,
        };
        self.section = Some(header);
        self.body = false;
        self.scenarios = match header {
            Header::Feature | Header::Rule => false,
            Header::Scenario => true,
            Header::Background | Header::Examples => self.scenarios,
        };
        mistake
    }

    fn step(&mut self, bare: bool) -> Option<SyntaxMistake> {
        match self.section {
            Some(Header::Background | Header::Scenario) => {
                self.body = true;
                bare.then_some(SyntaxMistake::NoSentence)
            }
            Some(Header::Examples) => Some(SyntaxMistake::MisplacedStep),
            Some(Header::Feature | Header::Rule) => None,
            None => self.prose(""),
        }
    }

    fn prose(&mut self, line: &str) -> Option<SyntaxMistake> {
        let Some(section) = self.section else {
            // Said once; what follows may be fine.
            self.section = Some(Header::Feature);
            return Some(SyntaxMistake::NoFeature);
        };
        if let Some((found, _)) = line.split_once(':')
            && let Some(nearest) = nearest_header(found)
        {
            return Some(SyntaxMistake::UnknownHeader { found: found.into(), nearest });
        }
        // The parser ends a description at these words, colon or not.
        let ends = |header| match section {
            _ if self.body => true,
            Header::Feature | Header::Rule => {
                matches!(header, Header::Background | Header::Rule | Header::Scenario)
            }
            _ => header == Header::Scenario,
        };
        let headers = HEADERS.into_iter().filter(|(name, header)| {
            ends(*header)
                && if self.body { begins_with(line, name) } else { line.starts_with(name) }
        });
        if let Some((header, _)) = headers.max_by_key(|(name, _)| name.len()) {
            return Some(SyntaxMistake::NoColon { header });
        }
        let word = line.split_whitespace().next().unwrap_or_default();
        let nearest = STEPS.into_iter().find(|keyword| is_like(word, keyword));
        self.body.then_some(SyntaxMistake::UnknownLine { nearest })
    }

    fn row(&mut self, line: &str, place: Range<usize>) {
        if self.section == Some(Header::Examples) {
            self.body = true;
        }
        let mistake = match cells(line) {
            Err(mistake) => Some(mistake),
            Ok(found) => {
                let expected = *self.cells.get_or_insert(found);
                (found != expected).then_some(SyntaxMistake::CellCount { found, expected })
            }
        };
        self.found.extend(mistake.map(|mistake| (mistake, place)));
    }
}

/// The header that the line is, with its colon.
fn header(line: &str) -> Option<(&'static str, Header)> {
    let (word, _) = line.split_once(':')?;
    HEADERS
        .into_iter()
        .find(|(name, _)| *name == word)
        .or_else(|| (word == "Scenarios").then_some(("Scenarios", Header::Examples)))
}

/// The header that a word before a colon was probably meant to be.
fn nearest_header(word: &str) -> Option<&'static str> {
    let names = HEADERS.into_iter().map(|(name, _)| name);
    let ranked = names.map(|name| {
        (strsim::damerau_levenshtein(&word.to_lowercase(), &name.to_lowercase()), name)
    });
    ranked.min().filter(|(distance, name)| distance * 4 <= name.len()).map(|(_, name)| name)
}

fn begins_with(line: &str, keyword: &str) -> bool {
    line.strip_prefix(keyword).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
}

fn is_like(word: &str, keyword: &str) -> bool {
    keyword.len() > 1
        && strsim::damerau_levenshtein(&word.to_lowercase(), &keyword.to_lowercase()) <= 2
}

/// Number of cells of a row.
fn cells(row: &str) -> Result<usize, SyntaxMistake> {
    let mut bars = 0;
    let mut closed = false;
    let mut characters = row.chars();
    while let Some(character) = characters.next() {
        closed = character == '|';
        match character {
            '|' => bars += 1,
            '\\' if !matches!(characters.next(), Some('n' | '|' | '\\')) => {
                return Err(SyntaxMistake::Escape);
            }
            _ => {}
        }
    }
    if closed && bars > 1 { Ok(bars - 1) } else { Err(SyntaxMistake::OpenRow) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistakes(text: &str) -> Vec<(usize, SyntaxMistake)> {
        let line = |at: usize| text[..at].matches('\n').count() + 1;
        diagnose(text).into_iter().map(|(mistake, place)| (line(place.start), mistake)).collect()
    }

    #[test]
    fn good_text_has_no_mistakes() {
        let text = "# a comment\n@slow @new # why\nFeature: f\n  When people write: prose\n\n\
            Rule: r\n  Background:\n    Given a\n      | x \\| y | z |\n      | 1 | 2 |\n\
            Scenario Outline: s\n  Some prose.\n  When b\n    \"\"\"\n    Feature: not one\n    \"\"\"\n\
            Then c\n  Examples: few\n    | a |\n    # more\n    | 1 |\n";
        assert_eq!(mistakes(text), []);
    }

    #[test]
    fn every_mistake_is_found_at_its_line() {
        let text = "Feature: f\nScenaro: lost\nScenario: s\n  Given a\n    | 1 | 2 |\n    | 1 |\n\
            Wehn b\n  Then\n  Background:\n    Given c\n  Then d\n    | \\x |\n  Rule\n    \"\"\"\n";
        let unknown = SyntaxMistake::UnknownLine { nearest: Some("When") };
        let scenaro = SyntaxMistake::UnknownHeader { found: "Scenaro".into(), nearest: "Scenario" };
        let background = SyntaxMistake::MisplacedHeader {
            header: "Background",
            place: "before the first scenario",
        };
        assert_eq!(
            mistakes(text),
            [
                (2, scenaro),
                (6, SyntaxMistake::CellCount { found: 1, expected: 2 }),
                (7, unknown),
                (8, SyntaxMistake::NoSentence),
                (9, background),
                (12, SyntaxMistake::Escape),
                (13, SyntaxMistake::NoColon { header: "Rule" }),
                (14, SyntaxMistake::OpenTextBlock),
            ]
        );
    }

    #[test]
    fn a_text_without_a_feature_is_said_once() {
        assert_eq!(mistakes("Hello\nworld\n"), [(1, SyntaxMistake::NoFeature)]);
    }

    #[test]
    fn prose_with_a_colon_is_no_header() {
        assert_eq!(
            mistakes("Feature: f\n  Note: this is prose.\n  Exampled: no\n"),
            [(3, SyntaxMistake::UnknownHeader { found: "Exampled".into(), nearest: "Example" }),]
        );
    }
}
