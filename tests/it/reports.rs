//! Reports from recorded events: each folder in `fixtures/reports` has the events of a run and beside them the
//! reports that they make.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use predicates::str::contains;
use serde_json::Value;

use crate::support::files;
use crate::support::golden::Goldens;
use crate::support::recorded::{cases, events as recorded, results};
use crate::support::trial::trial;

const MADE: [&str; 4] = ["report.json", "report.html", "junit.xml", "messages.ndjson"];

fn report(folder: &Path) -> Command {
    let mut command = trial(["report"]);
    command.arg(folder);
    command
}

#[test]
fn recorded_runs_make_the_expected_reports() {
    let mut goldens = Goldens::default();
    for case in cases() {
        let events = fs::read_to_string(case.join("events.ndjson")).expect("events");
        let made = results(&events);
        let summary = made.path().join("summary.md");
        report(made.path()).env("GITHUB_STEP_SUMMARY", &summary).assert().code(0);
        for name in MADE.into_iter().chain(["summary.md"]) {
            let found = fs::read_to_string(made.path().join(name)).expect(name);
            let found = if name == "report.html" { fragments(&found) } else { found };
            goldens.compare(case.join(name), &found);
        }
    }
    let all = files::below("fixtures/reports");
    goldens.finish(all.into_iter().filter(|file| !file.ends_with("events.ndjson")));
}

/// A page without its style and script, a line for each element.
fn fragments(page: &str) -> String {
    let mut page = page.to_owned();
    for element in ["style", "script"] {
        let (open, close) = (format!("<{element}>"), format!("</{element}>"));
        let (from, to) = (page.find(&open).expect(element), page.rfind(&close).expect(element));
        page.replace_range(from..to + close.len(), "");
    }
    page.replace("><", ">\n<")
}

#[test]
fn a_run_that_was_killed_has_a_report_of_what_is_known() {
    let all = recorded("three-endings");
    let cut = all.find("\"event\":\"fault_injected\"").expect("a fault");
    let made = results(&all[..cut + 30]);
    report(made.path()).assert().code(0);
    let text = fs::read_to_string(made.path().join("report.json")).expect("a report");
    assert!(text.contains("\"finished\": false"));
    assert!(text.contains("the run ended before the scenario did"));
    assert!(text.contains("was written only in part"));
}

#[test]
fn a_run_that_was_killed_has_not_passed_and_tells_what_never_began() {
    let all = recorded("three-endings");
    let of = |line: u64| {
        move |event: &&str| {
            let event: Value = serde_json::from_str(event).expect("JSON");
            event["scenario"].is_null() || event["scenario"]["line"] == line
        }
    };
    let of_one: Vec<_> =
        all.lines().filter(of(9)).filter(|event| !event.contains("run_finished")).collect();
    let made = results(&of_one.join("\n"));
    report(made.path()).assert().code(0);
    let text = fs::read_to_string(made.path().join("report.json")).expect("a report");
    let report: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(report["scenarios"][0]["status"], "passed");
    assert_eq!(report["run"]["status"], "inconclusive");
    let page = fs::read_to_string(made.path().join("report.html")).expect("the page");
    assert!(page.contains("2 of its 3 scenarios never began"));
}

/// The recorded run with another attempt of the scenario that failed, which passes.
fn with_another_attempt() -> String {
    let all = recorded("three-endings");
    let events = || all.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let of = |line: u64| move |event: &Value| event["scenario"]["line"] == line;
    let failed = events().find(of(18)).expect("a scenario that fails")["scenario"].clone();
    let again = events().filter(of(9)).map(|mut event| {
        event["scenario"] = failed.clone();
        if event["event"] == "scenario_started" {
            event["execution"]["attempt"] = 2.into();
        }
        event
    });
    let (mut before, after): (Vec<_>, Vec<_>) = events()
        .partition(|event| event["event"] != "cluster_stopped" && event["event"] != "run_finished");
    before.extend(again);
    before.into_iter().chain(after).map(|event| format!("{event}\n")).collect()
}

