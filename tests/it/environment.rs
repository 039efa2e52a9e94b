//! What a machine that lacks something is told: one clear message, exit code 3, nothing left running. No
//! test here starts a cluster.

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use predicates::prelude::*;
use predicates::str::contains;

use crate::support::trial::{EXIT_ENVIRONMENT, trial_in};

/// Nothing listens there: no service is given port 1.
const NO_ENGINE: &str = "tcp://127.0.0.1:1";

/// A machine of a test's own: a folder with one scenario, a cache and a `PATH` of nothing but what the
/// test puts there; no engine, no Java, no Maven.
struct Machine(tempfile::TempDir);

impl Machine {
    fn bare() -> Self {
        let machine = Self(tempfile::tempdir().expect("a folder"));
        fs::create_dir(machine.path("bin")).expect("a folder");
        let feature = "Feature: f\n  Scenario: s\n    Given a running Kafka cluster\n";
        fs::write(machine.path("one.feature"), feature).expect("written");
        machine
    }

    /// None where this machine has no Java either.
    fn with_java() -> Option<Self> {
        let Some(java) = program("java") else {
            eprintln!("NOT TESTED: machines with Java, as there is none on the PATH");
            return None;
        };
        let machine = Self::bare();
        std::os::unix::fs::symlink(java, machine.path("bin/java")).expect("a link");
        Some(machine)
    }

    fn path(&self, below: &str) -> PathBuf {
        self.0.path().join(below)
    }

    /// `trial` on this machine, started in its folder.
    fn trial(&self, arguments: &[&str]) -> Command {
        let mut command = trial_in(self.0.path(), arguments);
        command.env_clear().env("PATH", self.path("bin")).env("HOME", self.path("home"));
        command.env("DOCKER_HOST", NO_ENGINE).env("TRIAL_CACHE_DIR", self.path("cache"));
        command
    }

    /// Nothing is owned by a run any more.
    fn assert_nothing_left(&self) {
        let runs = fs::read_dir(self.path("cache/runs")).into_iter().flatten();
        let left: Vec<_> = runs.map(|run| run.expect("an entry").path()).collect();
        assert!(left.is_empty(), "{left:?}");
    }
}

fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.exists())
}

/// One message in a frame, not a list of them.
fn one_message() -> impl Predicate<str> {
    predicate::function(|text: &str| text.matches('×').count() == 1)
}

#[test]
fn neither_engine_nor_java() {
    let machine = Machine::bare();
    machine
        .trial(&["run", "one.feature"])
        .assert()
        .code(EXIT_ENVIRONMENT)
        .stderr(one_message())
        .stderr(contains("neither a Docker engine nor a Java"))
        .stderr(contains("apt-get install openjdk-17-jre-headless"));
    assert!(!machine.path("results").exists(), "nothing was begun");
    machine.assert_nothing_left();
}

#[test]
fn a_runtime_that_was_asked_for_and_is_not_there() {
    let machine = Machine::bare();
    let run = |runtime| machine.trial(&["run", "one.feature", "--runtime", runtime]);
    run("docker").assert().code(EXIT_ENVIRONMENT).stderr(one_message()).stderr(contains("Docker"));
    let local = run("local").assert().code(EXIT_ENVIRONMENT).stderr(one_message());
    local.stderr(contains("JAVA_HOME is not set and the PATH has no java"));
    run("local")
        .env("JAVA_HOME", machine.path("no-java"))
        .assert()
        .code(EXIT_ENVIRONMENT)
        .stderr(contains("no-java"));
}

#[test]
fn no_maven_and_an_empty_cache() {
    let Some(machine) = Machine::with_java() else { return };
    machine
        .trial(&["run", "one.feature"])
        .assert()
        .code(EXIT_ENVIRONMENT)
        .stdout(contains("the jars of kafka-2.5.0 are not in the cache"))
        .stdout(contains("apt-get install maven"));
    machine.assert_nothing_left();
    let jars = fs::read_dir(machine.path("cache/jars")).expect("the shelf");
    let names: Vec<_> = jars.map(|entry| entry.expect("an entry").file_name()).collect();
    assert_eq!(names, ["lock"], "nothing half-done is in the cache");
}

#[test]
fn a_cache_that_cannot_be_written() {
    let Some(machine) = Machine::with_java() else { return };
    fs::write(machine.path("cache"), "a file in the way").expect("written");
    for command in [&["run", "one.feature"][..], &["cluster", "up"]] {
        machine
            .trial(command)
            .assert()
            .code(EXIT_ENVIRONMENT)
            .stderr(one_message())
            .stderr(contains("cache"))
            .stderr(contains("TRIAL_CACHE_DIR"));
    }
}

#[test]
fn results_that_cannot_be_written() {
    let Some(machine) = Machine::with_java() else { return };
    fs::write(machine.path("file"), "a file in the way").expect("written");
    machine
        .trial(&["run", "one.feature", "--out", "file/out"])
        .assert()
        .code(EXIT_ENVIRONMENT)
        .stderr(one_message())
        .stderr(contains("results cannot be written to file/out"))
        .stderr(contains("--out"));
    machine.assert_nothing_left();
}

#[test]
fn a_cluster_to_play_with_that_cannot_be_had() {
    let Some(machine) = Machine::with_java() else { return };
    machine
        .trial(&["cluster", "up"])
        .assert()
        .code(EXIT_ENVIRONMENT)
        .stdout("")
        .stderr(one_message())
        .stderr(contains("apt-get install maven"));
    machine.assert_nothing_left();
    machine.trial(&["cluster", "status"]).assert().code(0).stdout("no cluster is up\n");
    machine.trial(&["cluster", "down"]).assert().code(0).stdout("0 stopped\n");
}

#[test]
fn the_doctor_says_what_is_missing_and_what_is_there() {
    let bare = Machine::bare();
    bare.trial(&["doctor"])
        .assert()
        .code(EXIT_ENVIRONMENT)
        .stdout(contains("✘ docker runtime"))
        .stdout(contains("✘ local runtime"))
        .stdout(contains("✘ fetching Kafka"))
        .stdout(contains("openjdk-17-jre-headless"));
    let Some(no_maven) = Machine::with_java() else { return };
    no_maven
        .trial(&["doctor"])
        .assert()
        .code(EXIT_ENVIRONMENT)
        .stdout(contains("✘ docker runtime"))
        .stdout(contains("✔ local runtime: Java"))
        .stdout(contains("✘ fetching Kafka"));
    let Some(able) = Machine::with_java() else { return };
    fs::write(able.path("bin/mvn"), "#!/bin/sh\necho Apache Maven 3\n").expect("written");
    executable(&able.path("bin/mvn"));
    able.trial(&["doctor"])
        .assert()
        .code(0)
        .stdout(contains("✔ fetching Kafka: Apache Maven 3"))
        .stdout(contains(able.path("cache").display().to_string()));
    fs::remove_dir_all(able.path("cache")).expect("removed");
    fs::write(able.path("cache"), "a file in the way").expect("written");
    able.trial(&["doctor"]).assert().code(EXIT_ENVIRONMENT).stdout(contains("✘ cache"));
}

fn executable(file: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(file, fs::Permissions::from_mode(0o755)).expect("its owner may");
}
