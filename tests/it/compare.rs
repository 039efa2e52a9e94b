//! Comparisons of runs: reports in, what has become worse out. `fixtures/comparisons` has what is printed.

use std::fs;
use std::path::Path;

use assert_cmd::assert::Assert;
use predicates::prelude::*;
use predicates::str::{contains, is_empty};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::files;
use crate::support::golden::Goldens;
use crate::support::trial::{trial, trial_in};

const GOLDENS: &str = "fixtures/comparisons";

/// A recorded report without its scenarios.
fn recorded() -> Value {
    let text = fs::read_to_string("fixtures/reports/three-endings/report.json").expect("a report");
    let mut report: Value = serde_json::from_str(&text).expect("JSON");
    report["scenarios"] = json!([]);
    report
}

/// How an execution of a scenario ended, and what was measured.
#[derive(Clone, Copy)]
struct Execution {
    status: &'static str,
    recovery_ms: Option<u64>,
    attempt: u32,
    lost: u64,
}

const PASSED: Execution = Execution { status: "passed", recovery_ms: None, attempt: 1, lost: 0 };
const FAILED: Execution = Execution { status: "failed", ..PASSED };
const INCONCLUSIVE: Execution = Execution { status: "inconclusive", ..PASSED };
const FLAKY: Execution = Execution { attempt: 2, ..PASSED };

fn after(recovery_ms: u64) -> Execution {
    Execution { recovery_ms: Some(recovery_ms), ..PASSED }
}

/// A report of these scenarios, each with its repetitions.
fn report(run: &str, scenarios: &[(&str, &[Execution])]) -> Value {
    let mut report = recorded();
    report["run"]["id"] = run.into();
    for (row, (name, executions)) in scenarios.iter().enumerate() {
        for (repetition, execution) in executions.iter().enumerate() {
            let anomalies = json!([{
                "kind": "lost-write", "count": execution.lost, "undecided": 0, "allowed": 0, "examples": [],
            }]);
            let scenario = json!({
                "feature": "features/orders.feature",
                "line": 10 * (row + 1),
                "name": name,
                "feature_name": "Orders",
                "repetition": repetition + 1,
                "attempt": execution.attempt,
                "flaky": execution.attempt > 1,
                "status": execution.status,
                "started": "2026-01-02T03:04:05Z",
                "duration_ms": 1000,
                "seed": 7,
                "steps": [],
                "anomalies": if execution.lost > 0 { anomalies } else { json!([]) },
                "recovery_ms": execution.recovery_ms,
            });
            report["scenarios"].as_array_mut().expect("scenarios").push(scenario);
        }
    }
    report
}

/// Two folders of results, `base` and `new`.
fn results(base: &Value, new: &Value) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, report) in [("base", base), ("new", new)] {
        write(&folder.path().join(name), report);
    }
    folder
}

fn write(folder: &Path, report: &Value) {
    fs::create_dir_all(folder).expect("made");
    fs::write(folder.join("report.json"), report.to_string()).expect("written");
}

fn compare(folder: &TempDir, arguments: &[&str]) -> Assert {
    trial_in(folder.path(), ["compare", "base", "new"]).args(arguments).assert()
}

/// Whether one scenario with these recoveries before and after is a regression.
fn is_regression(base: &[u64], new: &[u64], arguments: &[&str]) -> bool {
    let of = |recoveries: &[u64]| recoveries.iter().map(|ms| after(*ms)).collect::<Vec<_>>();
    let (base, new) = (of(base), of(new));
    let folder = results(&report("a", &[("it", &base)]), &report("b", &[("it", &new)]));
    compare(&folder, arguments).get_output().status.code() == Some(1)
}

