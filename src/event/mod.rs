//! Everything that happens in a run is an event on one stream. Reporters consume events and touch
//! nothing else; `events.ndjson` is the stream as it was, and `docs/events.schema.json` the schema of its lines.
//!
//! The words of the stream are here: ids, states, evidence, counts. What makes them is elsewhere.

pub(crate) mod change;
pub(crate) mod evidence;
pub mod failure;
pub(crate) mod file_seen;
pub mod id;
pub(crate) mod link_counts;
pub(crate) mod measured;
pub mod node_state;
pub mod run_id;
pub mod runtime_kind;
pub mod scenario;
pub(crate) mod shard;
pub(crate) mod snapshot;
pub mod status;
pub mod stream;

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::change::ClusterChange;
use self::evidence::Evidence;
use self::failure::FailureKind;
use self::id::NodeId;
use self::measured::{Direction, Measured};
use self::run_id::RunId;
use self::runtime_kind::RuntimeKind;
use self::scenario::{Description, Execution, ScenarioId};
use self::shard::Shard;
use self::snapshot::Snapshot;
use self::status::Status;
use crate::checker::anomaly::Anomaly;
use crate::checker::ledger::LedgerRow;
use crate::checker::report::Report;
use crate::history::activity::Activity;
use crate::history::refused::Refused;

/// Settings of a node by name, as they go into a `.properties` file.
pub type Settings = BTreeMap<String, String>;

/// Version of the events, in the first one. One that is read by an older or newer program is refused;
/// fields and events may be added without a new version.
pub const FORMAT: u32 = 1;

/// An event and when it happened.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Stamped {
    /// Wall clock, UTC.
    #[schemars(with = "String")]
    pub at: jiff::Timestamp,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}

