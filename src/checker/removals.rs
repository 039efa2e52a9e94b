//! What a consumer that jumped may not have found any more.

use rustc_hash::FxHashMap;

use super::clock::is_on_clock;
use super::compaction::Removed;
use super::history::{Isolation, NEVER, NONE, PartitionId, ReadRow};
use super::index::Index;
use super::settings::Cleanup;
use super::walk::Jump;

/// For each partition and isolation level what cannot have been removed, added up along the log.
#[derive(Debug, Default)]
pub(super) struct Removals(FxHashMap<(PartitionId, Isolation), Vec<Kept>>);

/// How many of the records up to a place stay for certain.
#[derive(Debug, Clone, Copy, Default)]
struct Kept {
    /// The cleaner may not remove them.
    certainly: u32,
    /// Nor may it in a topic that is compacted without a word of it.
    unless_compacted: u32,
    /// Of these it may not remove any of which the key is known.
    unless_key: u32,
}

impl Removals {
    /// Whether everything that a consumer jumped over may have been removed before it came.
    pub(super) fn between(&mut self, index: &Index<'_>, jump: &Jump) -> Removed {
        let reads = &index.history.reads;
        let (partition, after) = reads.place(jump.from);
        let client = index.history.poll_of(jump.to).client;
        let by_ns = index.history.poll_of(jump.to).end_ns;
        let rows = index.reads_of_level(client).of(partition);
        let offset = |row: &ReadRow| reads.offset[*row as usize];
        // What retention or somebody has removed is at the beginning.
        let start = index.log_start_by(partition, by_ns).max(after.saturating_add(1));
        let to = reads.offset[jump.to as usize];
        let from = rows.partition_point(|row| offset(row) < start.min(to));
        let end = rows.partition_point(|row| offset(row) < to);
        if from >= end {
            return Removed::Yes;
        }
        if index.settings.cleanup(index.topic_name(partition), (0, by_ns)) == Cleanup::Delete {
            return Removed::No;
        }
        let isolation = index.history.clients[client as usize].isolation;
        let kept = self.0.entry((partition, isolation)).or_insert_with(|| kept(index, rows));
        let (before, behind) = (kept[from], kept[end]);
        if before.certainly == behind.certainly {
            Removed::Yes
        } else if before.unless_compacted == behind.unless_compacted {
            Removed::IfCompacted
        } else if before.unless_key == behind.unless_key {
            Removed::KeyUnknown
        } else {
            Removed::No
        }
    }
}

fn kept(index: &Index<'_>, rows: &[ReadRow]) -> Vec<Kept> {
    let mut sum = Kept::default();
    let mut kept = vec![sum];
    for row in rows {
        let message = index.history.reads.message[*row as usize];
        let send = index.history.send_of[message as usize];
        let removed = match send {
            NONE => Removed::No,
            send => {
                let place = index.history.reads.offset[*row as usize];
                index.removed_from(send, Some(place), NEVER)
            }
        };
        sum.certainly += u32::from(removed != Removed::Yes);
        sum.unless_compacted += u32::from(!matches!(removed, Removed::Yes | Removed::IfCompacted));
        sum.unless_key += u32::from(!matches!(removed, Removed::Yes | Removed::KeyUnknown));
        kept.push(sum);
    }
    kept
}

impl Index<'_> {
    /// Where the log may have begun at a time. When retention moved it is not known, so it may have been at any time.
    pub(super) fn log_start_by(&self, partition: PartitionId, by_ns: u64) -> u64 {
        let deleted = self.deleted_below(partition, by_ns);
        let topic = self.topic_name(partition);
        let told = is_on_clock(by_ns) && self.settings.keeps_everything(topic);
        let found = self.ends.log_start(partition).filter(|_| !told).unwrap_or(0);
        // What was deleted later by somebody is in the final read as well.
        let later = self.deleted_below(partition, NEVER);
        let explained = later > deleted && later >= found && !self.settings.may_expire(topic);
        if explained { deleted } else { deleted.max(found) }
    }
}
