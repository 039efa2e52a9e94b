//! Since when there was anything in a log: settings that had ended before that are no excuse.

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
    fn and(first: Option<Self>, at_ns: u64) -> Self {
        first.map_or(Self { at_ns, one_clock: true }, |first| Self {
            at_ns: first.at_ns.min(at_ns),
            one_clock: first.one_clock && clock_of(first.at_ns) == clock_of(at_ns),
        })
    }
}

/// For each partition, or 0 where nothing was sent or by several clocks.
fn first_sent(history: &History) -> Vec<u64> {
    let mut first: Vec<Option<First>> = vec![None; history.partitions.len()];
    let mut anywhere: Vec<Option<First>> = vec![None; history.topics.len()];
    for (partition, start_ns) in history.sends.partition.iter().zip(&history.sends.start_ns) {
        let of = history.partitions[*partition as usize];
        // Of those whose partition is not told, any of the topic's may be meant.
        let first = match of.number {
            Some(_) => &mut first[*partition as usize],
            None => &mut anywhere[of.topic as usize],
        };
        *first = Some(First::and(*first, *start_ns));
    }
    let of_each = first.iter().zip(&history.partitions).map(|(first, of)| {
        let both = match (*first, anywhere[of.topic as usize]) {
            (Some(first), Some(any)) => {
                let both = First::and(Some(first), any.at_ns);
                Some(First { one_clock: both.one_clock && any.one_clock, ..both })
            }
            (first, any) => first.or(any),
        };
        both.filter(|first| first.one_clock).map_or(0, |first| first.at_ns)
    });
    of_each.collect()
}
