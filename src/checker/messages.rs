//! The long columns of a history: messages that were sent, and records that were read.

use super::history::{ClientId, End, MessageId, PartitionId, ReadRow, SendRow, TransactionId};
use super::intern::TextId;

/// Sends, by start. All columns have one length; `key` and `source` are empty when never used.
#[derive(Debug, Default)]
pub struct Sends {
    /// What was sent.
    pub message: Vec<MessageId>,
    /// Where to; the end of the send may say more than its start.
    pub partition: Vec<PartitionId>,
    /// The sender.
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
    /// Checksums of the content.
    pub digest: Digests,
    /// Key, or [`NONE`](super::history::NONE).
    pub key: Vec<TextId>,
    /// The message that this one was made from, or [`NONE`](super::history::NONE).
    pub source: Vec<MessageId>,
    /// Rows of messages without a value.
    pub tombstones: Vec<SendRow>,
}

/// A column of checksums, not all of which are known.
#[derive(Debug, Default)]
pub struct Digests {
    values: Vec<u32>,
    /// A bit for each row: its checksum is known.
    known: Vec<u64>,
}

impl Digests {
    fn make_room(&mut self, rows: usize) {
        room(&mut self.values, rows);
        room(&mut self.known, rows / 64 + 1);
    }

    /// Adds a row.
    pub fn push(&mut self, digest: Option<u32>) {
        let row = self.values.len();
        if row.is_multiple_of(64) {
            self.known.push(0);
        }
        self.known[row / 64] |= u64::from(digest.is_some()) << (row % 64);
        self.values.push(digest.unwrap_or(0));
    }

    /// The checksum of a row, where it is known.
    pub fn get(&self, row: usize) -> Option<u32> {
        (self.known[row / 64] >> (row % 64) & 1 == 1).then(|| self.values[row])
    }
}

/// Records read, in the order in which they were returned.
#[derive(Debug, Default)]
pub struct Reads {
    /// What was read.
    pub message: Vec<MessageId>,
    /// Partition that it was read from.
    pub partition: Vec<PartitionId>,
    /// At which offset.
    pub offset: Vec<u64>,
    /// By which poll: a row of [`super::history::History::polls`].
    pub poll: Vec<u32>,
    /// Checksums of the content.
    pub digest: Digests,
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
    /// Makes room for so many more.
    pub(crate) fn make_room(&mut self, rows: usize) {
        let ids = [&mut self.message, &mut self.partition, &mut self.client, &mut self.transaction];
        ids.into_iter().for_each(|column| room(column, rows));
        let numbers = [&mut self.offset, &mut self.start_ns, &mut self.end_ns];
        numbers.into_iter().for_each(|column| room(column, rows));
        room(&mut self.outcome, rows);
        self.digest.make_room(rows);
    }

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
    /// Makes room for so many more.
    pub(crate) fn make_room(&mut self, rows: usize) {
        let ids = [&mut self.message, &mut self.partition, &mut self.poll];
        ids.into_iter().for_each(|column| room(column, rows));
        room(&mut self.offset, rows);
        self.digest.make_room(rows);
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.message.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.message.is_empty()
    }

    /// Partition and offset of a record, unless there is none.
    pub fn place_of(&self, row: ReadRow) -> Option<(PartitionId, u64)> {
        ((row as usize) < self.len()).then(|| self.place(row))
    }

    /// Partition and offset of a record.
    pub fn place(&self, row: ReadRow) -> (PartitionId, u64) {
        (self.partition[row as usize], self.offset[row as usize])
    }
}

/// Makes room in a column. Where there is none, it is asked for once it is needed.
pub(crate) fn room<T>(column: &mut Vec<T>, rows: usize) {
    column.try_reserve_exact(rows).ok();
}
