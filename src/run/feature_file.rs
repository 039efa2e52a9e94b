//! A feature file as the plan needs it: read, parsed, its outlines expanded to one scenario for each row.

use std::ops::{Range, RangeInclusive};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cucumber::feature::Ext as _;
use cucumber::gherkin::{Examples, Feature, GherkinEnv, Rule, Scenario, Step, Table};

use super::mistake::{Mistake, MistakeKind};
use super::syntax::{self, SyntaxMistake};

/// The text of a feature file.
#[derive(Debug, Clone)]
pub struct SourceText {
    /// The path as given, or as found below a folder that was given.
    pub path: PathBuf,
    /// The text, without a byte order mark.
    pub text: Arc<str>,
}

/// A feature file that was read.
#[derive(Debug)]
pub struct FeatureFile {
    /// Where it came from.
    pub source: SourceText,
    /// The feature without scenarios and rules.
    pub feature: Arc<Feature>,
    /// Its scenarios, expanded, in the order of the file.
    pub scenarios: Vec<Expanded>,
    /// What is wrong with the file apart from its steps.
    pub mistakes: Vec<Mistake>,
}

/// A scenario, or what a row of examples made of an outline.
#[derive(Debug)]
pub struct Expanded {
    /// The rule that it belongs to, without scenarios.
    pub rule: Option<Arc<Rule>>,
    /// The scenario; `position.line` is that of its keyword or of its row. It has no examples any more.
    pub scenario: Scenario,
    /// Lines from its keyword to its last one.
    pub lines: Range<usize>,
    /// The line of its row of examples.
    pub row: Option<usize>,
}

impl FeatureFile {
    /// Reads and parses a file.
    ///
    /// # Errors
    /// When there is nothing in the file that could be looked at further. Mistakes that leave something to
    /// look at are in `mistakes`.
    pub fn read(path: &Path) -> Result<Self, Vec<Mistake>> {
        let source = SourceText::read(path).map_err(|mistake| vec![mistake])?;
        let found = syntax::diagnose(&source.text);
        let parsed = Feature::parse(&source.text, GherkinEnv::default());
        let mut feature = match parsed {
            Ok(feature) => feature,
            Err(error) if found.is_empty() => {
                return Err(vec![source.unknown(&error.to_string())]);
            }
            Err(_) => return Err(source.syntax(found)),
        };
        let silent = found.into_iter().filter(|(mistake, _)| syntax::is_silent(mistake)).collect();
        let mistakes = source.syntax(silent);
        feature.path = Some(source.path.clone());
        Ok(Self::expand(source, feature, mistakes))
    }

    fn expand(source: SourceText, mut feature: Feature, mut mistakes: Vec<Mistake>) -> Self {
        let plain = std::mem::take(&mut feature.scenarios);
        let rules = std::mem::take(&mut feature.rules);
        let name = source.line(feature.position.line);
        let feature = Arc::new(feature);
        let mut written: Vec<_> = plain.into_iter().map(|scenario| (None, scenario)).collect();
        for mut rule in rules {
            let inside = std::mem::take(&mut rule.scenarios);
            let rule = Arc::new(rule);
            written.extend(inside.into_iter().map(|scenario| (Some(Arc::clone(&rule)), scenario)));
        }
        if written.is_empty() && mistakes.is_empty() {
            mistakes.push(source.mistake(MistakeKind::NoScenario, name));
        }
        let mut scenarios = Vec::new();
        for (rule, scenario) in written {
            let lines = source.lines_of(&scenario);
            match expand_scenario(&source, &feature, scenario) {
                Ok(expanded) => scenarios.extend(expanded.into_iter().map(|(scenario, row)| {
                    Expanded { rule: rule.clone(), scenario, lines: lines.clone(), row }
                })),
                Err(found) => mistakes.extend(found),
            }
        }
        Self { source, feature, scenarios, mistakes }
    }
}

/// One scenario for each row of examples, or the scenario itself.
fn expand_scenario(
    source: &SourceText,
    feature: &Feature,
    scenario: Scenario,
) -> Result<Vec<(Scenario, Option<usize>)>, Vec<Mistake>> {
    let header = source.line(scenario.position.line);
    let is_outline = scenario.keyword.contains("Outline") || scenario.keyword.contains("Template");
    if scenario.examples.is_empty() && !is_outline {
        return Ok(vec![(scenario, None)]);
    }
    let rows: Vec<_> = scenario.examples.iter().flat_map(|it| row_lines(source, it)).collect();
    let values: Vec<_> = scenario.examples.iter().flat_map(values_of).cloned().collect();
    let lacking = scenario.examples.iter().find(|examples| values_of(examples).next().is_none());
    if let Some(examples) = lacking {
        let place = source.line(examples.position.line);
        return Err(vec![source.mistake(MistakeKind::NoExamples, place)]);
    }
    if rows.is_empty() {
        return Err(vec![source.mistake(MistakeKind::NoExamples, header)]);
    }
    let mut alone = feature.clone();
    let template = scenario.name.clone();
    alone.scenarios = vec![scenario];
    let expanded = alone.expand_examples().map_err(|error| {
        let placeholder = format!("<{}>", error.name);
        // Without a step of its own, the position of the error is that of a row.
        let from = if template.contains(&placeholder) {
            header.clone()
        } else {
            source.line(error.pos.line)
        };
        let place = source.find(&placeholder, from).unwrap_or(header);
        vec![source.mistake(MistakeKind::NoColumn { name: error.name }, place)]
    })?;
    let scenarios = expanded.scenarios.into_iter().zip(rows).zip(values);
    Ok(scenarios
        .map(|((mut scenario, row), values)| {
            scenario.position.line = row;
            scenario.examples.clear();
            if scenario.name == template {
                scenario.name = format!("{template} ({})", values.join(", "));
            }
            (scenario, Some(row))
        })
        .collect())
}

