//! Features run against real clusters print what is expected: each file in `fixtures/features/ok` and
//! `fixtures/features/failing` has its standard output beside it as `.out` and its exit code as `.exit`.
//!
//! Arguments of a run stand in the first line of its feature: `# arguments: -v`. What differs from run to
//! run (times, names of runs, seeds, the runtime, folders) is a word in `<…>`.

use std::fs;
use std::path::Path;
use std::time::Duration;

use regex::Regex;

use crate::support::golden::Goldens;
use crate::support::trial::trial;
use crate::support::{files, room};

/// Far above what a run of two nodes takes, and below the start limit of the cluster that dies.
const LIMIT: Duration = Duration::from_secs(300);

#[test]
fn features_that_pass_print_what_is_expected() {
    runs_print_what_is_expected("ok");
}

#[test]
fn features_that_do_not_pass_print_what_is_expected() {
    runs_print_what_is_expected("failing");
}

fn runs_print_what_is_expected(folder: &str) {
    let folder = Path::new("fixtures/features").join(folder);
    let features = files::with_extension(&folder, "feature");
    assert!(!features.is_empty());
    let mut goldens = Goldens::default();
    for feature in &features {
        let (printed, code) = run(feature);
        goldens.compare(feature.with_extension("out"), &printed);
        goldens.compare(feature.with_extension("exit"), &format!("{code}\n"));
    }
    let is_input = |file: &Path| file.extension().is_some_and(|it| it == "feature" || it == "yaml");
    goldens.finish(files::below(&folder).into_iter().filter(|file| !is_input(file)));
}

/// What a run prints, without what differs, and its exit code.
fn run(feature: &Path) -> (String, i32) {
    let text = fs::read_to_string(feature).expect("a feature");
    let first = text.lines().next().unwrap_or_default();
    let given = first.strip_prefix("# arguments: ").unwrap_or_default();
    let out = tempfile::tempdir().expect("a folder");
    let mut command = trial(["run", "--runtime", "auto", "--out"]);
    command.arg(out.path()).arg(feature).args(given.split_whitespace()).timeout(LIMIT);
    for (flag, value) in [("--cluster", "fixtures/clusters/single.yaml"), ("--concurrency", "1")] {
        if !given.contains(flag) {
            command.args([flag, value]);
        }
    }
    let _room = room::for_a_cluster();
    let output = command.output().expect("it ends");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{}", feature.display());
    let printed = String::from_utf8(output.stdout).expect("UTF-8");
    (without_what_differs(&printed, out.path()), output.status.code().expect("an exit code"))
}

fn without_what_differs(printed: &str, out: &Path) -> String {
    let mut text = printed.replace(&out.display().to_string(), "<out>");
    for (pattern, word) in [
        (r"\d{8}-\d{6}-[a-z]{4}", "<run>"),
        (r"\d+\.\d s\b", "<time>"),
        (r"runtime (docker|local) \(.*\), seed \d+", "runtime <runtime>, seed <seed>"),
        // How much is sent in a time.
        (r"but \d+ were\b", "but <count> were"),
        // What a machine does once, before its first cluster.
        (r"(?m)^((Kafka|ZooKeeper|kafka|zookeeper|image) .*: .*\n)+", ""),
    ] {
        text = Regex::new(pattern).expect("a pattern").replace_all(&text, word).into_owned();
    }
    text
}
