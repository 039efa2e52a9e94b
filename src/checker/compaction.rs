//! What the cleaner may remove from a compacted topic: all but the last message of each key, and tombstones.

use rustc_hash::FxHashMap;

use super::clock::is_on_clock;
use super::history::{End, Fate, History, NO_OFFSET, NONE, PartitionId, SendRow};
use super::index::Index;
use super::intern::TextId;
use super::settings::Cleanup;

/// For each key of each partition the last place at which a message of it is known to have been.
pub type Compaction = FxHashMap<(PartitionId, TextId), u64>;

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
    /// Retention may have, and no final read tells where the log begins.
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
        let topic = self.topic_name(partition);
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
        let superseded = self.last_of_key(partition, key) > place;
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
        let topic = self.topic_name(self.history.sends.partition[send as usize]);
        let sent_ns = self.history.sends.start_ns[send as usize];
        let stays_ms = self.settings.delete_retention_ms(topic).unwrap_or(0);
        is_on_clock(at_ns)
            && is_on_clock(sent_ns)
            && at_ns.saturating_sub(sent_ns) < stays_ms.saturating_mul(1_000_000)
    }

    fn last_of_key(&self, partition: PartitionId, key: TextId) -> Option<u64> {
        let last = self.compaction.get_or_init(|| self.last_of_keys());
        last.get(&(partition, key)).copied()
    }

    fn last_of_keys(&self) -> Compaction {
        let History { sends, reads, send_of, .. } = self.history;
        let mut last = Compaction::default();
        let is_void = |send: SendRow| {
            sends.outcome[send as usize] == End::Failed
                || matches!(self.fate_of_send(send), Some(Fate::Aborted | Fate::Open))
        };
        let mut add = |send: SendRow, partition: PartitionId, place: u64| {
            let key = sends.key.get(send as usize).copied().unwrap_or(NONE);
            if key != NONE && !is_void(send) {
                let last = last.entry((partition, key)).or_default();
                *last = place.max(*last);
            }
        };
        // Of what nobody found and whose partition is not told, the last place of each key.
        let mut anywhere: FxHashMap<(PartitionId, TextId), (SendRow, u64)> = FxHashMap::default();
        for (row, key) in (0..).zip(&sends.key) {
            let partition = self.partition_of(row);
            let offset = match self.known_place(row) {
                Some(_) if sends.offset[row as usize] == NO_OFFSET => continue,
                Some(offset) => offset,
                // Nobody knows the place of a tombstone that is gone itself.
                None if sends.tombstones.binary_search(&row).is_ok() => u64::MAX,
                None => continue,
            };
            if self.history.partitions[partition as usize].number.is_some() {
                add(row, partition, offset);
            } else if *key != NONE && !is_void(row) {
                let last = anywhere.entry((partition, *key)).or_insert((row, offset));
                *last = if offset > last.1 { (row, offset) } else { *last };
            }
        }
        for ((partition, _), (send, offset)) in anywhere {
            let topic = self.history.partitions[partition as usize].topic;
            for (other, _) in
                (0..).zip(&self.history.partitions).filter(|(_, it)| it.topic == topic)
            {
                add(send, other, offset);
            }
        }
        if !sends.key.is_empty() {
            for (row, message) in reads.message.iter().enumerate() {
                let send = send_of[*message as usize];
                if send != NONE {
                    add(send, reads.partition[row], reads.offset[row]);
                }
            }
        }
        last
    }

    /// The partition of a message, by where it was read if it was not recorded.
    fn partition_of(&self, send: SendRow) -> PartitionId {
        let partition = self.history.sends.partition[send as usize];
        let first = self.first_read[self.history.sends.message[send as usize] as usize];
        match (self.history.partitions[partition as usize].number, first) {
            (Some(_), _) | (None, NONE) => partition,
            (None, first) => self.history.reads.partition[first as usize],
        }
    }

    /// Where a message was acknowledged, or first read.
    fn known_place(&self, send: SendRow) -> Option<u64> {
        let sends = &self.history.sends;
        let acknowledged = sends.offset[send as usize];
        if acknowledged != NO_OFFSET {
            return Some(acknowledged);
        }
        let first = self.first_read[sends.message[send as usize] as usize];
        self.history.reads.offset.get(first as usize).copied()
    }
}
