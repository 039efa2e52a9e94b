//! Since when there was anything in a log: settings that had ended before that are no excuse.

use super::by_partition::by_partition;
use super::history::{History, PartitionId, clock_of};
use super::index::Index;
use super::settings::span;

impl Index<'_> {
    /// From when the first message was sent to a partition, as far as that is known, to a time.
    pub(super) fn since_first_sent(&self, partition: PartitionId, to_ns: u64) -> (u64, u64) {
        let first = self.first_sent.get_or_init(|| first_sent(self.history));
        span(first[partition as usize], to_ns)
    }
}

/// When the first of some messages was sent, and whether all were sent by one clock.
#[derive(Debug, Clone, Copy)]
struct First {
    at_ns: u64,
    one_clock: bool,
}

impl First {
    fn and(self, other: Self) -> Self {
        let same_clock = clock_of(self.at_ns) == clock_of(other.at_ns);
        Self {
            at_ns: self.at_ns.min(other.at_ns),
            one_clock: self.one_clock && other.one_clock && same_clock,
        }
    }
}

/// For each partition, or 0 where nothing was sent or by several clocks.
fn first_sent(history: &History) -> Vec<u64> {
    let of_send = |row: usize| Some(First { at_ns: history.sends.start_ns[row], one_clock: true });
    let first = by_partition(history, of_send, First::and).into_iter();
    first.map(|it| it.filter(|first| first.one_clock).map_or(0, |first| first.at_ns)).collect()
}
