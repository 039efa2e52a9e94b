//! Recorded runs: each folder in `fixtures/reports` has the events of one, and the reports that they make.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// The folder of each.
pub fn cases() -> Vec<PathBuf> {
    let cases = fs::read_dir("fixtures/reports").expect("the folder of recorded runs");
    let cases: Vec<_> = cases.map(|case| case.expect("a folder").path()).collect();
    assert!(!cases.is_empty());
    cases
}

/// The events of one.
pub fn events(case: &str) -> String {
    let file = Path::new("fixtures/reports").join(case).join("events.ndjson");
    fs::read_to_string(file).expect("events")
}

/// A folder of results with these events and nothing else.
pub fn results(events: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("events.ndjson"), events).expect("written");
    folder
}
