//! Numbers, times and sizes as people write them. Each type has its range here, in `amount.rs` or in `name.rs`; what
//! is beyond it is told before anything starts.

mod amount;
mod name;

use std::str::FromStr;
use std::time::Duration;

use cucumber::Parameter;

use crate::checker::anomaly::Anomaly;
use crate::nearest::nearest;

use crate::load::content::LONGEST_ID;

pub use self::amount::{ContentSize, Delay, Messages, Partitions, PerSecond, Replicas, in_order};
pub use self::name::{GroupName, TopicName, TransactionalId};

/// Larger numbers are slips of the pen.
const LARGEST_NUMBER: u64 = 1_000_000_000_000_000;

/// So are longer times than a day,
const LONGEST_TIME: Duration = Duration::from_secs(24 * 60 * 60);

/// more bytes than a machine has,
const LARGEST_SIZE: u64 = 1_000_000_000_000;

/// factors that nothing reaches,
const LARGEST_FACTOR: f64 = 1_000_000.0;

/// and longer pauses.
const LONGEST_PAUSE: Duration = Duration::from_secs(600);

/// And more repetitions.
const MOST_TIMES: u32 = 100;

/// Statistics are not taken more often.
const SHORTEST_INTERVAL: Duration = Duration::from_millis(100);

/// A number without sign: `3`, `1000`, `64 000`, `64,000`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Parameter)]
#[param(name = "count", regex = r"\d{1,3}(?:[ ,]\d{3})+|\d+")]
pub struct Count(pub u64);

impl Count {
    /// As a number of things in memory.
    pub fn as_usize(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }

    /// As Kafka's protocol has most numbers; one that does not fit becomes the largest that does.
    pub fn as_i32(self) -> i32 {
        i32::try_from(self.0).unwrap_or(i32::MAX)
    }
}

/// A number of things that must be there: [`Count`] without 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Parameter)]
#[param(name = "several", regex = r"\d{1,3}(?:[ ,]\d{3})+|\d+")]
pub struct Several(pub u64);

impl Several {
    /// As a number of snapshots; more than fit are as many as fit.
    pub fn as_u32(self) -> u32 {
        u32::try_from(self.0).unwrap_or(u32::MAX)
    }

    /// As a number of things in memory.
    pub fn as_usize(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

/// A part of a hundred: `99`, `99.9`, `0.5`.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Parameter)]
#[param(name = "percent", regex = r"\d+(?:\.\d+)?")]
pub struct Percent(pub f64);

/// How many times as much: `0.9`, `2`.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Parameter)]
#[param(name = "factor", regex = r"\d+(?:\.\d+)?")]
pub struct Factor(pub f64);

/// A time of more than 0 and at most a day: `250 milliseconds`, `1 second`, `1.5 seconds`, `2 minutes`, `1 hour`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Parameter)]
#[param(name = "duration", regex = r"\d+(?:\.\d+)? (?:milliseconds?|seconds?|minutes?|hours?)")]
pub struct Period(pub Duration);

/// How long a node is paused: a time of more than 0 and at most 10 minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Parameter)]
#[param(name = "pause", regex = r"\d+(?:\.\d+)? (?:milliseconds?|seconds?|minutes?|hours?)")]
pub struct Pause(pub Duration);

/// How many times something is done: `once`, `twice`, `5 times`; 1 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Parameter)]
#[param(name = "times", regex = r"once|twice|\d+ times?")]
pub struct Times(pub u32);

/// A size: `1 byte`, `100 bytes`, `1 KB` (1000 bytes), `1 KiB` (1024 bytes), `1 MB`, `1 MiB`, `1.5 GB`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Parameter)]
#[param(name = "size", regex = r"\d+(?:\.\d+)? (?:bytes?|[KMG]i?B)")]
pub struct Size(pub usize);

/// How often statistics are taken: every so much time, at least 100 milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Parameter)]
#[param(name = "interval", regex = r"\d+(?:\.\d+)? (?:milliseconds?|seconds?|minutes?|hours?)")]
pub struct Interval(pub Duration);

/// The size of a load's messages: [`Size`], of at least 32 bytes, as every message holds its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Parameter)]
#[param(name = "message_size", regex = r"\d+(?:\.\d+)? (?:bytes?|[KMG]i?B)")]
pub struct MessageSize(pub usize);

/// A bandwidth in bytes a second: `3000 kbit/s`, `3 Mbit/s`, `375 KB/s` (1 KB is 1000 bytes), `1 MB/s`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Parameter)]
#[param(name = "rate", regex = r"\d+(?:\.\d+)? (?:[kM]bit|[KM]B)/s")]
pub struct Rate(pub u64);

/// One or more numbers of nodes: `1`, `1 and 2`, `1, 2 and 3`.
#[derive(Debug, Clone, PartialEq, Eq, Parameter)]
#[param(name = "ids", regex = r"\d+(?:(?:, | and )\d+)*")]
pub struct Ids(pub Vec<i32>);

/// The name of an anomaly, as in `lost-write`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Parameter)]
#[param(name = "anomaly", regex = "[a-z]+(?:-[a-z]+)*")]
pub struct AnomalyName(pub Anomaly);

impl FromStr for AnomalyName {
    type Err = UnknownAnomaly;

    fn from_str(text: &str) -> Result<Self, UnknownAnomaly> {
        let known = Anomaly::ALL.into_iter().find(|anomaly| anomaly.name() == text);
        known.map(Self).ok_or_else(|| {
            let nearest = nearest(text, Anomaly::ALL.map(Anomaly::name)).map(str::to_owned);
            UnknownAnomaly { name: text.to_owned(), nearest }
        })
    }
}

/// There is no anomaly of this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no anomaly named {name:?}{}", did_you_mean(.nearest))]
pub struct UnknownAnomaly {
    /// As given.
    pub name: String,
    /// The most similar name, if one is similar.
    pub nearest: Option<String>,
}

fn did_you_mean(nearest: &Option<String>) -> String {
    nearest.as_ref().map(|name| format!("; did you mean {name}?")).unwrap_or_default()
}

/// The digits of a number, whatever stands between them; None for one that is too large.
fn number(text: &str) -> Option<u64> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    digits.parse().ok().filter(|number| *number <= LARGEST_NUMBER)
}

/// A number and a unit of time; None for what is longer than any time.
fn time(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_once(' ').unwrap_or((text, ""));
    let seconds = match unit.trim_end_matches('s') {
        "millisecond" => 0.001,
        "minute" => 60.0,
        "hour" => 3600.0,
        _ => 1.0,
    };
    Duration::try_from_secs_f64(number.parse::<f64>().ok()? * seconds).ok()
}

/// A number and a unit of size, in bytes; None for what is larger than any size.
fn bytes(text: &str) -> Option<u64> {
    let text = text.trim_end_matches("ytes").trim_end_matches("yte").replace(" b", " B");
    let size = text.parse::<bytesize::ByteSize>().ok()?.as_u64();
    Some(size).filter(|size| *size <= LARGEST_SIZE)
}

impl FromStr for Count {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        number(text).map(Self).ok_or("a number is at most 1 000 000 000 000 000")
    }
}

