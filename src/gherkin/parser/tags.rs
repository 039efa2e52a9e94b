//! Tags, and what they belong to.

use super::super::language::Section;
use super::super::line::Line;
use super::super::mistake::SyntaxMistake;
use super::{Parser, State};

impl<'t> Parser<'t> {
    /// What tags on a line belong to: the first thing below them that is none, no comment and not blank.
    pub(super) fn tagged_section(&mut self, line: &Line<'t>) -> Section {
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

    pub(super) fn begin_tags(&mut self, line: &Line<'t>, of: Section) {
        self.before_tags = self.state;
        self.state = State::Tags(of);
        self.tagged = line.span();
        self.add_tags(line);
    }

    pub(super) fn add_tags(&mut self, line: &Line<'t>) {
        match line.tags() {
            Some(tags) => self.tags.extend(tags),
            None => self.tell(SyntaxMistake::NotATag, line),
        }
    }
}