#[test]
fn every_change_is_told() {
    let lost = Execution { lost: 3, ..FAILED };
    let base = report(
        "20260101-000000-base",
        &[
            ("Stays as it is", &[PASSED]),
            ("Never passes | in *both*", &[FAILED]),
            ("Does not pass any more", &[PASSED]),
            ("Loses messages, which it did not", &[FAILED]),
            ("Fails, and could not be judged", &[INCONCLUSIVE, INCONCLUSIVE]),
            ("Cannot be judged, and failed", &[FAILED]),
            ("Passes less often", &[PASSED, PASSED, PASSED]),
            ("Recovers in twice the time", &[after(4_000)]),
            ("Needs another attempt", &[PASSED]),
            ("Passes at times", &[PASSED, FAILED]),
            ("Is gone", &[PASSED]),
            ("Passes again", &[FAILED]),
            ("Needs no other attempt any more", &[FLAKY]),
            ("Recovers in half the time", &[after(9_000)]),
        ],
    );
    let new = report(
        "20260102-000000-newr",
        &[
            ("Stays as it is", &[PASSED]),
            ("Never passes | in *both*", &[FAILED]),
            ("Does not pass any more", &[FAILED]),
            ("Loses messages, which it did not", &[lost]),
            ("Fails, and could not be judged", &[FAILED]),
            ("Cannot be judged, and failed", &[INCONCLUSIVE]),
            ("Passes less often", &[PASSED, FAILED, PASSED]),
            ("Recovers in twice the time", &[after(8_000)]),
            ("Needs another attempt", &[FLAKY]),
            ("Passes at times", &[FAILED, PASSED]),
            ("Passes again", &[PASSED]),
            ("Needs no other attempt any more", &[PASSED]),
            ("Recovers in half the time", &[after(4_500)]),
            ("Was not there \u{202e}<script>", &[PASSED]),
        ],
    );
    let folder = results(&base, &new);
    let mut goldens = Goldens::default();
    for (arguments, name) in
        [(&[][..], "changes.txt"), (&["--json"], "changes.json"), (&["--markdown"], "changes.md")]
    {
        let output = compare(&folder, arguments).code(1).stderr(is_empty()).get_output().clone();
        let printed = String::from_utf8(output.stdout).expect("UTF-8");
        goldens.compare(Path::new(GOLDENS).join(name), &printed);
    }
    goldens.finish(files::below(GOLDENS));
}

#[test]
fn a_run_is_no_regression_of_itself() {
    let run = report("same", &[("one", &[after(4_000)]), ("two", &[FAILED])]);
    let told = "same compared with same\nno regression: 2 same\n";
    compare(&results(&run, &run), &[]).code(0).stdout(told).stderr(is_empty());
}

#[test]
fn longer_is_worse_only_beyond_both_tolerances() {
    assert!(!is_regression(&[4_000], &[5_900], &[]), "more than 25 %, less than 2 s");
    assert!(!is_regression(&[20_000], &[24_900], &[]), "more than 2 s, less than 25 %");
    assert!(is_regression(&[4_000], &[6_100], &[]));
    assert!(is_regression(&[20_000], &[25_100], &[]));
    assert!(!is_regression(&[4_000], &[6_100], &["--tolerance-time", "3 s"]));
    assert!(is_regression(&[20_000], &[24_900], &["--tolerance", "10"]));
    assert!(!is_regression(&[6_100], &[4_000], &[]), "shorter");
}

#[test]
fn what_repetitions_differ_by_is_no_regression() {
    assert!(is_regression(&[4_000], &[9_000], &[]));
    assert!(!is_regression(&[2_000, 4_000, 6_000], &[9_000], &[]));
    assert!(!is_regression(&[4_000], &[7_000, 9_000, 11_000], &[]));
    assert!(is_regression(&[2_000, 4_000, 6_000], &[10_100], &[]));
}

#[test]
fn runs_that_differ_in_more_than_what_happened_say_so() {
    let base = report("old", &[("it", &[PASSED])]);
    let mut new = report("new", &[("it", &[PASSED])]);
    new["run"]["versions"]["kafka"] = json!(["3.9.2"]);
    new["run"]["faults_do_nothing"] = true.into();
    compare(&results(&base, &new), &[])
        .code(0)
        .stdout(contains("note: the runs differ in Kafka: 2.5.0 in the base, 3.9.2 in the new run"))
        .stdout(contains("note: the runs differ in what faults do: act in the base, nothing in"));
}

