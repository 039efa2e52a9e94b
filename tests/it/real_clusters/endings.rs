//! However a run ends, nothing of it is left: by signals at any time, by SIGKILL and its guard, or where that is
//! killed as well the sweep of the next run, and never at the cost of a run that is alive.
//!
//! Each test has a state folder of its own (`TRIAL_STATE_DIR`), whose path is in the command line of every
//! node of the local runtime and in a label of every container, so leftovers are found by it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use kafka_trial::wait::{Seen, pause, until};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;

use crate::support::leftovers::{self, runtimes};
use crate::support::room;

/// For what takes a few seconds where the machine has nothing else to do.
const LIMIT: Duration = Duration::from_secs(120);
const LOOK: Duration = Duration::from_millis(20);

/// Long enough to be interrupted in its last step, far longer than any test waits.
const LONG: &str = r#"
Feature: A scenario that lasts
  Scenario: Silence
    Given a running Kafka cluster
    And a topic "orders" with 1 partition and replication factor 1
    And a consumer "c" in group "billing" subscribed to "orders"
    Then consumer "c" receives no message within 30 minutes
"#;

/// Links are cut, one broker hangs, and a client process as well, when its last step begins.
const BROKEN: &str = r#"
Feature: Faults that last
  Scenario: Split and hanging
    Given a running Kafka cluster described by "quick-failover"
    And a topic "orders" with 1 partition and replication factor 3
    And a consumer "c" in group "billing" subscribed to "orders"
    And a producer process "p" that sends 1 numbered message to topic "orders"
    When within 30 seconds consumer "c" receives 1 message
    And broker 1 is cut off from everything
    And broker 2 is paused
    And producer process "p" is paused
    Then consumer "c" receives no message within 30 minutes
"#;

const SHORT: &str = "Feature: A short one\n  Scenario: Up\n    Given a running Kafka cluster\n";

/// A run as a child process, in its own folders; killed when a test fails.
struct Run {
    child: Child,
    folder: TempDir,
}

impl Run {
    fn start(runtime: &str, state: &Path, feature: &str, arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("f.feature"), feature).expect("written");
        let file = |name| fs::File::create(folder.path().join(name)).expect("a file");
        let child = Command::new(env!("CARGO_BIN_EXE_trial"))
            .args(["run", "--cluster", "fixtures/clusters/single.yaml", "--runtime", runtime])
            .arg(folder.path().join("f.feature"))
            .arg("--out")
            .arg(folder.path().join("out"))
            .args(arguments)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .env("TRIAL_STATE_DIR", state)
            .env_remove("RUST_LOG")
            .stdin(Stdio::null())
            .stdout(file("stdout"))
            .stderr(file("stderr"))
            .spawn()
            .expect("it starts");
        Self { child, folder }
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(name)).unwrap_or_default()
    }

    /// Waits until `what` is in `file` of its folder.
    async fn says(&mut self, file: &str, what: &str) {
        let said = until(LIMIT, LOOK, || {
            let text = self.text(file);
            std::future::ready(match (text.contains(what), self.child.try_wait()) {
                (true, _) => Ok(Seen::Ready(())),
                (false, Ok(None)) => Ok(Seen::NotYet(text)),
                (false, ended) => Err(format!("{ended:?}: {text}{}", self.text("stderr"))),
            })
        });
        said.await.unwrap_or_else(|error| panic!("{what:?} was not said: {error}"));
    }

    /// Waits until its last step is being performed.
    async fn is_in_the_middle(&mut self) {
        // The last but one has ended; the description of the scenario has the texts of all.
        self.says("out/events.ndjson", r#"subscribed to \"orders\"","took_ms""#).await;
    }

    /// The process that clears away when this one is killed.
    fn guard(&self) -> Pid {
        let processes = fs::read_dir("/proc").expect("this is Linux").flatten();
        let mut guards = processes.filter_map(|process| {
            let pid = process.file_name().to_str()?.parse().ok()?;
            let stat = fs::read_to_string(process.path().join("stat")).ok()?;
            // After its name, which may have blanks: its state and its parent.
            let parent = stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok();
            let line = fs::read_to_string(process.path().join("cmdline")).ok()?;
            (parent == Some(self.child.id()) && line.ends_with("guard\0")).then_some(pid)
        });
        Pid::from_raw(guards.next().expect("a guard"))
    }

    fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.child.id().cast_signed()), signal).expect("it is there");
    }

    async fn end(&mut self) -> ExitStatus {
        let ended = until(LIMIT, LOOK, || {
            std::future::ready(self.child.try_wait().map(|ended| match ended {
                Some(status) => Seen::Ready(status),
                None => Seen::NotYet("it runs".into()),
            }))
        });
        ended.await.unwrap_or_else(|error| panic!("it does not end: {error}"))
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        // It has ended already in every test that passes.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Everything that carries the state folder: processes, containers, networks, folders of runs.
async fn leftovers(state: &Path) -> Vec<String> {
    let folder = state.display().to_string();
    let mut found = leftovers::of(&folder, &format!("kafka-trial.state={folder}")).await;
    let runs = fs::read_dir(state.join("runs")).into_iter().flatten();
    found.extend(runs.map(|run| run.expect("an entry").path().display().to_string()));
    found
}

fn state() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().to_owned();
    (folder, path)
}

