//! A feature file as the plan needs it: read, its outlines expanded to one scenario for each row.

use std::collections::{HashMap, HashSet};
use std::fs::FileType;
use std::ops::{Range, RangeInclusive};
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cucumber::gherkin::{Feature, Rule, Scenario, Step, Table};

use crate::gherkin::feature::{self, Fits};
use crate::gherkin::pickle::{self, Pickle};
use crate::gherkin::{Document, Found, Language, Unsaid};
use crate::plan::mistake::{Mistake, MistakeKind};

/// The text of a feature file.
#[derive(Debug, Clone)]
pub struct SourceText {
    /// The path as given, or as found below a folder that was given.
    pub path: PathBuf,
    /// The text, without a byte order mark.
    pub text: Arc<str>,
    /// The byte that each line begins at.
    starts: Arc<[usize]>,
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
    /// Whether no scenario is written in it.
    pub is_bare: bool,
    /// What is wrong with the file apart from its steps.
    pub mistakes: Vec<Mistake>,
    /// What is wrong if there are such sentences.
    pub unsaid: Vec<Unsaid>,
}

/// A scenario, or what a row of examples made of an outline.
#[derive(Debug)]
pub struct Expanded {
    /// The rule that it belongs to, without scenarios.
    pub rule: Option<Arc<Rule>>,
    /// The scenario; `position.line` is that of its keyword or of its row. It has no examples any more, and its name
    /// is told apart from those of the other rows.
    pub scenario: Scenario,
    /// Lines from its keyword to its last one.
    pub lines: Range<usize>,
    /// The line of its row of examples.
    pub row: Option<usize>,
    /// Whether its keyword is that of an outline, or it has examples.
    pub is_outline: bool,
}

impl FeatureFile {
    /// Reads and parses a file.
    ///
    /// # Errors
    /// When there is nothing in the file that could be looked at further. Mistakes that leave something to
    /// look at are in `mistakes`.
    pub fn read(path: &Path, fits: Fits<'_>) -> Result<Self, Vec<Mistake>> {
        let source = SourceText::read(path).map_err(|mistake| vec![mistake])?;
        let reading = Document::read(&source.text);
        if !reading.found.iter().all(|(mistake, _)| mistake.is_silent()) {
            return Err(source.syntax(reading.found));
        }
        let mistakes = source.syntax(reading.found);
        let document = reading.document;
        let Some(feature) = feature::feature(&document, path, fits) else {
            return Err(vec![source.mistake(MistakeKind::Empty, source.line(1))]);
        };
        let written = document.feature.iter().flat_map(|feature| {
            let of_rules = feature.rules.iter().flat_map(|rule| &rule.scenarios);
            feature.scenarios.iter().chain(of_rules)
        });
        let is_bare = written.count() == 0;
        let feature = Arc::new(feature);
        let scenarios = expand(&document, fits);
        Ok(Self { source, feature, scenarios, is_bare, mistakes, unsaid: reading.unsaid })
    }
}

fn expand(document: &Document, fits: Fits<'_>) -> Vec<Expanded> {
    let pickles = pickle::compile(document);
    let names = names(&pickles);
    let mut rules: HashMap<usize, Arc<Rule>> = HashMap::new();
    let pickles = pickles.iter().zip(names);
    let expanded = pickles.map(|(pickle, name)| {
        let rule = pickle.rule.map(|rule| {
            let made = || Arc::new(feature::rule(pickle.feature, rule, fits));
            Arc::clone(rules.entry(rule.header.location.line).or_insert_with(made))
        });
        let header = &pickle.scenario.header;
        let mut scenario = feature::scenario(pickle, fits);
        scenario.name = name;
        let language = Language::named(pickle.feature.language);
        let is_outline = language.is_some_and(|(_, it)| it.is_outline(&header.keyword));
        Expanded {
            rule,
            scenario,
            lines: header.location.line..pickle.scenario.last_line + 1,
            row: pickle.row.map(|row| row.location.line),
            is_outline: is_outline || pickle.row.is_some(),
        }
    });
    expanded.collect()
}

