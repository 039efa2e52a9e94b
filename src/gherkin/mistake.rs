//! What can be wrong with a line of a feature, in words.

use std::ops::Range;

use thiserror::Error;

use super::language::Language;
use crate::nearest::nearest;

/// A mistake and the bytes of the text that it is about.
pub type Found = (SyntaxMistake, Range<usize>);

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SyntaxMistake {
    /// The first line that says something is not the feature's.
    #[error("the file does not begin with a feature")]
    NoFeature {
        /// Code and name of the language in which it would be one.
        language: Option<(&'static str, &'static str)>,
    },
    /// `# language: xx` with a code that is none.
    #[error("Gherkin has no language \"{code}\"")]
    UnknownLanguage {
        /// As written.
        code: String,
    },
    /// `Feature:` a second time.
    #[error("a file holds one feature, this is the second")]
    SecondFeature,
    /// Looks like a header, but is none.
    #[error("unknown header \"{found}:\"")]
    UnknownHeader {
        /// As written.
        found: String,
        /// What was meant.
        nearest: &'static str,
    },
    /// A header that cannot stand here.
    #[error("\"{header}:\" cannot stand here")]
    MisplacedHeader {
        /// As written.
        header: &'static str,
        /// Where it can stand.
        place: &'static str,
    },
    /// A word that begins a header, without the colon, where it can be nothing else.
    #[error("\"{header}\" at the beginning of a line needs a colon after it")]
    NoColon {
        /// The header's word.
        header: &'static str,
    },
    /// Nothing that can stand among steps.
    #[error("this line is neither a step nor a header, a table row or a comment")]
    UnknownLine {
        /// The keyword that the first word is like.
        nearest: Option<&'static str>,
    },
    /// A step where no step can be.
    #[error("a step cannot follow a table of examples")]
    MisplacedStep,
    /// A step that is part of a description.
    #[error("this step belongs to no scenario: it is part of a description")]
    DescribedStep,
    /// A keyword and nothing after it.
    #[error("the keyword has no sentence")]
    NoSentence,
    /// Tags above something that has none.
    #[error("nothing below these tags can have any")]
    NothingTagged,
    /// A tag with a blank in it, or a word on a tag line without `@`.
    #[error("a tag begins with @, and there is no blank in it")]
    NotATag,
    /// A row without its last bar.
    #[error("the row does not end with |")]
    OpenRow,
    /// A row that is shorter or longer than the first of its table.
    #[error("the row has {found} cells, the first row of the table has {expected}")]
    CellCount {
        /// In this row.
        found: usize,
        /// In the first.
        expected: usize,
    },
    /// A second table or text block of one step.
    #[error("a step takes one table and one text block at most")]
    SecondArgument,
    /// A text block without its end.
    #[error("the text block that begins here has no end")]
    OpenTextBlock,
}

impl SyntaxMistake {
    /// How to fix it; empty when the message says it already.
    pub fn help(&self) -> String {
        match self {
            Self::NoFeature { language: None } => {
                "write \"Feature: \" and a name on the first line".into()
            }
            Self::NoFeature { language: Some((code, name)) } => {
                format!("it would be one in {name}: write \"# language: {code}\" on the first line")
            }
            Self::UnknownLanguage { code } => {
                let known = Language::all().keys().map(String::as_str);
                match nearest(code, known) {
                    Some(nearest) => format!("did you mean \"{nearest}\"?"),
                    None => "without the line, the feature is in English".into(),
                }
            }
            Self::SecondFeature => "move it to a file of its own".into(),
            Self::UnknownHeader { nearest, .. } => format!("write \"{nearest}:\""),
            Self::MisplacedHeader { place, .. } => format!("it can stand {place}"),
            Self::NoColon { header } => format!("write \"{header}:\""),
            Self::UnknownLine { nearest: Some(word) } => format!("did you mean \"{word}\"?"),
            Self::UnknownLine { nearest: None } => {
                "a step begins with Given, When, Then, And or But; a comment with #".into()
            }
            Self::MisplacedStep => "move it above \"Examples:\"".into(),
            Self::DescribedStep => "write \"Scenario: \" and a name above it".into(),
            Self::NothingTagged => {
                "tags stand above a feature, a rule, a scenario or examples".into()
            }
            Self::OpenTextBlock => "close it with the same three characters".into(),
            Self::OpenRow => "end the row with |; write \\| for a bar inside a cell".into(),
            Self::NoSentence | Self::NotATag | Self::CellCount { .. } | Self::SecondArgument => {
                String::new()
            }
        }
    }

    /// Whether it means that something written would silently not run, although the text is Gherkin.
    pub fn is_silent(&self) -> bool {
        matches!(self, Self::UnknownHeader { .. } | Self::NoColon { .. } | Self::DescribedStep)
    }
}
