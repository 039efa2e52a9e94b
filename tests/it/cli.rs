//! The command line from outside: what is printed where, and the exit codes.

use std::fs;
use std::path::Path;
use std::time::Instant;

use predicates::prelude::*;
use predicates::str::{contains, is_empty, starts_with};

use crate::support::files;
use crate::support::golden::Goldens;
use crate::support::trial::trial;

#[test]
fn invalid_features_print_what_is_expected() {
    let folder = "fixtures/features/invalid";
    let features = files::with_extension(folder, "feature");
    assert!(!features.is_empty());
    let mut goldens = Goldens::default();
    for path in &features {
        let output = trial([Path::new("check"), path]).output().expect("it runs");
        assert_eq!(String::from_utf8_lossy(&output.stdout), "", "{}", path.display());
        let code = output.status.code().expect("an exit code");
        let errors = String::from_utf8(output.stderr).expect("UTF-8");
        goldens.compare(path.with_extension("err"), &errors);
        goldens.compare(path.with_extension("exit"), &format!("{code}\n"));
    }
    goldens.finish(files::below(folder).into_iter().filter(|file| !features.contains(file)));
}

#[test]
fn check_counts_scenarios() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(
        folder.path().join("one.feature"),
        "\u{feff}Feature: f\n\n  Background:\n    Given a running Kafka cluster\n\n  Scenario Outline: o\n    \
         * a running Kafka <version> cluster\n\n    Examples:\n      | version |\n\n      # the default\n      \
         | 2.5.0   |\n",
    )
    .expect("written");
    let check = |path: &str| trial(["check", path]).assert();
    let path = folder.path().join("one.feature").display().to_string();
    check(&path).code(0).stdout("1 scenario in 1 file: no mistakes\n").stderr(is_empty());
    check(&format!("{path}:13")).code(0);
    check(&format!("{path}:4"))
        .code(4)
        .stderr(contains(format!("there is no scenario on {path}:4")));
    // Beside others, too.
    trial(["check", &path, "features/exactly_once/bounces.feature:1"]).assert().code(0);
    trial(["check", &path, "features/tour.feature:99"])
        .assert()
        .code(4)
        .stderr(contains("there is no scenario on features/tour.feature:99"));
}

#[test]
fn check_of_what_is_not_there() {
    trial(["check", "no/such/folder", "nor.feature:3"])
        .assert()
        .code(64)
        .stdout(is_empty())
        .stderr(contains("there is no file or folder no/such/folder"))
        .stderr(contains("there is no file or folder nor.feature"));
    let empty = tempfile::tempdir().expect("a folder");
    trial(["check", &empty.path().display().to_string()])
        .assert()
        .code(4)
        .stderr(contains("there is no scenario in"));
}

#[test]
fn check_of_a_hundred_files_prints_its_time() {
    let folder = tempfile::tempdir().expect("a folder");
    let entries = kafka_trial::steps::catalogue::entries();
    let mut matcher = kafka_trial::plan::matching::Matcher::default();
    let mut is_about_faults = |entry: &kafka_trial::steps::catalogue::Entry| {
        matcher.meanings(entry).iter().any(|meaning| meaning.deed().is_some())
    };
    let examples: Vec<_> = entries
        .iter()
        // Names of tools stay as they are; those of faults would be said of what is not there, or is down already.
        .filter(|entry| !["cluster", "tool"].contains(&entry.family) && !is_about_faults(entry))
        .flat_map(|entry| entry.examples.iter().copied())
        // Those of clients need one that a sentence before has made.
        .filter(|example| {
            !["producer", "consumer", "consumers", "copier", "copiers", "process"]
                .iter()
                .any(|client| example.contains(&format!("{client} \"")))
        })
        .collect();
    assert!(examples.len() > 50, "{}", examples.len());
    for file in 0..100 {
        let mut text = format!("Feature: Number {file}\n");
        for scenario in 0..5 {
            text.push_str(&format!(
                "\n  Scenario: {scenario}\n    Given a running Kafka cluster described by \"authorizer\"\n"
            ));
            // Some examples speak of what was hit before.
            for (broker, hit) in [(1, "restarted"), (1, "killed"), (2, "stopped"), (3, "paused")] {
                text.push_str(&format!("    When broker {broker} is {hit}\n"));
            }
            text.push_str("    And every 5 seconds broker 1 is restarted, for 1 minute\n");
            for client in [
                "Given an idempotent producer \"P\"",
                "And a consumer \"C\" in group \"billing\" subscribed to \"orders\"",
                "When producer \"P\" sends 10 numbered messages to topic \"orders\"",
                "Then within 20 seconds consumer \"C\" receives 10 messages",
            ] {
                let name = |letter: &str| format!("{file}-{scenario}-{letter}");
                let client = client.replace("\"P\"", &format!("\"{}\"", name("p")));
                let client = client.replace("\"C\"", &format!("\"{}\"", name("c")));
                text.push_str(&format!("    {client}\n"));
            }
            // Names differ from file to file, as they do where people write.
            for example in examples.iter().skip(scenario).step_by(5) {
                let renamed = example.replacen('"', &format!("\"{file}-{scenario}-"), 1);
                text.push_str(&renamed);
                text.push('\n');
            }
        }
        fs::write(folder.path().join(format!("{file}.feature")), text).expect("written");
    }
    let start = Instant::now();
    trial(["check", &folder.path().display().to_string()])
        .assert()
        .stdout("500 scenarios in 100 files: no mistakes\n")
        .code(0);
    println!("100 files with 500 scenarios were checked in {:?}", start.elapsed());
}

