//! How long nothing could be written to a topic, or nothing was read from it.

use serde::{Deserialize, Serialize};

use super::Compared;
use super::allowed::Facts;
use super::findings::{Example, Findings};
use super::history::{End, Limits, NEVER, NONE};
use super::index::Index;

/// A shorter gap is latency rather than unavailability, and is listed only as the longest, in milliseconds.
pub const LISTED_FROM_MS: u32 = 500;

/// How many gaps of a topic are listed, for writes and for reads each.
const LISTED: usize = 20;

/// Times without a success in one topic; they are reported whatever the scenario allows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Availability {
    /// Topic.
    pub topic: String,
    /// Longest time in which sends were waiting and none was acknowledged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub longest_write_gap: Option<Gap>,
    /// Longest time from an acknowledged send, or the read before if that was later, to the next read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub longest_read_gap: Option<Gap>,
    /// Every time in which sends were waiting and none was acknowledged.
    #[serde(default, skip_serializing_if = "Gaps::is_empty")]
    pub write_gaps: Gaps,
    /// Every time from an acknowledged send, or the read before if that was later, to the next read.
    #[serde(default, skip_serializing_if = "Gaps::is_empty")]
    pub read_gaps: Gaps,
}

/// Gaps of [`LISTED_FROM_MS`] and more.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Gaps {
    /// The longest 20, in the order of time.
    pub longest: Vec<Gap>,
    /// How many others there were.
    #[serde(default)]
    pub others: u64,
}

