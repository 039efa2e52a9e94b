//! Replicas of a partition.

use std::collections::BTreeMap;
use std::ops::Range;

use super::Compared;
use super::allowed::{Fact, Facts};
use super::clock::clock_of;
use super::findings::{Example, Findings};
use super::history::{NEVER, NONE, PartitionId, Replica, ReplicaRecord};
use super::index::Index;
use super::settings::Cleanup;
use super::watermarks::Watermarks;

/// Once healed, all replicas of a partition hold the same records at the same offsets, from the highest of
/// their first offsets up to the high watermark. Transaction markers count. A dump is of its time: the high watermark is
/// what was looked up of it by then, or, where nothing was sent any more, later. Where nobody had looked it up, the end of
/// the shortest dump stands for it; it is certain up to what was read, or acknowledged by all replicas, by then.
pub fn replica_divergence(index: &Index<'_>, findings: &mut Findings) -> Compared {
    let mut partitions: BTreeMap<PartitionId, Vec<Log<'_>>> = BTreeMap::new();
    let known = Watermarks::new(index);
    for replica in &index.history.replicas {
        let rows = replica.rows.0 as usize..replica.rows.1 as usize;
        partitions.entry(replica.partition).or_default().push(Log {
            replica,
            records: &index.history.replica_records[rows],
            high_watermark: known.looked_up_at(replica.partition, replica.at_ns),
            certain: known.proved_at(replica.partition, replica.at_ns),
        });
    }
    let mut compared = Compared::default();
    for (partition, mut logs) in partitions {
        compared.subjects += 1;
        logs.sort_by_key(|log| (log.replica.broker, log.replica.at_ns));
        // Against the longest one, so that what is in only one of the others is compared as well.
        let longest = |at: &usize| (logs[*at].certain_end(), logs[*at].end(), logs.len() - at);
        let first = (0..logs.len()).max_by_key(longest);
        let Some(first) = first.map(|at| logs.remove(at)) else { continue };
        let lowest = logs.iter().map(|log| log.replica.to).fold(first.replica.to, u64::min);
        for log in std::iter::once(&first).chain(&logs) {
            let to = log.high_watermark.unwrap_or(0);
            if log.replica.to < to && !logs.is_empty() {
                compared.compared += 1;
                report(
                    index,
                    findings,
                    (partition, log.replica.to),
                    span_of(index, partition, [log, log]),
                    false,
                    to - log.replica.to,
                    &format!(
                        "on broker {} it ends at {}, below the high watermark {to}",
                        log.replica.broker, log.replica.to,
                    ),
                );
            }
        }
        for log in &logs {
            let pair = Pair { index, partition, logs: [&first, log] };
            let from = first.replica.from.max(log.replica.from);
            let end = |log: &Log<'_>| match log.high_watermark {
                Some(_) => log.end(),
                None => lowest,
            };
            let certain = first.certain_end().min(log.certain_end());
            let to = match first.replica.broker == log.replica.broker {
                // What is above the high watermark a broker may replace.
                true => certain,
                false => end(&first).min(end(log)),
            };
            compared.compared += 1 + pair.compare(from..to, certain, findings);
        }
    }
    compared
}

/// One dump of one replica's log.
#[derive(Debug)]
struct Log<'h> {
    replica: &'h Replica,
    records: &'h [ReplicaRecord],
    /// At least so high was the high watermark then.
    high_watermark: Option<u64>,
    /// It was not below this, by what was read and acknowledged.
    certain: u64,
}

impl Log<'_> {
    /// Up to where it is compared.
    fn end(&self) -> u64 {
        self.high_watermark.map_or(self.replica.to, |known| known.min(self.replica.to))
    }

    /// Up to where what it holds was below the high watermark for certain.
    fn certain_end(&self) -> u64 {
        self.high_watermark.unwrap_or(self.certain).min(self.replica.to)
    }

    fn between(&self, from: u64, to: u64) -> &[ReplicaRecord] {
        let at = |offset| self.records.partition_point(|record| record.offset < offset);
        &self.records[at(from)..at(to).max(at(from))]
    }
}

/// Two dumps of one partition.
struct Pair<'p> {
    index: &'p Index<'p>,
    partition: PartitionId,
    logs: [&'p Log<'p>; 2],
}

impl Pair<'_> {
    /// Reports every offset at which the two differ, and says how many there were. Those from `certain` on may have been
    /// above the high watermark.
    fn compare(&self, offsets: Range<u64>, certain: u64, findings: &mut Findings) -> u64 {
        let [one, other] = self.logs.map(|log| log.between(offsets.start, offsets.end));
        let span = span_of(self.index, self.partition, self.logs);
        let (mut one, mut other) = (one.iter().peekable(), other.iter().peekable());
        let mut compared = 0;
        loop {
            let offset = match (one.peek(), other.peek()) {
                (None, None) => return compared,
                (Some(record), None) | (None, Some(record)) => record.offset,
                (Some(record), Some(other)) => record.offset.min(other.offset),
            };
            compared += 1;
            let pair = [
                one.next_if(|record| record.offset == offset),
                other.next_if(|record| record.offset == offset),
            ];
            if pair[0] != pair[1] {
                let said = |side: usize| {
                    format!(
                        "broker {} has {}",
                        self.logs[side].replica.broker,
                        self.say(pair[side])
                    )
                };
                let what = format!("{}, {}", said(0), said(1));
                report(
                    self.index,
                    findings,
                    (self.partition, offset),
                    span,
                    offset >= certain,
                    0,
                    &what,
                );
            }
        }
    }

    fn say(&self, record: Option<&ReplicaRecord>) -> String {
        match record {
            None => "nothing".into(),
            Some(record) if record.message == NONE => "a transaction marker".into(),
            Some(ReplicaRecord { message, digest, .. }) => {
                let digest = digest.map(|digest| format!(" (checksum {digest:08x})"));
                format!("{}{}", self.index.message(*message), digest.unwrap_or_default())
            }
        }
    }
}

/// From when something was sent to the topic until both dumps were made.
fn span_of(index: &Index<'_>, partition: PartitionId, logs: [&Log<'_>; 2]) -> (u64, u64) {
    let (from_ns, _) = index.in_use(index.topic_name(partition));
    let times = logs.map(|log| log.replica.at_ns);
    match times.into_iter().all(|at_ns| clock_of(at_ns) == clock_of(from_ns)) {
        true => (from_ns, times[0].max(times[1])),
        false => (0, NEVER),
    }
}

fn report(
    index: &Index<'_>,
    findings: &mut Findings,
    (partition, offset): (PartitionId, u64),
    span: (u64, u64),
    perhaps_above: bool,
    severity: u64,
    what: &str,
) {
    let topic = index.topic(partition);
    let facts = Facts::default()
        .with(Fact::OldMessageFormat, index.settings.old_format(topic, span))
        .with(Fact::Compacted, index.settings.cleanup(topic, span) == Cleanup::Compact)
        .with(Fact::UncleanElection, index.settings.unclean(topic, span))
        .with(Fact::MinIsrBelowTwo, index.settings.min_isr_below_two(topic, span))
        .with(Fact::WatermarkUnknown, perhaps_above);
    findings.add(facts, severity, || {
        let text = format!("{}: {what}", index.place(partition, offset));
        let example = index.example(partition, 0, 0, text);
        Example { offset: Some(offset), mono_ns: None, wall_ms: None, ..example }
    });
}
