//! What the cleaner may remove from a compacted topic: all but the last message of each key, and tombstones.

use super::clock::is_on_clock;
use super::history::{Fate, NO_OFFSET, NONE, PartitionId, SendRow};
use super::index::Index;
use super::keys::{Compaction, Sent};
use super::settings::Cleanup;

/// Whether the cleaner may have removed a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removed {
    /// It may not.
    No,
    /// It may.
    Yes,
    /// It may if the topic is compacted, which is not declared.
    IfCompacted,
    /// The topic is compacted, but the message's key was not recorded.
    KeyUnknown,
    /// It is a tombstone that was to stay for longer.
    TooEarly,
    /// Retention may have, and no final read says where the log begins.
    IfExpired,
}

impl Index<'_> {
    /// Whether the cleaner may have removed a message by a time.
    pub(super) fn removed_by_cleaner(&self, send: SendRow, at_ns: u64) -> Removed {
        self.removed_from(send, self.known_place(send), at_ns)
    }

    /// Whether it may have removed the copy of a message that was at a place; `None` where that is not known.
    pub(super) fn removed_from(&self, send: SendRow, place: Option<u64>, at_ns: u64) -> Removed {
        let sends = &self.history.sends;
        let row = send as usize;
        let partition = self.partition_of(send);
        let topic = self.topic(partition);
        let cleanup = self.settings.cleanup(topic, (sends.start_ns[row], at_ns));
        if cleanup == Cleanup::Delete {
            return Removed::No;
        }
        // It keeps nothing of what was aborted, whatever its key.
        if cleanup == Cleanup::Compact
            && !matches!(self.fate_of_send(send), None | Some(Fate::Committed))
        {
            return Removed::Yes;
        }
        let key = sends.key.get(row).copied().unwrap_or(NONE);
        if key == NONE {
            let compacted = cleanup == Cleanup::Compact;
            return if compacted { Removed::KeyUnknown } else { Removed::No };
        }
        let superseded = self.superseded(send, place).is_some_and(|sent| sent.may_be_by(at_ns));
        let tombstone = sends.tombstones.binary_search(&send).is_ok();
        match cleanup {
            _ if !superseded && !tombstone => Removed::No,
            Cleanup::Undeclared => Removed::IfCompacted,
            _ if superseded || !self.is_early(send, at_ns) => Removed::Yes,
            _ => Removed::TooEarly,
        }
    }

    /// Whether a tombstone was to be there at a time, by the clock of this machine.
    fn is_early(&self, send: SendRow, at_ns: u64) -> bool {
        let topic = self.topic(self.history.sends.partition[send as usize]);
        let sent_ns = self.history.sends.start_ns[send as usize];
        let stays_ms = self.settings.delete_retention_ms(topic).unwrap_or(0);
        is_on_clock(at_ns)
            && is_on_clock(sent_ns)
            && at_ns.saturating_sub(sent_ns) < stays_ms.saturating_mul(1_000_000)
    }

    /// When messages of its key that are behind a place were sent; `None` without any.
    pub(super) fn superseded(&self, send: SendRow, place: Option<u64>) -> Option<Sent> {
        let key = self.history.sends.key.get(send as usize).copied().unwrap_or(NONE);
        let keys = self.compaction.get_or_init(|| Compaction::new(self));
        keys.behind(self.partition_of(send), key, place)
    }

    /// The partition of a message, by where it was read if it was not recorded.
    fn partition_of(&self, send: SendRow) -> PartitionId {
        let partition = self.history.sends.partition[send as usize];
        if self.history.partitions[partition as usize].number.is_some() {
            return partition;
        }
        match self.first_read[self.history.sends.message[send as usize] as usize] {
            NONE => partition,
            first => self.history.reads.partition[first as usize],
        }
    }

    /// Partition and offset at which a message was acknowledged, or first read, as far as that is known.
    #[inline]
    pub(super) fn place_of(&self, send: SendRow) -> (PartitionId, u64) {
        let sends = &self.history.sends;
        let told = (sends.partition[send as usize], sends.offset[send as usize]);
        let is_told = self.history.partitions[told.0 as usize].number.is_some();
        if is_told && told.1 != NO_OFFSET { told } else { self.looked_up_place_of(send) }
    }

    fn looked_up_place_of(&self, send: SendRow) -> (PartitionId, u64) {
        (self.partition_of(send), self.known_place(send).unwrap_or(NO_OFFSET))
    }

    /// Where a message was acknowledged, or first read.
    fn known_place(&self, send: SendRow) -> Option<u64> {
        let sends = &self.history.sends;
        let acknowledged = sends.offset[send as usize];
        if acknowledged != NO_OFFSET {
            return Some(acknowledged);
        }
        let first = self.first_read[sends.message[send as usize] as usize];
        let (partition, offset) = self.history.reads.place_of(first)?;
        (partition == self.partition_of(send)).then_some(offset)
    }
}
