//! What several checks need, worked out once: orders by place, who read what first, how far was read.

use std::cell::OnceCell;
use std::ops::Range;

use rustc_hash::FxHashMap;

use super::by_place::ByPlace;
use super::history::{
    Client, ClientId, End, History, Isolation, NO_OFFSET, NONE, PartitionId, ReadRow, SendRow,
};

/// A history with its orders.
#[derive(Debug)]
pub struct Index<'h> {
    /// The history.
    pub history: &'h History,
    /// Every read, by partition and offset; rows of one place in the order in which they were read.
    pub reads: ByPlace,
    /// The same, of read_committed consumers only; `None` when there are no others.
    committed_reads: Option<ByPlace>,
    /// Every acknowledged send with a known offset, by partition and offset.
    pub acknowledged: ByPlace,
    /// For each message the read at its lowest place, or [`NONE`].
    pub first_read: Vec<ReadRow>,
    /// Where consumers went other than forward by one readable offset.
    pub jumps: Vec<Jump>,
    /// For each partition the ranges of offsets that some reader has passed over.
    passed: Vec<Vec<Range<u64>>>,
    /// For each partition what final reads found.
    pub ends: Vec<PartitionEnd>,
    /// For each message whether it is readable at the end, worked out when somebody asks.
    readable: OnceCell<Vec<bool>>,
}

/// What final reads found in one partition.
#[derive(Debug, Clone, Copy, Default)]
pub struct PartitionEnd {
    /// Somebody read it after the load.
    pub read: bool,
    /// Somebody read it up to the high watermark.
    pub caught_up: bool,
    /// First offset that was still there.
    pub log_start: u64,
    /// High watermark, 0 when not known.
    pub high_watermark: u64,
    /// What is readable by read_committed consumers ends here.
    pub last_stable: u64,
}

/// A consumer did not go on at the next readable offset.
#[derive(Debug, Clone, Copy)]
pub struct Jump {
    /// The read before.
    pub from: ReadRow,
    /// The read after.
    pub to: ReadRow,
    /// It went back, or stayed; otherwise it went over something readable.
    pub backwards: bool,
    /// Partitions were assigned or revoked in between.
    pub rebalance: bool,
    /// It sought in between.
    pub seek: bool,
}

/// How far readers came, as seen from an acknowledged message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Its place was deleted by retention before the end.
    Deleted,
    /// Its place was read past.
    Passed,
    /// Nobody came as far; `behind` when nobody read to the high watermark either.
    Beyond {
        /// A later read may still find it.
        behind: bool,
    },
}

impl<'h> Index<'h> {
    /// Works it out.
    pub fn new(history: &'h History) -> Self {
        let (reads, sends) = (&history.reads, &history.sends);
        let partitions = history.partitions.len();
        let committed = |row: usize| {
            let poll = history.polls[reads.poll[row] as usize];
            history.clients[poll.client as usize].isolation == Isolation::ReadCommitted
        };
        let by_place = ByPlace::new(partitions, &reads.partition, &reads.offset, |_| true);
        let mixed =
            history.clients.iter().any(|client| client.isolation == Isolation::ReadUncommitted);
        let committed_reads =
            mixed.then(|| ByPlace::new(partitions, &reads.partition, &reads.offset, committed));
        let acknowledged = ByPlace::new(partitions, &sends.partition, &sends.offset, |row| {
            sends.outcome[row] == End::Ok && sends.offset[row] != NO_OFFSET
        });
        let mut first_read = vec![NONE; history.messages.len()];
        for row in by_place.all() {
            let first = &mut first_read[reads.message[*row as usize] as usize];
            if *first == NONE {
                *first = *row;
            }
        }
        let mut ends =
            vec![PartitionEnd { last_stable: NO_OFFSET, ..PartitionEnd::default() }; partitions];
        let mut passed = vec![Vec::new(); partitions];
        for found in &history.final_reads {
            let end = &mut ends[found.partition as usize];
            end.read = true;
            end.caught_up |= found.to >= found.high_watermark;
            end.log_start = end.log_start.max(found.log_start);
            end.high_watermark = end.high_watermark.max(found.high_watermark);
            end.last_stable = end.last_stable.min(found.last_stable);
            passed[found.partition as usize].push(found.log_start..found.to);
        }
        let mut index = Self {
            history,
            reads: by_place,
            committed_reads,
            acknowledged,
            first_read,
            jumps: Vec::new(),
            passed,
            ends,
            readable: OnceCell::new(),
        };
        index.follow_consumers();
        for ranges in &mut index.passed {
            join(ranges);
        }
        index
    }

    /// How far readers came, as seen from an acknowledged message.
    pub fn reach(&self, send: SendRow) -> Reach {
        let partition = self.history.sends.partition[send as usize];
        let offset = self.history.sends.offset[send as usize];
        let end = self.ends[partition as usize];
        if offset == NO_OFFSET {
            let known = self.history.partitions[partition as usize].number.is_some();
            let passed = known && end.caught_up;
            return if passed { Reach::Passed } else { Reach::Beyond { behind: true } };
        }
        if offset < end.log_start {
            return Reach::Deleted;
        }
        let ranges = &self.passed[partition as usize];
        let at = ranges.partition_point(|range| range.end <= offset);
        if ranges.get(at).is_some_and(|range| range.contains(&offset)) {
            Reach::Passed
        } else {
            Reach::Beyond { behind: !end.caught_up }
        }
    }

    /// Whether anybody has read the message, wherever.
    pub fn is_read(&self, message: u32) -> bool {
        self.first_read[message as usize] != NONE
    }

