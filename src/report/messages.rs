//! `messages.ndjson`: Cucumber messages, for the formatters and viewers of the Cucumber project.
//! <https://github.com/cucumber/messages> has their schema. Cucumber knows no scenario that could not be judged:
//! it gets the status `PENDING`, as viewers count what is `UNKNOWN` with what passed.

use serde_json::{Value, json};

use super::model::{Report, Scenario, StepSeen};
use super::text::visible;
use crate::run::events::Status;

/// Name of the file in the folder of results.
pub const FILE: &str = "messages.ndjson";

/// Version of the messages that are written.
const PROTOCOL: &str = "34.2.1";

/// The report as Cucumber messages, a line each.
pub fn render(report: &Report) -> String {
    let mut messages = vec![json!({"meta": {
        "protocolVersion": PROTOCOL,
        "implementation": {"name": "trial", "version": report.run.versions.trial},
        "runtime": {"name": "Kafka", "version": report.run.versions.kafka.join(", ")},
        "os": {"name": std::env::consts::OS},
        "cpu": {"name": std::env::consts::ARCH},
    }})];
    let features = features(report);
    messages.extend(features.iter().map(|(file, scenarios)| document(file, scenarios)));
    let all = || features.iter().flat_map(|(_, scenarios)| scenarios);
    messages.extend(all().map(|(row, scenario)| pickle(*row, scenario)));
    let started = timestamp(report.run.started, 0);
    messages.push(json!({"testRunStarted": {"id": "run", "timestamp": started}}));
    messages.extend(all().map(|(row, scenario)| test_case(*row, scenario)));
    for (row, scenario) in all() {
        messages.extend(executed(*row, scenario));
    }
    messages.push(json!({"testRunFinished": {
        "testRunStartedId": "run",
        "success": report.run.status == Status::Passed,
        "timestamp": timestamp(report.run.started, report.run.duration_ms),
    }}));
    messages.into_iter().map(|message| format!("{message}\n")).collect()
}

type Rows<'r> = Vec<(usize, &'r Scenario)>;