#[test]
fn a_part_of_a_run_does_not_miss_what_others_have() {
    let base = report("all", &[("one", &[PASSED]), ("two", &[PASSED])]);
    let mut new = report("part", &[("one", &[PASSED])]);
    compare(&results(&base, &new), &[]).code(0).stdout(contains("missing two"));
    new["run"]["shards"] = json!(["1/2"]);
    compare(&results(&base, &new), &[]).code(0).stdout(contains("missing").not());
    new["run"]["shards"] = json!(["1/2", "2/2"]);
    compare(&results(&base, &new), &[]).code(0).stdout(contains("missing two"));
}

#[test]
fn what_is_no_report_is_refused() {
    let run = report("run", &[("it", &[PASSED])]);
    let mut newer = run.clone();
    newer["version"] = 2.into();
    let mut other = run.clone();
    other["schema"] = "another".into();
    let mut broken = run.clone();
    broken["run"]["status"] = "perhaps".into();
    for (new, told) in [
        (newer, "has version 2 of the schema, and this trial reads version 1"),
        (other, "is no report of trial"),
        (broken, "unknown variant `perhaps`"),
        (json!([]), "is no report of trial"),
    ] {
        compare(&results(&run, &new), &[]).code(64).stdout(is_empty()).stderr(contains(told));
    }
    let folder = results(&run, &run);
    fs::write(folder.path().join("new/report.json"), &run.to_string()[..99]).expect("written");
    compare(&folder, &[]).code(64).stderr(contains("is no report of trial"));
    fs::remove_file(folder.path().join("new/report.json")).expect("removed");
    compare(&folder, &[]).code(64).stderr(contains("failed to read new/report.json"));
}

#[test]
fn trends_go_over_all_runs_below_a_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    for (day, executions) in [
        (1, &[FAILED, FAILED][..]),
        (2, &[after(3_000), FAILED]),
        (3, &[after(2_000), after(2_500)]),
    ] {
        let mut run = report(&format!("run-{day}"), &[("it", executions)]);
        run["run"]["started"] = format!("2026-01-0{day}T00:00:00Z").into();
        // Oldest first is by time, not by name.
        write(&folder.path().join(format!("{}", 9 - day)), &run);
    }
    let broken = folder.path().join("broken");
    fs::create_dir(&broken).expect("made");
    fs::write(broken.join("report.json"), "{").expect("written");
    let trend =
        |path: &Path, flags: &[&str]| trial(["compare", "--trend"]).arg(path).args(flags).assert();
    trend(folder.path(), &[])
        .code(0)
        .stdout(contains(
            "✘~✔  50 % it features/orders.feature; recovery 3.0 s at first, 2.5 s now\n",
        ))
        .stderr(contains("broken/report.json is no report of trial"));
    let page = fs::read_to_string(folder.path().join("trend.html")).expect("the page");
    assert!(page.contains("run-2: 1 of 2 passed"), "{page}");
    let output = trend(folder.path(), &["--json"]).code(0).get_output().clone();
    let trends: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(trends[0]["passed"], json!([[0, 2], [1, 2], [2, 2]]));
    assert_eq!(trends[0]["recovery_ms"], json!([null, 3000.0, 2500.0]));
    let empty = tempfile::tempdir().expect("a folder");
    trend(empty.path(), &[]).code(64).stderr(contains("there is no report in the folders below"));
    trend(&empty.path().join("no"), &[]).code(64).stderr(contains("failed to read"));
}

#[test]
fn runs_without_a_common_scenario_are_not_compared() {
    let folder =
        results(&report("a", &[("one", &[PASSED])]), &report("b", &[("another", &[PASSED])]));
    compare(&folder, &[]).code(2).stdout(contains(
        "nothing compared, as the runs have no scenario in common: 1 missing, 1 new",
    ));
    compare(&folder, &["--markdown"]).code(2).stdout(contains("no regression").not());
    compare(&folder, &["--json"]).code(2).stdout(contains("\"common\": 0"));
    let folder = results(&report("a", &[("one", &[PASSED])]), &report("b", &[("one", &[PASSED])]));
    compare(&folder, &[]).code(0).stdout(contains("no regression: 1 same"));
}
