//! Judges every history in fixtures/histories and compares with the expected verdict beside it, and the examples
//! of docs/anomalies.md.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use kafka_trial::checker::allowed::RULES;
use kafka_trial::checker::anomaly::Anomaly;
use kafka_trial::checker::check;
use kafka_trial::checker::verdict::Verdict;
use kafka_trial::history::load::{Loader, load};
use serde::{Deserialize, Serialize};

/// The first line of every history.
const HEADER: &str = "{\"format\":\"kafka-trial-history\",\"version\":1}\n";

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
        let actual = found_in(&loaded[0].history, &expected.why);
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

/// Histories of several files, in any order.
#[test]
fn the_order_of_files_changes_nothing() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/histories-in-parts");
    let mut judged = 0;
    for folder in fs::read_dir(root).expect("fixtures/histories-in-parts") {
        let folder = folder.expect("a folder").path();
        let expected = expected(&folder.join("all.ndjson"));
        let files = fs::read_dir(&folder).expect("files").map(|file| file.expect("a file").path());
        let mut files: Vec<PathBuf> =
            files.filter(|path| path.extension().is_some_and(|e| e == "ndjson")).collect();
        files.sort();
        for _ in 0..files.len() {
            files.rotate_left(1);
            for files in [files.clone(), files.iter().rev().cloned().collect()] {
                let loaded = load(&files).unwrap_or_else(|error| panic!("{error}"));
                assert_eq!(loaded.len(), 1, "{files:?}");
                assert_eq!(found_in(&loaded[0].history, &expected.why), expected, "{files:?}");
                judged += 1;
            }
        }
    }
    assert!(judged > 20, "{judged}");
}

/// What the checker says of a history.
fn found_in(history: &kafka_trial::checker::history::History, why: &str) -> Expected {
    let report = check(history);
    let found = report.checks.iter().filter(|check| check.found() > 0);
    let found = found.map(|check| {
        // Of what was compared no more can be found.
        assert!(check.found() <= check.compared, "{}: {why}", check.anomaly);
        let (violations, undecided, allowed) = (check.violations, check.undecided, check.allowed);
        (check.anomaly, Found { violations, undecided, allowed })
    });
    Expected { why: why.to_owned(), verdict: report.verdict, found: found.collect() }
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

/// The text under each heading of the third level in docs/anomalies.md.
fn sections() -> BTreeMap<String, String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/anomalies.md");
    let page = fs::read_to_string(path).expect("docs/anomalies.md");
    let mut sections: BTreeMap<String, String> = BTreeMap::new();
    let mut at = None;
    for line in page.lines() {
        if line.starts_with('#') {
            at = line.strip_prefix("### ").map(str::to_owned);
        } else if let Some(name) = &at {
            let section = sections.entry(name.clone()).or_default();
            section.push_str(line);
            section.push('\n');
        }
    }
    sections
}

fn example(section: &str) -> Option<&str> {
    let (_, rest) = section.split_once("```json\n")?;
    rest.split_once("```").map(|(example, _)| example)
}

fn named(anomaly: Anomaly) -> String {
    let section = sections().remove(anomaly.name());
    section.unwrap_or_else(|| panic!("docs/anomalies.md does not have {anomaly}"))
}

#[test]
fn each_example_has_the_anomaly_it_stands_under_and_no_other_that_is_not_named() {
    for anomaly in Anomaly::ALL {
        let section = named(anomaly);
        let example = example(&section).unwrap_or_else(|| panic!("{anomaly} has no example"));
        let mut loader = Loader::default();
        let text = format!("{HEADER}{example}");
        loader.read(Path::new(anomaly.name()), text.as_bytes()).expect("a history");
        let report = check(&loader.finish());
        let found = report.checks.iter().filter(|check| check.found() > 0);
        let found: BTreeSet<_> = found.map(|check| (check.anomaly, check.violations > 0)).collect();
        let mut expected = BTreeSet::from([(anomaly, anomaly != Anomaly::DirtyWriteCycle)]);
        let besides = section.lines().find_map(|line| line.strip_prefix("Found with it: "));
        expected.extend(
            Anomaly::ALL.into_iter().filter_map(|other| {
                besides?.contains(&format!("`{other}`")).then_some((other, true))
            }),
        );
        assert_eq!(found, expected, "under {anomaly}:\n{example}");
    }
}

#[test]
fn each_section_says_what_is_allowed() {
    let page = sections();
    for anomaly in Anomaly::ALL {
        let section = named(anomaly);
        let refers = section.contains("The same") || section.contains("as for ");
        let order = page.keys().any(|name| name == anomaly.name() && name.ends_with("-poll"));
        let said = section.contains("llowed") || refers || order;
        assert!(said, "docs/anomalies.md does not say what allows {anomaly}");
        let never = !RULES.iter().any(|rule| rule.anomaly == anomaly);
        assert!(never || !section.contains("Allowed: never"), "{anomaly} is allowed by a rule");
    }
}
