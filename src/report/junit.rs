//! `junit.xml`, as cargo-nextest writes it: a suite for each feature file, a case for each scenario, earlier
//! attempts as reruns. What could not be judged is an error, what the product did not keep a failure.
//!
//! Readers know a case by its class and name: of two that are alike, Allure and xunit-viewer show one. So the class is
//! the file, and names are told apart by the rule, as Cucumber's own formatter has it, and the line where that is not
//! enough.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use chrono::{DateTime, FixedOffset};
use quick_junit::{
    NonSuccessKind, Property, SerializeError, TestCase, TestCaseStatus, TestRerun, TestSuite,
};

use super::model::{Report, Scenario};
use super::shown;
use super::text::{duration, visible, word};
use crate::event::status::Status;

/// Name of the file in the folder of results.
pub const FILE: &str = "junit.xml";

/// The report as JUnit XML.
///
/// # Errors
/// Never for a report that was folded from events.
pub fn render(report: &Report) -> Result<String, SerializeError> {
    let mut junit = quick_junit::Report::new("trial");
    junit.set_time(Duration::from_millis(report.run.duration_ms));
    let mut by_feature: BTreeMap<&str, Vec<&Scenario>> = BTreeMap::new();
    for scenario in report.counted() {
        by_feature.entry(&scenario.feature).or_default().push(scenario);
    }
    for (feature, scenarios) in by_feature {
        let mut suite = TestSuite::new(visible(feature));
        let took = scenarios.iter().map(|scenario| scenario.duration_ms).sum();
        suite.set_time(Duration::from_millis(took));
        // The schema of Jenkins has times for suites, and none for all of them together.
        suite.timestamp = scenarios.iter().map(|it| it.started).min().and_then(timestamp);
        let versions = &report.run.versions;
        suite.add_property(Property::new("kafka", versions.kafka.join(", ")));
        if !versions.zookeeper.is_empty() {
            suite.add_property(Property::new("zookeeper", versions.zookeeper.join(", ")));
        }
        suite.add_property(Property::new("runtime", report.run.runtime.to_string()));
        suite.add_property(Property::new("seed", report.run.seed.to_string()));
        let names = names(&scenarios);
        let cases = scenarios.into_iter().zip(names);
        suite.add_test_cases(cases.map(|(scenario, name)| case(report, scenario, &name)));
        junit.add_test_suite(suite);
    }
    junit.to_string()
}

/// The names of the cases of a suite, each another.
fn names(scenarios: &[&Scenario]) -> Vec<String> {
    let named = |scenario: &Scenario| {
        let number = match scenario.repetition {
            1 => String::new(),
            number => format!(" (repetition {number})"),
        };
        (scenario.title(), number)
    };
    let mut lines: HashMap<_, BTreeSet<usize>> = HashMap::new();
    for scenario in scenarios {
        lines.entry(named(scenario)).or_default().insert(scenario.line);
    }
    let names = scenarios.iter().map(|scenario| {
        let (name, number) = named(scenario);
        let line = match lines.get(&(name.clone(), number.clone())) {
            Some(lines) if lines.len() > 1 => format!(" (line {})", scenario.line),
            _ => String::new(),
        };
        format!("{name}{line}{number}")
    });
    names.collect()
}

fn case(report: &Report, scenario: &Scenario, name: &str) -> TestCase {
    let reason = scenario.reason.as_deref().map(visible);
    let mut status = match kind(scenario) {
        Some(kind) => TestCaseStatus::non_success(kind),
        None if scenario.status == Status::Skipped => TestCaseStatus::skipped(),
        None => TestCaseStatus::success(),
    };
    if let Some(reason) = &reason {
        status.set_message(reason.lines().next().unwrap_or_default());
        status.set_type(scenario.verdict());
        status.set_description(reason.as_ref());
    }
    let earlier = report.scenarios.iter().filter(|other| {
        other.retried
            && other.repetition == scenario.repetition
            && (&other.feature, other.line, &other.name)
                == (&scenario.feature, scenario.line, &scenario.name)
    });
    if scenario.status != Status::Skipped {
        status.add_reruns(earlier.map(rerun));
    }
    let mut case = TestCase::new(visible(name), status);
    case.set_classname(visible(&scenario.feature));
    case.set_time(Duration::from_millis(scenario.duration_ms));
    case.timestamp = timestamp(scenario.started);
    case.set_system_out(told(report, scenario));
    case
}

/// None for what passed or was skipped.
fn kind(scenario: &Scenario) -> Option<NonSuccessKind> {
    match scenario.status {
        Status::Passed | Status::Skipped => None,
        Status::Failed => Some(NonSuccessKind::Failure),
        Status::Inconclusive => Some(NonSuccessKind::Error),
    }
}

fn rerun(attempt: &Scenario) -> TestRerun {
    let mut rerun = TestRerun::new(kind(attempt).unwrap_or(NonSuccessKind::Error));
    rerun.set_time(Duration::from_millis(attempt.duration_ms));
    rerun.timestamp = timestamp(attempt.started);
    rerun.set_type(attempt.verdict());
    if let Some(reason) = &attempt.reason {
        let reason = visible(reason);
        rerun.set_message(reason.lines().next().unwrap_or_default());
        rerun.set_description(reason.as_ref());
    }
    rerun
}

/// The verdict, the steps, the faults, and how to run it again.
fn told(report: &Report, scenario: &Scenario) -> String {
    let mut lines = vec![format!("verdict: {}", scenario.verdict())];
    for step in &scenario.steps {
        let ended = step.status.map_or("not run", word);
        let took = step.took_ms.map(|took| format!(" ({})", duration(took))).unwrap_or_default();
        let line = step.sentence.line;
        lines.push(format!("{ended} {}:{line} {}{took}", scenario.feature, step.sentence.text));
        lines.extend(step.reason.iter().flat_map(|it| it.lines()).map(|it| format!("    {it}")));
    }
    for fault in &scenario.faults {
        let nodes = fault.nodes.join(", ");
        let bitten = match &fault.failed {
            None if fault.armed => "waits for what it is meant for".into(),
            None => format!("has bitten after {}", duration(fault.bitten_after_ms)),
            Some(why) => why.clone(),
        };
        let (number, kind, target) = (fault.number, &fault.kind, &fault.target);
        lines.push(format!("fault {number}: {kind} of {target} ({nodes}): {bitten}"));
    }
    lines.extend(shown::summary(scenario));
    for anomaly in scenario.anomalies.iter().filter(|anomaly| anomaly.count > 0) {
        let examples = anomaly.examples.iter();
        lines.extend(examples.map(|example| format!("    {}: {}", anomaly.kind, example.text)));
    }
    lines.push(format!("to run it again: {}", report.rerun(&[scenario])));
    visible(&lines.join("\n")).into_owned()
}

/// quick-junit has the times of chrono.
fn timestamp(time: jiff::Timestamp) -> Option<DateTime<FixedOffset>> {
    DateTime::from_timestamp_millis(time.as_millisecond()).map(|time| time.fixed_offset())
}
