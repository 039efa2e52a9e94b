//! A panic is an ending like others: in a step, faults are healed and the next scenario has a healthy cluster;
//! in the run itself, everything is stopped.
//!
//! No step of trial panics, so the last sentence of a plan is replaced by one that only this program knows.

use std::fs;
use std::panic::{panic_any, resume_unwind};
use std::path::Path;
use std::sync::{PoisonError, RwLockReadGuard};

use clap::ValueEnum as _;
use cucumber::when;
use kafka_trial::cli::block_on;
use kafka_trial::error::UserError;
use kafka_trial::event::failure::FailureKind;
use kafka_trial::event::runtime_kind::RuntimeKind;
use kafka_trial::event::status::Status;
use kafka_trial::exit_code::ExitCode;
use kafka_trial::plan::Plan;
use kafka_trial::plan::select::Selection;
use kafka_trial::run::execute::{Outcome, execute};
use kafka_trial::run::options::Options;
use kafka_trial::steps::world::World;
use serde_json::Value;

use crate::{STARTING, leftovers};

const FEATURE: &str = r#"
Feature: A bug of trial
  Background:
    Given a running Kafka cluster described by "quick-failover"
    And a topic "orders" with 3 partitions and replication factor 3

  Scenario: In the middle of faults
    When broker 1 is cut off from everything
    And broker 2 is paused
    And broker 3 is paused

  Scenario: Afterwards
    Given a producer "p" with settings:
      | name               | value |
      | enable.idempotence | true  |
    When producer "p" sends 30 numbered messages to topic "orders"
    And broker 1 is killed
    Then every committed message is delivered exactly once, in order
"#;

#[when("a step panics")]
fn panics(_: &mut World) {
    panic!("as the test wants it");
}

/// What is thrown panics again where it is dropped: in what listens to cucumber, outside of all steps.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            resume_unwind(Box::new("what listens to steps is broken".to_owned()));
        }
    }
}

#[when("the run panics")]
fn throws_a_bomb(_: &mut World) {
    panic_any(Bomb);
}

/// What a test that panics holds is free again, so poison says nothing.
fn starting() -> RwLockReadGuard<'static, ()> {
    STARTING.read().unwrap_or_else(PoisonError::into_inner)
}

/// Runs the feature with the last sentence of its first scenario replaced.
async fn run(
    runtime: &str,
    folder: &Path,
    sentence: &str,
) -> (Result<Outcome, UserError>, Vec<Value>) {
    let feature = folder.join("f.feature");
    fs::write(&feature, FEATURE).expect("written");
    let options = Options {
        selection: Selection { paths: vec![feature.display().to_string()], ..Selection::default() },
        runtime: Some(RuntimeKind::from_str(runtime, false).expect("a runtime")),
        out: Some(folder.join("out")),
        verbosity: -1,
        ..Options::default()
    };
    let mut plan = Plan::make(&options.selection, &options.clusters).expect("no mistakes");
    let first = &mut plan.batches[0].scenarios[0];
    assert_eq!(first.id.name, "In the middle of faults");
    first.scenario.steps.last_mut().expect("steps").value = sentence.to_owned();
    let outcome = execute(&plan, &options, None).await;
    let events = fs::read_to_string(folder.join("out/events.ndjson")).expect("events");
    let events = events.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    (outcome, events)
}

async fn nothing_is_left(events: &[Value]) {
    let run = events[0]["run"].as_str().expect("the first event names the run");
    let left = leftovers::of(run, &format!("kafka-trial.run={run}")).await;
    assert_eq!(left, Vec::<String>::new());
}

#[test]
fn a_step_that_panics_is_told_its_faults_are_healed_and_the_next_scenario_has_a_healthy_cluster() {
    let _starting = starting();
    let tested = block_on(async {
        for runtime in leftovers::runtimes().await {
            let folder = tempfile::tempdir().expect("a folder");
            let (outcome, events) = run(runtime, folder.path(), "a step panics").await;
            let outcome = outcome?;
            let [panicked, next] = outcome.endings.as_slice() else { panic!("{outcome:?}") };
            assert_eq!(panicked.status, Status::Inconclusive, "{panicked:?}");
            let failure = panicked.failure.as_ref().expect("a reason");
            assert_eq!(failure.kind, FailureKind::Bug);
            assert!(failure.message.contains("as the test wants it"), "{failure:?}");
            assert_eq!(next.status, Status::Passed, "{next:?}");
            assert_eq!(outcome.code, ExitCode::Inconclusive);
            let healed = |event: &&Value| {
                event["event"] == "fault_healed"
                    && event["scenario"]["name"] == "In the middle of faults"
            };
            assert_eq!(events.iter().filter(healed).count(), 2, "{events:?}");
            nothing_is_left(&events).await;
        }
        Ok(())
    });
    tested.unwrap_or_else(|error| panic!("{error:?}"));
}

#[test]
fn a_run_that_panics_itself_stops_its_cluster_and_says_so() {
    let _starting = starting();
    let tested = block_on(async {
        for runtime in leftovers::runtimes().await {
            let folder = tempfile::tempdir().expect("a folder");
            let (outcome, events) = run(runtime, folder.path(), "the run panics").await;
            let error = outcome.expect_err("it has panicked").to_string();
            assert!(error.contains("what listens to steps is broken"), "{error}");
            let injected = |event: &Value| event["event"] == "fault_injected";
            assert!(events.iter().any(injected), "{events:?}");
            assert_eq!(events.last().expect("events")["event"], "run_finished");
            nothing_is_left(&events).await;
        }
        Ok(())
    });
    tested.unwrap_or_else(|error| panic!("{error:?}"));
}
