//! Reads a text line by line, as the grammar of the official parsers has it.

mod block;
mod body;
mod section;
mod tags;

use std::ops::Range;

use self::block::{Open, delimiter};
use super::document::{Comment, Document, Feature, Header, Tag};
use super::language::{Language, Section};
use super::line::{self, Line};
use super::mistake::{Found, SyntaxMistake};
use super::unexpected::{self, Where};
use super::unsaid::Unsaid;

/// What was found in a text.
#[derive(Debug, Default)]
pub struct Reading {
    /// The text, as far as it could be read.
    pub document: Document,
    /// What is wrong with it, in the order of the text. With any, the document may lack something.
    pub found: Vec<Found>,
    /// Lines of descriptions that may have been meant as steps.
    pub unsaid: Vec<Unsaid>,
}

impl Document {
    /// Reads a text.
    pub fn read(text: &str) -> Reading {
        let lines = line::lines(text);
        let mut parser = Parser::new(&lines);
        for line in &lines {
            parser.line(line);
        }
        parser.end()
    }
}

/// Where the parser is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before the feature, and before its language where that is `named`.
    Before { named: bool },
    /// Below tags, above what has them.
    Tags(Section),
    /// Below the header of the section; a line of its description was read.
    Header { described: bool },
    /// Below a step of the section.
    Steps(Below),
    /// Below a row of examples.
    Rows,
}

/// What stands below a step so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Below {
    Nothing,
    Table,
    Block,
    TableAndBlock,
    BlockAndTable,
}

struct Parser<'t> {
    lines: &'t [Line<'t>],
    code: &'static str,
    language: &'static Language,
    state: State,
    /// Whose header, steps or rows are read.
    section: Section,
    feature: Option<Feature>,
    comments: Vec<Comment>,
    /// Tags of what comes next, where they are, and where the parser was before them.
    tags: Vec<Tag>,
    tagged: Range<usize>,
    before_tags: State,
    /// The line that is the next one beside tags, comments and blank ones, from a line on.
    ahead: usize,
    description: Vec<Line<'t>>,
    open: Option<Open<'t>>,
    found: Vec<Found>,
    unsaid: Vec<Unsaid>,
}

