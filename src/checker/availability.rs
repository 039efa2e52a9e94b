//! How long nothing could be written to a topic, or nothing was read from it.

use rustc_hash::{FxHashMap, FxHashSet};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Compared;
use super::allowed::Facts;
use super::clock::is_on_clock;
use super::findings::{Example, Findings};
use super::gaps::Times;
use super::history::{ClientId, End, Fate, History, Limits, NONE};
use super::index::{Index, is_in_log};

/// A shorter gap is latency rather than unavailability, and is listed only as the longest, in milliseconds.
pub const LISTED_FROM_MS: u32 = 500;

/// Times without a success in one topic; they are reported whatever the scenario allows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Availability {
    /// Topic.
    pub topic: String,
    /// Longest time in which sends were waiting and none was acknowledged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub longest_write_gap: Option<Gap>,
    /// Longest time from an acknowledged send, or the read before if that was later, to the next read, as far as
    /// somebody tried to read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub longest_read_gap: Option<Gap>,
    /// Every time in which sends were waiting and none was acknowledged.
    #[serde(default, skip_serializing_if = "Gaps::is_empty")]
    pub write_gaps: Gaps,
    /// Every time from an acknowledged send, or the read before if that was later, to the next read, as far as
    /// somebody tried to read.
    #[serde(default, skip_serializing_if = "Gaps::is_empty")]
    pub read_gaps: Gaps,
}

/// Gaps of [`LISTED_FROM_MS`] and more.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Gaps {
    /// The longest 20, in the order of time.
    pub longest: Vec<Gap>,
    /// How many others there were.
    #[serde(default)]
    pub others: u64,
}

/// A span of time, to the millisecond.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub struct Gap {
    /// How long, in nanoseconds.
    pub ns: u64,
    /// Monotonic time at which it began.
    pub from_ns: u64,
}

/// Some write, and some read, succeeds within the scenario's limit. A scenario that states none is not judged.
pub(super) fn unavailable(index: &Index<'_>, findings: &mut Findings) -> Compared {
    let history = index.history;
    let mut compared = Compared::default();
    let limited =
        |limits: &Limits| limits.writes_unavailable_ms.or(limits.reads_unavailable_ms).is_some();
    if !history.limits.iter().any(limited) {
        return compared;
    }
    let of_writes = history.strictest_limits(|limits| limits.writes_unavailable_ms);
    let of_reads = history.strictest_limits(|limits| limits.reads_unavailable_ms);
    for (topic, found) in longest_gaps(index).into_iter().enumerate() {
        let pairs = [
            (of_writes[topic], found.longest_write_gap, "written to"),
            (of_reads[topic], found.longest_read_gap, "read from"),
        ];
        for (limit_ms, gap, verb) in pairs {
            let Some(limit_ms) = limit_ms else { continue };
            compared.subjects += 1;
            let Some(gap) = gap else { continue };
            compared.compared += 1;
            if gap.ns > limit_ms.saturating_mul(1_000_000) {
                findings.add(Facts::default(), gap.ns, || Example {
                    text: format!(
                        "nothing was {verb} {} for {} ms; allowed are {limit_ms} ms",
                        found.topic,
                        gap.ns / 1_000_000,
                    ),
                    topic: Some(found.topic.clone()),
                    ..index.example_at(gap.from_ns, gap.from_ns.saturating_add(gap.ns))
                });
            }
        }
    }
    compared
}

