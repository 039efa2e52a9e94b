//! A document of Gherkin and its scenarios as messages, as the official parser makes them. The id of a part is the
//! line that it begins on, behind a word for its text; that of a tag has its column as well.

use serde_json::{Value, json};

use crate::gherkin::pickle::{Pickle, PickleStep};
use crate::gherkin::{
    Argument, Background, Document, Examples, Feature, Header, Kind, Location, Row, Rule, Scenario,
    Step, Tag,
};

/// The text itself.
pub fn source(uri: &str, text: &str) -> Value {
    json!({"source": {"uri": uri, "data": text, "mediaType": "text/x.cucumber.gherkin+plain"}})
}

/// What the text holds; ids begin with `of`.
pub fn document(uri: &str, document: &Document, of: &str) -> Value {
    let comments = document.comments.iter();
    let comments = comments.map(|it| json!({"location": location(it.location), "text": it.text}));
    let mut message = json!({"uri": uri, "comments": comments.collect::<Vec<_>>()});
    if let Some(feature) = &document.feature {
        message["feature"] = Ids(of).feature(feature);
    }
    json!({"gherkinDocument": message})
}

/// A scenario as it is run; its own id and those of its steps begin with `id`.
pub fn pickle(uri: &str, pickle: &Pickle<'_>, of: &str, id: &str) -> Value {
    let ids = Ids(of);
    let steps = pickle.steps.iter().enumerate();
    let steps = steps.map(|(number, step)| pickle_step(step, &ids, &step_id(id, number)));
    let tags = pickle.tags.iter().map(|tag| json!({"name": tag.name, "astNodeId": ids.tag(tag)}));
    let mut nodes = vec![ids.line(pickle.scenario.header.location)];
    nodes.extend(pickle.row.map(|row| ids.line(row.location)));
    json!({"pickle": {
        "id": id,
        "uri": uri,
        "location": location(pickle.location()),
        "name": pickle.name,
        "language": pickle.feature.language,
        "steps": steps.collect::<Vec<_>>(),
        "tags": tags.collect::<Vec<_>>(),
        "astNodeIds": nodes,
    }})
}

/// The id of a step of the scenario with this id.
pub fn step_id(pickle: &str, number: usize) -> String {
    format!("{pickle}-step-{number}")
}

fn pickle_step(step: &PickleStep<'_>, ids: &Ids<'_>, id: &str) -> Value {
    let mut nodes = vec![ids.line(step.step.location)];
    nodes.extend(step.row.map(|row| ids.line(row.location)));
    let kind = kind(step.kind);
    let mut message = json!({"id": id, "astNodeIds": nodes, "type": kind, "text": step.text});
    let both = step.arguments.len() > 1;
    for (number, argument) in step.arguments.iter().enumerate() {
        let (name, mut value) = match argument {
            Argument::DocString(block) => {
                let mut value = json!({"content": block.content});
                if !block.media_type.is_empty() {
                    value["mediaType"] = json!(block.media_type);
                }
                ("docString", value)
            }
            Argument::Table(table) => {
                let rows = table.rows.iter().map(|row| {
                    let cells = row.cells.iter().map(|cell| json!({"value": cell.value}));
                    json!({"cells": cells.collect::<Vec<_>>()})
                });
                ("dataTable", json!({"rows": rows.collect::<Vec<_>>()}))
            }
        };
        if both {
            value["argumentIndex"] = json!(number + 1);
        }
        message["argument"][name] = value;
    }
    message
}

/// Makes ids.
struct Ids<'o>(&'o str);

impl Ids<'_> {
    fn line(&self, location: Location) -> String {
        format!("{}-{}", self.0, location.line)
    }

    fn tag(&self, tag: &Tag) -> String {
        format!("{}-{}-{}", self.0, tag.location.line, tag.location.column)
    }

    fn feature(&self, feature: &Feature) -> Value {
        let mut message = header(&feature.header);
        let rules = feature.rules.iter().map(|rule| json!({"rule": self.rule(rule)}));
        let children = self.children(feature.background.as_ref(), &feature.scenarios).chain(rules);
        message["language"] = json!(feature.language);
        message["tags"] = self.tags(&feature.tags);
        message["children"] = children.collect();
        message
    }

    fn rule(&self, rule: &Rule) -> Value {
        let mut message = self.part(&rule.header);
        message["tags"] = self.tags(&rule.tags);
        message["children"] = self.children(rule.background.as_ref(), &rule.scenarios).collect();
        message
    }

    fn children(
        &self,
        background: Option<&Background>,
        scenarios: &[Scenario],
    ) -> impl Iterator<Item = Value> {
        let background = background.map(|it| json!({"background": self.background(it)}));
        let scenarios = scenarios.iter().map(|it| json!({"scenario": self.scenario(it)}));
        background.into_iter().chain(scenarios)
    }

    fn background(&self, background: &Background) -> Value {
        let mut message = self.part(&background.header);
        message["steps"] = background.steps.iter().map(|step| self.step(step)).collect();
        message
    }

    fn scenario(&self, scenario: &Scenario) -> Value {
        let mut message = self.part(&scenario.header);
        message["tags"] = self.tags(&scenario.tags);
        message["steps"] = scenario.steps.iter().map(|step| self.step(step)).collect();
        message["examples"] = scenario.examples.iter().map(|it| self.examples(it)).collect();
        message
    }

    fn examples(&self, examples: &Examples) -> Value {
        let mut message = self.part(&examples.header);
        message["tags"] = self.tags(&examples.tags);
        message["tableBody"] = examples.rows.iter().skip(1).map(|row| self.row(row)).collect();
        if let Some(heading) = examples.rows.first() {
            message["tableHeader"] = self.row(heading);
        }
        message
    }

    fn step(&self, step: &Step) -> Value {
        let mut message = json!({
            "id": self.line(step.location),
            "location": location(step.location),
            "keyword": step.keyword,
            "keywordType": kind(step.kind),
            "text": step.text,
        });
        if let Some(block) = step.doc_string() {
            let at = location(block.location);
            let mut value =
                json!({"location": at, "content": block.content, "delimiter": block.delimiter});
            if !block.media_type.is_empty() {
                value["mediaType"] = json!(block.media_type);
            }
            message["docString"] = value;
        }
        if let Some(table) = step.table() {
            let first = table.rows.first().map(|row| location(row.location));
            let rows: Vec<_> = table.rows.iter().map(|row| self.row(row)).collect();
            message["dataTable"] = json!({"location": first, "rows": rows});
        }
        message
    }

    fn row(&self, row: &Row) -> Value {
        let cells = row.cells.iter();
        let cells = cells.map(|it| json!({"location": location(it.location), "value": it.value}));
        let cells: Vec<_> = cells.collect();
        json!({"id": self.line(row.location), "location": location(row.location), "cells": cells})
    }

    fn tags(&self, tags: &[Tag]) -> Value {
        let tags = tags.iter().map(|tag| {
            json!({"id": self.tag(tag), "name": tag.name, "location": location(tag.location)})
        });
        tags.collect()
    }

    fn part(&self, part: &Header) -> Value {
        let mut message = header(part);
        message["id"] = json!(self.line(part.location));
        message
    }
}

fn header(header: &Header) -> Value {
    json!({
        "location": location(header.location),
        "keyword": header.keyword,
        "name": header.name,
        "description": header.description,
    })
}

fn location(location: Location) -> Value {
    json!({"line": location.line, "column": location.column})
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Context => "Context",
        Kind::Action => "Action",
        Kind::Outcome => "Outcome",
        Kind::Conjunction => "Conjunction",
        Kind::Unknown => "Unknown",
    }
}
