//! Amounts of what Kafka, its clients or this machine have a limit for.

use std::str::FromStr;
use std::time::Duration;

use cucumber::Parameter;

use super::size::bytes;
use super::time::time;
use super::{Count, number};

/// More of a single topic takes a broker minutes and a machine its files.
const MOST_PARTITIONS: u64 = 10_000;

/// Kafka has 16 bits for it; no cluster of trial has as many brokers as this.
const MOST_REPLICAS: u64 = 1000;

/// Messages that are sent and compared one by one; more are a load.
const MOST_MESSAGES: u64 = 10_000_000;

/// No single client is faster.
const MOST_PER_SECOND: u64 = 10_000_000;

/// The largest `message.max.bytes` that librdkafka takes.
const LARGEST_CONTENT: u64 = 1_000_000_000;

/// Longer delays are slips of the pen.
const LONGEST_DELAY: Duration = Duration::from_secs(600);

/// A number of partitions: 1 to 10 000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Parameter)]
#[param(name = "partitions", regex = r"\d{1,3}(?:[ ,]\d{3})+|\d+")]
pub struct Partitions(u64);

/// A number of replicas: 1 to 1000, and at most as many as there are brokers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Parameter)]
#[param(name = "replicas", regex = r"\d{1,3}(?:[ ,]\d{3})+|\d+")]
pub struct Replicas(u64);

/// A number of messages that are kept to be compared: 1 to 10 000 000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Parameter)]
#[param(name = "messages", regex = r"\d{1,3}(?:[ ,]\d{3})+|\d+")]
pub struct Messages(pub u64);

/// A rate of messages: 1 to 10 000 000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Parameter)]
#[param(name = "per_second", regex = r"\d{1,3}(?:[ ,]\d{3})+|\d+")]
pub struct PerSecond(pub u64);

/// The size of a message's value: 0 bytes to 1 GB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Parameter)]
#[param(name = "content_size", regex = r"\d+(?:\.\d+)? (?:bytes?|[KMG]i?B)")]
pub struct ContentSize(pub usize);

/// A delay, which may be none: 0 to 10 minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Parameter)]
#[param(name = "delay", regex = r"\d+(?:\.\d+)? (?:milliseconds?|seconds?|minutes?|hours?)")]
pub struct Delay(pub Duration);

impl Partitions {
    /// As Kafka's protocol has it.
    pub fn as_i32(self) -> i32 {
        i32::try_from(self.0).unwrap_or(i32::MAX)
    }

    /// As a number of things in memory.
    pub fn as_usize(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

impl Replicas {
    /// As librdkafka has it.
    pub fn as_i32(self) -> i32 {
        i32::try_from(self.0).unwrap_or(i32::MAX)
    }

    /// As a number of brokers.
    pub fn as_usize(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

impl Messages {
    /// As a number of things in memory.
    pub fn as_usize(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

/// Whether messages numbered so can be sent and compared: the second number is not the smaller one, and there are not
/// more of them than are kept.
///
/// # Errors
/// Why not.
pub fn in_order(first: &Count, last: &Count) -> Result<(), String> {
    if first > last {
        return Err(format!("there is no number from {} to {}", first.0, last.0));
    }
    if last.0 - first.0 >= MOST_MESSAGES {
        return Err(TOO_MANY.into());
    }
    Ok(())
}

const TOO_MANY: &str =
    "these messages are kept one by one: 1 to 10 000 000; for more, see `trial steps load`";

/// The number, where it is in its range.
fn among(text: &str, most: u64) -> Option<u64> {
    number(text).filter(|number| (1..=most).contains(number))
}

impl FromStr for Partitions {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        among(text, MOST_PARTITIONS).map(Self).ok_or("a topic has 1 to 10 000 partitions")
    }
}

impl FromStr for Replicas {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let why = "a partition has 1 replica at least, and each is on a broker of its own";
        among(text, MOST_REPLICAS).map(Self).ok_or(why)
    }
}

impl FromStr for Messages {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        among(text, MOST_MESSAGES).map(Self).ok_or(TOO_MANY)
    }
}

impl FromStr for PerSecond {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let why = "a client sends 1 to 10 000 000 messages per second";
        among(text, MOST_PER_SECOND).map(Self).ok_or(why)
    }
}

impl FromStr for ContentSize {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let size = bytes(text).filter(|bytes| *bytes <= LARGEST_CONTENT);
        let size = size.and_then(|bytes| usize::try_from(bytes).ok());
        size.map(Self).ok_or("a message has at most 1 GB: no message.max.bytes is larger")
    }
}

impl FromStr for Delay {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let time = time(text).filter(|time| *time <= LONGEST_DELAY);
        time.map(Self).ok_or("a delay is at most 10 minutes")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_cluster_can_have_is_refused() {
        assert_eq!("10 000".parse(), Ok(Partitions(10_000)));
        for absurd in ["0", "10001", "999 999 999", "18446744073709551616"] {
            assert!(absurd.parse::<Partitions>().is_err(), "{absurd}");
        }
        assert!("0".parse::<Replicas>().is_err());
        for absurd in ["0", "10 000 001", "18446744073709551616"] {
            assert!(absurd.parse::<Messages>().is_err(), "{absurd}");
            assert!(absurd.parse::<PerSecond>().is_err(), "{absurd}");
        }
        assert_eq!("0 bytes".parse(), Ok(ContentSize(0)));
        assert_eq!("1 GB".parse(), Ok(ContentSize(1_000_000_000)));
        for absurd in ["1 GiB", "5 GB", "99999999999 GB"] {
            assert!(absurd.parse::<ContentSize>().is_err(), "{absurd}");
        }
        assert_eq!("0 milliseconds".parse(), Ok(Delay(Duration::ZERO)));
        assert!("11 minutes".parse::<Delay>().is_err());
    }

    #[test]
    fn numbers_go_up_and_are_not_too_many() {
        assert_eq!(in_order(&Count(5), &Count(5)), Ok(()));
        assert!(in_order(&Count(6), &Count(5)).is_err());
        assert_eq!(in_order(&Count(1), &Count(10_000_000)), Ok(()));
        assert!(in_order(&Count(0), &Count(10_000_000)).is_err());
    }
}
