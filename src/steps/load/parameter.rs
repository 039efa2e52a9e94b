//! Parameters that only sentences about loads have.

use std::str::FromStr;
use std::time::Duration;

use cucumber::Parameter;

use crate::steps::parameter::{Count, Period};

/// Each has a connection to every broker, and a thread or a process.
const MOST_CLIENTS: u32 = 1000;

/// How many clients a load has: 1 to 1000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Parameter)]
#[param(name = "clients", regex = r"\d{1,3}(?:[ ,]\d{3})+|\d+")]
pub struct Clients(pub u32);

/// How long a load goes on: a time of more than 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Parameter)]
#[param(name = "time", regex = r"\d+(?:\.\d+)? (?:milliseconds?|seconds?|minutes?|hours?)")]
pub struct Time(pub Duration);

impl FromStr for Clients {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = text.parse::<Count>().ok().and_then(|number| u32::try_from(number.0).ok());
        let in_range = number.filter(|number| (1..=MOST_CLIENTS).contains(number));
        in_range.map(Self).ok_or_else(|| format!("a load has 1 to {MOST_CLIENTS} of them"))
    }
}

impl FromStr for Time {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let time = text.parse::<Period>();
        time.map(|time| Self(time.0))
            .map_err(|_| "a load goes on for more than 0 seconds and at most 24 hours")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_as_many_clients_as_a_machine_may_have() {
        assert_eq!("1 000".parse(), Ok(Clients(1000)));
        for absurd in ["0", "1001", "99999999999", "99999999999999999999999"] {
            assert!(absurd.parse::<Clients>().is_err(), "{absurd}");
        }
    }

    #[test]
    fn a_load_takes_time() {
        assert_eq!("0.5 seconds".parse(), Ok(Time(Duration::from_millis(500))));
        assert!("0 seconds".parse::<Time>().is_err());
    }
}
