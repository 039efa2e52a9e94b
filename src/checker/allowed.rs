//! What is allowed under which settings: one table, each row next to its reason.
//!
//! A check states what holds where it found something ([`Facts`]); this table alone says what follows.
//! What no row covers breaks a promise.

use super::anomaly::Anomaly;
pub use super::excuse::{Fact, Facts};
use Anomaly as A;

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
    /// The reason that reports print.
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
const ACKS_CUT: &str =
    "the log has lost what was acknowledged without acks=all, and began anew from there";
const RETRY_ORDER: &str = "without idempotence, a batch that is retried while others are in flight \
                           lands behind them";
const UNCOMMITTED: &str =
    "read_uncommitted sees messages of transactions that are open or were aborted";
const REBALANCE: &str =
    "after a rebalance a consumer begins at the group's committed offset, not where it was";
const SEEK: &str = "the consumer set its position by itself";
const NOT_EXACTLY_ONCE: &str =
    "offsets are not committed together with the results, so a crash falls between the two";

const ANEW: &str = "its log begins anew at offset 0 with everything before gone, as that of a topic does that was deleted \
                    and made again; events topic-deleted and topic-created would tell";
const CLEANUP: &str = "a later message has its key, and whether the topic is compacted is not declared; cleanup_policy of \
                       a declared topic would tell";
const KEY: &str = "the topic is compacted, and which key the message has was not recorded";
const TOMBSTONE: &str =
    "a tombstone is gone before delete.retention.ms by this clock, which need not be the broker's";
const EXPIRED: &str =
    "the topic's retention may have removed it, and no final read says where the log begins";
const REMOVED: &str =
    "what it passed over was removed before: by retention, the cleaner, or a deletion of records";
const ORDER_LOST: &str =
    "where a log may have lost its end, a smaller offset need not have been given earlier";
const THROWN_BACK: &str =
    "a log that lost its end takes inputs or results with it, and throws its readers back";
const OLD_MEMBER: &str = "a member that has not noticed that its topic was made anew goes on, and commits, where it was in the old one";
const LOST_MARKER: &str = "a log that lost its end may lose the marker of an abort; the producer's next commit then covers what is before it";
const RESET: &str = "somebody reset the group's offsets";

