//! What is allowed under which settings: one table, each row next to its reason.
//!
//! A check states what holds where it found something ([`Facts`]); this table alone says what follows.
//! What no row covers breaks a promise.

use super::anomaly::Anomaly;
use Anomaly as A;

/// Something that holds where an anomaly was found and may excuse it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum Fact {
    /// The producer's `enable.idempotence` is false.
    NotIdempotent = 1,
    /// The producer's `max.in.flight.requests.per.connection` is above 1.
    InFlightAboveOne = 1 << 1,
    /// The producer's `acks` is not all.
    AcksNotAll = 1 << 2,
    /// The topic's `min.insync.replicas` is below 2.
    MinIsrBelowTwo = 1 << 3,
    /// The topic's `unclean.leader.election.enable` is true.
    UncleanElection = 1 << 4,
    /// The topic's record batches are older than version 2, so have no leader epochs.
    OldMessageFormat = 1 << 5,
    /// The consumer's `isolation.level` is read_uncommitted.
    ReadUncommitted = 1 << 6,
    /// Partitions were assigned or revoked in between, or the consumer began anew.
    Rebalance = 1 << 7,
    /// The consumer sought in between.
    Seek = 1 << 8,
    /// The group's offsets were reset in between.
    Reset = 1 << 9,
    /// The flow's settings do not promise exactly once.
    NotExactlyOnce = 1 << 10,
    /// The flow's group has not committed past the input.
    FlowBehind = 1 << 11,
    /// No reader came to the high watermark at the end.
    FinalReadsBehind = 1 << 12,
    /// The cycle needs write-write edges.
    OverWrites = 1 << 13,
    /// A transaction may have been open within its `transaction.timeout.ms`.
    WithinTransactionTimeout = 1 << 14,
}

/// A set of [`Fact`]s.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Facts(u32);

impl Facts {
    /// With a fact added, if it holds.
    #[must_use]
    pub fn with(self, fact: Fact, holds: bool) -> Self {
        if holds { Self(self.0 | fact as u32) } else { self }
    }

    fn include(self, fact: Fact) -> bool {
        self.0 & fact as u32 != 0
    }
}

/// What an anomaly means for the verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// A promise was broken.
    Violation,
    /// It cannot be said whether a promise was broken; a row of [`RULES`].
    Undecided(usize),
    /// Nothing was promised; a row of [`RULES`].
    Allowed(usize),
}

/// One row of the table.
#[derive(Debug)]
pub struct Rule {
    /// Which anomaly.
    pub anomaly: Anomaly,
    /// The facts that must all hold; with none it always applies.
    pub facts: &'static [Fact],
    /// It is allowed; otherwise it is undecided.
    pub allowed: bool,
    /// Why.
    pub reason: &'static str,
}

const fn allowed(anomaly: Anomaly, facts: &'static [Fact], reason: &'static str) -> Rule {
    Rule { anomaly, facts, allowed: true, reason }
}

const fn undecided(anomaly: Anomaly, facts: &'static [Fact], reason: &'static str) -> Rule {
    Rule { anomaly, facts, allowed: false, reason }
}

const ACKS: &str = "without acks=all a leader acknowledges what no follower has yet";
const MIN_ISR: &str =
    "with min.insync.replicas below 2 acks=all may mean the leader alone, which can lose its log";
const UNCLEAN: &str = "an unclean election makes a replica leader that lacks the end of the log, and truncates the others";
const RETRY_ORDER: &str = "without idempotence, a batch that is retried while others are in flight \
                           lands behind them";
const UNCOMMITTED: &str =
    "read_uncommitted sees messages of transactions that are open or were aborted";
const REBALANCE: &str =
    "after a rebalance a consumer begins at the group's committed offset, not where it was";
const SEEK: &str = "the consumer set its position by itself";
const NOT_EXACTLY_ONCE: &str =
    "offsets are not committed together with the results, so a crash falls between the two";

