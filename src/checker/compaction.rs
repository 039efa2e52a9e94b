//! What the cleaner may remove from a compacted topic: all but the last message of each key, and tombstones.

use rustc_hash::FxHashMap;

use super::clock::is_on_clock;
use super::history::{End, Fate, NO_OFFSET, NONE, PartitionId, SendRow};
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
}

impl Index<'_> {
    /// Whether the cleaner may have removed a message by a time.
    pub(super) fn removed_by_cleaner(&self, send: SendRow, at_ns: u64) -> Removed {
        let sends = &self.history.sends;
        let row = send as usize;
        let partition = sends.partition[row];
        let topic = self.topic_name(partition);
        let cleanup = self.settings.cleanup(topic, (sends.start_ns[row], at_ns));
        if cleanup == Cleanup::Delete {
            return Removed::No;
        }
        let key = sends.key.get(row).copied().unwrap_or(NONE);
        if key == NONE {
            let compacted = cleanup == Cleanup::Compact;
            return if compacted { Removed::KeyUnknown } else { Removed::No };
        }
        let superseded = self.last_of_key(partition, key) > self.last_place(send);
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
        let sends = &self.history.sends;
        let mut last = Compaction::default();
        for (row, key) in (0..).zip(&sends.key) {
            let void = sends.outcome[row as usize] == End::Failed
                || matches!(self.fate_of_send(row), Some(Fate::Aborted | Fate::Open));
            if let (false, false, Some(place)) = (*key == NONE, void, self.last_place(row)) {
                let last = last.entry((sends.partition[row as usize], *key)).or_default();
                *last = place.max(*last);
            }
        }
        last
    }

    /// Where a message was acknowledged, or read.
    fn last_place(&self, send: SendRow) -> Option<u64> {
        let sends = &self.history.sends;
        let acknowledged = sends.offset[send as usize];
        if acknowledged != NO_OFFSET {
            return Some(acknowledged);
        }
        let first = self.first_read[sends.message[send as usize] as usize];
        self.history.reads.offset.get(first as usize).copied()
    }
}