impl FromStr for Several {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.parse::<Count>()? {
            Count(0) => Err("at least 1 is needed"),
            Count(number) => Ok(Self(number)),
        }
    }
}

impl FromStr for Percent {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let percent = text.parse().ok().filter(|percent| (0.0..=100.0).contains(percent));
        percent.map(Self).ok_or("a part of a hundred is between 0 and 100")
    }
}

impl FromStr for Factor {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let in_range = |factor: &f64| *factor > 0.0 && *factor <= LARGEST_FACTOR;
        let factor = text.parse().ok().filter(in_range);
        factor.map(Self).ok_or("a factor is more than 0 and at most 1 000 000")
    }
}

impl FromStr for Period {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let in_range = |time: &Duration| !time.is_zero() && *time <= LONGEST_TIME;
        let time = time(text).filter(in_range);
        time.map(Self).ok_or("a time is more than 0 seconds and at most 24 hours")
    }
}

impl FromStr for Pause {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let in_range = |time: &Duration| !time.is_zero() && *time <= LONGEST_PAUSE;
        let time = time(text).filter(in_range);
        time.map(Self).ok_or("a pause lasts more than 0 seconds and at most 10 minutes")
    }
}

impl FromStr for Interval {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let time = text.parse::<Period>()?.0;
        if time < SHORTEST_INTERVAL {
            return Err("statistics are taken at most ten times a second");
        }
        Ok(Self(time))
    }
}

impl FromStr for Times {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = match text {
            "once" => Some(1),
            "twice" => Some(2),
            _ => text.split(' ').next().and_then(|number| number.parse().ok()),
        };
        let in_range = number.filter(|number| (1..=MOST_TIMES).contains(number));
        in_range.map(Self).ok_or("write 1 to 100 times")
    }
}

impl FromStr for Size {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let size = bytes(text).and_then(|bytes| usize::try_from(bytes).ok());
        size.map(Self).ok_or("a size is at most 1000 GB")
    }
}

impl FromStr for MessageSize {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let ContentSize(bytes) = text.parse::<ContentSize>()?;
        if bytes < LONGEST_ID {
            return Err(format!(
                "messages of a load have at least {LONGEST_ID} bytes, as each holds its id"
            ));
        }
        Ok(Self(bytes))
    }
}