/// The table. The first row whose facts hold applies.
pub const RULES: &[Rule] = &[
    allowed(A::LostWrite, &[Fact::AcksNotAll], ACKS),
    allowed(A::LostWrite, &[Fact::MinIsrBelowTwo], MIN_ISR),
    allowed(A::LostWrite, &[Fact::UncleanElection], UNCLEAN),
    undecided(
        A::Unseen,
        &[Fact::FinalReadsBehind],
        "nobody has read to the high watermark at the end, so it may only be late",
    ),
    allowed(A::Unseen, &[Fact::AcksNotAll], ACKS),
    allowed(A::Unseen, &[Fact::MinIsrBelowTwo], MIN_ISR),
    allowed(A::Unseen, &[Fact::UncleanElection], UNCLEAN),
    allowed(
        A::Duplicate,
        &[Fact::NotIdempotent],
        "without idempotence, a retry whose first attempt had arrived is written again",
    ),
    allowed(A::InconsistentOffset, &[Fact::UncleanElection], UNCLEAN),
    allowed(A::InconsistentOffset, &[Fact::AcksNotAll], ACKS),
    allowed(A::AbortedRead, &[Fact::ReadUncommitted], UNCOMMITTED),
    allowed(A::PrecommittedRead, &[Fact::ReadUncommitted], UNCOMMITTED),
    allowed(A::PollSkip, &[Fact::Rebalance], REBALANCE),
    allowed(A::PollSkip, &[Fact::Seek], SEEK),
    allowed(A::PollSkip, &[Fact::UncleanElection], UNCLEAN),
    allowed(A::InternalPollSkip, &[Fact::Rebalance], REBALANCE),
    allowed(A::InternalPollSkip, &[Fact::Seek], SEEK),
    allowed(A::NonmonotonicPoll, &[Fact::Rebalance], REBALANCE),
    allowed(A::NonmonotonicPoll, &[Fact::Seek], SEEK),
    allowed(A::NonmonotonicPoll, &[Fact::UncleanElection], UNCLEAN),
    allowed(A::InternalNonmonotonicPoll, &[Fact::Rebalance], REBALANCE),
    allowed(A::InternalNonmonotonicPoll, &[Fact::Seek], SEEK),
    allowed(A::NonmonotonicSend, &[Fact::NotIdempotent, Fact::InFlightAboveOne], RETRY_ORDER),
    allowed(A::NonmonotonicSend, &[Fact::AcksNotAll], ACKS),
    allowed(A::NonmonotonicSend, &[Fact::UncleanElection], UNCLEAN),
    allowed(
        A::InternalNonmonotonicSend,
        &[Fact::NotIdempotent, Fact::InFlightAboveOne],
        RETRY_ORDER,
    ),
    allowed(A::InternalNonmonotonicSend, &[Fact::UncleanElection], UNCLEAN),
    allowed(A::Reordered, &[Fact::NotIdempotent, Fact::InFlightAboveOne], RETRY_ORDER),
    allowed(A::Reordered, &[Fact::UncleanElection], UNCLEAN),
    allowed(A::OffsetRegression, &[Fact::Reset], "somebody reset the group's offsets"),
    allowed(A::OffsetRegression, &[Fact::UncleanElection], UNCLEAN),
    undecided(
        A::Unprocessed,
        &[Fact::FlowBehind],
        "the group has not committed past this input, so its result may only be late",
    ),
    allowed(A::Unprocessed, &[Fact::NotExactlyOnce], NOT_EXACTLY_ONCE),
    allowed(A::Reprocessed, &[Fact::NotExactlyOnce], NOT_EXACTLY_ONCE),
    allowed(
        A::DirtyWriteCycle,
        &[],
        "Kafka writes the messages of open transactions between each other; it never isolates writes",
    ),
    allowed(
        A::CircularInformationFlow,
        &[Fact::OverWrites],
        "an open transaction may write before, and read after, the commit of another one",
    ),
    allowed(A::CircularInformationFlow, &[Fact::ReadUncommitted], UNCOMMITTED),
    allowed(
        A::Stuck,
        &[Fact::WithinTransactionTimeout],
        "a transaction may have been open until transaction.timeout.ms ended it",
    ),
    allowed(
        A::ReplicaDivergence,
        &[Fact::OldMessageFormat],
        "before message format v2 there are no leader epochs, and replicas truncate by high watermark",
    ),
    allowed(A::ReplicaDivergence, &[Fact::UncleanElection], UNCLEAN),
];

/// What an anomaly means where these facts hold.
pub fn standing(anomaly: Anomaly, facts: Facts) -> Standing {
    let applies =
        |rule: &Rule| rule.anomaly == anomaly && rule.facts.iter().all(|fact| facts.include(*fact));
    match RULES.iter().position(applies) {
        None => Standing::Violation,
        Some(row) if RULES[row].allowed => Standing::Allowed(row),
        Some(row) => Standing::Undecided(row),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_halves_of_a_rule_must_hold() {
        let one = Facts::default().with(Fact::NotIdempotent, true);
        assert_eq!(standing(A::Reordered, one), Standing::Violation);
        let both = one.with(Fact::InFlightAboveOne, true);
        assert!(matches!(standing(A::Reordered, both), Standing::Allowed(_)));
        assert_eq!(standing(A::Phantom, both), Standing::Violation);
    }

    #[test]
    fn a_doubt_comes_before_an_excuse() {
        let facts =
            Facts::default().with(Fact::AcksNotAll, true).with(Fact::FinalReadsBehind, true);
        assert!(matches!(standing(A::Unseen, facts), Standing::Undecided(_)));
    }
}
