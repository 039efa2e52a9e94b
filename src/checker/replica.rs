//! Replicas of a partition.

use std::collections::BTreeMap;

use super::Compared;
use super::allowed::{Fact, Facts};
use super::clock::{after, alike, clock_of};
use super::findings::{Example, Findings};
use super::history::{End, NEVER, NONE, PartitionId, Replica, ReplicaRecord, is_before};
use super::index::Index;
use super::settings::Cleanup;

/// Once healed, all replicas of a partition hold the same records at the same offsets, from the highest of
/// their first offsets up to the high watermark. Transaction markers count. A dump is of its time: the high watermark is
/// what was known of it by then, or, where nothing was sent any more, what was found later. Where it is not known,
/// the end of the dump stands for it.
pub fn replica_divergence(index: &Index<'_>, findings: &mut Findings) -> Compared {
    let mut partitions: BTreeMap<PartitionId, Vec<Log<'_>>> = BTreeMap::new();
    let known = Watermarks::new(index);
    for replica in &index.history.replicas {
        let rows = replica.rows.0 as usize..replica.rows.1 as usize;
        partitions.entry(replica.partition).or_default().push(Log {
            replica,
            records: &index.history.replica_records[rows],
            high_watermark: known.at(replica.partition, replica.at_ns),
        });
    }
    let mut compared = Compared::default();
    for (partition, mut logs) in partitions {
        compared.subjects += 1;
        logs.sort_by_key(|log| (log.replica.broker, log.replica.at_ns));
        // Against the longest one, so that what is in only one of the others is compared as well.
        let first = (0..logs.len()).max_by_key(|at| (logs[*at].end(), logs.len() - at));
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
            let to = end(&first).min(end(log));
            compared.compared += 1 + pair.compare(from, to, findings);
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
}

impl Log<'_> {
    /// Up to where it is compared.
    fn end(&self) -> u64 {
        self.high_watermark.map_or(self.replica.to, |known| known.min(self.replica.to))
    }

    fn between(&self, from: u64, to: u64) -> &[ReplicaRecord] {
        let at = |offset| self.records.partition_point(|record| record.offset < offset);
        &self.records[at(from)..at(to).max(at(from))]
    }
}

/// What is known of high watermarks.
struct Watermarks {
    /// For each partition when something was known.
    times: Vec<Vec<u64>>,
    /// And what; each the highest so far.
    known: Vec<Vec<u64>>,
    /// For each partition the times at which sends began, of which the last counts.
    last_send_ns: Vec<Vec<u64>>,
}

impl Watermarks {
    fn new(index: &Index<'_>) -> Self {
        let history = index.history;
        let [mut times, mut known, mut last_send_ns] =
            [(); 3].map(|()| vec![Vec::<u64>::new(); history.partitions.len()]);
        if history.replicas.is_empty() {
            return Self { times, known, last_send_ns };
        }
        let final_reads = &history.final_reads;
        let final_reads = final_reads.iter().map(|it| (it.at_ns, it.high_watermark, it.partition));
        let samples = &history.watermarks;
        let samples = samples.iter().map(|it| (it.at_ns, it.high_watermark, it.partition));
        let mut all: Vec<(u64, u64, PartitionId)> = final_reads.chain(samples).collect();
        all.sort_unstable();
        for (at_ns, high_watermark, partition) in all {
            let known = &mut known[partition as usize];
            known.push(known.last().copied().unwrap_or(0).max(high_watermark));
            times[partition as usize].push(at_ns);
        }
        let mut anywhere = vec![false; history.topics.len()];
        for (row, partition) in history.sends.partition.iter().enumerate() {
            // One without an end may arrive at any time.
            let end_ns = match history.sends.outcome[row] {
                // The marker of its transaction arrives some time after the commit was answered.
                End::Ok if history.sends.transaction[row] != NONE => NEVER,
                End::Ok => history.sends.end_ns[row],
                End::Failed => continue,
                End::Unknown => NEVER,
            };
            if history.partitions[*partition as usize].number.is_none() {
                // It may have been any of its topic's.
                anywhere[history.partitions[*partition as usize].topic as usize] = true;
            }
            let last = &mut last_send_ns[*partition as usize];
            match last.iter_mut().find(|last| clock_of(**last) == clock_of(end_ns)) {
                Some(last) => *last = end_ns.max(*last),
                None => last.push(end_ns),
            }
        }
        for (partition, last) in history.partitions.iter().zip(&mut last_send_ns) {
            if anywhere[partition.topic as usize] {
                last.push(NEVER);
            }
        }
        Self { times, known, last_send_ns }
    }

    /// What the high watermark was at least at a time, if anything is known.
    fn at(&self, partition: PartitionId, at_ns: u64) -> Option<u64> {
        let times = &self.times[partition as usize];
        let over = self.last_send_ns[partition as usize].iter().all(|last| is_before(*last, at_ns));
        let of_clock = alike(times, at_ns);
        let later = if over { 0 } else { after(times, at_ns).len() };
        let last = (of_clock.len() > later).then(|| of_clock.end - later - 1)?;
        Some(self.known[partition as usize][last])
    }
}

/// Two dumps of one partition.
struct Pair<'p> {
    index: &'p Index<'p>,
    partition: PartitionId,
    logs: [&'p Log<'p>; 2],
}

impl Pair<'_> {
    /// Reports every offset at which the two differ, and says how many there were.
    fn compare(&self, from: u64, to: u64, findings: &mut Findings) -> u64 {
        let [one, other] = self.logs.map(|log| log.between(from, to));
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
                report(self.index, findings, (self.partition, offset), 0, &what);
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

fn report(
    index: &Index<'_>,
    findings: &mut Findings,
    (partition, offset): (PartitionId, u64),
    severity: u64,
    what: &str,
) {
    let topic = index.topic_name(partition);
    let ever = (0, u64::MAX);
    let facts = Facts::default()
        .with(Fact::OldMessageFormat, index.settings.old_format(topic))
        .with(Fact::Compacted, index.settings.cleanup(topic, ever) == Cleanup::Compact)
        .with(Fact::UncleanElection, index.settings.unclean(topic, ever))
        .with(Fact::MinIsrBelowTwo, index.settings.min_isr_below_two(topic, ever));
    findings.add(facts, severity, || {
        let text = format!("{}: {what}", index.place(partition, offset));
        let example = index.example(partition, 0, 0, text);
        Example { offset: Some(offset), mono_ns: None, wall_ms: None, ..example }
    });
}
