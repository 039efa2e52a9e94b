//! Judges every history in fixtures/histories and compares with the expected verdict beside it.

mod mutation;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use kafka_trial::checker::anomaly::Anomaly;
use kafka_trial::checker::check;
use kafka_trial::checker::verdict::Verdict;
use kafka_trial::history::load::load;
use serde::{Deserialize, Serialize};

/// The file beside a history.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    /// What makes this history what it is, for people.
    why: String,
    verdict: Verdict,
    /// Exactly what is found.
    found: BTreeMap<Anomaly, Found>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Found {
    violations: u64,
    undecided: u64,
    allowed: u64,
}

fn histories() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/histories");
    let folders = fs::read_dir(root).expect("fixtures/histories");
    let mut files: Vec<PathBuf> = folders
        .flat_map(|folder| fs::read_dir(folder.expect("a folder").path()).expect("a folder"))
        .map(|file| file.expect("a file").path())
        .collect();
    files.sort();
    files
}

fn expected(history: &Path) -> Expected {
    let path = history.with_extension("verdict.json");
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path:?}: {error}"))
}

#[test]
fn every_history_is_judged_as_expected() {
    let mut wrong = Vec::new();
    let mut judged = BTreeSet::new();
    for path in
        histories().into_iter().filter(|path| path.extension().is_some_and(|e| e == "ndjson"))
    {
        let expected = expected(&path);
        let loaded = load(std::slice::from_ref(&path)).unwrap_or_else(|error| panic!("{error}"));
        let report = check(&loaded[0].history);
        let found = report.checks.iter().filter(|check| check.found() > 0);
        let found = found.map(|check| {
            let (violations, undecided, allowed) =
                (check.violations, check.undecided, check.allowed);
            (check.anomaly, Found { violations, undecided, allowed })
        });
        let actual =
            Expected { why: expected.why.clone(), verdict: report.verdict, found: found.collect() };
        if actual != expected {
            wrong.push(format!(
                "{}\n  expected {expected:?}\n  but is   {actual:?}",
                path.display()
            ));
        }
        judged.insert(path);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for path in histories().iter().filter(|path| path.extension().is_some_and(|e| e == "json")) {
        let name = path.to_string_lossy().replace(".verdict.json", ".ndjson");
        assert!(judged.contains(Path::new(&name)), "{} has no history", path.display());
    }
}

#[test]
fn every_anomaly_has_histories_with_it_and_almost_with_it() {
    for anomaly in Anomaly::ALL {
        let of = |path: &&PathBuf| {
            path.extension().is_some_and(|e| e == "ndjson")
                && path
                    .parent()
                    .and_then(Path::file_name)
                    .is_some_and(|name| name == anomaly.name())
        };
        let files = histories();
        let found: Vec<bool> = files
            .iter()
            .filter(of)
            .map(|path| expected(path).found.contains_key(&anomaly))
            .collect();
        assert!(found.len() >= 3, "{anomaly} has {} histories", found.len());
        assert!(found.contains(&true), "no history has {anomaly}");
        assert!(found.contains(&false), "no history is a near miss of {anomaly}");
    }
}

#[test]
fn of_a_message_that_is_gone_the_faults_are_told_that_came_after_it() {
    let text = fs::read_to_string("fixtures/histories/lost-write/positive.ndjson").expect("text");
    let lines = text.lines().enumerate().flat_map(|(at, line)| {
        let fault =
            |fault| format!("{{\"event\":\"fault\",\"fault\":\"{fault}\",\"mono_ns\":{at}0}}");
        let before = match line {
            _ if line.contains("\"message\":\"b\"") => Some(fault("broker 1 cut off")),
            _ if line.contains("\"start\":\"poll\"") => Some(fault("broker 1 killed")),
            _ => None,
        };
        let time = format!("{{\"mono_ns\":{at}5,");
        let timed = line.replacen('{', &time, usize::from(at > 0));
        before.into_iter().chain([timed])
    });
    let history = tempfile::NamedTempFile::new().expect("a file");
    fs::write(history.path(), lines.map(|line| line + "\n").collect::<String>()).expect("written");
    let loaded = load(&[history.path().to_owned()]).unwrap_or_else(|error| panic!("{error}"));
    let report = check(&loaded[0].history);
    let lost = report.checks.iter().find(|check| check.anomaly == Anomaly::LostWrite);
    let example = &lost.expect("looked for").findings[0].examples[0];
    assert_eq!(example.faults, ["broker 1 cut off"]);
    assert_eq!(example.later_faults, ["broker 1 killed"]);
}
