//! A scenario as a document of its own, from what events say of it: of a run whose events do not hold the texts of
//! its features, as trial wrote them until 0.2.

use crate::gherkin::{
    Argument, Cell, DocString, Document, Feature, Header, Kind, Language, Location, Row,
    Scenario as Written, Step, Table, Tag,
};
use crate::report::model::{Scenario, StepSeen};

/// Its steps, those of backgrounds too, in a scenario in English.
pub fn document(scenario: &Scenario) -> Document {
    let (language, _) = Language::english();
    let location = at(scenario.line);
    let tags = scenario.tags.iter().enumerate();
    let tags = tags.map(|(number, tag)| {
        let location = Location { column: number + 1, ..location };
        Tag { location, name: format!("@{tag}") }
    });
    let written = Written {
        tags: tags.collect(),
        header: header("Scenario", &scenario.name, location),
        steps: scenario.steps.iter().map(step).collect(),
        examples: Vec::new(),
        last_line: scenario.line,
    };
    let feature = Feature {
        language,
        tags: Vec::new(),
        header: header("Feature", &scenario.feature_name, at(1)),
        background: None,
        scenarios: vec![written],
        rules: Vec::new(),
    };
    Document { feature: Some(feature), comments: Vec::new() }
}

fn header(keyword: &str, name: &str, location: Location) -> Header {
    let (keyword, name) = (keyword.into(), name.into());
    Header { location, keyword, name, description: String::new() }
}

fn step(seen: &StepSeen) -> Step {
    let sentence = &seen.sentence;
    let (_, english) = Language::english();
    let (keyword, kind) = english.step(&sentence.text).unwrap_or(("", Kind::Unknown));
    let mut arguments = Vec::new();
    let below = at(sentence.line + 1);
    if let Some(block) = &sentence.block {
        let (content, media_type) = (block.clone(), String::new());
        let block = DocString { location: below, delimiter: "\"\"\"", media_type, content };
        arguments.push(Argument::DocString(block));
    }
    if !sentence.table.is_empty() {
        let rows = sentence.table.iter().zip(below.line..).map(|(cells, line)| {
            let cells = cells.iter().map(|it| Cell { location: at(line), value: it.clone() });
            Row { location: at(line), cells: cells.collect() }
        });
        arguments.push(Argument::Table(Table { rows: rows.collect() }));
    }
    Step {
        location: at(sentence.line),
        keyword: keyword.into(),
        kind,
        text: sentence.text[keyword.len()..].into(),
        arguments,
    }
}

fn at(line: usize) -> Location {
    Location { line, column: 1 }
}
