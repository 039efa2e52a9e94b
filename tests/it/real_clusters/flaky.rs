//! A scenario that fails at its first attempt and passes at the second, on a real cluster: every report says that
//! it is flaky, and none hides the failure.

use std::fs;

use predicates::str::contains;
use serde_json::Value;

use crate::support::room;
use crate::support::trial::{SINGLE, trial_in};

/// The first attempt leaves a file behind, on which the second depends.
const FEATURE: &str = r#"
Feature: What passes at another attempt
  Scenario: Something is left behind
    Given a running Kafka cluster
    And the client program "sh left_behind.sh" runs to its end within 60 seconds
    Then the client program "sh left_behind.sh" has printed 1 line that begins with "again"
"#;

const PROGRAM: &str = "if [ -e left ]; then echo again; else touch left; echo first; fi\n";

#[test]
fn a_flaky_scenario_is_marked_in_every_report_and_in_comparisons() {
    let _room = room::for_a_cluster();
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    fs::write(folder.join("flaky.feature"), FEATURE).expect("written");
    fs::write(folder.join("left_behind.sh"), PROGRAM).expect("written");
    let run = ["run", "flaky.feature", "--cluster", SINGLE, "--retry", "1", "--out"];
    let run = |out| trial_in(folder, run).arg(out).assert().code(0);
    run("first")
        .stdout(contains("✘ failed Something is left behind flaky.feature:3"))
        .stdout(contains("expected 1 lines that begin with \"again\", found 0"))
        .stdout(contains("✔ passed Something is left behind (attempt 2) flaky.feature:3"))
        .stdout(contains("1 passed, 1 flaky in "));

    let read = |name: &str| fs::read_to_string(folder.join("first").join(name)).expect(name);
    let report: Value = serde_json::from_str(&read("report.json")).expect("JSON");
    let [failed, passed] = [&report["scenarios"][0], &report["scenarios"][1]];
    assert_eq!([&failed["status"], &failed["attempt"]], [&Value::from("failed"), &1.into()]);
    assert_eq!([&failed["retried"], &passed["flaky"]], [&Value::from(true), &true.into()]);
    assert_eq!([&passed["status"], &passed["attempt"]], [&Value::from("passed"), &2.into()]);
    let page = read("report.html");
    assert!(page.contains("data-verdict=\"flaky\"") && page.contains("1 flaky"), "{page}");
    assert!(page.contains("data-verdict=\"failed\"") && page.contains("attempted again"));
    let junit = read("junit.xml");
    assert!(junit.contains("<flakyFailure") && junit.contains("verdict: flaky"), "{junit}");
    assert!(junit.contains("failures=\"0\""), "{junit}");
    let messages = read("messages.ndjson");
    let retried = messages.lines().filter(|line| line.contains("\"willBeRetried\":true"));
    assert_eq!(retried.count(), 1, "{messages}");

    // What was left behind is still there.
    run("second").stdout(contains("1 passed in "));
    trial_in(folder, ["compare", "second", "first"])
        .assert()
        .code(0)
        .stdout(contains("flaky Something is left behind flaky.feature:3"))
        .stdout(contains("passed before, passed after another attempt now"));
}
