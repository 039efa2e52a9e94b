//! Reports on a disk that is full or a folder that cannot be written: one clear message, the right exit code,
//! and nothing is lost that was there before.

use std::fs;

use tempfile::TempDir;

use crate::support::recorded;
use crate::support::small_disk::with_small_disk;
use crate::support::trial::{EXIT_ENVIRONMENT, trial_in};

fn results() -> TempDir {
    recorded::results(&recorded::events("three-endings"))
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

#[test]
fn a_folder_that_cannot_be_written_is_told() {
    let folder = results();
    fs::write(folder.path().join("file"), "").expect("written");
    trial_in(folder.path(), ["report", ".", "--out", "file/below"])
        .assert()
        .code(EXIT_ENVIRONMENT)
        .stderr(predicates::str::contains("reports cannot be written to file/below"))
        .stderr(predicates::str::contains("choose another folder with --out"));
    assert!(!folder.path().join("report.json").exists(), "nor anywhere else");
}

#[test]
fn a_summary_that_cannot_be_appended_keeps_no_report_from_being_written() {
    let folder = results();
    trial_in(folder.path(), ["report", "."])
        .env("GITHUB_STEP_SUMMARY", "/dev/full")
        .assert()
        .code(EXIT_ENVIRONMENT)
        .stderr(predicates::str::contains("/dev/full could not be written"))
        .stderr(predicates::str::contains("it comes from GITHUB_STEP_SUMMARY"));
    assert!(folder.path().join("report.html").exists());
}