    /// Whether a message is readable at the end: a final read_committed reader has read it, or, where there was none,
    /// anybody.
    pub fn is_readable_at_end(&self, message: u32) -> bool {
        self.readable.get_or_init(|| self.readable_at_end())[message as usize]
    }

    fn readable_at_end(&self) -> Vec<bool> {
        let history = self.history;
        let is_final =
            |client: &Client| client.final_reader && client.isolation == Isolation::ReadCommitted;
        if !history.clients.iter().any(is_final) {
            return self.first_read.iter().map(|read| *read != NONE).collect();
        }
        let mut readable = vec![false; history.messages.len()];
        for (row, message) in history.reads.message.iter().enumerate() {
            if is_final(history.reader_of(u32::try_from(row).unwrap_or(NONE))) {
                readable[*message as usize] = true;
            }
        }
        readable
    }

    /// Follows each consumer through each partition, in the order of its polls.
    fn follow_consumers(&mut self) {
        let history = self.history;
        let mut positions: FxHashMap<(ClientId, PartitionId), Position> = FxHashMap::default();
        let mut all_turned = vec![Turned::default(); history.clients.len()];
        let mut turns = history.turns.iter().peekable();
        let (mut jumps, mut passed) = (Vec::new(), std::mem::take(&mut self.passed));
        for row in 0..history.reads.len() {
            // Rows are fewer than 2^32: the assembler sees to it.
            let row = u32::try_from(row).unwrap_or(NONE);
            while let Some(turn) = turns.next_if(|turn| turn.before <= row) {
                if turn.partition == NONE {
                    all_turned[turn.client as usize].count(turn.seek);
                } else {
                    let position = positions.entry((turn.client, turn.partition)).or_default();
                    position.turned.count(turn.seek);
                }
            }
            let (partition, offset) = history.reads.place(row);
            let client = history.polls[history.reads.poll[row as usize] as usize].client;
            let position = positions.entry((client, partition)).or_default();
            let turned = position.turned.plus(all_turned[client as usize]);
            let seen = std::mem::replace(&mut position.seen, turned);
            if position.last == NONE {
                position.run = offset;
            } else {
                let last = history.reads.offset[position.last as usize];
                let (rebalance, seek) =
                    (turned.rebalances != seen.rebalances, turned.seeks != seen.seeks);
                let backwards = offset <= last;
                if backwards || self.is_readable_between(client, partition, last, offset) {
                    jumps.push(Jump { from: position.last, to: row, backwards, rebalance, seek });
                }
                if backwards || rebalance || seek {
                    passed[partition as usize].push(position.run..last.saturating_add(1));
                    position.run = offset;
                }
            }
            position.last = row;
        }
        for ((_, partition), position) in positions {
            if position.last != NONE {
                let last = history.reads.offset[position.last as usize];
                passed[partition as usize].push(position.run..last.saturating_add(1));
            }
        }
        (self.jumps, self.passed) = (jumps, passed);
    }

    /// Whether somebody read, with the client's isolation level, something between two offsets.
    fn is_readable_between(
        &self,
        client: ClientId,
        partition: PartitionId,
        after: u64,
        before: u64,
    ) -> bool {
        if before - after <= 1 {
            return false;
        }
        let committed = self.history.clients[client as usize].isolation == Isolation::ReadCommitted;
        let reads = self.committed_reads.as_ref().filter(|_| committed).unwrap_or(&self.reads);
        let rows = reads.of(partition);
        let offset = |row: &u32| self.history.reads.offset[*row as usize];
        let at = rows.partition_point(|row| offset(row) <= after);
        rows.get(at).is_some_and(|row| offset(row) < before)
    }
}

/// Where a consumer is in a partition.
#[derive(Debug, Clone, Copy)]
struct Position {
    last: ReadRow,
    /// Offset at which it began to go forward without a turn.
    run: u64,
    /// Turns in this partition so far, and all turns at its last read.
    turned: Turned,
    seen: Turned,
}

impl Default for Position {
    fn default() -> Self {
        Self { last: NONE, run: 0, turned: Turned::default(), seen: Turned::default() }
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Turned {
    rebalances: u32,
    seeks: u32,
}

impl Turned {
    fn count(&mut self, seek: bool) {
        let kind = if seek { &mut self.seeks } else { &mut self.rebalances };
        *kind = kind.wrapping_add(1);
    }

    fn plus(self, other: Self) -> Self {
        Self {
            rebalances: self.rebalances.wrapping_add(other.rebalances),
            seeks: self.seeks.wrapping_add(other.seeks),
        }
    }
}

/// Sorts ranges and joins those that touch.
fn join(ranges: &mut Vec<Range<u64>>) {
    ranges.sort_unstable_by_key(|range| range.start);
    ranges.dedup_by(|later, earlier| {
        let touch = later.start <= earlier.end;
        if touch {
            earlier.end = earlier.end.max(later.end);
        }
        touch
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joins_ranges_that_touch() {
        let mut ranges = vec![5..7, 0..2, 2..3, 6..9, 20..21];
        join(&mut ranges);
        assert_eq!(ranges, [0..3, 5..9, 20..21]);
    }

    #[test]
    fn sorts_by_partition_and_offset() {
        let by_place = ByPlace::new(3, &[2, 0, 2, 2], &[7, 1, 5, 9], |row| row != 3);
        assert_eq!(by_place.all(), [1, 2, 0]);
        assert_eq!(by_place.of(1), [0; 0]);
        assert_eq!(by_place.of(2), [2, 0]);
    }
}
