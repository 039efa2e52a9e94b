//! What a producer in a process of its own is told, and what it tells.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use super::ids::Ids;
use super::probe::Portion;
use super::send::{Sent, Work};

/// The first line of its standard input; when the input ends, it stops.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LoadTask {
    /// What it has to do.
    pub load: Work,
}

/// A line of its standard output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LoadReport {
    /// What it has done in a tenth of a second.
    Done(Portion),
    /// It has ended: messages handed over, and the ranges of those that were acknowledged.
    Sent(u64, Vec<RangeInclusive<u64>>),
    /// It cannot go on.
    Failed(String),
}

impl LoadReport {
    /// The report of the end.
    pub fn of(sent: &Sent) -> Self {
        let ranges = sent.acknowledged.ranges().into_iter().map(|(_, range)| range);
        Self::Sent(sent.handed_over, ranges.collect())
    }
}

impl Sent {
    /// What a producer in a process of its own has told at its end.
    pub fn told(producer: u32, handed_over: u64, ranges: Vec<RangeInclusive<u64>>) -> Self {
        let mut acknowledged = Ids::default();
        for range in ranges {
            acknowledged.add_range(producer, range);
        }
        Self { handed_over, acknowledged }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sent_survives_the_pipe() {
        let mut acknowledged = Ids::default();
        acknowledged.add_range(3, 1..=64_000);
        acknowledged.add_range(3, 64_002..=64_002);
        let sent = Sent { handed_over: 64_002, acknowledged };
        let line = serde_json::to_string(&LoadReport::of(&sent)).expect("JSON");
        assert!(line.len() < 100, "{line}");
        let Ok(LoadReport::Sent(handed_over, ranges)) = serde_json::from_str(&line) else {
            panic!("{line}");
        };
        assert_eq!(Sent::told(3, handed_over, ranges), sent);
    }
}
