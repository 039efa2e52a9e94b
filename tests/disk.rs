//! Reports on a disk that is full or a folder that cannot be written: one clear message, the right exit code,
//! and nothing is lost that was there before.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

const EXIT_ENVIRONMENT: i32 = 3;

/// A folder of results with recorded events.
fn results() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let events = "fixtures/reports/three-endings/events.ndjson";
    fs::copy(events, folder.path().join("events.ndjson")).expect("copied");
    folder
}

/// What a shell does with a file system of its own of so many bytes at `small`; none where this machine lets
/// nobody have one.
fn with_small_disk(folder: &Path, bytes: u32, script: &str) -> Option<Output> {
    let small = folder.join("small");
    fs::create_dir_all(&small).expect("made");
    let script = format!("mount -t tmpfs -o size={bytes} tmpfs small && {script}");
    let own = ["--user", "--map-root-user", "--mount", "sh", "-c"];
    let may = Command::new("unshare").args(own).arg("mount -t tmpfs tmpfs /mnt").output();
    if !may.is_ok_and(|output| output.status.success()) {
        eprintln!(
            "NOT TESTED: reports on a full disk, as unshare cannot mount one on this machine"
        );
        return None;
    }
    let mut command = Command::new("unshare");
    command.args(own).arg(script).current_dir(folder).env_remove("GITHUB_STEP_SUMMARY");
    Some(command.env("TRIAL", env!("CARGO_BIN_EXE_trial")).output().expect("it runs"))
}

#[test]
fn a_full_disk_is_told_and_keeps_the_reports_that_were_there() {
    let folder = results();
    let script = "echo old > small/report.html && \"$TRIAL\" report . --out small; echo code $?; \
                  cat small/report.html; ls small";
    let Some(output) = with_small_disk(folder.path(), 12 * 4096, script) else { return };
    let (printed, error) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(printed.contains(&format!("code {EXIT_ENVIRONMENT}\nold\n")), "{printed}\n{error}");
    assert!(error.contains("small/report.html could not be written"), "{error}");
    assert!(error.contains("No space left on device"), "{error}");
    assert!(error.contains("free disk space, then make it again with trial report DIR"), "{error}");
    // What fits is there whole; nothing is left of what does not.
    assert!(printed.contains("junit.xml"), "{printed}");
    assert!(!printed.contains(".tmp"), "{printed}");
}

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
    let cluster = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/clusters/single.yaml");
    let run = format!("\"$TRIAL\" run f.feature --cluster '{cluster}' --out small/out");
    let script = format!("{{ {run}; echo code $?; {after}; }}");
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

#[test]
fn a_folder_that_cannot_be_written_is_told() {
    let folder = results();
    fs::write(folder.path().join("file"), "").expect("written");
    let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_trial"));
    command
        .current_dir(folder.path())
        .args(["report", ".", "--out", "file/below"])
        .assert()
        .code(EXIT_ENVIRONMENT)
        .stderr(predicates::str::contains("reports cannot be written to file/below"))
        .stderr(predicates::str::contains("choose another folder with --out"));
    assert!(!folder.path().join("report.json").exists(), "nor anywhere else");
}

#[test]
fn a_summary_that_cannot_be_appended_keeps_no_report_from_being_written() {
    let folder = results();
    let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_trial"));
    command
        .current_dir(folder.path())
        .args(["report", "."])
        .env("GITHUB_STEP_SUMMARY", "/dev/full")
        .assert()
        .code(EXIT_ENVIRONMENT)
        .stderr(predicates::str::contains("/dev/full could not be written"))
        .stderr(predicates::str::contains("it comes from GITHUB_STEP_SUMMARY"));
    assert!(folder.path().join("report.html").exists());
}
