//! Reads a text line by line, as the grammar of the official parsers has it.

use std::ops::Range;

use super::document::{
    Argument, Background, Comment, DocString, Document, Examples, Feature, Header, Row, Rule,
    Scenario, Step, Table, Tag,
};
use super::language::{Language, Section};
use super::line::{self, Line};
use super::mistake::{Found, SyntaxMistake};
use super::unexpected::{self, Where};
use super::unsaid::{self, Unsaid};

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

/// A block of text that is open.
#[derive(Debug)]
struct Open<'t> {
    block: DocString,
    lines: Vec<&'t str>,
    indent: usize,
    place: Range<usize>,
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

    /// What tags on a line belong to: the first thing below them that is none, no comment and not blank.
    fn tagged_section(&mut self, line: &Line<'t>) -> Section {
        let is_other =
            |other: &&Line<'_>| !(other.text.is_empty() || other.is_comment() || other.is_tags());
        if self.ahead <= line.number {
            let other = self.lines[line.number..].iter().find(is_other);
            self.ahead = other.map_or(self.lines.len() + 1, |other| other.number);
        }
        let Some(next) = self.lines.get(self.ahead - 1) else { return Section::Rule };
        let in_scenario = matches!(self.section, Section::Scenario | Section::Examples);
        let is = |section| self.language.header(next.text, section).is_some();
        if in_scenario && is(Section::Examples) {
            Section::Examples
        } else if is(Section::Scenario) {
            Section::Scenario
        } else {
            Section::Rule
        }
    }

    fn begin_tags(&mut self, line: &Line<'t>, of: Section) {
        self.before_tags = self.state;
        self.state = State::Tags(of);
        self.tagged = line.span();
        self.add_tags(line);
    }

    fn add_tags(&mut self, line: &Line<'t>) {
        match line.tags() {
            Some(tags) => self.tags.extend(tags),
            None => self.tell(SyntaxMistake::NotATag, line),
        }
    }

    /// The header that the line is, if it begins such a section.
    fn header(&mut self, line: &Line<'t>, section: Section) -> Option<Header> {
        let keyword = self.language.header(line.text, section)?;
        let name = line.text[keyword.len() + 1..].trim_matches(line::is_space);
        self.describe();
        self.section = section;
        self.state = State::Header { described: false };
        Some(Header {
            location: line.location(),
            keyword: keyword.into(),
            name: name.into(),
            description: String::new(),
        })
    }

    fn feature_header(&mut self, line: &Line<'t>) -> bool {
        let Some(header) = self.header(line, Section::Feature) else { return false };
        self.begin_feature(header);
        true
    }

    fn begin_feature(&mut self, header: Header) {
        self.feature = Some(Feature {
            language: self.code,
            tags: std::mem::take(&mut self.tags),
            header,
            background: None,
            scenarios: Vec::new(),
            rules: Vec::new(),
        });
    }

    fn rule_header(&mut self, line: &Line<'t>) -> bool {
        let Some(header) = self.header(line, Section::Rule) else { return false };
        let tags = std::mem::take(&mut self.tags);
        let rule = Rule { tags, header, background: None, scenarios: Vec::new() };
        if let Some(feature) = &mut self.feature {
            feature.rules.push(rule);
        }
        true
    }

    fn background_header(&mut self, line: &Line<'t>) -> bool {
        let Some(header) = self.header(line, Section::Background) else { return false };
        let Some(feature) = &mut self.feature else { return false };
        let background = Some(Background { header, steps: Vec::new() });
        match feature.rules.last_mut() {
            Some(rule) => rule.background = background,
            None => feature.background = background,
        }
        true
    }

    fn scenario_header(&mut self, line: &Line<'t>) -> bool {
        let Some(header) = self.header(line, Section::Scenario) else { return false };
        let tags = std::mem::take(&mut self.tags);
        let last_line = line.number;
        let scenario =
            Scenario { tags, header, steps: Vec::new(), examples: Vec::new(), last_line };
        if let Some(scenarios) = self.scenarios() {
            scenarios.push(scenario);
        }
        true
    }

    fn examples_header(&mut self, line: &Line<'t>) -> bool {
        let Some(header) = self.header(line, Section::Examples) else { return false };
        let tags = std::mem::take(&mut self.tags);
        self.touch(line);
        if let Some(scenario) = self.scenario() {
            scenario.examples.push(Examples { tags, header, rows: Vec::new() });
        }
        true
    }

    fn step(&mut self, line: &Line<'t>) -> bool {
        let Some((keyword, kind)) = self.language.step(line.text) else { return false };
        self.describe();
        self.touch(line);
        self.state = State::Steps(Below::Nothing);
        let step = Step {
            location: line.location(),
            keyword: keyword.into(),
            kind,
            text: line.after(keyword).into(),
            arguments: Vec::new(),
        };
        if let Some(steps) = self.steps() {
            steps.push(step);
        }
        true
    }

    fn table_row(&mut self, line: &Line<'t>, is_next: bool) {
        let row = Row { location: line.location(), cells: line.cells() };
        self.touch(line);
        let Some(step) = self.steps().and_then(|steps| steps.last_mut()) else { return };
        let mut rows = Vec::new();
        if is_next && let Some(Argument::Table(table)) = step.arguments.pop() {
            rows = table.rows;
        }
        let mistake = uneven(line, &row, rows.first());
        rows.push(row);
        step.arguments.push(Argument::Table(Table { rows }));
        mistake.into_iter().for_each(|mistake| self.tell(mistake, line));
    }

    fn example_row(&mut self, line: &Line<'t>) -> bool {
        if !line.text.starts_with('|') {
            return false;
        }
        self.describe();
        self.touch(line);
        self.state = State::Rows;
        let row = Row { location: line.location(), cells: line.cells() };
        let examples = self.scenario().and_then(|scenario| scenario.examples.last_mut());
        if let Some(examples) = examples {
            let mistake = uneven(line, &row, examples.rows.first());
            examples.rows.push(row);
            mistake.into_iter().for_each(|mistake| self.tell(mistake, line));
        }
        true
    }

    fn open_block(&mut self, line: &Line<'t>, delimiter: &'static str) {
        self.touch(line);
        let block = DocString {
            location: line.location(),
            delimiter,
            media_type: line.after(delimiter).into(),
            content: String::new(),
        };
        let (indent, place) = (line.indent(), line.span());
        self.open = Some(Open { block, lines: Vec::new(), indent, place });
    }

    fn block_line(&mut self, line: &Line<'t>) {
        let closed = self.open.take_if(|open| line.text.starts_with(open.block.delimiter));
        if let Some(open) = &mut self.open {
            open.lines.push(line.without_indent(open.indent));
        }
        let Some(Open { mut block, lines, .. }) = closed else { return };
        let escaped: String = block.delimiter.chars().flat_map(|letter| ['\\', letter]).collect();
        block.content = lines.join("\n").replace(&escaped, block.delimiter);
        self.touch(line);
        if let Some(step) = self.steps().and_then(|steps| steps.last_mut()) {
            step.arguments.push(Argument::DocString(block));
        }
    }

    /// The description of a section ends, as the next part begins.
    fn describe(&mut self) {
        let mut lines = std::mem::take(&mut self.description);
        while lines.pop_if(|line| line.text.is_empty()).is_some() {}
        if lines.is_empty() {
            return;
        }
        if matches!(self.section, Section::Feature | Section::Rule) {
            let (found, unsaid) = unsaid::look(&lines, self.language);
            self.found.extend(found);
            self.unsaid.extend(unsaid);
        }
        let text: Vec<_> = lines.iter().map(|line| line.whole).collect();
        if let Some(header) = self.current_header() {
            header.description = text.join("\n");
        }
    }

    fn current_header(&mut self) -> Option<&mut Header> {
        match self.section {
            Section::Feature => self.feature.as_mut().map(|feature| &mut feature.header),
            Section::Rule => Some(&mut self.feature.as_mut()?.rules.last_mut()?.header),
            Section::Background => self.background().map(|background| &mut background.header),
            Section::Scenario => self.scenario().map(|scenario| &mut scenario.header),
            Section::Examples => Some(&mut self.scenario()?.examples.last_mut()?.header),
        }
    }

    fn background(&mut self) -> Option<&mut Background> {
        let feature = self.feature.as_mut()?;
        match feature.rules.last_mut() {
            Some(rule) => rule.background.as_mut(),
            None => feature.background.as_mut(),
        }
    }

    fn scenarios(&mut self) -> Option<&mut Vec<Scenario>> {
        let feature = self.feature.as_mut()?;
        match feature.rules.last_mut() {
            Some(rule) => Some(&mut rule.scenarios),
            None => Some(&mut feature.scenarios),
        }
    }

    fn scenario(&mut self) -> Option<&mut Scenario> {
        self.scenarios()?.last_mut()
    }

    fn steps(&mut self) -> Option<&mut Vec<Step>> {
        match self.section {
            Section::Background => self.background().map(|background| &mut background.steps),
            _ => self.scenario().map(|scenario| &mut scenario.steps),
        }
    }

    /// The scenario goes on to this line.
    fn touch(&mut self, line: &Line<'t>) {
        if matches!(self.section, Section::Scenario | Section::Examples)
            && let Some(scenario) = self.scenario()
        {
            scenario.last_line = line.number;
        }
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

/// The delimiter of a block of text that the line begins with.
fn delimiter(line: &Line<'_>) -> Option<&'static str> {
    ["\"\"\"", "```"].into_iter().find(|delimiter| line.text.starts_with(delimiter))
}

/// What is wrong with a row beside the first one of its table.
fn uneven(line: &Line<'_>, row: &Row, first: Option<&Row>) -> Option<SyntaxMistake> {
    let found = row.cells.len();
    let expected = first.map_or(found.max(1), |first| first.cells.len());
    if found == expected {
        return None;
    }
    let (_, rest) = line.text.rsplit_once('|')?;
    let rest = rest.trim();
    let is_escaped = rest.is_empty() && line.text.trim_end().ends_with("\\|");
    let is_open = found < expected && (is_escaped || !(rest.is_empty() || rest.starts_with('#')));
    Some(match is_open || found == 0 {
        true => SyntaxMistake::OpenRow,
        false => SyntaxMistake::CellCount { found, expected },
    })
}
