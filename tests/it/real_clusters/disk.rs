//! A run whose results are on a disk that is full: nothing is lost that was there before, and what is lost is told.

use std::fs;

use crate::support::room;
use crate::support::small_disk::with_small_disk;
use crate::support::trial::{EXIT_ENVIRONMENT, SINGLE};

/// What a run prints whose scenario fills the disk of its results, and what `after` prints then.
fn run_that_fills_its_disk(steps: &str, after: &str) -> Option<(String, String)> {
    let folder = tempfile::tempdir().expect("a folder");
    let write =
        |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("written");
    // The kernel counts what is free for each CPU, so there may be room when it has said that there is none.
    let fill = "for _ in $(seq 100); do cat /dev/zero >> small/filler 2> /dev/null; done; true\n";
    write("fill.sh", fill);
    write("free.sh", "rm small/filler\n");
    // More than what the last page of the events has room for.
    let topic = |number: u32| {
        format!("    And a topic \"topic-{number}\" with 1 partition and replication factor 1\n")
    };
    let topics: String = (0..20).map(topic).collect();
    let feature = format!(
        "Feature: A disk that fills\n  Scenario: Results have no room\n    \
         Given a running Kafka cluster\n    \
         And the client program \"sh fill.sh\" runs to its end within 60 seconds\n\
         {topics}{steps}"
    );
    write("f.feature", &feature);
    let run = format!("\"$TRIAL\" run f.feature --cluster '{SINGLE}' --out small/out");
    let script = format!("{{ {run}; echo code $?; {after}; }}");
    let _room = room::for_a_cluster();
    let output = with_small_disk(folder.path(), 16 << 20, &script)?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Some((text(&output.stdout), text(&output.stderr)))
}

#[test]
fn a_run_whose_disk_is_full_for_a_while_loses_nothing() {
    let steps = "    And the client program \"sh free.sh\" runs to its end within 60 seconds\n";
    let after = "cat small/out/events.ndjson";
    let Some((printed, error)) = run_that_fills_its_disk(steps, after) else { return };
    assert!(printed.contains("report: small/out/report.html\ncode 0\n"), "{printed}\n{error}");
    for event in ["cluster_started", "step_finished", "scenario_finished", "run_finished"] {
        assert!(printed.contains(&format!("\"event\":\"{event}\"")), "{event}: {printed}");
    }
    // Both the step while it was full and the one that has made room.
    let finished = printed.matches("\"event\":\"step_finished\"").count();
    assert_eq!(finished, 23, "{printed}");
}

#[test]
fn a_run_whose_disk_is_full_to_its_end_tells_its_verdict_and_keeps_what_was_written() {
    let after = "rm small/filler && \"$TRIAL\" report small/out && cat small/out/report.json";
    let Some((printed, error)) = run_that_fills_its_disk("", after) else { return };
    assert!(printed.contains("✔ passed Results have no room"), "{printed}\n{error}");
    let made = "not every report could be written to small/out\n";
    assert!(printed.contains(&format!("{made}code {EXIT_ENVIRONMENT}\n")), "{printed}");
    assert!(error.contains("events.ndjson could not be written to its end"), "{error}");
    assert!(error.contains("small/out/report.html could not be written"), "{error}");
    assert!(error.contains("No space left on device"), "{error}");
    assert!(printed.contains("\"finished\": false"), "the report of what was known: {printed}");
    assert!(printed.contains("the run ended before the scenario did"), "{printed}");
}