#[test]
fn what_passes_at_another_attempt_is_flaky_in_every_report() {
    let made = results(&with_another_attempt());
    let printed = "2 passed, 1 inconclusive, 1 flaky; report";
    report(made.path()).assert().code(0).stdout(contains(printed));
    let read = |name: &str| fs::read_to_string(made.path().join(name)).expect(name);
    assert!(read("report.json").contains("\"flaky\": true"));
    assert!(read("report.json").contains("\"retried\": true"));
    let page = read("report.html");
    assert!(page.contains("data-verdict=\"flaky\"") && page.contains("attempted again"), "{page}");
    assert!(read("junit.xml").contains("<flakyFailure"));
    assert!(read("messages.ndjson").contains("\"willBeRetried\":true"));
}

/// What is told of the recorded scenario whose replicas differ, with these events left out.
fn told_without(left_out: &str) -> [String; 2] {
    let events = recorded("expected-damage");
    let events = events.lines().filter(|line| left_out.is_empty() || !line.contains(left_out));
    let made = results(&events.map(|line| format!("{line}\n")).collect::<String>());
    report(made.path()).assert().code(0);
    ["report.html", "junit.xml"].map(|name| {
        let text = fs::read_to_string(made.path().join(name)).expect(name);
        text.replace("The history", "the history")
    })
}

#[test]
fn anomalies_that_a_scenario_expects_are_told_from_those_of_which_it_says_nothing() {
    for text in told_without("") {
        let expected = "the history shows: replica-divergence 1, expected by the scenario (0 sent";
        assert!(text.contains(expected), "{text}");
        assert!(text.contains("the history shows no anomaly (6000 sent, 6000 acknowledged"));
        assert!(!text.contains("chip bad"), "what is expected is not alarming");
    }
    for text in told_without("\"event\":\"anomalies_expected\"") {
        let passed_over =
            "replica-divergence 1, of which no sentence of the scenario speaks (0 sent";
        assert!(text.contains(passed_over), "{text}");
    }
}

/// In a name: markup, the end of a CDATA section, control characters, and one that turns text around.
#[test]
fn a_name_can_be_anything_in_every_report() {
    let evil = "<script>alert(1)</script> ]]> \u{1}\u{7}\u{1b}[31m \u{202e} | *a* & 'b' \"c\"";
    let evil_in_json = serde_json::to_string(evil).expect("JSON");
    let name = "Nothing was started";
    let events = recorded("three-endings").replace(&format!("\"{name}\""), &evil_in_json);
    let made = results(&events);
    let summary = made.path().join("summary.md");
    report(made.path()).env("GITHUB_STEP_SUMMARY", &summary).assert().code(0);
    for name in ["report.html", "junit.xml", "messages.ndjson", "summary.md"] {
        let text = fs::read_to_string(made.path().join(name)).expect(name);
        let hidden = |letter: char| matches!(letter, '\u{0}'..='\u{8}' | '\u{1b}' | '\u{202e}');
        assert!(!text.chars().any(hidden), "{name} has letters that are not seen");
        assert!(text.contains("⟨U+202E⟩"), "{name} does not tell of them");
        let markup = name != "messages.ndjson" && text.contains("<script>alert");
        assert!(!markup, "{name} has markup from a name");
    }
    let text = fs::read_to_string(made.path().join("report.json")).expect("a report");
    let json: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(json["scenarios"][0]["name"], evil, "programs get it as it is");
}

#[test]
fn events_that_cannot_be_read_are_told_with_their_line() {
    let all = recorded("three-endings");
    let newer = all.replacen("\"format\":1", "\"format\":2", 1);
    let broken = all.replacen("\"event\":\"cluster_started\"", "\"event\":\"cluster_strated\"", 1);
    for (events, message) in [
        (newer.as_str(), "has version 2 of the events, and this trial reads version 1"),
        (broken.as_str(), "is no event: unknown variant `cluster_strated`"),
        ("", "has no run"),
    ] {
        let made = results(events);
        report(made.path()).assert().code(64).stderr(contains(message));
        assert!(!made.path().join("report.json").exists());
    }
    report(Path::new("no/such/folder")).assert().code(64).stderr(contains("no/such/folder"));
}
