//! Replicas of a partition.

use std::collections::BTreeMap;

use super::Compared;
use super::allowed::{Fact, Facts};
use super::findings::{Example, Findings};
use super::history::{NONE, PartitionId, ReplicaRecord};
use super::index::Index;

/// Once healed, all replicas of a partition hold the same records at the same offsets, from the highest of
/// their first offsets up to the high watermark. Transaction markers count. Where the high watermark is not
/// known, the lowest of their ends stands for it.
pub fn replica_divergence(index: &Index<'_>, findings: &mut Findings) -> Compared {
    let history = index.history;
    let mut partitions: BTreeMap<PartitionId, BTreeMap<i32, Log>> = BTreeMap::new();
    for replica in &history.replicas {
        let logs = partitions.entry(replica.partition).or_default();
        let log =
            logs.entry(replica.broker).or_insert(Log { from: u64::MAX, to: 0, records: vec![] });
        log.from = log.from.min(replica.from);
        log.to = log.to.max(replica.to);
        let rows = replica.rows.0 as usize..replica.rows.1 as usize;
        log.records.extend_from_slice(&history.replica_records[rows]);
    }
    let mut compared = Compared::default();
    for (partition, mut logs) in partitions {
        compared.subjects += 1;
        for log in logs.values_mut() {
            log.records.sort_by_key(|record| record.offset);
        }
        let Some((first_broker, first)) = logs.pop_first() else { continue };
        let from = logs.values().map(|log| log.from).fold(first.from, u64::max);
        let known = index.ends[partition as usize].high_watermark;
        let lowest = logs.values().map(|log| log.to).fold(first.to, u64::min);
        let to = if known > 0 { known } else { lowest };
        for (broker, log) in &logs {
            compared.compared += 1;
            let pair = Pair { index, partition, brokers: [first_broker, *broker] };
            for (side, log) in [&first, log].into_iter().enumerate() {
                if log.to < to {
                    pair.report(
                        findings,
                        to - log.to,
                        log.to,
                        &format!(
                            "on broker {} it ends at {}, below the high watermark {to}",
                            pair.brokers[side], log.to,
                        ),
                    );
                }
            }
            let end = to.min(first.to).min(log.to);
            pair.compare(first.between(from, end), log.between(from, end), findings);
        }
    }
    compared
}

/// One replica's log.
#[derive(Debug)]
struct Log {
    from: u64,
    to: u64,
    records: Vec<ReplicaRecord>,
}

impl Log {
    fn between(&self, from: u64, to: u64) -> &[ReplicaRecord] {
        let at = |offset| self.records.partition_point(|record| record.offset < offset);
        &self.records[at(from)..at(to).max(at(from))]
    }
}

/// Two replicas of one partition.
struct Pair<'p> {
    index: &'p Index<'p>,
    partition: PartitionId,
    brokers: [i32; 2],
}

impl Pair<'_> {
    /// Reports every offset at which the two differ.
    fn compare(&self, one: &[ReplicaRecord], other: &[ReplicaRecord], findings: &mut Findings) {
        let (mut one, mut other) = (one.iter().peekable(), other.iter().peekable());
        loop {
            let offset = match (one.peek(), other.peek()) {
                (None, None) => return,
                (Some(record), None) | (None, Some(record)) => record.offset,
                (Some(record), Some(other)) => record.offset.min(other.offset),
            };
            let pair = [
                one.next_if(|record| record.offset == offset),
                other.next_if(|record| record.offset == offset),
            ];
            if pair[0] != pair[1] {
                let said = |side: usize| {
                    format!("broker {} has {}", self.brokers[side], self.say(pair[side]))
                };
                self.report(findings, 0, offset, &format!("{}, {}", said(0), said(1)));
            }
        }
    }

    fn say(&self, record: Option<&ReplicaRecord>) -> String {
        match record {
            None => "nothing".into(),
            Some(record) if record.message == NONE => "a transaction marker".into(),
            Some(ReplicaRecord { message, digest, .. }) => {
                format!("{} (checksum {digest:08x})", self.index.message(*message))
            }
        }
    }

    fn report(&self, findings: &mut Findings, severity: u64, offset: u64, what: &str) {
        let topic = self.index.history.topic_of(self.partition);
        let facts = Facts::default()
            .with(Fact::OldMessageFormat, topic.message_format < 2)
            .with(Fact::UncleanElection, topic.unclean_election);
        findings.add(facts, severity, || {
            let text = format!("{}: {what}", self.index.place(self.partition, offset));
            let example = self.index.example(self.partition, 0, 0, text);
            Example { offset: Some(offset), mono_ns: None, wall_ms: None, ..example }
        });
    }
}
