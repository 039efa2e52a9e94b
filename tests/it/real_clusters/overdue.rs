//! A broker that does not end when it is stopped: that is no clean stop, so the scenario is inconclusive and says so,
//! the broker is killed, and the scenario after it has a healthy cluster.
//!
//! A broker that stops wants to hand over what it leads, and waits for ZooKeeper to say who the controller is.

use std::path::Path;
use std::{fs, thread};

use serde_json::Value;

use crate::support::leftovers::{self, runtimes};
use crate::support::room;
use crate::support::trial::{SINGLE, trial_in};

const FEATURE: &str = r#"
Feature: A broker that waits for ZooKeeper
  Scenario: Its stop takes too long
    Given a running Kafka cluster
    And a topic "orders" with 1 partition and replication factor 1
    When ZooKeeper 1 is paused
    And broker 1 is stopped
    Then topic "orders" holds 0 messages

  Scenario: The next one
    Given a running Kafka cluster
    And a topic "orders" with 1 partition and replication factor 1
    When broker 1 is restarted
    Then topic "orders" holds 0 messages
"#;

#[tokio::test]
async fn a_broker_that_does_not_stop_is_reported_and_killed() {
    let _room = room::all();
    let runtimes = runtimes().await;
    let state = tempfile::tempdir().expect("a folder");
    let state = state.path();
    // Each waits for most of its time.
    thread::scope(|scope| {
        for runtime in runtimes {
            scope.spawn(move || stop_is_overdue(runtime, state));
        }
    });
    let folder = state.display().to_string();
    let left = leftovers::of(&folder, &format!("kafka-trial.state={folder}")).await;
    assert_eq!(left, Vec::<String>::new());
}

fn stop_is_overdue(runtime: &str, state: &Path) {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    fs::write(folder.join("slow.feature"), FEATURE).expect("written");
    let run = ["run", "slow.feature", "--cluster", SINGLE, "--runtime", runtime, "--out", "out"];
    trial_in(folder, run).env("TRIAL_STATE_DIR", state).assert().code(2);
    let report = fs::read(folder.join("out/report.json")).expect("a report");
    let report: Value = serde_json::from_slice(&report).expect("JSON");
    let [slow, next] = [&report["scenarios"][0], &report["scenarios"][1]];
    assert_eq!(
        [&slow["status"], &next["status"]],
        ["inconclusive", "passed"],
        "{runtime}: {report}"
    );
    let why =
        "broker-1 did not stop within 30s of SIGTERM and was killed, so this was no clean stop";
    assert!(slow.to_string().contains(why), "{runtime}: {slow}");
}
