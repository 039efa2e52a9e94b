//! How long transactions may hold back last stable offsets.

use super::by_partition::by_partition;
use super::clock::is_on_clock;
use super::history::{Fate, History, NEVER, PartitionId};
use super::index::Index;
use super::stuck::end_ns;

/// How often, by default, the coordinator looks for transactions whose time is over, and how long it may then take.
const ENDING_NS: u64 = 20_000_000_000;

impl Index<'_> {
    /// Whether a transaction that has not ended for certain, and whose time-out need not be over, may hold back the last
    /// stable offset of a partition at a time.
    pub(super) fn may_be_held_back(&self, partition: PartitionId, at_ns: u64) -> bool {
        let until = self.held_until.get_or_init(|| held_until(self.history));
        let until_ns = until[partition as usize];
        let on_clock = is_on_clock(at_ns) && is_on_clock(until_ns);
        until_ns > 0 && (!on_clock || at_ns <= until_ns.saturating_add(ENDING_NS))
    }
}

/// For each partition when the last of these is over, or 0.
fn held_until(history: &History) -> Vec<u64> {
    let ends = history.transactions.iter().zip(0..).map(|(it, id)| {
        let open = it.end_ns == NEVER || matches!(it.fate(), Fate::Open | Fate::Unknown);
        if open { end_ns(history, id) } else { 0 }
    });
    let ends: Vec<u64> = ends.collect();
    let of_send = |row: usize| ends.get(history.sends.transaction[row] as usize).copied();
    let until = by_partition(history, of_send, u64::max);
    until.into_iter().map(Option::unwrap_or_default).collect()
}
