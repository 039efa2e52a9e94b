//! Sections begin at their headers and keep what is read for them.

use super::super::document::{Background, Examples, Feature, Header, Rule, Scenario, Step};
use super::super::language::Section;
use super::super::line::{self, Line};
use super::super::unsaid;
use super::{Parser, State};

impl<'t> Parser<'t> {
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

    pub(super) fn feature_header(&mut self, line: &Line<'t>) -> bool {
        let Some(header) = self.header(line, Section::Feature) else { return false };
        self.begin_feature(header);
        true
    }

    pub(super) fn begin_feature(&mut self, header: Header) {
        self.feature = Some(Feature {
            language: self.code,
            tags: std::mem::take(&mut self.tags),
            header,
            background: None,
            scenarios: Vec::new(),
            rules: Vec::new(),
        });
    }

    pub(super) fn rule_header(&mut self, line: &Line<'t>) -> bool {
        let Some(header) = self.header(line, Section::Rule) else { return false };
        let tags = std::mem::take(&mut self.tags);
        let rule = Rule { tags, header, background: None, scenarios: Vec::new() };
        if let Some(feature) = &mut self.feature {
            feature.rules.push(rule);
        }
        true
    }

    pub(super) fn background_header(&mut self, line: &Line<'t>) -> bool {
        let Some(header) = self.header(line, Section::Background) else { return false };
        let Some(feature) = &mut self.feature else { return false };
        let background = Some(Background { header, steps: Vec::new() });
        match feature.rules.last_mut() {
            Some(rule) => rule.background = background,
            None => feature.background = background,
        }
        true
    }

    pub(super) fn scenario_header(&mut self, line: &Line<'t>) -> bool {
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

    pub(super) fn examples_header(&mut self, line: &Line<'t>) -> bool {
        let Some(header) = self.header(line, Section::Examples) else { return false };
        let tags = std::mem::take(&mut self.tags);
        self.touch(line);
        if let Some(scenario) = self.scenario() {
            scenario.examples.push(Examples { tags, header, rows: Vec::new() });
        }
        true
    }

    /// The description of a section ends, as the next part begins.
    pub(super) fn describe(&mut self) {
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

    pub(super) fn scenario(&mut self) -> Option<&mut Scenario> {
        self.scenarios()?.last_mut()
    }

    pub(super) fn steps(&mut self) -> Option<&mut Vec<Step>> {
        match self.section {
            Section::Background => self.background().map(|background| &mut background.steps),
            _ => self.scenario().map(|scenario| &mut scenario.steps),
        }
    }

    /// The scenario goes on to this line.
    pub(super) fn touch(&mut self, line: &Line<'t>) {
        if matches!(self.section, Section::Scenario | Section::Examples)
            && let Some(scenario) = self.scenario()
        {
            scenario.last_line = line.number;
        }
    }
}
