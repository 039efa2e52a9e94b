//! Parts of a run become one report: `trial report PART… --out DIR`.

use std::fs;

use assert_cmd::assert::Assert;
use predicates::str::contains;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::recorded;
use crate::support::trial::{trial, trial_in};

/// The events of a recorded run as those of a part of it: the scenarios on these lines only.
fn part(run: &str, shard: &str, lines: &[u64]) -> String {
    let text = recorded::events("three-endings");
    let mut events = String::new();
    for line in text.lines() {
        let mut event: Value = serde_json::from_str(line).expect("JSON");
        if event["event"] == "run_started" {
            event["run"] = run.into();
            event["shard"] = shard.into();
            event["scenarios"] = lines.len().into();
        }
        let scenario = event["scenario"]["line"].as_u64();
        if scenario.is_none_or(|line| lines.contains(&line)) {
            events.push_str(&format!("{event}\n"));
        }
    }
    events
}

/// A folder for each of these.
fn results(parts: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (number, events) in parts.iter().enumerate() {
        let part = folder.path().join(number.to_string());
        fs::create_dir(&part).expect("made");
        fs::write(part.join("events.ndjson"), events).expect("written");
    }
    folder
}

fn merge(folder: &TempDir, parts: &[&str]) -> Assert {
    trial_in(folder.path(), ["report"]).args(parts).args(["--out", "all"]).assert()
}

/// An error without the ends of its lines and their frame.
fn unwrapped(error: &[u8]) -> String {
    let error = String::from_utf8_lossy(error).replace('│', "");
    error.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn merged(folder: &TempDir) -> Value {
    let text = fs::read_to_string(folder.path().join("all/report.json")).expect("a report");
    serde_json::from_str(&text).expect("JSON")
}

const FIRST: &str = "20260101-000000-aaaa";
const SECOND: &str = "20260101-000001-bbbb";

#[test]
fn parts_become_one_report_whatever_their_order() {
    let (one, two) = (part(FIRST, "1/2", &[9]), part(SECOND, "2/2", &[18, 26]));
    let folder = results(&[&two, &one]);
    merge(&folder, &["0", "1"]).code(0).stdout(contains("1 passed, 1 failed, 1 inconclusive"));
    let report = merged(&folder);
    assert_eq!(report["run"]["id"], FIRST);
    assert_eq!(report["run"]["shards"], json!(["1/2", "2/2"]));
    assert_eq!(report["run"]["status"], "failed");
    assert_eq!(report["run"]["finished"], true);
    assert_eq!(report["run"]["selected"], 3);
    assert_eq!(report["scenarios"].as_array().expect("scenarios").len(), 3);
    // Clusters of both parts have the same name, and their settings are told apart.
    let places: Vec<_> = [0, 1].map(|row| report["clusters"][row]["place"].clone()).into();
    assert_eq!(places, ["part 1/2: 01-quick-failover", "part 2/2: 01-quick-failover"]);
    assert_eq!(report["scenarios"][0]["cluster"], places[0]);
    assert!(folder.path().join("all/report.html").is_file());
    assert!(folder.path().join("all/junit.xml").is_file());
}

#[test]
fn a_part_that_is_missing_is_told_and_the_run_is_not_finished() {
    let folder = results(&[&part(FIRST, "1/3", &[9]), &part(SECOND, "3/3", &[9])]);
    merge(&folder, &["0", "1"]).code(0);
    let report = merged(&folder);
    assert_eq!(report["run"]["finished"], false);
    assert_eq!(report["run"]["status"], "inconclusive");
    assert!(report["notes"].to_string().contains("part 2/3 is missing"));
    let page = fs::read_to_string(folder.path().join("all/report.html")).expect("the page");
    assert!(page.contains("part 2/3 is missing"));
}

#[test]
fn parts_of_different_runs_are_refused() {
    let one = part(FIRST, "1/2", &[9]);
    let of_plan =
        part(SECOND, "2/2", &[18]).replace("\"plan\":\"5d1f0a3c\"", "\"plan\":\"00000000\"");
    let of_runtime =
        part(SECOND, "2/2", &[18]).replace("\"runtime\":\"local\"", "\"runtime\":\"docker\"");
    let idle = part(SECOND, "2/2", &[18]).replace(
        "\"event\":\"run_started\"",
        "\"event\":\"run_started\",\"faults_do_nothing\":true",
    );
    let whole = recorded::events("three-endings");
    for (other, told) in [
        (&of_plan, "are not parts of the same run: they differ in their features"),
        (&of_runtime, "they differ in the runtime"),
        (&idle, "they differ in what faults do"),
        (&part(SECOND, "2/3", &[18]), "they differ in the number of parts"),
        (&one, "are both part 1/2"),
        (&whole, "is no part of a run: it was started without --shard"),
    ] {
        let folder = results(&[&one, other]);
        let refused = merge(&folder, &["0", "1"]).code(64).get_output().clone();
        let error = unwrapped(&refused.stderr);
        assert!(error.contains(told), "{error}");
        assert!(!folder.path().join("all").exists(), "{told}");
    }
}

#[test]
fn merging_needs_a_folder_of_its_own() {
    let folder = results(&[&part(FIRST, "1/2", &[9]), &part(SECOND, "2/2", &[18])]);
    let parts = ["0", "1"].map(|part| folder.path().join(part));
    trial(["report"]).args(parts).assert().code(64).stderr(contains("name it with --out"));
}
