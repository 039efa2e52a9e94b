//! The task of a client of a load in a process of its own, and its reports.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use super::ids::{Id, Ids};
use super::probe::Portion;
use super::receive::Reading;
use super::send::{Sent, Work};

/// The first line of its standard input; when the input ends, it stops.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LoadTask {
    /// To a producer.
    Send(Work),
    /// To a consumer.
    Receive {
        /// Its task.
        reading: Reading,
        /// When the load began, in milliseconds since 1970.
        began_at_ms: i64,
    },
}

/// A line of its standard output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LoadReport {
    /// Its work in a tenth of a second.
    Done(Portion),
    /// A producer has ended: messages handed over, and the ranges of those that were acknowledged.
    Sent(u64, Vec<RangeInclusive<u64>>),
    /// A consumer has read these.
    Read(Read),
    /// A consumer was given a share of the partitions, or has lost it.
    Share(bool),
    /// A complaint of a consumer's client library.
    Complaint(String),
    /// A consumer has left its group.
    Left,
    /// It cannot go on.
    Failed(String),
}

/// Messages that a consumer has read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Read {
    /// By producer and number, those in one range that came one after the other.
    runs: Vec<(u32, RangeInclusive<u64>)>,
    /// The number of messages of no load.
    foreign: usize,
}

impl Read {
    /// From ids, none for a message of no load.
    pub fn of(entries: &[Option<Id>]) -> Self {
        let mut read = Self::default();
        for entry in entries {
            let Some(Id { producer, number }) = *entry else {
                read.foreign += 1;
                continue;
            };
            match read.runs.last_mut() {
                Some((of, run)) if *of == producer && number == run.end() + 1 => {
                    *run = *run.start()..=number;
                }
                _ => read.runs.push((producer, number..=number)),
            }
        }
        read
    }

    /// The ids again; those of no load come last.
    pub fn entries(self) -> Vec<Option<Id>> {
        let ids = self
            .runs
            .into_iter()
            .flat_map(|(producer, run)| run.map(move |number| Some(Id { producer, number })));
        ids.chain(std::iter::repeat_n(None, self.foreign)).collect()
    }
}

impl LoadReport {
    /// The report of the end.
    pub fn of(sent: &Sent) -> Self {
        let ranges = sent.acknowledged.ranges().into_iter().map(|(_, range)| range);
        Self::Sent(sent.handed_over, ranges.collect())
    }
}

impl Sent {
    /// What a producer in a process of its own has reported at its end.
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
    fn what_was_read_survives_the_pipe() {
        let id = |producer, number| Some(Id { producer, number });
        let entries = [id(1, 1), id(1, 2), id(2, 3), id(1, 3), id(1, 3), None, id(1, 4)];
        let line = serde_json::to_string(&Read::of(&entries)).expect("JSON");
        let read: Read = serde_json::from_str(&line).expect("a line");
        let mut expected = entries.to_vec();
        expected.sort_by_key(Option::is_none);
        assert_eq!(read.runs.len(), 4, "{line}");
        assert_eq!(read.entries(), expected);
    }

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
