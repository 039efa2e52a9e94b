//! What a text of Gherkin holds, as the official parsers have it, with the place of each part.

use super::language::Kind;

/// Where something begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Location {
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
}

/// A text.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Document {
    /// None in a text of comments and blank lines.
    pub feature: Option<Feature>,
    /// Lines that are comments, in their order.
    pub comments: Vec<Comment>,
}

/// A line that is a comment.
#[derive(Debug, Clone, PartialEq)]
pub struct Comment {
    /// Its column is 1, as its text is the whole line.
    pub location: Location,
    /// The line.
    pub text: String,
}

/// A tag.
#[derive(Debug, Clone, PartialEq)]
pub struct Tag {
    /// Place of the `@`.
    pub location: Location,
    /// With its `@`.
    pub name: String,
}

/// A line that begins a part of the text, and what describes that part.
#[derive(Debug, Clone, PartialEq)]
pub struct Header {
    /// Where the keyword is.
    pub location: Location,
    /// As written.
    pub keyword: String,
    /// What follows the colon.
    pub name: String,
    /// Lines below, without comments.
    pub description: String,
}

/// A feature.
#[derive(Debug, Clone, PartialEq)]
pub struct Feature {
    /// Code of its language.
    pub language: &'static str,
    /// Its tags.
    pub tags: Vec<Tag>,
    /// Its first line.
    pub header: Header,
    /// Steps that come before those of every scenario.
    pub background: Option<Background>,
    /// Those of no rule.
    pub scenarios: Vec<Scenario>,
    /// Its rules, which come after its own scenarios.
    pub rules: Vec<Rule>,
}

/// A rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// Its tags.
    pub tags: Vec<Tag>,
    /// Its first line.
    pub header: Header,
    /// Steps that come before those of each of its scenarios, after those of the feature.
    pub background: Option<Background>,
    /// Its scenarios.
    pub scenarios: Vec<Scenario>,
}

/// A background.
#[derive(Debug, Clone, PartialEq)]
pub struct Background {
    /// Its first line.
    pub header: Header,
    /// Its steps.
    pub steps: Vec<Step>,
}

/// A scenario, or an outline.
#[derive(Debug, Clone, PartialEq)]
pub struct Scenario {
    /// Its tags.
    pub tags: Vec<Tag>,
    /// Its first line.
    pub header: Header,
    /// Its steps.
    pub steps: Vec<Step>,
    /// Values for what stands between `<` and `>`; with any, it is an outline, whatever its keyword.
    pub examples: Vec<Examples>,
    /// The last line that says something of it.
    pub last_line: usize,
}

/// Examples of an outline.
#[derive(Debug, Clone, PartialEq)]
pub struct Examples {
    /// Their tags.
    pub tags: Vec<Tag>,
    /// Their first line.
    pub header: Header,
    /// Names of the columns first, then values; empty where nothing is below the header.
    pub rows: Vec<Row>,
}

/// A step.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Where its keyword is.
    pub location: Location,
    /// As written, with the space that belongs to it.
    pub keyword: String,
    /// What the keyword says.
    pub kind: Kind,
    /// What follows the keyword.
    pub text: String,
    /// What stands below it: one, or one of each.
    pub arguments: Vec<Argument>,
}

/// What stands below a step.
#[derive(Debug, Clone, PartialEq)]
pub enum Argument {
    /// Rows.
    Table(Table),
    /// A block of text.
    DocString(DocString),
}

/// Rows, all of the same length.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// At least one.
    pub rows: Vec<Row>,
}

/// A row.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Where its first bar is.
    pub location: Location,
    /// Its cells.
    pub cells: Vec<Cell>,
}

/// A cell.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// Where its value is.
    pub location: Location,
    /// Without white space around it, and with escaped characters as they are meant.
    pub value: String,
}

/// A block of text.
#[derive(Debug, Clone, PartialEq)]
pub struct DocString {
    /// Where it is opened.
    pub location: Location,
    /// `"""` or three backticks.
    pub delimiter: &'static str,
    /// What stands behind the delimiter that opens it; empty where nothing does.
    pub media_type: String,
    /// Its lines, without the white space that the delimiter has before it.
    pub content: String,
}

impl Step {
    /// The rows below it.
    pub fn table(&self) -> Option<&Table> {
        self.arguments.iter().find_map(|argument| match argument {
            Argument::Table(table) => Some(table),
            Argument::DocString(_) => None,
        })
    }

    /// The block of text below it.
    pub fn doc_string(&self) -> Option<&DocString> {
        self.arguments.iter().find_map(|argument| match argument {
            Argument::DocString(block) => Some(block),
            Argument::Table(_) => None,
        })
    }
}
