//! What can be wrong with a line of a feature, in words.

use thiserror::Error;

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SyntaxMistake {
    /// The first line that says something is not the feature's.
    #[error("the file does not begin with a feature")]
    NoFeature,
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
    /// A word that begins a header, without the colon.
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
    /// A keyword and nothing after it.
    #[error("the keyword has no sentence")]
    NoSentence,
    /// A word on a tag line without `@`.
    #[error("a tag begins with @")]
    NotATag,
    /// A row without its last bar.
    #[error("the row does not end with |")]
    OpenRow,
    /// `\` before anything but `n`, `|` or `\`.
    #[error("a backslash in a table stands before n, | or another backslash")]
    Escape,
    /// A row that is shorter or longer than the first of its table.
    #[error("the row has {found} cells, the first row of the table has {expected}")]
    CellCount {
        /// In this row.
        found: usize,
        /// In the first.
        expected: usize,
    },
    /// A text block without its end.
    #[error("the text block that begins here has no end")]
    OpenTextBlock,
    /// The parser stopped here, and nothing more is known.
    #[error("this is not Gherkin")]
    Unknown,
}

impl SyntaxMistake {
    /// How to mend it; empty when the message says it already.
    pub fn help(&self) -> String {
        match self {
            Self::NoFeature => "write \"Feature: \" and a name on the first line".into(),
            Self::SecondFeature => "move it to a file of its own".into(),
            Self::UnknownHeader { nearest, .. } => format!("write \"{nearest}:\""),
            Self::MisplacedHeader { place, .. } => format!("it can stand {place}"),
            Self::NoColon { header } => {
                format!("write \"{header}:\", or begin the description with another word")
            }
            Self::UnknownLine { nearest: Some(word) } => format!("did you mean \"{word}\"?"),
            Self::UnknownLine { nearest: None } => {
                "a step begins with Given, When, Then, And or But; a comment with #".into()
            }
            Self::MisplacedStep => "move it above \"Examples:\"".into(),
            Self::OpenTextBlock => "close it with the same three characters".into(),
            Self::Escape => "write \\\\ for a backslash itself".into(),
            Self::OpenRow => "end the row with |; write \\| for a bar inside a cell".into(),
            _ => String::new(),
        }
    }
}