async fn nothing_is_left(state: &Path) {
    assert_eq!(leftovers(state).await, Vec::<String>::new());
}

/// Waits until just this is left.
async fn is_left(state: &Path, expected: &[String]) {
    let expected: BTreeSet<_> = expected.iter().collect();
    let swept = until::<_, String, _, _>(LIMIT, LOOK, || async {
        let left = leftovers(state).await;
        Ok(match left.iter().collect::<BTreeSet<_>>() == expected {
            true => Seen::Ready(()),
            false => Seen::NotYet(format!("{left:?} is left")),
        })
    });
    swept.await.unwrap_or_else(|error| panic!("{error}"));
}

#[tokio::test]
async fn ctrl_c_in_the_middle_of_a_scenario_stops_the_cluster_and_keeps_its_logs() {
    let _room = room::for_a_cluster();
    for runtime in runtimes().await {
        let (_folder, state) = state();
        let mut run = Run::start(runtime, &state, LONG, &[]);
        run.is_in_the_middle().await;
        assert!(!leftovers(&state).await.is_empty(), "leftovers are found while they are there");
        run.signal(Signal::SIGINT);
        assert_eq!(run.end().await.code(), Some(2), "{}", run.text("stderr"));
        assert!(run.text("stderr").contains("the run was ended by Ctrl-C"));
        for node in ["broker-1", "zookeeper-1"] {
            assert_ne!(run.text(&format!("out/logs/01-single/{node}.log")), "", "{node}");
        }
        nothing_is_left(&state).await;
    }
}

#[tokio::test]
async fn sigterm_during_start_up_leaves_nothing() {
    let _room = room::for_a_cluster();
    for runtime in runtimes().await {
        let (_folder, state) = state();
        let mut run = Run::start(runtime, &state, LONG, &[]);
        run.says("out/events.ndjson", "\"starting\"").await;
        run.signal(Signal::SIGTERM);
        assert_eq!(run.end().await.code(), Some(2), "{}", run.text("stderr"));
        assert!(run.text("stderr").contains("the run was ended by SIGTERM"));
        assert!(!run.text("stdout").contains("up after"), "it was too late to test start-up");
        nothing_is_left(&state).await;
    }
}

#[tokio::test]
async fn a_second_ctrl_c_ends_the_run_at_once_and_the_next_run_removes_the_rest() {
    let _room = room::for_a_cluster();
    for runtime in runtimes().await {
        let (_folder, state) = state();
        let mut run = Run::start(runtime, &state, LONG, &[]);
        run.is_in_the_middle().await;
        run.signal(Signal::SIGINT);
        // Faster ones are taken for one.
        pause(Duration::from_millis(150)).await;
        run.signal(Signal::SIGINT);
        let began = Instant::now();
        assert_eq!(run.end().await.code(), Some(2), "{}", run.text("stderr"));
        println!("{runtime}: ended {:?} after the second signal", began.elapsed());
        let mut next = Run::start(runtime, &state, SHORT, &[]);
        assert_eq!(next.end().await.code(), Some(0), "{}", next.text("stdout"));
        nothing_is_left(&state).await;
    }
}

