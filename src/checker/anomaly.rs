//! The anomalies that the checker names. The words are those of Jepsen's Kafka workload where it has one.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

macro_rules! anomalies {
    ($($variant:ident $name:literal $meaning:literal;)*) => {
        /// A way in which a log can break its promise. `Display` and JSON give the name in kebab case.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        pub enum Anomaly {
            $(#[doc = $meaning] #[serde(rename = $name)] $variant,)*
        }

        impl Anomaly {
            /// Every anomaly, in the order in which verdicts list them.
            pub const ALL: [Self; [$($name),*].len()] = [$(Self::$variant),*];

            /// The name, as in verdicts.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What it means, as a sentence fragment about one case.
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning,)* }
            }
        }
    };
}

anomalies! {
    LostWrite "lost-write" "acknowledged, and not there when its place was read for the last time";
    Unseen "unseen" "acknowledged, and nobody has come to its place since: lost or late";
    TruncatedRead "truncated-read" "a consumer has read it, and it is gone from the end";
    Duplicate "duplicate" "one message at more than one offset";
    InconsistentOffset "inconsistent-offset" "one offset held different messages";
    AbortedRead "aborted-read" "a message of an aborted or certainly failed send was read";
    PrecommittedRead "precommitted-read" "a message was read before its commit began";
    UnstableRead "unstable-read"
        "a read_committed consumer read behind a message of an open transaction";
    ReadBeforeSend "read-before-send" "a message was read before it was sent";
    TornTransaction "torn-transaction" "some but not all messages of a transaction are readable";
    PollSkip "poll-skip" "a consumer jumped over readable offsets between polls";
    InternalPollSkip "internal-poll-skip" "a consumer jumped over readable offsets within a poll";
    NonmonotonicPoll "nonmonotonic-poll" "a consumer went backwards between polls";
    InternalNonmonotonicPoll "internal-nonmonotonic-poll" "a consumer went backwards within a poll";
    NonmonotonicSend "nonmonotonic-send" "a later send of one producer got a smaller offset";
    InternalNonmonotonicSend "internal-nonmonotonic-send"
        "a later send of one transaction got a smaller offset";
    Reordered "reordered" "messages of one producer are read out of the order of their sends";
    Phantom "phantom" "a message was read that nobody sent there";
    Corrupt "corrupt" "key, value or headers differ from what was sent";
    OffsetRegression "offset-regression"
        "a group's committed offset went backwards or beyond the end of the log";
    UncommittedOffset "uncommitted-offset" "a group is at an offset that nobody committed";
    Unprocessed "unprocessed" "an input was passed over without a result";
    Reprocessed "reprocessed" "an input has more than one result";
    DirtyWriteCycle "dirty-write-cycle" "transactions overwrote each other in a cycle (G0)";
    CircularInformationFlow "circular-information-flow"
        "transactions depend on each other in a cycle (G1c)";
    Stuck "stuck" "the last stable offset did not move although no transaction was open";
    Unavailable "unavailable" "no write or read succeeded for longer than the scenario allows";
    ReplicaDivergence "replica-divergence" "replicas differ below the high watermark";
}

impl fmt::Display for Anomaly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
