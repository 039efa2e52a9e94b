//! Progress of the last stable offset.

use std::cell::OnceCell;

use super::Compared;
use super::allowed::{Fact, Facts};
use super::clock::is_on_clock;
use super::findings::{Example, Findings};
use super::history::{History, NEVER, NONE, Watermark};
use super::index::Index;

/// The last stable offset follows the high watermark once transactions end: it does not stay below it for
/// longer than the scenario's limit, counted from when no transaction should be open any more. A
/// transaction of which neither commit nor abort is certain should be open until its time-out.
pub fn stuck(index: &Index<'_>, findings: &mut Findings) -> Compared {
    let history = index.history;
    let mut samples: Vec<Watermark> =
        history.watermarks.iter().filter(|sample| is_on_clock(sample.at_ns)).copied().collect();
    samples.sort_by_key(|sample| (sample.partition, sample.at_ns));
    let mut compared = Compared::default();
    let limits_ms = history.strictest_limits(|limits| limits.stuck_ms);
    let writers = Writers::default();
    for partition in samples.chunk_by(|one, other| one.partition == other.partition) {
        let topic = history.partitions[partition[0].partition as usize].topic;
        let Some(limit_ms) = limits_ms[topic as usize] else { continue };
        let limit_ns = limit_ms.saturating_mul(1_000_000);
        compared.subjects += partition.len() as u64;
        compared.compared += partition.len() as u64;
        let same = |one: &Watermark, other: &Watermark| {
            one.last_stable == other.last_stable && one.last_stable < one.high_watermark
        };
        for span in partition.chunk_by(same) {
            let (first, last) = (span[0], span[span.len() - 1]);
            let total_ns = last.at_ns.saturating_sub(first.at_ns);
            if total_ns <= limit_ns {
                continue;
            }
            let open_ns = writers.open_until(index, first).max(first.at_ns);
            let excused = last.at_ns.saturating_sub(open_ns) <= limit_ns;
            let weak = index.since_first_sent(first.partition, last.at_ns);
            // With the end of its log a partition may lose the marker that would end a transaction.
            let facts = Facts::default()
                .with(Fact::WithinTransactionTimeout, excused)
                .with_elections(index, first.partition, weak, weak);
            findings.add(facts, total_ns, || {
                let text = format!(
                    "the last stable offset of {} stayed at {} for {} ms, below the high watermark",
                    index.partition(first.partition),
                    first.last_stable,
                    total_ns / 1_000_000,
                );
                let example = index.example(first.partition, first.at_ns, last.at_ns, text);
                Example { offset: Some(first.last_stable), ..example }
            });
        }
    }
    compared
}

/// For each partition when the last transaction that wrote to it ended, worked out when somebody asks.
#[derive(Debug, Default)]
struct Writers(OnceCell<Vec<u64>>);

impl Writers {
    /// Until when a transaction may have been open at this last stable offset: the one whose message is there,
    /// or, where that is not known, any that wrote to the partition.
    fn open_until(&self, index: &Index<'_>, at: Watermark) -> u64 {
        let history = index.history;
        let sends = index.acknowledged.of(at.partition);
        let offset = |send: &u32| history.sends.offset[*send as usize];
        let owner = sends.partition_point(|send| offset(send) < at.last_stable);
        let owner = sends.get(owner).filter(|send| offset(send) == at.last_stable);
        let owner = owner.map(|send| history.sends.transaction[*send as usize]);
        if let Some(id) = owner.filter(|id| *id != NONE) {
            return end_ns(history, id);
        }
        self.0.get_or_init(|| last_ends_ns(history))[at.partition as usize]
    }
}

fn last_ends_ns(history: &History) -> Vec<u64> {
    let mut last = vec![0; history.partitions.len()];
    let mut anywhere = vec![0; history.topics.len()];
    for (partition, id) in history.sends.partition.iter().zip(&history.sends.transaction) {
        if *id != NONE {
            let last: &mut u64 = &mut last[*partition as usize];
            *last = end_ns(history, *id).max(*last);
        }
        // Where a line does not name the partition, any of the topic's may be meant.
        let it = history.partitions[*partition as usize];
        if *id != NONE && it.number.is_none() {
            let last: &mut u64 = &mut anywhere[it.topic as usize];
            *last = end_ns(history, *id).max(*last);
        }
    }
    let topics = history.partitions.iter().map(|it| it.topic);
    last.iter().zip(topics).map(|(last, topic)| anywhere[topic as usize].max(*last)).collect()
}

/// When a transaction was ended, or its time-out is over.
pub(super) fn end_ns(history: &History, id: u32) -> u64 {
    let transaction = history.transactions[id as usize];
    if transaction.end_ns != NEVER {
        return transaction.end_ns;
    }
    let timeout_ms = history.clients[transaction.client as usize].transaction_timeout_ms;
    // The coordinator counts from the first partition or group that is added to the transaction: it was by the time the
    // first message was acknowledged.
    let first_ns = match transaction.first_done_ns {
        NEVER if transaction.first_start_ns == NEVER => transaction.begin_ns,
        NEVER => transaction.first_start_ns,
        first_done_ns => first_done_ns,
    };
    first_ns.saturating_add(timeout_ms.saturating_mul(1_000_000))
}