impl FromStr for Rate {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (number, unit) = text.split_once(' ').unwrap_or((text, ""));
        let bytes = match unit {
            "kbit/s" => 1000.0 / 8.0,
            "Mbit/s" => 1_000_000.0 / 8.0,
            "MB/s" => 1_000_000.0,
            _ => 1000.0,
        };
        match number.parse::<f64>().unwrap_or(f64::MAX) * bytes {
            rate if rate < 1.0 => {
                Err("give at least 1 byte a second; links that carry nothing are \"cut off\"")
            }
            rate if rate > LARGEST_SIZE as f64 => Err("a rate is at most 1 000 000 MB/s"),
            rate => Ok(Self(rate as u64)),
        }
    }
}

impl FromStr for Ids {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let numbers = text.split(|letter: char| !letter.is_ascii_digit());
        let numbers = numbers.filter(|number| !number.is_empty());
        Ok(Self(numbers.map(|number| number.parse().unwrap_or(i32::MAX)).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<T>(text: &str) -> T
    where
        T: FromStr + Parameter,
        T::Err: std::fmt::Debug,
    {
        let whole = regex::Regex::new(&format!("^(?:{})$", T::REGEX)).expect("a valid pattern");
        assert!(whole.is_match(text), "{text:?} is no {}", T::NAME);
        text.parse().expect("in its range")
    }

    #[test]
    fn reads_numbers() {
        for (text, count) in
            [("3", 3), ("1000", 1000), ("64 000", 64_000), ("1,000,000", 1_000_000)]
        {
            assert_eq!(read::<Count>(text), Count(count));
        }
    }

    #[test]
    fn refuses_what_makes_no_sense() {
        assert_eq!("0".parse::<Several>(), Err("at least 1 is needed"));
        assert_eq!("64 000".parse::<Several>(), Ok(Several(64_000)));
        assert_eq!("99.9".parse::<Percent>(), Ok(Percent(99.9)));
        assert!("100.1".parse::<Percent>().is_err());
        assert!("0".parse::<Factor>().is_err());
        assert_eq!("32 bytes".parse::<MessageSize>(), Ok(MessageSize(32)));
        assert!("31 bytes".parse::<MessageSize>().is_err());
    }

    #[test]
    fn what_is_out_of_range_is_refused_and_told() {
        assert!("18446744073709551616".parse::<Count>().is_err());
        assert!("1 000 000 000 000 000".parse::<Count>().is_ok());
        for absurd in ["0 seconds", "25 hours", "99999999999999999999 hours"] {
            assert!(absurd.parse::<Period>().is_err(), "{absurd}");
        }
        assert_eq!("24 hours".parse::<Period>(), Ok(Period(LONGEST_TIME)));
        assert!("1001 GB".parse::<Size>().is_err());
        assert!("0 kbit/s".parse::<Rate>().is_err());
        assert!("9999999999 MB/s".parse::<Rate>().is_err());
        assert!("1000001".parse::<Factor>().is_err());
        assert!("25 hours".parse::<Interval>().is_err());
    }

    #[test]
    fn reads_times() {
        for (text, millis) in [
            ("250 milliseconds", 250),
            ("1 second", 1000),
            ("1.5 seconds", 1500),
            ("2 minutes", 120_000),
        ] {
            assert_eq!(read::<Period>(text), Period(Duration::from_millis(millis)));
        }
    }

    #[test]
    fn reads_sizes_by_the_international_standard() {
        for (text, bytes) in [
            ("1 byte", 1),
            ("100 bytes", 100),
            ("1 KB", 1000),
            ("1 KiB", 1024),
            ("1 MB", 1_000_000),
            ("1.5 MiB", 1_572_864),
        ] {
            assert_eq!(read::<Size>(text), Size(bytes));
        }
    }

    #[test]
    fn reads_bandwidths_in_bits_and_bytes() {
        for (text, bytes) in [
            ("3000 kbit/s", 375_000),
            ("3 Mbit/s", 375_000),
            ("375 KB/s", 375_000),
            ("1 MB/s", 1_000_000),
        ] {
            assert_eq!(read::<Rate>(text), Rate(bytes));
        }
    }

    #[test]
    fn a_pause_without_end_or_without_length_is_refused() {
        assert_eq!("10 minutes".parse(), Ok(Pause(Duration::from_secs(600))));
        for absurd in ["0 seconds", "11 minutes", "99999999999999999999 hours"] {
            assert!(absurd.parse::<Pause>().is_err(), "{absurd}");
        }
    }

    #[test]
    fn reads_repetitions() {
        for (text, times) in [("once", 1), ("twice", 2), ("1 time", 1), ("5 times", 5)] {
            assert_eq!(text.parse(), Ok(Times(times)));
        }
        for absurd in ["0 times", "101 times", "99999999999 times"] {
            assert!(absurd.parse::<Times>().is_err(), "{absurd}");
        }
    }

    #[test]
    fn reads_lists_of_nodes() {
        assert_eq!(read::<Ids>("1, 2 and 3"), Ids(vec![1, 2, 3]));
        assert_eq!(read::<Ids>("7"), Ids(vec![7]));
    }
}
