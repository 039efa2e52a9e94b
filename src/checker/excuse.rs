//! What may excuse an anomaly.

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
    /// The log seems to have begun anew, and the history says nothing about its topic's life.
    SeemsAnew = 1 << 15,
    /// It lies beyond the last stable offset, which should have passed it.
    BeyondStable = 1 << 16,
    /// It was acknowledged without an offset, and the beginning of the log was deleted.
    PlaceUnknown = 1 << 17,
    /// A later message has its key, and nobody says whether the topic is compacted.
    CleanupUnknown = 1 << 18,
    /// The topic is compacted, and nobody says which key it has.
    KeyUnknown = 1 << 19,
    /// It is a tombstone that is gone before `delete.retention.ms`.
    TombstoneEarly = 1 << 20,
    /// Retention, the cleaner or somebody removed it before it could be read.
    InputRemoved = 1 << 21,
    /// It may have been removed before the flow's group came to it.
    InputPerhapsRemoved = 1 << 22,
    /// The consumer's position was removed from the log.
    OutOfRange = 1 << 23,
    /// A commit of this offset has an unknown outcome.
    LateCommit = 1 << 24,
    /// The offsets of a transaction may not have arrived yet.
    OffsetsMayBeLate = 1 << 25,
    /// A result of this input may be there.
    ResultUnknown = 1 << 26,
    /// The topic is compacted.
    Compacted = 1 << 27,
    /// The topic was deleted before and made anew.
    MadeAnew = 1 << 28,
    /// Retention may have removed it, and no final read says where the log begins.
    PerhapsExpired = 1 << 29,
    /// A group is at the offset that only this transaction has asked for.
    OffsetsArrived = 1 << 30,
    /// It may lie above the high watermark of then.
    WatermarkUnknown = 1 << 31,
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

    /// Without a fact.
    #[must_use]
    pub fn without(self, fact: Fact) -> Self {
        Self(self.0 & !(fact as u32))
    }

    /// Whether a fact holds.
    pub fn include(self, fact: Fact) -> bool {
        self.0 & fact as u32 != 0
    }
}