/// One thing that happened.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// The first event of every run.
    RunStarted {
        /// [`FORMAT`].
        format: u32,
        /// Version of trial.
        trial: String,
        /// The run.
        run: RunId,
        /// The flags that choose where and how, to be repeated by who wants the same again: without paths,
        /// filters and the seed.
        arguments: Vec<String>,
        /// `1/4` where the run is one of several that share the scenarios.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        shard: Option<Shard>,
        /// Of all parts together: equal where the same scenarios were selected.
        plan: String,
        /// Faults do nothing, or one of each scenario, to see that scenarios depend on them.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        faults_do_nothing: bool,
        /// Seed of everything random in it.
        seed: u64,
        /// The runtime chosen.
        runtime: RuntimeKind,
        /// Why this runtime: asked for, or what `auto` found.
        because: String,
        /// Number of scenarios selected.
        scenarios: usize,
    },
    /// A feature file of which scenarios were selected.
    FeatureRead {
        /// As in [`ScenarioId`].
        file: PathBuf,
        /// Its text, without a byte order mark.
        text: String,
    },
    /// Work that takes a while has come to a new phase: fetching, building, starting, healthy.
    Phase {
        /// What is being worked on: a distribution, an image, a cluster.
        subject: String,
        /// The phase, for people.
        phase: String,
    },
    /// A cluster is up: its brokers are registered, a controller is elected, a message was read back.
    ClusterStarted {
        /// Name of the fixture.
        cluster: String,
        /// Name of this cluster in the run; its logs are in `logs/<place>`.
        place: String,
        /// Version of Kafka.
        kafka: String,
        /// Version of ZooKeeper; none where controllers keep the metadata.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        zookeeper: Option<String>,
        /// Settings of each node, without addresses and folders.
        settings: BTreeMap<NodeId, Settings>,
        /// From the first process to the message read back, in milliseconds.
        took_ms: u64,
    },
    /// The scenarios are over and the cluster stays for a look at it.
    ClusterKept {
        /// Name of the fixture.
        cluster: String,
        /// `bootstrap.servers` for clients.
        brokers: String,
        /// Where its ZooKeepers are reached.
        zookeepers: String,
    },
    /// A cluster and everything it owned is gone.
    ClusterStopped {
        /// Name of the fixture.
        cluster: String,
        /// Milliseconds.
        took_ms: u64,
    },
    /// A node's process was started or ended in a way that nobody asked for.
    Node {
        /// Which node.
        node: NodeId,
        /// What happened to it.
        what: String,
    },
    /// A scenario begins.
    ScenarioStarted {
        /// The scenario that begins.
        scenario: ScenarioId,
        /// What its file says of it.
        about: Box<Description>,
        /// Which of its repetitions and attempts.
        execution: Execution,
        /// Seed of everything random in it.
        seed: u64,
        /// The cluster that it has, by its name in the run; none when none came up.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        place: Option<String>,
    },
    /// A step begins.
    StepStarted {
        /// Of which scenario.
        scenario: ScenarioId,
        /// Line of the step.
        line: usize,
        /// Keyword and sentence.
        text: String,
    },
    /// A step has ended.
    StepFinished {
        /// Of which scenario.
        scenario: ScenarioId,
        /// Line of the step.
        line: usize,
        /// Keyword and sentence.
        text: String,
        /// Milliseconds.
        took_ms: u64,
        /// How the step ended.
        status: Status,
        /// What was found instead of what the step says.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        /// What kind of failure that is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kind: Option<FailureKind>,
    },
    /// A fault was injected, and took effect unless it is armed or `failed` says why not.
    FaultInjected {
        /// Of which scenario.
        scenario: ScenarioId,
        /// From 1, in the scenario.
        number: usize,
        /// What was done: `kill`.
        kind: String,
        /// What it was aimed at, in the author's words.
        target: String,
        /// The nodes that this meant.
        found: Vec<NodeId>,
        /// From the first signal until it took effect, or was armed, in milliseconds.
        took_ms: u64,
        /// It has had no effect yet and waits for what it is meant for, such as the next call of a kind.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        armed: bool,
        /// What the cluster was like before.
        before: Box<Evidence>,
        /// State of the cluster once the fault took effect.
        after: Box<Evidence>,
        /// Why it had no effect.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        failed: Option<String>,
    },
    /// A fault is undone: its nodes run again.
    FaultHealed {
        /// Of which scenario.
        scenario: ScenarioId,
        /// The number of the fault.
        number: usize,
        /// What the cluster was like then.
        evidence: Box<Evidence>,
    },
    /// A cluster that a scenario disturbs has changed.
    ClusterChanged {
        /// Which scenario.
        scenario: ScenarioId,
        /// The change.
        #[serde(flatten)]
        change: ClusterChange,
    },
    /// What a node logged while a scenario disturbed its cluster.
    NodeLog {
        /// Which scenario.
        scenario: ScenarioId,
        /// Which node.
        node: NodeId,
        /// The lines that are kept.
        lines: Vec<String>,
        /// How many of the same time were left out.
        left_out: usize,
    },
    /// What the machine, the nodes and trial used in one interval.
    Statistics {
        /// Of which scenario.
        scenario: ScenarioId,
        /// What was used.
        snapshot: Box<Snapshot>,
    },
    /// What all producers of a load have sent, or all its consumers have received.
    LoadMeasured {
        /// Of which scenario.
        scenario: ScenarioId,
        /// The topic, by the author's name.
        topic: String,
        /// Sent or received.
        direction: Direction,
        /// How many producers or consumers.
        clients: u32,
        /// Counts, rates and latencies.
        measured: Box<Measured>,
    },
    /// Faults will be injected again and again in the background: this is when, and what they are aimed at.
    FaultsScheduled {
        /// Of which scenario.
        scenario: ScenarioId,
        /// What will be done: `kill and start`.
        kind: String,
        /// What it is aimed at, in the author's words.
        target: String,
        /// Each fault, in order.
        schedule: Vec<Scheduled>,
    },
    /// Something worth keeping with the scenario: settings in force, names in the cluster, output of a tool.
    Note {
        /// Of which scenario.
        scenario: ScenarioId,
        /// The text.
        text: String,
    },
    /// The checker has judged what the clients of a scenario did up to now. A scenario with several verdicts
    /// may be judged several times; the last one covers the others. Names are those of the author.
    HistoryJudged {
        /// Of which scenario.
        scenario: ScenarioId,
        /// The folder of its history, relative to where the run was started unless `--out` is absolute.
        history: PathBuf,
        /// The verdict, what was compared, every anomaly with its worst examples and the faults that were
        /// active then, and the longest gaps of each topic. What it means for the scenario is up to the step.
        report: Box<Report>,
        /// For each partition what was sent, acknowledged, committed and read.
        ledger: Vec<LedgerRow>,
        /// What is to be added to monotonic times of the history to get wall clocks, in milliseconds, where it
        /// tells.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        clock_offset_ms: Option<i64>,
    },
    /// A sentence has expected anomalies, and the history shows them: they are no failure.
    AnomaliesExpected {
        /// Of which scenario.
        scenario: ScenarioId,
        /// The anomalies that it expects.
        anomalies: Vec<Anomaly>,
    },
    /// Why sends of a scenario were not acknowledged; reported once it is over.
    SendsRefused {
        /// Of which scenario.
        scenario: ScenarioId,
        /// Each error of each client and topic, with names of the author.
        refused: Vec<Refused>,
    },
    /// What the clients of a scenario did, second by second; reported once it is over.
    ClientActivity {
        /// Of which scenario.
        scenario: ScenarioId,
        /// From the first thing that they did.
        activity: Box<Activity>,
    },
    /// A scenario has ended.
    ScenarioFinished {
        /// The scenario that ended.
        scenario: ScenarioId,
        /// How it ended.
        status: Status,
        /// Why, unless it passed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        /// What kept it from passing: the product, what could not be judged, or the machine.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kind: Option<FailureKind>,
        /// Milliseconds, without waiting for a cluster.
        took_ms: u64,
    },
    /// The last event of a run that was not killed.
    RunFinished {
        /// The worst status of all scenarios.
        status: Status,
        /// Milliseconds.
        took_ms: u64,
    },
}

/// One fault of a schedule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Scheduled {
    /// From the beginning of the schedule, in milliseconds.
    pub after_ms: u64,
    /// What it is aimed at; chance has chosen.
    pub target: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_read_as_it_was_written() {
        let scenario = ScenarioId { file: "a.feature".into(), line: 3, name: "a \"b\"".into() };
        let written = [
            r#"{"at":"2026-01-02T03:04:05Z","event":"phase","subject":"c","phase":"starting"}"#,
            &serde_json::to_string(&Stamped {
                at: jiff::Timestamp::UNIX_EPOCH,
                event: Event::FaultInjected {
                    scenario,
                    number: 1,
                    kind: "kill".into(),
                    target: "broker 2".into(),
                    found: vec![super::id::BrokerId(2).into()],
                    took_ms: 7,
                    armed: false,
                    before: Box::default(),
                    after: Box::new(Evidence {
                        zookeepers: [(super::id::ZooKeeperId(1), super::node_state::Mode::Leader)]
                            .into(),
                        ..Evidence::default()
                    }),
                    failed: None,
                },
            })
            .expect("JSON"),
        ];
        for text in written {
            let event: Stamped = serde_json::from_str(text).expect("an event");
            assert_eq!(serde_json::to_string(&event).expect("JSON"), text);
        }
    }
}