/// The longest gaps of every topic, in the order of the topics.
pub fn longest_gaps(index: &Index<'_>) -> Vec<Availability> {
    let history = index.history;
    let polls = history.polls.iter().map(|poll| &poll.start_ns);
    let in_vain = history.empty_polls.iter().map(|polls| &polls.start_ns);
    let base_ns = history.sends.start_ns.iter().chain(polls).chain(in_vain);
    let base_ns = base_ns.min().copied().unwrap_or(0);
    // 32 bits of milliseconds are 49 days.
    let ms = |ns: u64| u32::try_from(ns.saturating_sub(base_ns) / 1_000_000).unwrap_or(u32::MAX);
    let mut times: Vec<Times> = history.topics.iter().map(|_| Times::default()).collect();
    let topic = |partition: u32| history.partitions[partition as usize].topic as usize;
    let mut crashes: FxHashMap<ClientId, Vec<u64>> = FxHashMap::default();
    for (client, at_ns) in history.crashes.iter().filter(|(_, at_ns)| is_on_clock(*at_ns)) {
        crashes.entry(*client).or_default().push(*at_ns);
    }
    crashes.values_mut().for_each(|at| at.sort_unstable());
    let read_by = read_by(index, ms);
    for row in 0..history.sends.len() {
        let start = history.sends.start_ns[row];
        if !is_on_clock(start) {
            continue;
        }
        let times = &mut times[topic(history.sends.partition[row])];
        times.starts.push(ms(start));
        let end = history.sends.end_ns[row];
        if !is_on_clock(end) {
            // Its client waits no longer once it has died.
            let client = history.sends.client[row];
            let died = crashes.get(&client).into_iter().flatten().find(|at| **at >= start);
            times.refused.extend(died.map(|at| ms(*at)));
            continue;
        }
        if history.sends.outcome[row] == End::Ok {
            times.acknowledged.push(ms(end));
            let readable = readable_from(index, row).map(ms);
            let first_read = read_by[history.sends.message[row] as usize];
            times.unread.extend(readable.filter(|readable| *readable < first_read));
        } else {
            times.refused.push(ms(end));
        }
    }
    // For each client the topic that it has read last, and all of them.
    let mut read = FxHashSet::default();
    let mut last = vec![NONE; history.clients.len()];
    for (row, partition) in history.reads.partition.iter().enumerate() {
        let poll = history.polls[history.reads.poll[row] as usize];
        if !counts(history, poll.client, (poll.start_ns, poll.end_ns)) {
            continue;
        }
        let topic = topic(*partition);
        let (start, end) = (ms(poll.start_ns), ms(poll.end_ns));
        let last = &mut last[poll.client as usize];
        if std::mem::replace(last, topic as u32) != topic as u32 {
            read.insert((poll.client, topic));
        }
        let times = &mut times[topic];
        if times.reads.last() != Some(&end) {
            times.reads.push(end);
            times.tried.push((start, end));
        }
    }
    for turn in history.turns.iter().filter(|turn| !turn.seek && turn.partition != NONE) {
        read.insert((turn.client, topic(turn.partition)));
    }
    let mut topics_of = vec![Vec::new(); history.clients.len()];
    for (client, topic) in read {
        topics_of[client as usize].push(topic);
    }
    for polls in &history.empty_polls {
        if !counts(history, polls.client, (polls.start_ns, polls.end_ns)) {
            continue;
        }
        for topic in &topics_of[polls.client as usize] {
            // From a topic that was deleted nothing can be read any more.
            let end_ns = polls.end_ns.min(history.topics[*topic].deleted_ns);
            if polls.start_ns < end_ns {
                times[*topic].tried.push((ms(polls.start_ns), ms(end_ns)));
            }
        }
    }
    let gaps = |(topic, mut times): (&super::history::Topic, Times)| {
        times.sort();
        let gap = |(length, from): (u32, u32)| Gap {
            ns: u64::from(length) * 1_000_000,
            from_ns: base_ns + u64::from(from) * 1_000_000,
        };
        let (writes, reads) = (times.write_gaps(), times.read_gaps());
        Availability {
            topic: index.name(topic.name).to_owned(),
            longest_write_gap: writes.longest.map(gap),
            longest_read_gap: reads.longest.map(gap),
            write_gaps: writes.listed(gap),
            read_gaps: reads.listed(gap),
        }
    };
    history.topics.iter().zip(times).map(gaps).collect()
}

/// Whether a poll counts. Final readers read when the load has ended: how long that took to begin says nothing.
fn counts(history: &History, client: ClientId, (start_ns, end_ns): (u64, u64)) -> bool {
    let is_final = history.clients[client as usize].final_reader;
    !is_final && is_on_clock(start_ns) && is_on_clock(end_ns)
}

/// For each message when the first poll ended that got it from the log that it was sent to. Consumers may be told of a
/// message before its producer is.
fn read_by(index: &Index<'_>, ms: impl Fn(u64) -> u32) -> Vec<u32> {
    let history = index.history;
    let mut read_by = vec![u32::MAX; history.messages.len()];
    for (row, message) in history.reads.message.iter().enumerate() {
        let poll = history.polls[history.reads.poll[row] as usize];
        let send = history.send_of[*message as usize];
        if counts(history, poll.client, (poll.start_ns, poll.end_ns))
            && is_in_log(history, row, send)
        {
            let first = &mut read_by[*message as usize];
            *first = (*first).min(ms(poll.end_ns));
        }
    }
    read_by
}

/// When a message that was acknowledged can be read: in a transaction from its commit on, and never when there is none.
fn readable_from(index: &Index<'_>, send: usize) -> Option<u64> {
    let history = index.history;
    let sent_ns = history.sends.end_ns[send];
    let transaction = history.sends.transaction[send];
    if transaction == NONE {
        return Some(sent_ns);
    }
    let ended_ns = history.transactions[transaction as usize].end_ns;
    let ended_ns = Some(ended_ns).filter(|ended_ns| is_on_clock(*ended_ns));
    (index.fate(transaction) == Fate::Committed).then(|| sent_ns.max(ended_ns.unwrap_or(0)))
}

impl Gaps {
    /// True when no gap was long enough.
    pub fn is_empty(&self) -> bool {
        self.longest.is_empty()
    }
}
