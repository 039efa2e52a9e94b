//! What was looked up, and offsets of groups.

use super::history::{ClientId, End, MessageId, PartitionId, ReadRow, TransactionId};
use super::intern::TextId;

/// A group's offset was committed, observed or reset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GroupOffset {
    /// The group's name.
    pub group: TextId,
    /// Partition that was read.
    pub partition: PartitionId,
    /// Of the next message to read.
    pub offset: u64,
    /// Monotonic time of the start.
    pub start_ns: u64,
    /// Monotonic time of the end, or [`NEVER`].
    pub end_ns: u64,
    /// Who, or [`NONE`] where it was looked up.
    pub client: ClientId,
    /// The transaction that carries it, or [`NONE`].
    pub transaction: TransactionId,
    /// How it ended.
    pub outcome: End,
    /// What it is.
    pub kind: OffsetKind,
}

/// Where a group's offset comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OffsetKind {
    /// A client committed it.
    Committed,
    /// It was looked up.
    Observed,
    /// Somebody reset it.
    Reset,
}

/// What a fresh reader found in a partition at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FinalRead {
    /// Which partition.
    pub partition: PartitionId,
    /// First offset that was still there.
    pub log_start: u64,
    /// It was read up to here, exclusive.
    pub to: u64,
    /// High watermark.
    pub high_watermark: u64,
    /// Last stable offset; [`NO_OFFSET`] where it was not recorded.
    pub last_stable: u64,
    /// Who read it, or [`NONE`] where the line does not say.
    pub client: ClientId,
    /// When it was written.
    pub at_ns: u64,
    /// The records read before it in its file are those before this row.
    pub before: ReadRow,
    /// In which file it was recorded.
    pub part: u32,
}

/// The ends of a partition at one time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Watermark {
    /// Which partition.
    pub partition: PartitionId,
    /// Monotonic time.
    pub at_ns: u64,
    /// Last stable offset.
    pub last_stable: u64,
    /// High watermark.
    pub high_watermark: u64,
}

/// A range of one replica's log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Replica {
    /// Which partition.
    pub partition: PartitionId,
    /// On which broker.
    pub broker: i32,
    /// First offset that it holds.
    pub from: u64,
    /// End of its log, exclusive.
    pub to: u64,
    /// Its rows in [`History::replica_records`].
    pub rows: (u32, u32),
    /// When it was dumped.
    pub at_ns: u64,
}

/// One record of a replica's log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplicaRecord {
    /// Offset.
    pub offset: u64,
    /// Message, or [`NONE`] for a transaction marker.
    pub message: MessageId,
    /// Checksum.
    pub digest: Option<u32>,
}