impl<'t> Parser<'t> {
    fn new(lines: &'t [Line<'t>]) -> Self {
        let (code, language) = Language::english();
        Self {
            lines,
            code,
            language,
            state: State::Before { named: false },
            section: Section::Feature,
            feature: None,
            comments: Vec::new(),
            tags: Vec::new(),
            tagged: 0..0,
            before_tags: State::Before { named: false },
            ahead: 0,
            description: Vec::new(),
            open: None,
            found: Vec::new(),
            unsaid: Vec::new(),
        }
    }

    fn line(&mut self, line: &Line<'t>) {
        if self.open.is_some() {
            return self.block_line(line);
        }
        let is_read = match self.state {
            State::Before { named } => self.before(line, named),
            State::Tags(of) => self.below_tags(line, of),
            State::Header { described } => self.below_header(line, described),
            State::Steps(below) => self.below_step(line, below),
            State::Rows => self.below_rows(line),
        };
        if !is_read && !self.passed_over(line) {
            self.unexpected(line);
        }
    }

    fn before(&mut self, line: &Line<'t>, named: bool) -> bool {
        if !named && let Some(code) = line.language() {
            match Language::named(code) {
                Some((code, language)) => (self.code, self.language) = (code, language),
                None => self.tell(SyntaxMistake::UnknownLanguage { code: code.into() }, line),
            }
            self.state = State::Before { named: true };
            return true;
        }
        if line.is_tags() {
            self.begin_tags(line, Section::Feature);
            return true;
        }
        self.feature_header(line)
    }

    fn below_tags(&mut self, line: &Line<'t>, of: Section) -> bool {
        if line.is_tags() {
            self.add_tags(line);
            return true;
        }
        match of {
            Section::Feature => self.feature_header(line),
            Section::Background => false,
            Section::Rule => self.rule_header(line),
            Section::Scenario => self.scenario_header(line),
            Section::Examples => self.examples_header(line),
        }
    }

    fn below_header(&mut self, line: &Line<'t>, described: bool) -> bool {
        if line.text.is_empty() && !described {
            return true;
        }
        if line.is_comment() {
            self.state = State::Header { described: true };
            return self.passed_over(line);
        }
        let is_read = match self.section {
            Section::Feature | Section::Rule => self.background_header(line),
            Section::Background | Section::Scenario => self.step(line),
            Section::Examples => self.example_row(line),
        };
        if !is_read && !self.next_section(line) {
            self.state = State::Header { described: true };
            self.description.push(*line);
        }
        true
    }

    fn below_step(&mut self, line: &Line<'t>, below: Below) -> bool {
        let first = match below {
            Below::Nothing => Some(Below::Table),
            Below::Block => Some(Below::BlockAndTable),
            Below::Table | Below::BlockAndTable => Some(below),
            Below::TableAndBlock => None,
        };
        if line.text.starts_with('|')
            && let Some(next) = first
        {
            self.state = State::Steps(next);
            self.table_row(line, next == below);
            return true;
        }
        let next = match below {
            Below::Nothing => Some(Below::Block),
            Below::Table => Some(Below::TableAndBlock),
            Below::Block | Below::TableAndBlock | Below::BlockAndTable => None,
        };
        if let (Some(delimiter), Some(next)) = (delimiter(line), next) {
            self.state = State::Steps(next);
            self.open_block(line, delimiter);
            return true;
        }
        self.step(line) || self.next_section(line)
    }

    fn below_rows(&mut self, line: &Line<'t>) -> bool {
        self.example_row(line) || self.next_section(line)
    }

    /// Comments and blank lines.
    fn passed_over(&mut self, line: &Line<'t>) -> bool {
        if line.is_comment() {
            let location = super::Location { line: line.number, column: 1 };
            self.comments.push(Comment { location, text: line.whole.into() });
        }
        line.is_comment() || line.text.is_empty()
    }

    fn next_section(&mut self, line: &Line<'t>) -> bool {
        if line.is_tags() {
            self.describe();
            let of = self.tagged_section(line);
            self.begin_tags(line, of);
            return true;
        }
        (matches!(self.section, Section::Scenario | Section::Examples)
            && self.examples_header(line))
            || self.scenario_header(line)
            || self.rule_header(line)
    }

    fn tell(&mut self, mistake: SyntaxMistake, line: &Line<'t>) {
        self.found.push((mistake, line.span()));
    }

    fn unexpected(&mut self, line: &Line<'t>) {
        match self.state {
            State::Before { .. } | State::Tags(Section::Feature) => {
                self.tell(unexpected::before_feature(line, self.language), line);
                // Said once; what follows may be fine.
                let (location, text) = (line.location(), String::new());
                let (keyword, name, description) = (text.clone(), text.clone(), text);
                self.begin_feature(Header { location, keyword, name, description });
                self.state = State::Header { described: false };
                self.line(line);
            }
            State::Tags(_) => {
                self.found.push((SyntaxMistake::NothingTagged, self.tagged.clone()));
                self.tags.clear();
                self.state = self.before_tags;
                self.line(line);
            }
            State::Header { .. } | State::Steps(_) | State::Rows => {
                let place = match self.section {
                    Section::Background => Where::Background,
                    Section::Examples => Where::Examples,
                    _ => Where::Scenario,
                };
                self.tell(unexpected::in_body(line, self.language, place), line);
                if self.section != Section::Examples
                    && let Some(delimiter) = delimiter(line)
                {
                    self.open_block(line, delimiter);
                }
            }
        }
    }

    fn end(mut self) -> Reading {
        self.describe();
        if let Some(open) = self.open.take() {
            self.found.push((SyntaxMistake::OpenTextBlock, open.place));
        }
        match self.state {
            State::Tags(Section::Feature) => {
                self.found.push((SyntaxMistake::NoFeature { language: None }, self.tagged.clone()));
            }
            State::Tags(_) => self.found.push((SyntaxMistake::NothingTagged, self.tagged.clone())),
            // The language of nothing.
            State::Before { named: true } => {
                let place = self.lines.last().map_or(0..0, Line::span);
                self.found.push((SyntaxMistake::NoFeature { language: None }, place));
            }
            State::Before { named: false }
            | State::Header { .. }
            | State::Steps(_)
            | State::Rows => {}
        }
        self.found.sort_by_key(|(_, place)| place.start);
        let document = Document { feature: self.feature, comments: self.comments };
        Reading { document, found: self.found, unsaid: self.unsaid }
    }
}