/// What each is called, on one line. Rows whose outline would call several of them the same are told apart by their
/// values, and by their place among those where even the values are the same.
fn names(pickles: &[Pickle<'_>]) -> Vec<String> {
    let outline = |pickle: &Pickle<'_>| pickle.scenario.header.location.line;
    let mut told: HashMap<(usize, &str), usize> = HashMap::new();
    for pickle in pickles {
        *told.entry((outline(pickle), pickle.name.as_str())).or_default() += 1;
    }
    let mut taken = HashSet::new();
    let names = pickles.iter().map(|pickle| {
        let mut name = pickle.name.clone();
        let row = pickle.row.filter(|_| {
            name == pickle.scenario.header.name || told[&(outline(pickle), name.as_str())] > 1
        });
        if let Some(row) = row {
            let values: Vec<_> = row.cells.iter().map(|cell| cell.value.as_str()).collect();
            name = format!("{name} ({})", values.join(", "));
            let mut number = 2;
            let first = name.clone();
            while !taken.insert((outline(pickle), name.clone())) {
                name = format!("{first} #{number}");
                number += 1;
            }
        }
        name.replace('\n', "\\n")
    });
    names.collect()
}

impl SourceText {
    fn new(path: PathBuf, text: Arc<str>) -> Self {
        let breaks = memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1);
        let starts = std::iter::once(0).chain(breaks).collect();
        Self { path, text, starts }
    }

    fn read(path: &Path) -> Result<Self, Mistake> {
        let file = path.to_path_buf();
        let unreadable = |why: String| Mistake {
            kind: MistakeKind::Unreadable { path: file.clone(), why },
            file: file.clone(),
            place: None,
        };
        // What is no file may never come to an end, or never begin.
        let metadata = std::fs::metadata(path).map_err(|error| unreadable(error.to_string()))?;
        if !metadata.is_file() {
            return Err(unreadable(format!("it is {}, and no file", named(metadata.file_type()))));
        }
        let bytes = std::fs::read(path).map_err(|error| unreadable(error.to_string()))?;
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                let byte = error.as_bytes()[at];
                let text = String::from_utf8_lossy(error.as_bytes()).into();
                let source = Self::new(file, text);
                return Err(source.mistake(MistakeKind::NotUtf8 { byte }, at..at + 1));
            }
        };
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text).into();
        let source = Self::new(file, text);
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

    fn syntax(&self, found: Vec<Found>) -> Vec<Mistake> {
        found.into_iter().map(|(mistake, span)| self.mistake(mistake.into(), span)).collect()
    }

    /// A mistake in what may be a step.
    pub fn unsaid(&self, unsaid: &Unsaid) -> Mistake {
        self.mistake(unsaid.mistake.clone().into(), unsaid.place.clone())
    }

    /// The bytes of a line, counted from 1, without white space around it.
    pub fn line(&self, number: usize) -> Range<usize> {
        let at = |index: usize| self.starts.get(index).copied().unwrap_or(self.text.len());
        let index = number.saturating_sub(1);
        let line = &self.text[at(index)..at(index + 1)];
        let begin = at(index) + line.len() - line.trim_start().len();
        begin..(begin + line.trim().len())
    }

    /// The line, from 1, that a byte is on.
    pub fn line_at(&self, byte: usize) -> usize {
        self.starts.partition_point(|start| *start <= byte)
    }

    /// The bytes of a step: keyword and sentence.
    pub fn step(&self, step: &Step) -> Range<usize> {
        self.line(step.position.line)
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
}

/// What it is that is no file.
fn named(kind: FileType) -> &'static str {
    if kind.is_dir() {
        "a folder"
    } else if kind.is_fifo() {
        "a named pipe"
    } else if kind.is_socket() {
        "a socket"
    } else {
        "a device"
    }
}
