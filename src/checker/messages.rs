//! The long columns of a history: messages that were sent, and records that were read.

use super::history::{ClientId, End, MessageId, PartitionId, ReadRow, TransactionId};
use super::intern::TextId;

/// Sends, by start. All columns have one length; `key` and `source` are empty when never used.
#[derive(Debug, Default)]
pub struct Sends {
    /// What was sent.
    pub message: Vec<MessageId>,
    /// Where to; the end of the send may say more than its start.
    pub partition: Vec<PartitionId>,
    /// By whom.
    pub client: Vec<ClientId>,
    /// In which transaction, or [`NONE`](super::history::NONE).
    pub transaction: Vec<TransactionId>,
    /// Where it was acknowledged, or [`NO_OFFSET`](super::history::NO_OFFSET).
    pub offset: Vec<u64>,
    /// Monotonic time of the start.
    pub start_ns: Vec<u64>,
    /// Monotonic time of the end, or [`NEVER`](super::history::NEVER).
    pub end_ns: Vec<u64>,
    /// How it ended; without an end it is unknown.
    pub outcome: Vec<End>,
    /// Checksum of the content, or [`NO_DIGEST`](super::history::NO_DIGEST).
    pub digest: Vec<u32>,
    /// Key, or [`NONE`](super::history::NONE).
    pub key: Vec<TextId>,
    /// The message that this one was made from, or [`NONE`](super::history::NONE).
    pub source: Vec<MessageId>,
}

/// Records read, in the order in which they were returned.
#[derive(Debug, Default)]
pub struct Reads {
    /// What was read.
    pub message: Vec<MessageId>,
    /// Where.
    pub partition: Vec<PartitionId>,
    /// At which offset.
    pub offset: Vec<u64>,
    /// By which poll: a row of [`super::history::History::polls`].
    pub poll: Vec<u32>,
    /// Checksum of the content, or [`NO_DIGEST`](super::history::NO_DIGEST).
    pub digest: Vec<u32>,
}

/// One poll.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Poll {
    /// Who polled.
    pub client: ClientId,
    /// In which transaction of the same client, or [`NONE`](super::history::NONE).
    pub transaction: TransactionId,
    /// Monotonic time of the start.
    pub start_ns: u64,
    /// Monotonic time of the end.
    pub end_ns: u64,
}

impl Sends {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.message.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.message.is_empty()
    }
}

impl Reads {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.message.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.message.is_empty()
    }

    /// Partition and offset of a record.
    pub fn place(&self, row: ReadRow) -> (PartitionId, u64) {
        (self.partition[row as usize], self.offset[row as usize])
    }
}
