//! What clients did, second by second, from their history: for plots, not for verdicts.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::checker::history::{End, History, NEVER, NONE};

const SECOND_NS: u64 = 1_000_000_000;

/// Seconds that are reported of one scenario at most: a day. What comes later is left out.
const MOST_SECONDS: usize = 86_400;

/// What clients did, second by second.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Activity {
    /// Start of the first second.
    #[schemars(with = "String")]
    pub began: Timestamp,
    /// Every second up to the last in which something happened.
    pub seconds: Vec<Second>,
}

/// One second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Second {
    /// Sends acknowledged.
    pub acknowledged: u64,
    /// Sends that failed, or of which it is not known.
    pub failed: u64,
    /// Records read.
    pub read: u64,
    /// Half of the sends acknowledged in it took at most so long, in microseconds; none without any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p50_us: Option<u64>,
    /// 99 of 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p99_us: Option<u64>,
    /// All.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_us: Option<u64>,
}

/// What is counted of a second.
#[derive(Debug, Default)]
struct Tally {
    second: Second,
    latencies_us: Vec<u64>,
}

/// What the clients of a history did; none where they did nothing, or where it has no wall clock. A send whose
/// end is not known counts when it began. Readers that read everything for a verdict do not count.
pub fn activity(history: &History) -> Option<Activity> {
    let sends = &history.sends;
    let reads = history.reads.poll.iter().enumerate();
    let reads = reads
        .filter(|(row, _)| !history.reader_of(u32::try_from(*row).unwrap_or(NONE)).final_reader);
    let reads: Vec<u64> = reads.map(|(_, poll)| history.polls[*poll as usize].end_ns).collect();
    let base_ns = sends.start_ns.iter().chain(&reads).min().copied()?;
    let mut tallies = Tallies { base_ns, tallies: Vec::new() };
    for row in 0..sends.len() {
        let (start, end) = (sends.start_ns[row], sends.end_ns[row]);
        let Some(tally) = tallies.at(if end == NEVER { start } else { end }) else { continue };
        if sends.outcome[row] == End::Ok && end != NEVER {
            tally.second.acknowledged += 1;
            tally.latencies_us.push(end.saturating_sub(start) / 1000);
        } else {
            tally.second.failed += 1;
        }
    }
    for at_ns in reads {
        if let Some(tally) = tallies.at(at_ns) {
            tally.second.read += 1;
        }
    }
    let began_ms = i64::try_from(base_ns / 1_000_000).ok()?.checked_add(history.wall_offset_ms?)?;
    Some(Activity {
        began: Timestamp::from_millisecond(began_ms).ok()?,
        seconds: tallies.tallies.into_iter().map(Tally::finish).collect(),
    })
}

#[derive(Debug)]
struct Tallies {
    base_ns: u64,
    tallies: Vec<Tally>,
}

impl Tallies {
    fn at(&mut self, at_ns: u64) -> Option<&mut Tally> {
        let row = usize::try_from(at_ns.saturating_sub(self.base_ns) / SECOND_NS).ok()?;
        if row >= MOST_SECONDS {
            return None;
        }
        if row >= self.tallies.len() {
            self.tallies.resize_with(row + 1, Tally::default);
        }
        self.tallies.get_mut(row)
    }
}

impl Tally {
    fn finish(mut self) -> Second {
        self.latencies_us.sort_unstable();
        // The smallest latency that this share of the sends did not exceed.
        let at = |percent: usize| {
            let rank = (self.latencies_us.len() * percent).div_ceil(100);
            self.latencies_us.get(rank.checked_sub(1)?).copied()
        };
        Second { p50_us: at(50), p99_us: at(99), max_us: at(100), ..self.second }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::history::load::Loader;

    fn read(lines: &str) -> History {
        let head = r#"{"format":"kafka-trial-history","version":1}"#;
        let mut loader = Loader::default();
        loader.read(Path::new("h"), format!("{head}\n{lines}").as_bytes()).expect("readable");
        loader.finish()
    }

    #[test]
    fn sends_count_when_they_end_and_reads_when_they_are_returned() {
        let history = read(
            r#"{"start":"send","client":"p","id":1,"topic":"t","message":"a","mono_ns":5000000000,"wall_ms":1000000005000}
{"start":"send","client":"p","id":2,"topic":"t","message":"b","mono_ns":5100000000}
{"end":"ok","client":"p","id":1,"partition":0,"offset":0,"mono_ns":5200000000}
{"start":"send","client":"p","id":3,"topic":"t","message":"c","mono_ns":5300000000}
{"end":"failed","client":"p","id":2,"mono_ns":7100000000}
{"start":"poll","client":"c","id":1,"mono_ns":7000000000}
{"end":"ok","client":"c","id":1,"batches":[{"topic":"t","partition":0,"records":[[0,"a"]]}],"mono_ns":7200000000}
"#,
        );
        let activity = activity(&history).expect("something happened");
        assert_eq!(activity.began.as_millisecond(), 1_000_000_005_000);
        let us = Some(200_000);
        let first = Second {
            acknowledged: 1,
            // The third send has no end.
            failed: 1,
            read: 0,
            p50_us: us,
            p99_us: us,
            max_us: us,
        };
        let last = Second { failed: 1, read: 1, ..Second::default() };
        assert_eq!(activity.seconds, [first, Second::default(), last]);
    }

    #[test]
    fn nothing_done_is_no_activity() {
        assert_eq!(activity(&read("")), None);
    }

    #[test]
    fn percentiles_are_of_the_sends_that_were_acknowledged() {
        let tally = Tally { latencies_us: (1..=200).rev().collect(), ..Tally::default() };
        let second = tally.finish();
        assert_eq!(
            (second.p50_us, second.p99_us, second.max_us),
            (Some(100), Some(198), Some(200))
        );
    }
}
