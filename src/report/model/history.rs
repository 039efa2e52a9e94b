//! What the judgement of a scenario's history found.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::checker::anomaly::Anomaly;
use crate::checker::ledger;
use crate::checker::report::Meaning;
use crate::checker::verdict::Verdict;

/// The judgement as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Judged {
    /// What the checker says; what it means for the scenario is up to its sentences.
    #[schemars(with = "String")]
    pub verdict: Verdict,
    /// Messages that were sent.
    #[serde(default)]
    pub sent: u64,
    /// Sends that were acknowledged.
    #[serde(default)]
    pub acknowledged: u64,
    /// Records that were read.
    #[serde(default)]
    pub read: u64,
    /// The folder of the history, for `trial verify`.
    pub history: String,
    /// What there is to say about the history and its reading.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub doubts: Vec<String>,
}

/// Cases of an anomaly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AnomalySeen {
    /// Name of the anomaly.
    #[schemars(with = "String")]
    pub kind: Anomaly,
    /// How many cases break a promise.
    pub count: u64,
    /// How many it cannot be said of.
    pub undecided: u64,
    /// How many the settings allow.
    pub allowed: u64,
    /// A sentence of the scenario expected it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub expected: bool,
    /// The worst few, in words.
    pub examples: Vec<AnomalyExample>,
}

/// One case of an anomaly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AnomalyExample {
    /// What happened, with names, offsets and clients.
    pub text: String,
    /// Whether it breaks a promise, is allowed, or cannot be judged.
    pub meaning: Meaning,
    /// Why it is allowed or cannot be judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    /// When it happened, where the history says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_ms: Option<u64>,
    /// The message, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The faults that were active then.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<String>,
    /// Of a message that is gone: faults that began after it was acknowledged.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub later_faults: Vec<String>,
}

/// What the history was compared for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CheckSeen {
    /// The anomaly looked for.
    pub name: String,
    /// How many things were compared.
    pub compared: u64,
    /// What came of it; none when there was nothing that it is about.
    #[schemars(with = "Option<String>")]
    pub verdict: Option<Verdict>,
}

/// Times without success in a topic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Availability {
    /// Topic, as the author named it.
    pub topic: String,
    /// The longer of the two gaps.
    pub longest_gap_ms: u64,
    /// Longest time in which sends waited and none was acknowledged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub write: Option<GapSeen>,
    /// Longest time from an acknowledged send to the next read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read: Option<GapSeen>,
    /// The gaps of 500 ms and more between acknowledged sends, in the order of time: the longest 20.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub write_gaps: Vec<GapSeen>,
    /// How many others there were.
    #[serde(default, skip_serializing_if = "is_none")]
    pub other_write_gaps: u64,
    /// The gaps of 500 ms and more between reads, in the order of time: the longest 20.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub read_gaps: Vec<GapSeen>,
    /// How many others there were.
    #[serde(default, skip_serializing_if = "is_none")]
    pub other_read_gaps: u64,
}

fn is_none(count: &u64) -> bool {
    *count == 0
}

/// A time without success.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GapSeen {
    /// When it began, where the history says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_ms: Option<u64>,
    /// How long it was.
    pub ms: u64,
}

/// What became of the messages of one partition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LedgerRow {
    /// Which partition, and how many messages came how far.
    #[serde(flatten)]
    pub counts: ledger::LedgerRow,
    /// Anomalies in it, and which messages they are about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub offending: Vec<Offending>,
}

/// An anomaly in one partition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Offending {
    /// The anomaly.
    pub anomaly: String,
    /// Whether it breaks a promise, is allowed, or cannot be judged.
    pub meaning: Meaning,
    /// Ids of the worst few messages.
    pub messages: Vec<String>,
}