#[test]
fn run_starts_nothing_when_there_is_nothing_right_to_run() {
    let invalid = "fixtures/features/invalid/undefined_step.feature";
    trial(["run", invalid]).assert().code(64).stderr(contains("a runing Kafka cluster"));
    let folder = tempfile::tempdir().expect("a folder");
    let valid = folder.path().join("f.feature").display().to_string();
    fs::write(&valid, "Feature: f\n  Scenario: s\n    Given a running Kafka cluster\n")
        .expect("written");
    for nothing in [["--tags", "@none"], ["--name", "^other$"]] {
        trial(["run", &valid]).args(nothing).assert().code(4).stderr(contains("no scenario in"));
    }
    for wrong in [
        ["--tags", "@a @b"],
        ["--name", "["],
        ["--concurrency", "0"],
        ["--runtime", "moon"],
        ["--kafka", "2.9.9"],
        ["--cluster", "no/such.yaml"],
    ] {
        trial(["run", &valid]).args(wrong).assert().code(64).stderr(contains(wrong[1]));
    }
}

#[test]
fn usage_errors_exit_with_64_and_help_with_0() {
    trial(["--help"]).assert().code(0).stdout(contains("Usage: trial")).stderr(is_empty());
    trial(["check", "--help"]).assert().code(0).stdout(contains("Examples:"));
    trial(["--version"]).assert().code(0).stdout(starts_with("trial "));
    trial(["check", "--frobnicate"]).assert().code(64).stderr(contains("--frobnicate"));
    trial([""; 0]).assert().code(64).stdout(is_empty()).stderr(contains("Usage: trial"));
}

#[test]
fn nothing_is_coloured_in_a_pipe() {
    let file = "fixtures/features/invalid/undefined_step.feature";
    for no_color in [None, Some("1")] {
        let mut command = trial(["check", file]);
        command.envs(no_color.map(|value| ("NO_COLOR", value)));
        command.assert().code(64).stderr(contains("\u{1b}").not());
    }
}

#[test]
fn steps_are_listed_found_and_printed_as_json() {
    trial(["steps"])
        .assert()
        .code(0)
        .stdout(contains("  Given a running Kafka cluster described by {string}\n"));
    trial(["steps", "SETTINGS", "cluster"])
        .assert()
        .code(0)
        .stdout(contains("with settings:"))
        .stdout(contains("Given a running Kafka cluster\n").not());
    trial(["steps", "no-such-word"]).assert().code(4).stderr(contains("no-such-word"));
    let output = trial(["steps", "--json"]).output().expect("it runs");
    let steps: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let first = &steps[0];
    for key in ["family", "sentences", "docs", "examples", "disturbs", "file", "line"] {
        assert!(!first[key].is_null(), "{key} in {first}");
    }
    assert!(first["sentences"][0]["keywords"][0].is_string());
}

#[test]
#[cfg(unix)]
fn a_reader_that_goes_away_is_no_error() {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_trial"))
        .arg("steps")
        .stdout(std::process::Stdio::from(writer))
        .output()
        .expect("it runs");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.status.code(), Some(0));
}

