//! One execution of a scenario.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::activity::Activity;
use super::history::{AnomalySeen, Availability, CheckSeen, Judged, LedgerRow};
use super::load::{LoadSeen, UsageSeen};
use crate::event::change::ClusterChange;
use crate::event::evidence::Evidence;
use crate::event::failure::FailureKind;
use crate::event::scenario::Sentence;
use crate::event::status::Status;
use crate::history::refused::Refused;

/// One execution of a scenario.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Scenario {
    /// The feature file.
    pub feature: String,
    /// Line of the `Scenario` keyword, or of the row of `Examples`.
    pub line: usize,
    /// The scenario's name.
    pub name: String,
    /// The feature's name.
    pub feature_name: String,
    /// The rule's name, if it belongs to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// Without `@`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Which repetition, from 1.
    pub repetition: u32,
    /// Which attempt of it, from 1.
    pub attempt: u32,
    /// Another attempt followed, which is the one that counts.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub retried: bool,
    /// It passed after an attempt that did not.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub flaky: bool,
    /// How it ended.
    pub status: Status,
    /// Why, unless it passed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What kept it from passing: the product (`expectation`), what could not be judged, the machine, the
    /// sentence, or a bug of trial.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<FailureKind>,
    /// When it began.
    #[schemars(with = "String")]
    pub started: jiff::Timestamp,
    /// How long it took, without waiting for a cluster.
    pub duration_ms: u64,
    /// Seed of everything random in it.
    pub seed: u64,
    /// The cluster that it had.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
    /// Every step, run or not.
    pub steps: Vec<StepSeen>,
    /// Every fault, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<FaultSeen>,
    /// Controllers, leaders, in-sync replicas and registrations that changed while it was disturbed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Change>,
    /// What the checker says of its history; none where no sentence has asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judged: Option<Judged>,
    /// Anomalies in its history.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub anomalies: Vec<AnomalySeen>,
    /// What its history was compared for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<CheckSeen>,
    /// Longest time without success, by topic.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub availability: Vec<Availability>,
    /// What became of the messages of each partition, by topic and number.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ledger: Vec<LedgerRow>,
    /// What its clients did, second by second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub activity: Option<Activity>,
    /// Why sends were not acknowledged: each error of each client and topic, with how many sends ended so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<Refused>,
    /// What its loads measured.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub loads: Vec<LoadSeen>,
    /// What machine, nodes and trial used, where statistics were taken.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub usage: Vec<UsageSeen>,
    /// From the start of a fault to the last change of a controller or a leader that followed before it was
    /// healed; the longest of all faults.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovery_ms: Option<u64>,
    /// What steps kept: names in the cluster, output of tools.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// What nodes logged while it was disturbed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub logs: Vec<LogExcerpt>,
}

/// A step and how it went.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StepSeen {
    /// The step as written.
    #[serde(flatten)]
    pub sentence: Sentence,
    /// How it ended; none when it was not run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// When it began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_ms: Option<u64>,
    /// How long it took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub took_ms: Option<u64>,
    /// What was found instead of what it says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A fault that was injected.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FaultSeen {
    /// From 1, in the scenario.
    pub number: usize,
    /// What was done: `kill`.
    pub kind: String,
    /// What it was aimed at, in the author's words.
    pub target: String,
    /// The nodes that this meant.
    pub nodes: Vec<String>,
    /// When it began.
    pub at_ms: u64,
    /// How long it took until it took effect, or was armed.
    pub bitten_after_ms: u64,
    /// It had no effect yet when its step ended, and waited for what it was meant for.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub armed: bool,
    /// When it was healed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub healed_ms: Option<u64>,
    /// Why it had no effect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
    /// State of the cluster before the fault, once it took effect, and when it was healed.
    pub evidence: Vec<Evidence>,
}

/// Something in the cluster changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Change {
    /// When it was seen.
    pub at_ms: u64,
    /// The change.
    #[serde(flatten)]
    pub change: ClusterChange,
}

/// Part of a node's log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LogExcerpt {
    /// Which node: `broker-1`.
    pub node: String,
    /// The lines.
    pub lines: Vec<String>,
    /// How many of the same time were left out.
    pub left_out: usize,
}

/// Where a scenario that did not pass went wrong, for lists of failures.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Failure<'s> {
    /// The step; none when no step is to blame.
    pub step: Option<&'s StepSeen>,
    /// What was found.
    pub reason: &'s str,
}

impl Scenario {
    /// `FILE:LINE`.
    pub fn place(&self) -> String {
        format!("{}:{}", self.feature, self.line)
    }

    /// Its name behind that of its rule, as two rules may have scenarios of one name.
    pub fn title(&self) -> String {
        let rule = self.rule.iter().map(|rule| format!("{rule} - ")).collect::<String>();
        rule + &self.name
    }

    /// Where it went wrong; none when it passed.
    pub fn failure(&self) -> Option<Failure<'_>> {
        let step = self.steps.iter().find(|step| step.reason.is_some());
        let reason = step.and_then(|step| step.reason.as_deref()).or(self.reason.as_deref())?;
        Some(Failure { step, reason })
    }

    /// One word or two for how it ended, which tells the product from the machine.
    pub fn verdict(&self) -> &'static str {
        match (self.status, self.kind) {
            (Status::Passed, _) if self.flaky => "flaky",
            (Status::Passed, _) => "passed",
            (Status::Failed, _) => "failed",
            (Status::Skipped, _) => "skipped",
            (Status::Inconclusive, Some(FailureKind::Environment)) => "environment",
            (Status::Inconclusive, Some(FailureKind::Usage)) => "wrong sentence",
            (Status::Inconclusive, Some(FailureKind::Bug)) => "bug of trial",
            (Status::Inconclusive, _) => "inconclusive",
        }
    }
}
