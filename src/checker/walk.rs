//! Follows each consumer through each partition, in the order of its polls.

use std::ops::Range;

use rustc_hash::{FxHashMap, FxHashSet};

use super::clock::is_before;
use super::ends::Level;
use super::gaps_passed::Gaps;
use super::history::{ClientId, Isolation, NONE, PartitionId, ReadRow};
use super::index::Index;

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

/// For each partition the ranges of offsets that consumers have passed over.
#[derive(Debug, Default)]
pub struct Runs {
    anybody: Vec<Vec<Range<u64>>>,
    committed: Vec<Vec<Range<u64>>>,
    gaps: Gaps,
}

impl Runs {
    /// Whether some consumer has passed over an offset.
    pub fn pass(&self, partition: PartitionId, offset: u64) -> bool {
        contain(&self.anybody[partition as usize], offset)
    }

    /// Whether a read_committed consumer has.
    pub fn pass_committed(&self, partition: PartitionId, offset: u64) -> bool {
        contain(&self.committed[partition as usize], offset)
    }

    /// When the first consumer of a level had passed over an offset where nobody gave it anything, or [`NEVER`].
    pub(super) fn passed_ns(&self, partition: PartitionId, offset: u64, level: Level) -> u64 {
        self.gaps.passed_ns(partition, offset, level)
    }

    fn add(&mut self, committed: bool, partition: PartitionId, range: Range<u64>) {
        if committed {
            self.committed[partition as usize].push(range.clone());
        }
        self.anybody[partition as usize].push(range);
    }
}

/// Finds every jump, and what was passed over.
pub(super) fn walk(index: &Index<'_>) -> (Vec<Jump>, Runs) {
    let history = index.history;
    let empty = vec![Vec::new(); history.partitions.len()];
    let mut runs = Runs { anybody: empty.clone(), committed: empty, gaps: Gaps::default() };
    let mut positions: FxHashMap<(ClientId, PartitionId), Position> = FxHashMap::default();
    let mut all_turned = vec![Turned::default(); history.clients.len()];
    // A turn that may have been anywhere.
    let floating = history.turns.iter().filter(|turn| turn.before == NONE);
    let floating: FxHashSet<_> =
        floating.map(|turn| (turn.client, turn.partition, turn.seek)).collect();
    let mut turns = history.turns.iter().peekable();
    let mut parts = history.parts.iter().peekable();
    let mut part = 0;
    let mut jumps = Vec::new();
    let is_committed =
        |client: ClientId| history.clients[client as usize].isolation == Isolation::ReadCommitted;
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
        while parts.next_if(|next| next.reads <= row).is_some() {
            part += 1;
        }
        let (partition, offset) = history.reads.place(row);
        let client = history.poll_of(row).client;
        let position = positions.entry((client, partition)).or_default();
        let turned = position.turned.plus(all_turned[client as usize]);
        let seen = std::mem::replace(&mut position.seen, turned);
        if position.last == NONE {
            position.run = offset;
        } else {
            let last = history.reads.offset[position.last as usize];
            let of = |seek: bool| {
                let has = |place| floating.contains(&(client, place, seek));
                !floating.is_empty() && (has(partition) || has(NONE))
            };
            // Between files only times say which was first.
            let ordered = part == position.part || follows(index, position.last, row);
            let rebalance = turned.rebalances != seen.rebalances || of(false);
            let seek = turned.seeks != seen.seeks || of(true);
            let backwards = offset <= last;
            let is_jump = backwards || is_readable_between(index, client, partition, last, offset);
            if ordered && is_jump {
                jumps.push(Jump { from: position.last, to: row, backwards, rebalance, seek });
            }
            if backwards || rebalance || seek || !ordered {
                runs.add(is_committed(client), partition, position.run..last.saturating_add(1));
                position.run = offset;
            } else if offset - last > 1 {
                let at_ns = history.poll_of(row).end_ns;
                runs.gaps.add(partition, last + 1..offset, at_ns, is_committed(client));
            }
        }
        (position.last, position.part) = (row, part);
    }
    for ((client, partition), position) in positions {
        if position.last != NONE {
            let last = history.reads.offset[position.last as usize];
            runs.add(is_committed(client), partition, position.run..last.saturating_add(1));
        }
    }
    runs.anybody.iter_mut().chain(&mut runs.committed).for_each(join);
    (jumps, runs)
}

/// Whether somebody read, with the client's isolation level, something between two offsets.
fn is_readable_between(
    index: &Index<'_>,
    client: ClientId,
    partition: PartitionId,
    after: u64,
    before: u64,
) -> bool {
    if before - after <= 1 {
        return false;
    }
    let rows = index.reads_of_level(client).of(partition);
    let offset = |row: &u32| index.history.reads.offset[*row as usize];
    let at = rows.partition_point(|row| offset(row) <= after);
    rows.get(at).is_some_and(|row| offset(row) < before)
}

impl Index<'_> {
    /// What consumers of a client's isolation level have read.
    pub(super) fn reads_of_level(&self, client: ClientId) -> &super::by_place::ByPlace {
        let isolation = self.history.clients[client as usize].isolation;
        let committed = isolation == Isolation::ReadCommitted;
        self.committed_reads.as_ref().filter(|_| committed).unwrap_or(&self.reads)
    }
}

/// Where a consumer is in a partition.
#[derive(Debug, Clone, Copy)]
struct Position {
    last: ReadRow,
    /// The file of its last read.
    part: u32,
    /// Offset at which it began to go forward without a turn.
    run: u64,
    /// Turns in this partition so far, and all turns at its last read.
    turned: Turned,
    seen: Turned,
}

/// Whether a read came, for certain, by a poll after that of another one.
fn follows(index: &Index<'_>, one: ReadRow, other: ReadRow) -> bool {
    is_before(index.history.poll_of(one).end_ns, index.history.poll_of(other).start_ns)
}

impl Default for Position {
    fn default() -> Self {
        Self { last: NONE, part: 0, run: 0, turned: Turned::default(), seen: Turned::default() }
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

fn contain(ranges: &[Range<u64>], offset: u64) -> bool {
    let at = ranges.partition_point(|range| range.end <= offset);
    ranges.get(at).is_some_and(|range| range.contains(&offset))
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
}
