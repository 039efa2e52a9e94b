//! What a consumer that jumped may not have found any more.

use std::ops::Range;

use rustc_hash::FxHashMap;

use super::clock::{clock_of, is_on_clock};
use super::compaction::Removed;
use super::history::{Fate, Isolation, NEVER, NONE, PartitionId, ReadRow};
use super::index::Index;
use super::lowest::Lowest;
use super::settings::Cleanup;
use super::walk::Jump;

/// For each partition and isolation level what the cleaner has to keep.
#[derive(Debug, Default)]
pub(super) struct Removals(FxHashMap<(PartitionId, Isolation), Along>);

/// What has to stay, added up along a log.
#[derive(Debug)]
struct Along {
    kept: Vec<Kept>,
    /// For each clock the records that were superseded by it, and how far from the end of time that was at the earliest.
    superseded: FxHashMap<u64, (Vec<usize>, Lowest)>,
}

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
        if index.settings.cleanup(index.topic(partition), (0, by_ns)) == Cleanup::Delete {
            return Removed::No;
        }
        let isolation = index.history.clients[client as usize].isolation;
        let along = self.0.entry((partition, isolation)).or_insert_with(|| Along::new(index, rows));
        let (before, behind) = (along.kept[from], along.kept[end]);
        if along.is_superseded_after(from..end, by_ns) {
            Removed::No
        } else if before.certainly == behind.certainly {
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

impl Along {
    fn new(index: &Index<'_>, rows: &[ReadRow]) -> Self {
        let sends = &index.history.sends;
        let mut sum = Kept::default();
        let mut kept = vec![sum];
        let mut superseded: FxHashMap<u64, (Vec<usize>, Vec<u64>)> = FxHashMap::default();
        for (at, row) in rows.iter().enumerate() {
            let message = index.history.reads.message[*row as usize];
            let send = index.history.send_of[message as usize];
            let removed = match send {
                NONE => Removed::No,
                send => {
                    let place = Some(index.history.reads.offset[*row as usize]);
                    let removed = index.removed_from(send, place, NEVER);
                    let void = !matches!(index.fate_of_send(send), None | Some(Fate::Committed));
                    let goes = void || sends.tombstones.binary_search(&send).is_ok();
                    let may_go = matches!(removed, Removed::Yes | Removed::IfCompacted);
                    let sent = (may_go && !goes).then(|| index.superseded(send, place)).flatten();
                    if let Some(sent) = sent
                        && let Some(clock) = sent.clock()
                    {
                        let (places, times) = superseded.entry(clock).or_default();
                        places.push(at);
                        times.push(u64::MAX - sent.since_ns(clock));
                    }
                    removed
                }
            };
            sum.certainly += u32::from(removed != Removed::Yes);
            sum.unless_compacted +=
                u32::from(!matches!(removed, Removed::Yes | Removed::IfCompacted));
            sum.unless_key += u32::from(!matches!(removed, Removed::Yes | Removed::KeyUnknown));
            kept.push(sum);
        }
        let superseded = superseded.into_iter().map(|(clock, (places, times))| {
            let times = Lowest::new(times.into_iter());
            (clock, (places, times))
        });
        Self { kept, superseded: superseded.collect() }
    }

    /// Whether a record was superseded only after a time: it was still to be there.
    fn is_superseded_after(&self, records: Range<usize>, at_ns: u64) -> bool {
        let Some((places, times)) = self.superseded.get(&clock_of(at_ns)) else { return false };
        let from = places.partition_point(|place| *place < records.start);
        let to = places.partition_point(|place| *place < records.end);
        let later = (u64::MAX - at_ns).checked_sub(1);
        later.is_some_and(|later| times.first_up_to(&(from..to), later).is_some())
    }
}

impl Index<'_> {
    /// Where the log may have begun at a time. When retention moved it is not known, so it may have been at any time.
    pub(super) fn log_start_by(&self, partition: PartitionId, by_ns: u64) -> u64 {
        let deleted = self.deleted_below(partition, by_ns);
        let topic = self.topic(partition);
        let told = is_on_clock(by_ns) && self.settings.keeps_everything(topic);
        let found = self.ends.log_start(partition).filter(|_| !told).unwrap_or(0);
        // What was deleted later by somebody is in the final read as well.
        let later = self.deleted_below(partition, NEVER);
        let explained = later > deleted && later >= found && !self.settings.may_expire(topic);
        if explained { deleted } else { deleted.max(found) }
    }
}
