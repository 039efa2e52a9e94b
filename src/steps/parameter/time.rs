//! Times as people write them.

use std::str::FromStr;
use std::time::Duration;

use cucumber::Parameter;

/// Longer times than a day are slips of the pen.
const LONGEST_TIME: Duration = Duration::from_secs(24 * 60 * 60);

/// So are longer pauses.
const LONGEST_PAUSE: Duration = Duration::from_secs(600);

/// Statistics are not taken more often.
const SHORTEST_INTERVAL: Duration = Duration::from_millis(100);

/// A time of more than 0 and at most a day: `250 milliseconds`, `1 second`, `1.5 seconds`, `2 minutes`, `1 hour`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Parameter)]
#[param(name = "duration", regex = r"\d+(?:\.\d+)? (?:milliseconds?|seconds?|minutes?|hours?)")]
pub struct Period(pub Duration);

/// How long a node is paused: a time of more than 0 and at most 10 minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Parameter)]
#[param(name = "pause", regex = r"\d+(?:\.\d+)? (?:milliseconds?|seconds?|minutes?|hours?)")]
pub struct Pause(pub Duration);

/// How often statistics are taken: every so much time, at least 100 milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Parameter)]
#[param(name = "interval", regex = r"\d+(?:\.\d+)? (?:milliseconds?|seconds?|minutes?|hours?)")]
pub struct Interval(pub Duration);

/// A number and a unit of time; None for what is longer than any time.
pub(super) fn time(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_once(' ').unwrap_or((text, ""));
    let seconds = match unit.trim_end_matches('s') {
        "millisecond" => 0.001,
        "minute" => 60.0,
        "hour" => 3600.0,
        _ => 1.0,
    };
    Duration::try_from_secs_f64(number.parse::<f64>().ok()? * seconds).ok()
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

#[cfg(test)]
mod tests {
    use super::super::reading::read;
    use super::*;

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
    fn a_pause_without_end_or_without_length_is_refused() {
        assert_eq!("10 minutes".parse(), Ok(Pause(Duration::from_secs(600))));
        for absurd in ["0 seconds", "11 minutes", "99999999999999999999 hours"] {
            assert!(absurd.parse::<Pause>().is_err(), "{absurd}");
        }
    }

    #[test]
    fn what_is_out_of_range_is_refused() {
        for absurd in ["0 seconds", "25 hours", "99999999999999999999 hours"] {
            assert!(absurd.parse::<Period>().is_err(), "{absurd}");
        }
        assert_eq!("24 hours".parse::<Period>(), Ok(Period(LONGEST_TIME)));
        assert!("25 hours".parse::<Interval>().is_err());
        assert!("99 milliseconds".parse::<Interval>().is_err());
    }
}