#[tokio::test]
async fn what_a_killed_run_left_is_swept_at_once_and_a_run_that_is_alive_is_spared() {
    let _room = room::all();
    for runtime in runtimes().await {
        let (_folder, state) = state();
        let mut alive = Run::start(runtime, &state, LONG, &[]);
        alive.is_in_the_middle().await;
        let of_the_living = leftovers(&state).await;
        let mut killed = Run::start(runtime, &state, LONG, &[]);
        killed.is_in_the_middle().await;
        assert!(leftovers(&state).await.len() > of_the_living.len() + 2, "both have a cluster");

        killed.signal(Signal::SIGKILL);
        killed.end().await;
        is_left(&state, &of_the_living).await;

        alive.signal(Signal::SIGINT);
        assert_eq!(alive.end().await.code(), Some(2), "{}", alive.text("stderr"));
        nothing_is_left(&state).await;
    }
}

#[tokio::test]
async fn the_next_run_sweeps_what_a_run_left_that_was_killed_with_its_guard() {
    let _room = room::all();
    for runtime in runtimes().await {
        let (_folder, state) = state();
        let mut killed = Run::start(runtime, &state, LONG, &[]);
        killed.is_in_the_middle().await;
        let of_the_killed = leftovers(&state).await;
        let mut alive = Run::start(runtime, &state, LONG, &[]);
        alive.is_in_the_middle().await;
        let of_the_living: Vec<_> =
            leftovers(&state).await.into_iter().filter(|it| !of_the_killed.contains(it)).collect();
        assert!(of_the_killed.len() > 2 && of_the_living.len() > 2, "both have a cluster");

        kill(killed.guard(), Signal::SIGKILL).expect("it is there");
        killed.signal(Signal::SIGKILL);
        killed.end().await;
        assert_eq!(leftovers(&state).await.len(), of_the_killed.len() + of_the_living.len());

        let mut next = Run::start(runtime, &state, SHORT, &[]);
        assert_eq!(next.end().await.code(), Some(0), "{}", next.text("stdout"));
        let mut left = leftovers(&state).await;
        left.sort();
        let mut expected = of_the_living;
        expected.sort();
        assert_eq!(left, expected, "{runtime}: exactly what the living run owns is left");

        alive.signal(Signal::SIGINT);
        assert_eq!(alive.end().await.code(), Some(2), "{}", alive.text("stderr"));
        nothing_is_left(&state).await;
    }
}

#[tokio::test]
async fn nothing_stays_cut_or_paused_when_a_run_is_killed_in_the_middle_of_faults() {
    let _room = room::for_a_cluster();
    for runtime in runtimes().await {
        let (_folder, state) = state();
        let mut killed = Run::start(runtime, &state, BROKEN, &[]);
        // The last of its faults has bitten.
        killed.says("out/events.ndjson", "\"number\":3").await;
        assert!(killed.text("out/events.ndjson").contains("\"silence\""), "links are cut");
        killed.signal(Signal::SIGKILL);
        killed.end().await;
        is_left(&state, &[]).await;
    }
}

#[tokio::test]
async fn a_kept_cluster_says_how_it_is_reached_and_ends_with_ctrl_c_as_its_scenarios_did() {
    let _room = room::for_a_cluster();
    let (_folder, state) = state();
    let mut run = Run::start("local", &state, SHORT, &["--keep-cluster", "always", "-q"]);
    run.says("stdout", "kept until Ctrl-C").await;
    let text = run.text("stdout");
    let servers = text.split("bootstrap.servers=").nth(1).expect("servers");
    let servers = servers.split_whitespace().next().expect("servers");
    std::net::TcpStream::connect(servers).expect("the broker listens there");
    run.signal(Signal::SIGINT);
    assert_eq!(run.end().await.code(), Some(0), "{}", run.text("stderr"));
    nothing_is_left(&state).await;
}

#[tokio::test]
async fn a_reader_that_goes_away_does_not_end_the_run() {
    let _room = room::for_a_cluster();
    let (_folder, state) = state();
    let folder = tempfile::tempdir().expect("a folder");
    let feature = folder.path().join("f.feature");
    fs::write(&feature, SHORT).expect("written");
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let output = tokio::process::Command::new(env!("CARGO_BIN_EXE_trial"))
        .args(["run", "--cluster", "fixtures/clusters/single.yaml", "--runtime", "local", "-v"])
        .arg(&feature)
        .arg("--out")
        .arg(folder.path().join("out"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("TRIAL_STATE_DIR", &state)
        .stdout(Stdio::from(writer))
        .output();
    let output = tokio::time::timeout(LIMIT, output).await.expect("it ends").expect("it runs");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.status.code(), Some(0));
    let events = fs::read_to_string(folder.path().join("out/events.ndjson")).expect("events");
    assert!(events.contains("run_finished"));
    nothing_is_left(&state).await;
}
