//! A document as cucumber takes it.

use std::path::Path;

use cucumber::gherkin::{
    Background, Feature, LineCol, Rule, Scenario, Span, Step, StepType, Table,
};

use super::document::{self, Argument, Document, Location, Tag};
use super::language::Kind;
use super::pickle::{Pickle, PickleStep};

/// Says whether there is a step with this sentence, if it is of this type.
pub type Fits<'f> = &'f dyn Fn(&str, StepType) -> bool;

/// The feature, without scenarios and rules; none where the text has none.
pub fn feature(document: &Document, path: &Path, fits: Fits<'_>) -> Option<Feature> {
    let feature = document.feature.as_ref()?;
    let header = &feature.header;
    Some(Feature {
        keyword: header.keyword.clone(),
        name: header.name.clone(),
        description: described(header),
        background: background(feature.background.as_ref(), None, fits),
        scenarios: Vec::new(),
        rules: Vec::new(),
        tags: names(&feature.tags),
        span: Span::default(),
        position: position(header.location),
        path: Some(path.to_owned()),
    })
}

/// A rule, without scenarios.
pub fn rule(feature: &document::Feature, rule: &document::Rule, fits: Fits<'_>) -> Rule {
    let header = &rule.header;
    Rule {
        keyword: header.keyword.clone(),
        name: header.name.clone(),
        description: described(header),
        background: background(rule.background.as_ref(), feature.background.as_ref(), fits),
        scenarios: Vec::new(),
        tags: names(&rule.tags),
        span: Span::default(),
        position: position(header.location),
    }
}

/// A scenario without the steps of backgrounds, with the tags of its examples. It is no outline any more.
pub fn scenario(pickle: &Pickle<'_>, fits: Fits<'_>) -> Scenario {
    let header = &pickle.scenario.header;
    let inherited = pickle.feature.tags.len() + pickle.rule.map_or(0, |rule| rule.tags.len());
    let own = pickle.steps.len() - pickle.scenario.steps.len();
    let mut steps = steps(pickle.steps.iter(), fits);
    Scenario {
        keyword: header.keyword.clone(),
        name: pickle.name.clone(),
        description: described(header),
        steps: steps.split_off(own),
        examples: Vec::new(),
        tags: names(pickle.tags.iter().skip(inherited).copied()),
        span: Span::default(),
        position: position(pickle.location()),
    }
}

fn background(
    background: Option<&document::Background>,
    before: Option<&document::Background>,
    fits: Fits<'_>,
) -> Option<Background> {
    let background = background?;
    let header = &background.header;
    let before = before.map_or(&[][..], |before| before.steps.as_slice());
    let mut last = Kind::Unknown;
    let all: Vec<_> = before
        .iter()
        .chain(&background.steps)
        .map(|step| {
            if step.kind != Kind::Conjunction {
                last = step.kind;
            }
            let (text, arguments) = (step.text.clone(), step.arguments.clone());
            PickleStep { step, row: None, kind: last, text, arguments }
        })
        .collect();
    Some(Background {
        keyword: header.keyword.clone(),
        name: header.name.clone(),
        description: described(header),
        steps: steps(all.iter(), fits).split_off(before.len()),
        span: Span::default(),
        position: position(header.location),
    })
}

/// A step whose keyword says nothing is what its sentence can be; as the step before it, if it can.
fn steps<'p>(steps: impl Iterator<Item = &'p PickleStep<'p>>, fits: Fits<'_>) -> Vec<Step> {
    let mut last = StepType::Given;
    let all = [StepType::Given, StepType::When, StepType::Then];
    let types = steps.map(|step| {
        last = match step.kind {
            Kind::Context => StepType::Given,
            Kind::Action => StepType::When,
            Kind::Outcome => StepType::Then,
            Kind::Conjunction | Kind::Unknown => {
                let mut fitting = [last].into_iter().chain(all);
                fitting.find(|ty| fits(&step.text, *ty)).unwrap_or(last)
            }
        };
        step_of(step, last)
    });
    types.collect()
}

fn step_of(pickled: &PickleStep<'_>, ty: StepType) -> Step {
    let mut step = Step {
        keyword: pickled.step.keyword.clone(),
        ty,
        value: pickled.text.clone(),
        docstring: None,
        table: None,
        span: Span::default(),
        position: position(pickled.step.location),
    };
    for argument in &pickled.arguments {
        match argument {
            Argument::Table(table) => step.table = Some(table_of(table)),
            Argument::DocString(block) => step.docstring = Some(block.content.clone()),
        }
    }
    step
}

fn table_of(table: &document::Table) -> Table {
    let cells = |row: &document::Row| row.cells.iter().map(|cell| cell.value.clone()).collect();
    let first = table.rows.first().map(|row| position(row.location));
    Table {
        rows: table.rows.iter().map(cells).collect(),
        span: Span::default(),
        position: first.unwrap_or_default(),
    }
}

fn names<'t>(tags: impl IntoIterator<Item = &'t Tag>) -> Vec<String> {
    let names =
        tags.into_iter().map(|tag| tag.name.strip_prefix('@').unwrap_or(&tag.name).to_owned());
    names.collect()
}

fn described(header: &document::Header) -> Option<String> {
    (!header.description.is_empty()).then(|| header.description.clone())
}

fn position(location: Location) -> LineCol {
    LineCol { line: location.line, col: location.column }
}

/// The steps of a scenario without a header, such as an example of a step; none where it is no Gherkin.
pub fn steps_of(text: &str) -> Vec<Step> {
    let reading = Document::read(&format!("Feature: f\nScenario: s\n{text}\n"));
    if !reading.found.is_empty() {
        return Vec::new();
    }
    let pickles = super::pickle::compile(&reading.document);
    pickles.iter().flat_map(|pickle| scenario(pickle, &|_, _| true).steps).collect()
}