/// A span of time, to the millisecond.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
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
    for (topic, found) in longest_gaps(index).into_iter().enumerate() {
        let limits = history.limits.iter();
        let limits = limits.filter(|limits| limits.topic.is_none_or(|of| of as usize == topic));
        for limits in limits {
            let pairs = [
                (limits.writes_unavailable_ms, found.longest_write_gap, "written to"),
                (limits.reads_unavailable_ms, found.longest_read_gap, "read from"),
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
    }
    compared
}

/// The longest gaps of every topic, in the order of the topics.
pub fn longest_gaps(index: &Index<'_>) -> Vec<Availability> {
    let history = index.history;
    let base_ns =
        history.sends.start_ns.iter().chain(history.polls.iter().map(|poll| &poll.end_ns));
    let base_ns = base_ns.min().copied().unwrap_or(0);
    // 32 bits of milliseconds are 49 days.
    let ms = |ns: u64| u32::try_from(ns.saturating_sub(base_ns) / 1_000_000).unwrap_or(u32::MAX);
    let mut times: Vec<Times> = history.topics.iter().map(|_| Times::default()).collect();
    let topic = |partition: u32| history.partitions[partition as usize].topic as usize;
    for row in 0..history.sends.len() {
        let times = &mut times[topic(history.sends.partition[row])];
        times.starts.push(ms(history.sends.start_ns[row]));
        let end = history.sends.end_ns[row];
        if end == NEVER {
            continue;
        }
        if history.sends.outcome[row] == End::Ok {
            times.acknowledged.push(ms(end));
        } else {
            times.refused.push(ms(end));
        }
    }
    for (row, partition) in history.reads.partition.iter().enumerate() {
        // Final readers read when the load has ended: how long that took to begin says nothing.
        if history.reader_of(u32::try_from(row).unwrap_or(NONE)).final_reader {
            continue;
        }
        let end = ms(history.polls[history.reads.poll[row] as usize].end_ns);
        let reads = &mut times[topic(*partition)].reads;
        if reads.last() != Some(&end) {
            reads.push(end);
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

/// Times of one topic, in milliseconds since the first. Gaps are their lengths and where they begin.
#[derive(Debug, Default)]
struct Times {
    starts: Vec<u32>,
    acknowledged: Vec<u32>,
    refused: Vec<u32>,
    reads: Vec<u32>,
}

impl Times {
    fn sort(&mut self) {
        for times in [&mut self.starts, &mut self.acknowledged, &mut self.refused, &mut self.reads]
        {
            if !times.is_sorted() {
                times.sort();
            }
        }
    }

    /// A gap begins with a success while other sends are waiting, or with the first start after it.
    fn write_gaps(&self) -> Found {
        let last = [self.starts.last(), self.refused.last()].into_iter().flatten().max().copied();
        let (Some(first), Some(last)) = (self.starts.first().copied(), last) else {
            return Found::default();
        };
        let mut found = Found { longest: Some((0, first)), long: Vec::new() };
        let (mut started, mut refused) = (0, 0);
        let mut before = None;
        let ends = self.acknowledged.iter().copied().chain(
            // The time after the last success counts as far as sends were tried.
            (self.acknowledged.last().is_none_or(|end| *end < last)).then_some(last),
        );
        for (acknowledged, end) in ends.enumerate() {
            let from = match before {
                None => first,
                Some(before) => {
                    while self.starts.get(started).is_some_and(|start| *start <= before) {
                        started += 1;
                    }
                    while self.refused.get(refused).is_some_and(|refused| *refused <= before) {
                        refused += 1;
                    }
                    if started > acknowledged + refused {
                        before
                    } else {
                        self.starts.get(started).copied().unwrap_or(end)
                    }
                }
            };
            found.add(from, end);
            before = Some(end);
        }
        found
    }

    fn read_gaps(&self) -> Found {
        let Some(first) = self.reads.first() else { return Found::default() };
        let mut found = Found { longest: Some((0, *first)), long: Vec::new() };
        let mut acknowledged = 0;
        let mut before = 0;
        for read in &self.reads {
            while self.acknowledged.get(acknowledged).is_some_and(|end| *end <= before) {
                acknowledged += 1;
            }
            if let Some(from) = self.acknowledged.get(acknowledged) {
                found.add(*from, *read);
            }
            before = *read;
        }
        found
    }
}

/// Gaps of one topic: their lengths, and where they begin.
#[derive(Debug, Default, PartialEq)]
struct Found {
    longest: Option<(u32, u32)>,
    /// Those that are long enough to be listed.
    long: Vec<(u32, u32)>,
}

impl Found {
    fn add(&mut self, from: u32, to: u32) {
        let gap = (to.saturating_sub(from), from);
        self.longest = self.longest.max(Some(gap));
        if gap.0 >= LISTED_FROM_MS {
            self.long.push(gap);
        }
    }

    fn listed(mut self, gap: impl Fn((u32, u32)) -> Gap) -> Gaps {
        self.long.sort_unstable_by_key(|gap| std::cmp::Reverse(*gap));
        let others = self.long.len().saturating_sub(LISTED) as u64;
        self.long.truncate(LISTED);
        self.long.sort_unstable_by_key(|(_, from)| *from);
        Gaps { longest: self.long.into_iter().map(gap).collect(), others }
    }
}

impl Gaps {
    /// True when no gap was long enough.
    pub fn is_empty(&self) -> bool {
        self.longest.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_only_while_somebody_tries() {
        let times = Times {
            starts: vec![0, 10, 1000, 1001],
            acknowledged: vec![5, 15, 1100],
            refused: vec![1050],
            reads: vec![],
        };
        assert_eq!(times.write_gaps().longest, Some((100, 1000)));
    }

    #[test]
    fn a_send_that_waits_makes_the_gap_begin_with_the_last_success() {
        let times = Times { starts: vec![0, 1], acknowledged: vec![5, 500], ..Times::default() };
        assert_eq!(times.write_gaps().longest, Some((495, 5)));
    }

    #[test]
    fn sends_that_never_succeed_are_a_gap() {
        let times = Times { starts: vec![0, 1], refused: vec![900], ..Times::default() };
        assert_eq!(times.write_gaps().longest, Some((900, 0)));
    }

    #[test]
    fn reading_counts_from_when_there_is_something_to_read() {
        let times = Times {
            starts: vec![0, 800],
            acknowledged: vec![5, 810],
            refused: vec![],
            reads: vec![20, 900],
        };
        assert_eq!(times.read_gaps().longest, Some((90, 810)));
    }

    #[test]
    fn the_longest_gaps_are_listed_as_they_came_and_the_others_are_counted() {
        // One send at a time, each two seconds after the one before and each waiting a little longer.
        let starts: Vec<_> = (0..30).map(|number| number * 2000).collect();
        let acknowledged = starts.iter().zip(0..).map(|(start, number)| start + 480 + 10 * number);
        let acknowledged = acknowledged.collect();
        let times = Times { starts, acknowledged, ..Times::default() };
        let gap = |(length, from)| Gap { ns: u64::from(length), from_ns: u64::from(from) };
        let Gaps { longest, others } = times.write_gaps().listed(gap);
        let expected: Vec<_> =
            (10..30u64).map(|number| (480 + 10 * number, number * 2000)).collect();
        let found: Vec<_> = longest.into_iter().map(|gap| (gap.ns, gap.from_ns)).collect();
        assert_eq!(found, expected);
        assert_eq!(others, 8, "the first two were too short");
    }

    #[test]
    fn every_gap_between_reads_is_found() {
        let times = Times {
            starts: vec![0, 1000, 4000],
            acknowledged: vec![5, 1005, 4005],
            refused: vec![],
            reads: vec![705, 2005, 4010],
        };
        assert_eq!(times.read_gaps().long, [(700, 5), (1000, 1005)]);
        assert_eq!(times.read_gaps().longest, Some((1000, 1005)));
    }
}
