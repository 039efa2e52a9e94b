//! When consumers passed over offsets at which they were given nothing.

use std::cell::OnceCell;
use std::ops::Range;

use rustc_hash::FxHashMap;

use super::cover::Cover;
use super::ends::Level;
use super::history::{NEVER, PartitionId};

/// What consumers have passed over from one record to the next.
#[derive(Debug, Default)]
pub(super) struct Gaps {
    all: Vec<Gap>,
    /// By partition and level, worked out when somebody asks.
    first: OnceCell<FxHashMap<(PartitionId, Level), First>>,
}

#[derive(Debug, Clone)]
struct Gap {
    partition: PartitionId,
    offsets: Range<u64>,
    /// When the poll ended that went on behind it.
    at_ns: u64,
    committed: bool,
}

/// Which gap is the first that covers an offset.
#[derive(Debug)]
struct First {
    cover: Cover,
    /// The times, the earliest one last.
    times: Vec<u64>,
}

impl Gaps {
    pub(super) fn add(
        &mut self,
        partition: PartitionId,
        offsets: Range<u64>,
        at_ns: u64,
        committed: bool,
    ) {
        self.all.push(Gap { partition, offsets, at_ns, committed });
    }

    /// When the first consumer of a level had passed over an offset, or [`NEVER`]. Those of read_committed count as
    /// others as well.
    pub(super) fn passed_ns(&self, partition: PartitionId, offset: u64, level: Level) -> u64 {
        let first = self.first.get_or_init(|| self.first()).get(&(partition, level));
        let at_ns = first.and_then(|it| it.cover.last(offset).map(|gap| it.times[gap]));
        at_ns.unwrap_or(NEVER)
    }

    fn first(&self) -> FxHashMap<(PartitionId, Level), First> {
        let mut gaps: FxHashMap<(PartitionId, Level), Vec<&Gap>> = FxHashMap::default();
        for gap in &self.all {
            gaps.entry((gap.partition, Level::Uncommitted)).or_default().push(gap);
            if gap.committed {
                gaps.entry((gap.partition, Level::Committed)).or_default().push(gap);
            }
        }
        let first = gaps.into_iter().map(|(of, mut gaps)| {
            gaps.sort_by_key(|gap| std::cmp::Reverse(gap.at_ns));
            let cover = Cover::new(gaps.iter().map(|gap| gap.offsets.clone()));
            (of, First { cover, times: gaps.iter().map(|gap| gap.at_ns).collect() })
        });
        first.collect()
    }
}
