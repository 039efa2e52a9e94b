//! From when to when a topic was in use: what was in force before or after does not matter.

use rustc_hash::FxHashMap;

use super::history::{NEVER, PartitionId, clock_of};
use super::index::Index;
use super::intern::TextId;

/// All times.
const EVER: (u64, u64) = (0, NEVER);

impl Index<'_> {
    /// From when something was first sent to a topic of a name, or read there, until somebody last read it or looked
    /// for its end. By several clocks, and where nothing is known, it is at all times.
    pub(super) fn in_use(&self, topic: TextId) -> (u64, u64) {
        self.in_use.get_or_init(|| self.spans()).get(&topic).copied().unwrap_or(EVER)
    }

    fn spans(&self) -> FxHashMap<TextId, (u64, u64)> {
        let history = self.history;
        let mut spans: Vec<Option<(u64, u64)>> = vec![None; history.partitions.len()];
        let mut see = |partition: PartitionId, from_ns: u64, to_ns: u64| {
            let span = &mut spans[partition as usize];
            *span = join(*span, (from_ns, to_ns));
        };
        let sends = &history.sends;
        for (row, partition) in sends.partition.iter().enumerate() {
            let end_ns =
                if sends.end_ns[row] == NEVER { sends.start_ns[row] } else { sends.end_ns[row] };
            see(*partition, sends.start_ns[row], end_ns);
        }
        for (partition, poll) in history.reads.partition.iter().zip(&history.reads.poll) {
            let poll = history.polls[*poll as usize];
            see(*partition, poll.start_ns, poll.end_ns);
        }
        for it in &history.final_reads {
            see(it.partition, it.at_ns, it.at_ns);
        }
        for it in &history.group_offsets {
            let end_ns = if it.end_ns == NEVER { it.start_ns } else { it.end_ns };
            see(it.partition, it.start_ns, end_ns);
        }
        let mut topics: FxHashMap<TextId, Option<(u64, u64)>> = FxHashMap::default();
        for (partition, span) in (0..).zip(spans) {
            let Some(span) = span else { continue };
            let topic = topics.entry(self.topic_name(partition)).or_default();
            *topic = join(*topic, span);
        }
        topics.into_iter().filter_map(|(topic, span)| Some((topic, span?))).collect()
    }
}

fn join(span: Option<(u64, u64)>, other: (u64, u64)) -> Option<(u64, u64)> {
    let Some((from_ns, to_ns)) = span else { return Some(other) };
    let clocks = [to_ns, other.0, other.1].map(clock_of);
    let joined = (other.0.min(from_ns), other.1.max(to_ns));
    Some(if clocks == [clock_of(from_ns); 3] { joined } else { EVER })
}
