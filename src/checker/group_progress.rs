//! How far groups came, and where somebody moved them.

use rustc_hash::FxHashMap;

use super::history::{End, Fate, NEVER, NO_OFFSET, NONE, OffsetKind, PartitionId, is_before};
use super::index::Index;
use super::intern::TextId;

/// How far each group came in each partition.
pub(super) struct Progress(FxHashMap<(TextId, PartitionId), Moves>);

/// How far one group came in one partition.
#[derive(Debug, Default)]
pub(super) struct Moves {
    /// Offsets that it was at for certain: since when, and the highest so far.
    reached: Vec<(u64, u64)>,
    /// Resets: when, and to where; [`NO_OFFSET`] where that was not recorded.
    resets: Vec<(u64, u64)>,
}

impl Progress {
    pub(super) fn new(index: &Index<'_>) -> Self {
        let mut groups: FxHashMap<(TextId, PartitionId), Moves> = FxHashMap::default();
        for it in &index.history.group_offsets {
            let moves = groups.entry((it.group, it.partition)).or_default();
            if it.kind == OffsetKind::Reset {
                moves.resets.push((it.start_ns, it.offset));
                continue;
            }
            let transaction = index.history.transactions.get(it.transaction as usize);
            let certain = it.transaction == NONE || index.fate(it.transaction) == Fate::Committed;
            if it.outcome == End::Ok && certain {
                let at_ns = transaction.map_or(it.end_ns, |it| it.end_ns);
                moves.reached.push((at_ns, it.offset));
            }
        }
        for moves in groups.values_mut() {
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
    /// Since when it was past an offset, or [`NEVER`].
    fn past_since_ns(&self, offset: u64) -> u64 {
        let first = self.reached.partition_point(|(_, highest)| *highest <= offset);
        self.reached.get(first).map_or(NEVER, |(at_ns, _)| *at_ns)
    }

    /// Whether it came past an offset, by itself or by a reset.
    pub(super) fn is_past(&self, offset: u64) -> bool {
        self.past_since_ns(offset) != NEVER
    }

    /// Whether somebody may have moved it over an offset before it was past that.
    pub(super) fn was_moved_over(&self, offset: u64) -> bool {
        let past_ns = self.past_since_ns(offset);
        let over = self.resets.iter().filter(|(_, to)| *to > offset);
        over.into_iter().any(|(at_ns, _)| !is_before(past_ns, *at_ns))
    }

    /// How often somebody may have moved it back to an offset, or before it, in a span of time.
    pub(super) fn moved_back_between(&self, offset: u64, from_ns: u64, to_ns: u64) -> u32 {
        let back = self.resets.iter().filter(|(at_ns, to)| {
            (*to <= offset || *to == NO_OFFSET)
                && !is_before(*at_ns, from_ns)
                && !is_before(to_ns, *at_ns)
        });
        u32::try_from(back.count()).unwrap_or(u32::MAX)
    }
}
