//! `messages.ndjson`: Cucumber messages, for the formatters and viewers of the Cucumber project.
//! <https://github.com/cucumber/messages> has their schema. Cucumber knows no scenario that could not be judged:
//! it gets the status `PENDING`, as viewers count what is `UNKNOWN` with what passed.

mod document;
mod untold;

use serde_json::{Value, json};

use self::document::step_id;
use super::model::{Report, Scenario, StepSeen};
use super::text::visible;
use crate::event::status::Status;
use crate::gherkin::Document;
use crate::gherkin::pickle::{self, Pickle};

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
    let mut started = Vec::new();
    let mut executed = Vec::new();
    for (number, text) in texts(report).into_iter().enumerate() {
        messages.extend(text.source.map(|source| shown(document::source(&text.uri, source))));
        let of = format!("text-{number}");
        messages.push(shown(document::document(&text.uri, &text.document, &of)));
        let pickles = pickle::compile(&text.document);
        for case in cases(&text.executions) {
            let [first, ..] = case[..] else { continue };
            let Some(pickle) = pickles.iter().find(|it| is_of(it, first)) else { continue };
            let case_id = format!("{of}-{}-{}", first.line, first.repetition);
            let pickle_id = format!("pickle-{case_id}");
            messages.push(shown(document::pickle(&text.uri, pickle, &of, &pickle_id)));
            started.push(test_case(&case_id, &pickle_id, pickle.steps.len()));
            executed
                .extend(case.iter().map(|scenario| (scenario.started, case_id.clone(), *scenario)));
        }
    }
    let at = timestamp(report.run.started, 0);
    messages.push(json!({"testRunStarted": {"id": "run", "timestamp": at}}));
    messages.extend(started);
    executed.sort_by_key(|(started, _, _)| *started);
    messages.extend(executed.iter().flat_map(|(_, case, scenario)| execution(case, scenario)));
    messages.push(json!({"testRunFinished": {
        "testRunStartedId": "run",
        "success": report.run.status == Status::Passed,
        "timestamp": timestamp(report.run.started, report.run.duration_ms),
    }}));
    messages.into_iter().map(|message| format!("{message}\n")).collect()
}

/// With every letter written out that is not seen, as viewers show names as they are.
fn shown(message: Value) -> Value {
    match message {
        Value::String(text) => json!(visible(&text)),
        Value::Array(values) => values.into_iter().map(shown).collect(),
        Value::Object(fields) => fields.into_iter().map(|(key, it)| (key, shown(it))).collect(),
        other => other,
    }
}

/// A text of Gherkin as messages, with all of its scenarios.
pub fn of_text(uri: &str, text: &str) -> Vec<Value> {
    let document = Document::read(text).document;
    let pickles = pickle::compile(&document).into_iter().enumerate();
    let pickles =
        pickles.map(|(number, it)| document::pickle(uri, &it, "text", &format!("pickle-{number}")));
    std::iter::once(document::document(uri, &document, "text")).chain(pickles).collect()
}

/// A text, and the executions of its scenarios.
struct Text<'r> {
    uri: String,
    source: Option<&'r str>,
    document: Document,
    executions: Vec<&'r Scenario>,
}

/// In the order in which features came up.
fn texts(report: &Report) -> Vec<Text<'_>> {
    let mut texts: Vec<Text<'_>> = Vec::new();
    for scenario in &report.scenarios {
        let source = report.sources.iter().find(|source| source.feature == scenario.feature);
        let uri = match source {
            Some(_) => scenario.feature.clone(),
            None => format!("{}:{}", scenario.feature, scenario.line),
        };
        if let Some(text) = texts.iter_mut().find(|text| text.uri == uri) {
            text.executions.push(scenario);
            continue;
        }
        let source = source.map(|source| source.text.as_str());
        let document = source
            .map_or_else(|| untold::document(scenario), |source| Document::read(source).document);
        texts.push(Text { uri, source, document, executions: vec![scenario] });
    }
    texts
}

/// Executions by what they have in common: attempts are of one test case, repetitions are cases of their own.
fn cases<'r>(executions: &[&'r Scenario]) -> Vec<Vec<&'r Scenario>> {
    let mut cases: Vec<Vec<&Scenario>> = Vec::new();
    for scenario in executions {
        let is_same = |case: &&mut Vec<&Scenario>| {
            case.iter().any(|it| (it.line, it.repetition) == (scenario.line, scenario.repetition))
        };
        match cases.iter_mut().find(is_same) {
            Some(case) => case.push(scenario),
            None => cases.push(vec![scenario]),
        }
    }
    cases
}

fn is_of(pickle: &Pickle<'_>, scenario: &Scenario) -> bool {
    pickle.location().line == scenario.line && pickle.steps.len() == scenario.steps.len()
}

fn test_case(case: &str, pickle: &str, steps: usize) -> Value {
    let steps = (0..steps).map(|number| {
        json!({
            "id": step_id(case, number),
            "pickleStepId": step_id(pickle, number),
            "stepDefinitionIds": [],
            "stepMatchArgumentsLists": [],
        })
    });
    json!({"testCase": {
        "id": case,
        "testRunStartedId": "run",
        "pickleId": pickle,
        "testSteps": steps.collect::<Vec<_>>(),
    }})
}

fn execution(case: &str, scenario: &Scenario) -> Vec<Value> {
    let id = format!("{case}-attempt-{}", scenario.attempt);
    let at = |ms| timestamp(scenario.started, ms);
    let mut messages = vec![json!({"testCaseStarted": {
        "id": id,
        "testCaseId": case,
        "attempt": scenario.attempt - 1,
        "timestamp": at(0),
    }})];
    let mut now = 0;
    for (number, step) in scenario.steps.iter().enumerate() {
        let step_id = step_id(case, number);
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

fn timestamp(time: jiff::Timestamp, after_ms: u64) -> Value {
    let ms = time.as_millisecond() + i64::try_from(after_ms).unwrap_or(0);
    json!({"seconds": ms.div_euclid(1000), "nanos": ms.rem_euclid(1000) * 1_000_000})
}