/// The table. The first row whose facts hold applies.
pub const RULES: &[Rule] = &[
    allowed(A::LostWrite, &[Fact::AcksNotAll], ACKS),
    allowed(A::LostWrite, &[Fact::MinIsrBelowTwo], MIN_ISR),
    allowed(A::LostWrite, &[Fact::UncleanElection], UNCLEAN),
    undecided(A::LostWrite, &[Fact::CleanupUnknown], CLEANUP),
    undecided(A::LostWrite, &[Fact::KeyUnknown], KEY),
    undecided(A::LostWrite, &[Fact::TombstoneEarly], TOMBSTONE),
    undecided(A::LostWrite, &[Fact::PerhapsExpired], EXPIRED),
    undecided(A::LostWrite, &[Fact::SeemsAnew], ANEW),
    undecided(
        A::Unseen,
        &[Fact::FinalReadsBehind],
        "no final read that certainly began later came as far, so it may only be late",
    ),
    undecided(
        A::Unseen,
        &[Fact::BeyondStable],
        "the last stable offset is below it although every transaction has ended; the markers may only be late",
    ),
    undecided(
        A::Unseen,
        &[Fact::PlaceUnknown],
        "it was acknowledged without an offset, so it may have been in the part of the log that was deleted",
    ),
    allowed(A::Unseen, &[Fact::AcksNotAll], ACKS),
    allowed(A::Unseen, &[Fact::MinIsrBelowTwo], MIN_ISR),
    allowed(A::Unseen, &[Fact::UncleanElection], UNCLEAN),
    undecided(A::Unseen, &[Fact::SeemsAnew], ANEW),
    allowed(
        A::TruncatedRead,
        &[Fact::AcksNotAll],
        "without acks=all a message may be readable while its leader is the only replica in sync, which can lose its log",
    ),
    allowed(A::TruncatedRead, &[Fact::MinIsrBelowTwo], MIN_ISR),
    allowed(A::TruncatedRead, &[Fact::UncleanElection], UNCLEAN),
    undecided(A::TruncatedRead, &[Fact::CleanupUnknown], CLEANUP),
    undecided(A::TruncatedRead, &[Fact::KeyUnknown], KEY),
    undecided(A::TruncatedRead, &[Fact::TombstoneEarly], TOMBSTONE),
    undecided(A::TruncatedRead, &[Fact::SeemsAnew], ANEW),
    allowed(
        A::Duplicate,
        &[Fact::NotIdempotent],
        "without idempotence, a retry whose first attempt had arrived is written again",
    ),
    allowed(
        A::Duplicate,
        &[Fact::UncleanElection],
        "after an unclean election a retry is written again by a leader that lacks the first attempt",
    ),
    allowed(A::Duplicate, &[Fact::MinIsrBelowTwo], MIN_ISR),
    undecided(A::Duplicate, &[Fact::SeemsAnew], ANEW),
    allowed(A::InconsistentOffset, &[Fact::UncleanElection], UNCLEAN),
    allowed(A::InconsistentOffset, &[Fact::AcksNotAll], ACKS),
    allowed(A::InconsistentOffset, &[Fact::MinIsrBelowTwo], MIN_ISR),
    undecided(A::InconsistentOffset, &[Fact::SeemsAnew], ANEW),
    allowed(A::AbortedRead, &[Fact::ReadUncommitted], UNCOMMITTED),
    allowed(A::AbortedRead, &[Fact::UncleanElection], LOST_MARKER),
    allowed(A::AbortedRead, &[Fact::MinIsrBelowTwo], LOST_MARKER),
    allowed(A::PrecommittedRead, &[Fact::ReadUncommitted], UNCOMMITTED),
    allowed(A::TornTransaction, &[Fact::UncleanElection], UNCLEAN),
    allowed(A::TornTransaction, &[Fact::MinIsrBelowTwo], MIN_ISR),
    undecided(
        A::TornTransaction,
        &[Fact::OffsetsArrived],
        "the group is where only this transaction would take it, unless somebody did who was not recorded",
    ),
    undecided(A::TornTransaction, &[Fact::SeemsAnew], ANEW),
    allowed(A::UnstableRead, &[Fact::UncleanElection], ORDER_LOST),
    allowed(A::UnstableRead, &[Fact::MinIsrBelowTwo], ORDER_LOST),
    allowed(A::PollSkip, &[Fact::Rebalance], REBALANCE),
    allowed(A::PollSkip, &[Fact::Seek], SEEK),
    allowed(A::PollSkip, &[Fact::InputRemoved], REMOVED),
    allowed(A::PollSkip, &[Fact::UncleanElection], UNCLEAN),
    allowed(A::PollSkip, &[Fact::AcksNotAll], ACKS_CUT),
    allowed(A::PollSkip, &[Fact::MinIsrBelowTwo], MIN_ISR),
    undecided(
        A::PollSkip,
        &[Fact::OutOfRange],
        "its position was removed from the log, and where auto.offset.reset sends it then was not recorded",
    ),
    undecided(A::PollSkip, &[Fact::CleanupUnknown], CLEANUP),
    undecided(A::PollSkip, &[Fact::KeyUnknown], KEY),
    undecided(A::PollSkip, &[Fact::SeemsAnew], ANEW),
    allowed(A::InternalPollSkip, &[Fact::Rebalance], REBALANCE),
    allowed(A::InternalPollSkip, &[Fact::Seek], SEEK),
    allowed(A::InternalPollSkip, &[Fact::UncleanElection], UNCLEAN),
    allowed(A::InternalPollSkip, &[Fact::AcksNotAll], ACKS_CUT),
    allowed(A::InternalPollSkip, &[Fact::MinIsrBelowTwo], MIN_ISR),
    allowed(A::InternalPollSkip, &[Fact::InputRemoved], REMOVED),
    undecided(
        A::InternalPollSkip,
        &[Fact::OutOfRange],
        "its position was removed from the log, and where auto.offset.reset sends it then was not recorded",
    ),
    undecided(A::InternalPollSkip, &[Fact::CleanupUnknown], CLEANUP),
    undecided(A::InternalPollSkip, &[Fact::KeyUnknown], KEY),
    undecided(A::InternalPollSkip, &[Fact::SeemsAnew], ANEW),
    allowed(A::NonmonotonicPoll, &[Fact::Rebalance], REBALANCE),
    allowed(A::NonmonotonicPoll, &[Fact::Seek], SEEK),
    allowed(A::NonmonotonicPoll, &[Fact::UncleanElection], UNCLEAN),
    allowed(A::NonmonotonicPoll, &[Fact::AcksNotAll], ACKS_CUT),
    allowed(A::NonmonotonicPoll, &[Fact::MinIsrBelowTwo], MIN_ISR),
    undecided(A::NonmonotonicPoll, &[Fact::SeemsAnew], ANEW),
    allowed(A::InternalNonmonotonicPoll, &[Fact::Rebalance], REBALANCE),
    allowed(A::InternalNonmonotonicPoll, &[Fact::Seek], SEEK),
    allowed(A::InternalNonmonotonicPoll, &[Fact::UncleanElection], UNCLEAN),
    allowed(A::InternalNonmonotonicPoll, &[Fact::AcksNotAll], ACKS_CUT),
    allowed(A::InternalNonmonotonicPoll, &[Fact::MinIsrBelowTwo], MIN_ISR),
    allowed(A::NonmonotonicSend, &[Fact::NotIdempotent, Fact::InFlightAboveOne], RETRY_ORDER),
    allowed(A::NonmonotonicSend, &[Fact::AcksNotAll], ACKS),
    allowed(A::NonmonotonicSend, &[Fact::UncleanElection], UNCLEAN),
    allowed(A::NonmonotonicSend, &[Fact::MinIsrBelowTwo], MIN_ISR),
    undecided(A::NonmonotonicSend, &[Fact::SeemsAnew], ANEW),
    allowed(
        A::InternalNonmonotonicSend,
        &[Fact::NotIdempotent, Fact::InFlightAboveOne],
        RETRY_ORDER,
    ),
    allowed(A::InternalNonmonotonicSend, &[Fact::UncleanElection], UNCLEAN),
    allowed(A::InternalNonmonotonicSend, &[Fact::MinIsrBelowTwo], MIN_ISR),
    undecided(A::InternalNonmonotonicSend, &[Fact::SeemsAnew], ANEW),
    allowed(A::Reordered, &[Fact::NotIdempotent, Fact::InFlightAboveOne], RETRY_ORDER),
    allowed(A::Reordered, &[Fact::AcksNotAll], ACKS),
    allowed(A::Reordered, &[Fact::UncleanElection], UNCLEAN),
    allowed(A::Reordered, &[Fact::MinIsrBelowTwo], MIN_ISR),
    undecided(A::Reordered, &[Fact::SeemsAnew], ANEW),
    allowed(A::OffsetRegression, &[Fact::Reset], RESET),
    allowed(A::OffsetRegression, &[Fact::MadeAnew], OLD_MEMBER),
    allowed(
        A::OffsetRegression,
        &[Fact::LateCommit],
        "a commit of unknown outcome may have arrived late and taken the group back",
    ),
    undecided(
        A::OffsetRegression,
        &[Fact::OffsetsMayBeLate],
        "a transaction's commit is answered before its offsets have arrived in the group",
    ),
    allowed(A::OffsetRegression, &[Fact::UncleanElection], UNCLEAN),
    allowed(A::OffsetRegression, &[Fact::AcksNotAll], ACKS_CUT),
    allowed(A::OffsetRegression, &[Fact::MinIsrBelowTwo], MIN_ISR),
    undecided(A::OffsetRegression, &[Fact::SeemsAnew], ANEW),
    allowed(
        A::Unprocessed,
        &[Fact::InputRemoved],
        "it was removed before the flow's group came to it: by retention, the cleaner, or a deletion of records",
    ),
    undecided(
        A::Unprocessed,
        &[Fact::FlowBehind],
        "the group has not committed past this input, so its result may only be late",
    ),
    allowed(A::Unprocessed, &[Fact::NotExactlyOnce], NOT_EXACTLY_ONCE),
    allowed(A::Unprocessed, &[Fact::Reset], RESET),
    allowed(A::Unprocessed, &[Fact::UncleanElection], THROWN_BACK),
    allowed(A::Unprocessed, &[Fact::AcksNotAll], THROWN_BACK),
    allowed(A::Unprocessed, &[Fact::MinIsrBelowTwo], THROWN_BACK),
    allowed(A::Unprocessed, &[Fact::MadeAnew], OLD_MEMBER),
    undecided(
        A::Unprocessed,
        &[Fact::InputPerhapsRemoved],
        "it was removed, and what the flow's group has read was not recorded, so it may have come too late",
    ),
    undecided(
        A::Unprocessed,
        &[Fact::ResultUnknown],
        "a result was made from it of which it is not known whether it is there, or whose it is",
    ),
    allowed(A::Reprocessed, &[Fact::NotExactlyOnce], NOT_EXACTLY_ONCE),
    allowed(A::Reprocessed, &[Fact::Reset], RESET),
    allowed(A::Reprocessed, &[Fact::UncleanElection], THROWN_BACK),
    allowed(A::Reprocessed, &[Fact::AcksNotAll], THROWN_BACK),
    allowed(A::Reprocessed, &[Fact::MinIsrBelowTwo], THROWN_BACK),
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
        A::Stuck,
        &[Fact::UncleanElection],
        "an unclean election may lose the marker that ends a transaction",
    ),
    allowed(A::Stuck, &[Fact::MinIsrBelowTwo], MIN_ISR),
    allowed(
        A::ReplicaDivergence,
        &[Fact::OldMessageFormat],
        "before message format v2 there are no leader epochs, and replicas truncate by high watermark",
    ),
    allowed(A::ReplicaDivergence, &[Fact::UncleanElection], UNCLEAN),
    allowed(A::ReplicaDivergence, &[Fact::MinIsrBelowTwo], MIN_ISR),
    allowed(
        A::ReplicaDivergence,
        &[Fact::Compacted],
        "each broker compacts its replica by itself, at times of its own",
    ),
    undecided(
        A::ReplicaDivergence,
        &[Fact::WatermarkUnknown],
        "whether the high watermark of then was above it is not known, and above it replicas may differ",
    ),
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
