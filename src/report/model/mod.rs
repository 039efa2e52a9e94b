//! What a run comes to, as all reports show it: folded from events, written as `report.json`, read back for
//! comparisons. `docs/report.schema.json` is the schema of this.

pub(crate) mod activity;
mod faults;
mod fold;
mod history;
mod judged;
mod load;
mod scenario;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::activity::{Activity, Second};
pub use self::fold::Fold;
pub use self::history::{
    AnomalySeen, Availability, CheckSeen, GapSeen, Judged, LedgerRow, Offending,
};
pub use self::load::{LoadSeen, UsageSeen};
pub use self::scenario::{Change, Failure, FaultSeen, LogExcerpt, Scenario, StepSeen};
use crate::event::Settings;
use crate::event::run_id::RunId;
use crate::event::runtime_kind::RuntimeKind;
use crate::event::shard::Shard;
use crate::event::status::Status;

/// [`Report::schema`].
pub const SCHEMA: &str = "kafka-trial-report";

/// [`Report::version`]. Fields may be added without a new version.
pub const VERSION: u32 = 1;

/// A run as reports show it. Times that end in `_ms` are milliseconds; those of a scenario count from its start.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// Always `kafka-trial-report`.
    pub schema: String,
    /// Version of the schema: 1.
    pub version: u32,
    /// The run.
    pub run: Run,
    /// Every cluster that was started.
    pub clusters: Vec<ClusterSeen>,
    /// Every execution of every scenario, in the order of their starts.
    pub scenarios: Vec<Scenario>,
    /// The texts of the features, for reports that are made from events.
    #[serde(skip)]
    pub sources: Vec<SourceSeen>,
    /// What there is to say about the reading of the events: half a line at their end, a run that was killed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// The text of a feature.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SourceSeen {
    /// Its file, as scenarios have it.
    pub feature: String,
    /// The text.
    pub text: String,
}

/// What was run, where, and what came of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Run {
    /// Name of the run; of runs that were merged, that of the first.
    #[schemars(with = "String")]
    pub id: RunId,
    /// Seed of everything random.
    pub seed: u64,
    /// Where the clusters ran.
    pub runtime: RuntimeKind,
    /// Why there.
    pub because: String,
    /// Versions of what took part.
    pub versions: Versions,
    /// When it began.
    #[schemars(with = "String")]
    pub started: jiff::Timestamp,
    /// From its first to its last event.
    pub duration_ms: u64,
    /// False when it was killed or is still running.
    pub finished: bool,
    /// The worst of all scenarios.
    pub status: Status,
    /// Number of scenarios that were selected.
    pub selected: usize,
    /// Flags that repeat the run, apart from paths and seed.
    pub arguments: Vec<String>,
    /// Which parts of the scenarios these are, `1/4`; empty for all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<String>")]
    pub shards: Vec<Shard>,
    /// Equal for runs of the same scenarios, all parts together.
    pub plan: String,
    /// Faults that do nothing were asked for: all, or one of each scenario.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub faults_do_nothing: bool,
}

/// Versions of what took part; more than one where scenarios name their own.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Versions {
    /// trial itself.
    pub trial: String,
    /// Kafka, sorted.
    pub kafka: Vec<String>,
    /// ZooKeeper, sorted.
    pub zookeeper: Vec<String>,
}

/// A cluster that was started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClusterSeen {
    /// Its name in the run; its logs are in `logs/<place>`.
    pub place: String,
    /// The fixture it was made from.
    pub fixture: String,
    /// Version of Kafka.
    pub kafka: String,
    /// Version of ZooKeeper.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zookeeper: Option<String>,
    /// How long it took to be up.
    pub start_ms: u64,
    /// Settings of each node, by `broker-1`, `zookeeper-1`, without addresses and folders.
    pub settings: BTreeMap<String, Settings>,
}

impl Report {
    /// The executions that count: an attempt after which there was another does not.
    pub fn counted(&self) -> impl Iterator<Item = &Scenario> {
        self.scenarios.iter().filter(|scenario| !scenario.retried)
    }

    /// How many scenarios ended like this.
    pub fn count(&self, status: Status) -> usize {
        self.counted().filter(|scenario| scenario.status == status).count()
    }

    /// How many passed only after they had not.
    pub fn flaky(&self) -> usize {
        self.counted().filter(|scenario| scenario.flaky).count()
    }

    /// The cluster of that name.
    pub fn cluster(&self, place: &str) -> Option<&ClusterSeen> {
        self.clusters.iter().find(|cluster| cluster.place == place)
    }

    /// The line that runs the features of every scenario again.
    pub fn rerun_all(&self) -> String {
        let features = self.scenarios.iter().map(|scenario| scenario.feature.clone());
        self.line(features, self.run.seed)
    }

    /// The line that runs these scenarios again, as it is typed in a shell.
    pub fn rerun(&self, scenarios: &[&Scenario]) -> String {
        let mut seeds = scenarios.iter().map(|scenario| scenario.seed);
        let first = seeds.next().unwrap_or(self.run.seed);
        let seed = if seeds.all(|seed| seed == first) { first } else { self.run.seed };
        self.line(scenarios.iter().map(|scenario| scenario.place()), seed)
    }

    fn line(&self, places: impl Iterator<Item = String>, seed: u64) -> String {
        let mut words = vec!["trial".to_owned(), "run".to_owned()];
        for place in places {
            if !words.contains(&place) {
                words.push(place);
            }
        }
        words.extend(self.run.arguments.iter().cloned());
        words.extend(["--seed".to_owned(), seed.to_string()]);
        shell_words::join(words)
    }
}
