//! The scenarios that a document stands for: backgrounds in front of each, outlines filled in, a scenario for each
//! row. Cucumber calls them pickles.

use super::document::{
    Argument, Background, Cell, DocString, Document, Examples, Feature, Location, Row, Rule,
    Scenario, Step, Table, Tag,
};
use super::language::Kind;

/// A scenario as it is run.
#[derive(Debug, Clone, PartialEq)]
pub struct Pickle<'d> {
    /// What it comes from.
    pub feature: &'d Feature,
    /// The rule that it belongs to.
    pub rule: Option<&'d Rule>,
    /// The scenario or outline.
    pub scenario: &'d Scenario,
    /// The row that its values come from.
    pub row: Option<&'d Row>,
    /// Its name, with the values filled in.
    pub name: String,
    /// Tags of the feature, the rule, the scenario and the examples.
    pub tags: Vec<&'d Tag>,
    /// Its steps, those of backgrounds first; none where it has none of its own.
    pub steps: Vec<PickleStep<'d>>,
}

/// A step as it is run.
#[derive(Debug, Clone, PartialEq)]
pub struct PickleStep<'d> {
    /// What it comes from.
    pub step: &'d Step,
    /// The row that its values come from.
    pub row: Option<&'d Row>,
    /// What it is: what its keyword says or, after `And` and `But`, what the step before it is. Never a conjunction.
    pub kind: Kind,
    /// Its sentence, with the values filled in.
    pub text: String,
    /// What stands below it, with the values filled in.
    pub arguments: Vec<Argument>,
}

impl Pickle<'_> {
    /// Where it stands: the scenario, or its row.
    pub fn location(&self) -> Location {
        self.row.map_or(self.scenario.header.location, |row| row.location)
    }
}

/// All of a document, in its order.
pub fn compile(document: &Document) -> Vec<Pickle<'_>> {
    let Some(feature) = &document.feature else { return Vec::new() };
    let own = feature.scenarios.iter().map(|scenario| (None, scenario));
    let of_rules = feature.rules.iter().flat_map(|rule| {
        let scenarios = rule.scenarios.iter();
        scenarios.map(move |scenario| (Some(rule), scenario))
    });
    own.chain(of_rules).flat_map(|(rule, scenario)| pickles(feature, rule, scenario)).collect()
}

fn pickles<'d>(
    feature: &'d Feature,
    rule: Option<&'d Rule>,
    scenario: &'d Scenario,
) -> Vec<Pickle<'d>> {
    if scenario.examples.is_empty() {
        return vec![pickle(feature, rule, scenario, None)];
    }
    let rows = scenario.examples.iter().flat_map(|examples| {
        let (heading, rows) = examples.rows.split_first().into_iter().next()?;
        Some(rows.iter().map(move |row| (examples, heading, row)))
    });
    rows.flatten().map(|values| pickle(feature, rule, scenario, Some(values))).collect()
}

fn pickle<'d>(
    feature: &'d Feature,
    rule: Option<&'d Rule>,
    scenario: &'d Scenario,
    values: Option<(&'d Examples, &'d Row, &'d Row)>,
) -> Pickle<'d> {
    let fill = |text: &str| match values {
        Some((_, heading, row)) => filled(text, &heading.cells, &row.cells),
        None => text.to_owned(),
    };
    let row = values.map(|(_, _, row)| row);
    let backgrounds = [feature.background.as_ref(), rule.and_then(|rule| rule.background.as_ref())];
    let of_background =
        |background: &'d Background| background.steps.iter().map(|step| (step, true));
    let before = backgrounds.into_iter().flatten().flat_map(of_background);
    let before = before.filter(|_| !scenario.steps.is_empty());
    let mut last = Kind::Unknown;
    let steps = before.chain(scenario.steps.iter().map(|step| (step, false)));
    let steps = steps.map(|(step, is_background)| {
        if step.kind != Kind::Conjunction {
            last = step.kind;
        }
        let (row, text, arguments) = match is_background {
            true => (None, step.text.clone(), step.arguments.clone()),
            false => (
                row,
                fill(&step.text),
                step.arguments.iter().map(|it| argument(it, &fill)).collect(),
            ),
        };
        PickleStep { step, row, kind: last, text, arguments }
    });
    let steps = steps.collect();
    let tags = feature.tags.iter().chain(rule.iter().flat_map(|rule| &rule.tags));
    let tags = tags.chain(&scenario.tags);
    let tags = tags.chain(values.iter().flat_map(|(examples, _, _)| &examples.tags)).collect();
    Pickle { feature, rule, scenario, row, name: fill(&scenario.header.name), tags, steps }
}

fn argument(argument: &Argument, fill: &impl Fn(&str) -> String) -> Argument {
    let cell = |cell: &Cell| Cell { value: fill(&cell.value), ..cell.clone() };
    let row = |row: &Row| Row { cells: row.cells.iter().map(cell).collect(), ..row.clone() };
    match argument {
        Argument::Table(table) => {
            Argument::Table(Table { rows: table.rows.iter().map(row).collect() })
        }
        Argument::DocString(block) => Argument::DocString(DocString {
            media_type: fill(&block.media_type),
            content: fill(&block.content),
            ..block.clone()
        }),
    }
}

/// The text with the value of each column for its name between `<` and `>`, one column after the other. What
/// names no column stays.
fn filled(text: &str, heading: &[Cell], values: &[Cell]) -> String {
    let columns = heading.iter().zip(values);
    columns.fold(text.to_owned(), |text, (name, value)| {
        if !text.contains('<') {
            return text;
        }
        text.replace(&format!("<{}>", name.value), &value.value)
    })
}
