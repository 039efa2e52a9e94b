//! Numbers, times, sizes and names as people write them. Each type has its range here or in a file below; what is
//! beyond it is told before anything starts.

mod amount;
mod java;
mod name;
mod number;
mod size;
mod time;

use std::str::FromStr;

use cucumber::Parameter;

use crate::checker::anomaly::Anomaly;
use crate::nearest::nearest;

pub use self::amount::{ContentSize, Delay, Messages, Partitions, PerSecond, Replicas, in_order};
pub use self::java::JavaLibrary;
pub use self::name::{
    AclTopicName, AnyTopicName, ConsumerName, ConsumerProcessName, CopierName, CopiersName,
    GroupName, LaterConsumerName, LaterProducerName, NewConsumerName, NewConsumerProcessName,
    NewCopierName, NewCopiersName, NewProducerName, NewProducerProcessName, NewStandaloneName,
    ProducerName, ProducerProcessName, StandaloneName, TopicName, TransactionalId,
};
pub use self::number::{BrokerNumber, PartitionNumber, ZooKeeperNumber};
pub use self::size::{MessageSize, Rate, Size};
pub use self::time::{Interval, Pause, Period};

/// Larger numbers are slips of the pen.
const LARGEST_NUMBER: u64 = 1_000_000_000_000_000;

/// So are factors that nothing reaches,
const LARGEST_FACTOR: f64 = 1_000_000.0;

/// and more repetitions.
const MOST_TIMES: u32 = 100;

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
    /// As a number of snapshots; saturates at `u32::MAX`.
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

/// How many times something is done: `once`, `twice`, `5 times`; 1 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Parameter)]
#[param(name = "times", regex = r"once|twice|\d+ times?")]
pub struct Times(pub u32);

/// One or more numbers of nodes: `1`, `1 and 2`, `1, 2 and 3`.
#[derive(Debug, Clone, PartialEq, Eq, Parameter)]
#[param(name = "ids", regex = r"\d+(?:(?:, | and )\d+)*")]
pub struct BrokerNumbers(pub Vec<i32>);

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

impl FromStr for BrokerNumbers {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let numbers = text.split(|letter: char| !letter.is_ascii_digit());
        let numbers = numbers.filter(|number| !number.is_empty());
        Ok(Self(numbers.map(|number| number.parse().unwrap_or(i32::MAX)).collect()))
    }
}

#[cfg(test)]
mod reading {
    use super::*;

    /// A value of which the text fits the pattern of its type.
    pub(super) fn read<T>(text: &str) -> T
    where
        T: FromStr + Parameter,
        T::Err: std::fmt::Debug,
    {
        let whole = regex::Regex::new(&format!("^(?:{})$", T::REGEX)).expect("a valid pattern");
        assert!(whole.is_match(text), "{text:?} is no {}", T::NAME);
        text.parse().expect("in its range")
    }
}

#[cfg(test)]
mod tests {
    use super::reading::read;
    use super::*;

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
    }

    #[test]
    fn what_is_out_of_range_is_refused_and_told() {
        assert!("18446744073709551616".parse::<Count>().is_err());
        assert!("1 000 000 000 000 000".parse::<Count>().is_ok());
        assert!("1000001".parse::<Factor>().is_err());
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
        assert_eq!(read::<BrokerNumbers>("1, 2 and 3"), BrokerNumbers(vec![1, 2, 3]));
        assert_eq!(read::<BrokerNumbers>("7"), BrokerNumbers(vec![7]));
    }
}
