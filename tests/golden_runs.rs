//! Features run against real clusters print what is expected: each file in `fixtures/features/ok` and
//! `fixtures/features/failing` has its standard output beside it as `.out` and its exit code as `.exit`.
//! `TRIAL_BLESS=1 cargo test --test golden_runs` writes what is printed now; the difference is for review.
//!
//! Arguments of a run stand in the first line of its feature: `# arguments: -v`. What differs from run to
//! run (times, names of runs, seeds, the runtime, folders) is a word in `<…>`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use assert_cmd::Command;
use regex::Regex;

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
    let files = fs::read_dir(&folder).expect("the folder of features");
    let files: BTreeSet<PathBuf> = files.map(|file| file.expect("a file").path()).collect();
    let features = files.iter().filter(|file| file.extension().is_some_and(|it| it == "feature"));
    let features: Vec<_> = features.collect();
    assert!(!features.is_empty());
    let bless = std::env::var_os("TRIAL_BLESS").is_some();
    let mut expected = BTreeSet::new();
    let mut differences = String::new();
    for feature in features {
        let (printed, code) = run(feature);
        for (extension, found) in [("out", printed), ("exit", format!("{code}\n"))] {
            let golden = feature.with_extension(extension);
            if bless {
                fs::write(&golden, &found).expect("written");
            }
            if fs::read_to_string(&golden).unwrap_or_default() != found {
                differences.push_str(&format!("{} differs, found:\n{found}\n", golden.display()));
            }
            expected.insert(golden);
        }
        expected.insert(feature.clone());
    }
    assert!(differences.is_empty(), "{differences}");
    let goldens = files.into_iter().filter(|file| file.extension().is_none_or(|it| it != "yaml"));
    let goldens: BTreeSet<_> = goldens.collect();
    assert!(bless || goldens == expected, "not of a feature: {:?}", &goldens - &expected);
}

/// What a run prints, without what differs, and its exit code.
fn run(feature: &Path) -> (String, i32) {
    let text = fs::read_to_string(feature).expect("a feature");
    let first = text.lines().next().unwrap_or_default();
    let given = first.strip_prefix("# arguments: ").unwrap_or_default();
    let out = tempfile::tempdir().expect("a folder");
    let mut command = Command::new(env!("CARGO_BIN_EXE_trial"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).env_remove("RUST_LOG").timeout(LIMIT);
    command.args(["run", "--runtime", "auto", "--out"]).arg(out.path()).arg(feature);
    command.args(given.split_whitespace());
    for (flag, value) in [("--cluster", "fixtures/clusters/single.yaml"), ("--concurrency", "1")] {
        if !given.contains(flag) {
            command.args([flag, value]);
        }
    }
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