/// Scenarios by their feature file, in the order in which those came up; each with its row in the report.
fn features(report: &Report) -> Vec<(&str, Rows<'_>)> {
    let mut features: Vec<(&str, Rows<'_>)> = Vec::new();
    for (row, scenario) in report.scenarios.iter().enumerate() {
        match features.iter_mut().find(|(file, _)| *file == scenario.feature) {
            Some((_, scenarios)) => scenarios.push((row, scenario)),
            None => features.push((&scenario.feature, vec![(row, scenario)])),
        }
    }
    features
}

/// The feature as far as it was run: backgrounds are part of each scenario, rows are scenarios of their own.
fn document(file: &str, scenarios: &Rows<'_>) -> Value {
    let children = scenarios.iter().map(|(row, scenario)| {
        let steps = scenario.steps.iter().enumerate().map(|(number, step)| {
            let (keyword, text) = split(&step.sentence.text);
            let mut message = json!({
                "id": format!("ast-{row}-{number}"),
                "location": {"line": step.sentence.line},
                "keyword": format!("{keyword} "),
                "text": visible(text),
            });
            if let Some(block) = &step.sentence.block {
                message["docString"] = json!({
                    "location": {"line": step.sentence.line + 1},
                    "content": visible(block),
                    "delimiter": "\"\"\"",
                });
            }
            if !step.sentence.table.is_empty() {
                message["dataTable"] = table(step, &format!("{row}-{number}"));
            }
            message
        });
        json!({"scenario": {
            "id": format!("ast-{row}"),
            "location": {"line": scenario.line},
            "tags": tags(scenario, *row, true),
            "keyword": "Scenario",
            "name": visible(&scenario.name),
            "description": "",
            "steps": steps.collect::<Vec<_>>(),
            "examples": [],
        }})
    });
    let name = scenarios.first().map(|(_, scenario)| scenario.feature_name.as_str());
    json!({"gherkinDocument": {
        "uri": file,
        "feature": {
            "location": {"line": 1},
            "tags": [],
            "language": "en",
            "keyword": "Feature",
            "name": visible(name.unwrap_or_default()),
            "description": "",
            "children": children.collect::<Vec<_>>(),
        },
        "comments": [],
    }})
}

fn table(step: &StepSeen, id: &str) -> Value {
    let line = step.sentence.line;
    let rows = step.sentence.table.iter().enumerate().map(|(number, cells)| {
        let location = json!({"line": line + 1 + number});
        let cells = cells.iter().map(|cell| json!({"location": location, "value": visible(cell)}));
        let cells: Vec<_> = cells.collect();
        json!({"id": format!("row-{id}-{number}"), "location": location, "cells": cells})
    });
    json!({"location": {"line": line + 1}, "rows": rows.collect::<Vec<_>>()})
}

fn pickle(row: usize, scenario: &Scenario) -> Value {
    let steps = scenario.steps.iter().enumerate().map(|(number, step)| {
        let (keyword, text) = split(&step.sentence.text);
        let kind = match keyword {
            "Given" => "Context",
            "When" => "Action",
            "Then" => "Outcome",
            _ => "Unknown",
        };
        let mut message = json!({
            "id": format!("step-{row}-{number}"),
            "astNodeIds": [format!("ast-{row}-{number}")],
            "type": kind,
            "text": visible(text),
        });
        let cells = |cells: &Vec<String>| {
            let cells = cells.iter().map(|cell| json!({"value": visible(cell)}));
            json!({"cells": cells.collect::<Vec<_>>()})
        };
        if let Some(block) = &step.sentence.block {
            message["argument"] = json!({"docString": {"content": visible(block)}});
        } else if !step.sentence.table.is_empty() {
            let rows: Vec<_> = step.sentence.table.iter().map(cells).collect();
            message["argument"] = json!({"dataTable": {"rows": rows}});
        }
        message
    });
    json!({"pickle": {
        "id": format!("pickle-{row}"),
        "uri": scenario.feature,
        "location": {"line": scenario.line},
        "name": visible(&scenario.name),
        "language": "en",
        "steps": steps.collect::<Vec<_>>(),
        "tags": tags(scenario, row, false),
        "astNodeIds": [format!("ast-{row}")],
    }})
}

fn tags(scenario: &Scenario, row: usize, in_document: bool) -> Vec<Value> {
    let tag = |(number, tag): (usize, &String)| {
        let (id, name) = (format!("tag-{row}-{number}"), format!("@{}", visible(tag)));
        match in_document {
            true => json!({"id": id, "name": name, "location": {"line": scenario.line}}),
            false => json!({"name": name, "astNodeId": id}),
        }
    };
    scenario.tags.iter().enumerate().map(tag).collect()
}

fn test_case(row: usize, scenario: &Scenario) -> Value {
    let steps = (0..scenario.steps.len()).map(|number| {
        json!({
            "id": format!("test-{row}-{number}"),
            "pickleStepId": format!("step-{row}-{number}"),
            "stepDefinitionIds": [],
            "stepMatchArgumentsLists": [],
        })
    });
    json!({"testCase": {
        "id": format!("case-{row}"),
        "testRunStartedId": "run",
        "pickleId": format!("pickle-{row}"),
        "testSteps": steps.collect::<Vec<_>>(),
    }})
}

fn executed(row: usize, scenario: &Scenario) -> Vec<Value> {
    let id = format!("started-{row}");
    let at = |ms| timestamp(scenario.started, ms);
    let mut messages = vec![json!({"testCaseStarted": {
        "id": id,
        "testCaseId": format!("case-{row}"),
        "attempt": scenario.attempt - 1,
        "timestamp": at(0),
    }})];
    let mut now = 0;
    for (number, step) in scenario.steps.iter().enumerate() {
        let step_id = format!("test-{row}-{number}");
        now = step.at_ms.unwrap_or(now);
        messages.push(json!({"testStepStarted": {
            "testCaseStartedId": id,
            "testStepId": step_id,
            "timestamp": at(now),
        }}));
        now += step.took_ms.unwrap_or(0);
        let mut result = json!({
            "status": status(step),
            "duration": {"seconds": step.took_ms.unwrap_or(0) / 1000,
                         "nanos": step.took_ms.unwrap_or(0) % 1000 * 1_000_000},
        });
        if let Some(reason) = &step.reason {
            result["message"] = json!(format!("{}: {}", scenario.verdict(), visible(reason)));
        }
        messages.push(json!({"testStepFinished": {
            "testCaseStartedId": id,
            "testStepId": step_id,
            "testStepResult": result,
            "timestamp": at(now),
        }}));
    }
    messages.extend(scenario.notes.iter().map(|note| {
        json!({"attachment": {
            "testCaseStartedId": id,
            "body": visible(note),
            "contentEncoding": "IDENTITY",
            "mediaType": "text/x.cucumber.log+plain",
            "timestamp": at(now),
        }})
    }));
    messages.push(json!({"testCaseFinished": {
        "testCaseStartedId": id,
        "timestamp": at(scenario.duration_ms),
        "willBeRetried": scenario.retried,
    }}));
    messages
}

fn status(step: &StepSeen) -> &'static str {
    match step.status {
        Some(Status::Passed) => "PASSED",
        Some(Status::Failed) => "FAILED",
        Some(Status::Inconclusive) => "PENDING",
        Some(Status::Skipped) | None => "SKIPPED",
    }
}

/// Keyword and sentence.
fn split(text: &str) -> (&str, &str) {
    text.split_once(' ').unwrap_or((text, ""))
}

fn timestamp(time: jiff::Timestamp, after_ms: u64) -> Value {
    let ms = time.as_millisecond() + i64::try_from(after_ms).unwrap_or(0);
    json!({"seconds": ms.div_euclid(1000), "nanos": ms.rem_euclid(1000) * 1_000_000})
}
