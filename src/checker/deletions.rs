//! What somebody deleted from the beginning of logs, and when.

use super::clock::{between, clock_of};
use super::history::{History, NO_OFFSET, PartitionId, SendRow};
use super::index::Index;
use super::lowest::Lowest;

/// The deletions of one partition's records, in the order of time.
#[derive(Debug, Default)]
pub(super) struct Deletions {
    times: Vec<u64>,
    /// For each the highest offset below which records were deleted so far.
    so_far: Vec<u64>,
    /// How far the offset of each is from the highest that there can be.
    above: Lowest,
}

/// For each partition its deletions.
pub(super) fn deletions(history: &History) -> Vec<Deletions> {
    let mut events: Vec<Vec<(u64, u64)>> = vec![Vec::new(); history.partitions.len()];
    for it in &history.log_starts {
        events[it.partition as usize].push((it.at_ns, it.offset));
    }
    events.into_iter().map(Deletions::new).collect()
}

impl Deletions {
    /// Whether nobody deleted anything.
    pub(super) fn are_none(&self) -> bool {
        self.times.is_empty()
    }

    fn new(mut events: Vec<(u64, u64)>) -> Self {
        if events.is_empty() {
            return Self::default();
        }
        events.sort_unstable();
        let mut highest = 0;
        let so_far = events.iter().map(|(_, offset)| {
            highest = highest.max(*offset);
            highest
        });
        let so_far = so_far.collect();
        let above = Lowest::new(events.iter().map(|(_, offset)| u64::MAX - offset));
        Self { times: events.iter().map(|(at_ns, _)| *at_ns).collect(), so_far, above }
    }
}

impl Index<'_> {
    /// Below this offset somebody had deleted the records, or may have, by a time.
    pub(super) fn deleted_below(&self, partition: PartitionId, by_ns: u64) -> u64 {
        let Deletions { times, so_far, .. } = &self.deletions[partition as usize];
        // What comes later by another clock may have been before.
        let by = match times.last().is_some_and(|last| clock_of(*last) == clock_of(by_ns)) {
            true => times.partition_point(|at_ns| *at_ns <= by_ns),
            false => times.len(),
        };
        by.checked_sub(1).map_or(0, |at| so_far[at])
    }

    /// Whether somebody may have deleted what was at an offset in a span of time.
    pub(super) fn may_be_deleted(
        &self,
        partition: PartitionId,
        offset: u64,
        (from_ns, to_ns): (u64, u64),
    ) -> bool {
        let Deletions { times, above, .. } = &self.deletions[partition as usize];
        let Some(most) = (u64::MAX - offset).checked_sub(1) else { return false };
        !times.is_empty()
            && between(times, from_ns, to_ns)
                .any(|places| above.first_up_to(&places, most).is_some())
    }

    /// Whether somebody may have deleted a message by a time. One whose place is not known may have been anywhere
    /// behind what was there before.
    pub(super) fn may_be_deleted_by(&self, send: SendRow, by_ns: u64) -> bool {
        let start_ns = self.history.sends.start_ns[send as usize];
        let (partition, offset) = self.place_of(send);
        let lowest = match offset {
            NO_OFFSET => self.ends.end_before(partition, start_ns),
            offset => offset,
        };
        self.may_be_deleted(partition, lowest, (start_ns, by_ns))
    }
}

#[cfg(test)]
mod tests {
    use super::super::topics::{LogStart, Partition, Topic};
    use super::*;

    #[test]
    fn only_what_was_deleted_in_the_span_counts() {
        let log_start = |at_ns, offset| LogStart { partition: 0, at_ns, offset };
        let history = History {
            topics: vec![Topic::new(0)],
            partitions: vec![Partition { topic: 0, number: Some(0) }],
            log_starts: vec![log_start(20, 3), log_start(10, 9), log_start(30, 5)],
            ..History::default()
        };
        let index = Index::new(&history);
        let may = |offset, from, to| index.may_be_deleted(0, offset, (from, to));
        assert!(may(8, 0, 10) && may(2, 11, 20) && may(4, 11, u64::MAX));
        assert!(!may(9, 0, 100) && !may(3, 11, 29) && !may(0, 0, 9) && !may(u64::MAX, 0, 40));
    }
}
