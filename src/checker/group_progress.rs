//! How far groups came, and where somebody moved them.

use rustc_hash::FxHashMap;

use super::history::{End, Fate, NEVER, NONE, OffsetKind, PartitionId};
use super::index::Index;
use super::intern::TextId;
use super::resets::Resets;

/// How far each group came in each partition.
pub(super) struct Progress(FxHashMap<(TextId, PartitionId), Moves>);

/// How far one group came in one partition.
#[derive(Debug, Default)]
pub(super) struct Moves {
    /// Offsets that it was at for certain: since when, and the highest so far.
    reached: Vec<(u64, u64)>,
    resets: Resets,
}

impl Progress {
    pub(super) fn new(index: &Index<'_>) -> Self {
        let mut groups: FxHashMap<(TextId, PartitionId), Moves> = FxHashMap::default();
        let mut resets: FxHashMap<(TextId, PartitionId), Vec<_>> = FxHashMap::default();
        for it in &index.history.group_offsets {
            let moves = groups.entry((it.group, it.partition)).or_default();
            if it.kind == OffsetKind::Reset {
                let resets = resets.entry((it.group, it.partition)).or_default();
                resets.push((it.start_ns, it.offset));
                continue;
            }
            let transaction = index.history.transactions.get(it.transaction as usize);
            let certain = it.transaction == NONE || index.fate(it.transaction) == Fate::Committed;
            if it.outcome == End::Ok && certain {
                let at_ns = transaction.map_or(it.end_ns, |it| it.end_ns);
                moves.reached.push((at_ns, it.offset));
            }
        }
        for (of, moves) in &mut groups {
            moves.resets = Resets::new(resets.remove(of).unwrap_or_default());
            moves.reached.sort_unstable();
            let mut highest = 0;
            for (_, offset) in &mut moves.reached {
                highest = highest.max(*offset);
                *offset = highest;
            }
        }
        Self(groups)
    }

    pub(super) fn of(&self, group: TextId, partition: PartitionId) -> Option<&Moves> {
        self.0.get(&(group, partition))
    }
}

impl Moves {
    /// Since when it was past an offset, [`NEVER`] where that is not known; `None` where it was not.
    pub(super) fn past_since_ns(&self, offset: u64) -> Option<u64> {
        let first = self.reached.partition_point(|(_, highest)| *highest <= offset);
        self.reached.get(first).map(|(at_ns, _)| *at_ns)
    }

    /// Whether the last who moved it before it was past an offset may have moved it over that.
    pub(super) fn was_moved_over(&self, offset: u64) -> bool {
        self.resets.over(offset, self.past_since_ns(offset).unwrap_or(NEVER))
    }

    /// How often, but no more than `most`, somebody may have moved it back to an offset, or before it, in a span of time.
    pub(super) fn moved_back_between(
        &self,
        offset: u64,
        (from_ns, to_ns): (u64, u64),
        most: u32,
    ) -> u32 {
        self.resets.back_to(offset, from_ns, to_ns, most)
    }
}