/// The liar needs Python, as the shipped clients do.
#[test]
fn a_client_that_lies_is_caught_by_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let caught = [
        ("honest", 0, ": passed"),
        ("invents", 1, "VIOLATION: lost-write, 1 of 5000 compared"),
        ("drops", 1, "VIOLATION: internal-poll-skip, 4 of"),
        ("repeats", 1, "VIOLATION: duplicate, 1 of 5000 compared"),
    ];
    for (lie, code, said) in caught {
        let mut liar = std::process::Command::new("python3");
        let liar = liar.args(["fixtures/clients/liar.py", lie]);
        let Ok(output) = liar.current_dir(env!("CARGO_MANIFEST_DIR")).output() else {
            eprintln!("NOT TESTED: a client that lies, as there is no python3");
            return;
        };
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let history = folder.path().join(format!("{lie}.ndjson"));
        fs::write(&history, output.stdout).expect("written");
        let verify = trial(["verify", &history.display().to_string()]).assert();
        verify.code(code).stdout(contains(said));
    }
}

/// A feature whose scenario names its own cluster and version.
fn with_its_own_cluster(folder: &Path) -> String {
    let text = "Feature: f\n  Scenario: s\n    Given a running Kafka 2.5.0 cluster described by \"single\"\n";
    let path = folder.join("own.feature");
    fs::write(&path, text).expect("written");
    path.display().to_string()
}

#[test]
fn a_cluster_that_no_scenario_uses_is_looked_at() {
    let folder = tempfile::tempdir().expect("a folder");
    let feature = with_its_own_cluster(folder.path());
    let broken = folder.path().join("broken.yaml");
    fs::write(&broken, "kafka: 2.5.0\nbrokers: {cuont: 3}\n").expect("written");
    let run = |flag: &str, value: &str| trial(["run", &feature, flag, value]).assert();
    run("--cluster", "no/such/file.yaml").code(64).stderr(contains("no/such/file.yaml"));
    run("--cluster", &broken.display().to_string()).code(64).stderr(contains("cuont"));
    run("--kafka", "2.5").code(64).stderr(contains("did you mean 2.5.0?"));
}

#[test]
fn options_that_change_nothing_are_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let feature = with_its_own_cluster(folder.path());
    let cluster = "fixtures/clusters/old.yaml";
    // No place for results: it ends before a cluster is started.
    let file = folder.path().join("file");
    fs::write(&file, "").expect("written");
    let out = file.join("out").display().to_string();
    let arguments = ["run", &feature, "--runtime", "local", "--out", &out, "--cluster", cluster];
    let others = [
        "--kafka",
        "0.11.0.3",
        "--tolerance",
        "10",
        "--allow-skips",
        "--fail-fast",
        "--shard",
        "1/1",
    ];
    let run = trial([&arguments[..], &others[..]].concat()).env_remove("CI").assert();
    run.stderr(contains("note: --cluster fixtures/clusters/old.yaml changes nothing"))
        .stderr(contains("note: --kafka 0.11.0.3 changes nothing"))
        .stderr(contains("note: --tolerance and --tolerance-time change nothing"))
        .stderr(contains("note: --allow-skips changes nothing"))
        .stderr(contains("note: --fail-fast changes nothing"))
        .stderr(contains("note: --shard 1/1 changes nothing"));
}

#[test]
fn a_selection_that_fits_nothing_names_what_did_not_fit() {
    let tags = trial(["run", "features/tour.feature", "--tags", "@none"]).assert();
    tags.code(4).stderr(contains("no scenario in features/tour.feature fits --tags\n"));
    let name = trial(["run", "features/tour.feature", "--name", "^none$"]).assert();
    name.code(4).stderr(contains("no scenario in features/tour.feature fits --name\n"));
}

#[test]
fn doctor_tells_what_is_broken_in_the_cache() {
    let cache = tempfile::tempdir().expect("a folder");
    let jars = cache.path().join("jars").join("kafka-2.5.0-00000000");
    fs::create_dir_all(&jars).expect("made");
    fs::write(jars.join("some.jar"), "").expect("written");
    let list = r#"{"some.jar": {"size": 9, "changed_ns": 0, "crc32": 1}}"#;
    fs::write(jars.join("checksums.json"), list).expect("written");
    // Of what an older version has made, it is not known.
    fs::create_dir_all(cache.path().join("jars").join("kafka-2.5.0-11111111")).expect("made");
    let mut doctor = trial(["doctor"]);
    doctor.env("TRIAL_CACHE_DIR", cache.path()).env_remove("TRIAL_STATE_DIR");
    let told = "! cache, kafka-2.5.0-00000000: some.jar has 0 bytes and had 9";
    doctor.assert().stdout(contains(told)).stdout(contains("11111111").not());
}