/// Rows of values, without the heading.
fn values_of(examples: &Examples) -> impl Iterator<Item = &Vec<String>> {
    examples.table.iter().flat_map(|table| table.rows.iter().skip(1))
}

fn row_lines(source: &SourceText, examples: &Examples) -> Vec<usize> {
    let table = examples.table.iter().flat_map(|table| source.rows(table));
    table.skip(1).map(|place| source.line_at(place.start)).collect()
}

impl SourceText {
    fn read(path: &Path) -> Result<Self, Mistake> {
        let file = path.to_path_buf();
        let bytes = std::fs::read(path).map_err(|error| Mistake {
            kind: MistakeKind::Unreadable { path: file.clone(), why: error.to_string() },
            file: file.clone(),
            place: None,
        })?;
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                let byte = error.as_bytes()[at];
                let text = String::from_utf8_lossy(error.as_bytes()).into();
                let source = Self { path: file, text };
                return Err(source.mistake(MistakeKind::NotUtf8 { byte }, at..at + 1));
            }
        };
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text).into();
        let source = Self { path: file, text };
        let says_something = |line: &str| !line.trim().is_empty() && !line.trim().starts_with('#');
        if source.text.lines().any(says_something) {
            return Ok(source);
        }
        Err(source.mistake(MistakeKind::Empty, source.line(1)))
    }

    /// A mistake at some bytes of the text.
    pub fn mistake(&self, kind: MistakeKind, span: Range<usize>) -> Mistake {
        let place = Some((Arc::clone(&self.text), span));
        Mistake { kind, file: self.path.clone(), place }
    }

    fn syntax(&self, found: Vec<syntax::Found>) -> Vec<Mistake> {
        found.into_iter().map(|(mistake, span)| self.mistake(mistake.into(), span)).collect()
    }

    /// The parser tells where it stopped only in its message: "Error at 3:5: …".
    fn unknown(&self, message: &str) -> Mistake {
        let place = message.strip_prefix("Error at ").and_then(|rest| rest.split_once(':'));
        let line = place.and_then(|(line, _)| line.parse().ok()).unwrap_or(1);
        self.mistake(SyntaxMistake::Unknown.into(), self.line(line))
    }

    /// The bytes of a line, counted from 1, without white space around it.
    pub fn line(&self, number: usize) -> Range<usize> {
        let mut lines = self.text.split_inclusive('\n');
        let start: usize = lines.by_ref().take(number.saturating_sub(1)).map(str::len).sum();
        let line = lines.next().unwrap_or_default();
        let begin = start + line.len() - line.trim_start().len();
        begin..(begin + line.trim().len())
    }

    /// The line, from 1, that a byte is on.
    pub fn line_at(&self, byte: usize) -> usize {
        self.text.bytes().take(byte).filter(|byte| *byte == b'\n').count() + 1
    }

    /// Where a text is first found, from the beginning of some bytes on.
    fn find(&self, text: &str, from: Range<usize>) -> Option<Range<usize>> {
        let found = from.start + self.text[from.start..].find(text)?;
        Some(found..found + text.len())
    }

    /// The bytes of a step: keyword and sentence.
    pub fn step(&self, step: &Step) -> Range<usize> {
        self.line(self.line_at(step.span.end.saturating_sub(1)))
    }

    /// The bytes of an argument in a step's line; of the whole step when the line was an outline's and the
    /// argument is not written in it.
    pub fn argument(&self, step: &Step, argument: &Range<usize>) -> Range<usize> {
        let whole = self.step(step);
        match self.text[whole.clone()].rfind(&step.value) {
            Some(at) => whole.start + at + argument.start..whole.start + at + argument.end,
            None => whole,
        }
    }

    /// The bytes of each row of a table.
    pub fn rows(&self, table: &Table) -> Vec<Range<usize>> {
        let first = table.position.line;
        let lines = (first..).map(|number| self.line(number));
        let bars = lines.take_while(|line| line.end < self.text.len() || !line.is_empty());
        bars.filter(|line| self.text[line.clone()].starts_with('|'))
            .take(table.rows.len())
            .collect()
    }

    /// The bytes of a row of the table below a step, from 0, which is the heading; of the step where it has none.
    pub fn row(&self, step: &Step, row: usize) -> Range<usize> {
        let rows = step.table.as_ref().map(|table| self.rows(table)).unwrap_or_default();
        rows.get(row).cloned().unwrap_or_else(|| self.step(step))
    }

    /// The bytes of a cell in a row.
    pub fn cell(&self, row: Range<usize>, cell: &str) -> Range<usize> {
        match self.text[row.clone()].find(cell) {
            Some(at) => row.start + at..row.start + at + cell.len(),
            None => row,
        }
    }

    /// The line of a keyword, and those of tags and comments just above it.
    pub fn header(&self, line: usize) -> RangeInclusive<usize> {
        let is_tags = |line: &usize| self.text[self.line(*line)].starts_with(['@', '#']);
        let tags = (1..line).rev().take_while(is_tags).count();
        line - tags..=line
    }

    fn lines_of(&self, scenario: &Scenario) -> Range<usize> {
        let span = scenario.span;
        let written = self.text[span.start..span.end.min(self.text.len())].trim_end();
        scenario.position.line..self.line_at(span.start + written.len().saturating_sub(1)) + 1
    }
}
