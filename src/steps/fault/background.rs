//! Faults that come again and again in the background, while the other steps of the scenario go on.

use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use cucumber::{Parameter, given, then, when};

use crate::fault::{NodeFault, Recurring, Rhythm, Target};
use crate::scenario::failure::StepFailure;
use crate::steps::meaning::{Action, Meaning};
use crate::steps::parameter::{Pause, Period};
use crate::steps::world::World;

/// As long as CI lets a run last.
const LONGEST: Duration = Duration::from_secs(6 * 3600);

/// More faults than this are a slip of the pen.
const MOST: f64 = 10_000.0;

/// Injects a fault of nodes again and again in the background; the next steps go on meanwhile. The first fault comes
/// after this interval. Each further one comes when the interval has passed again, or right after the one before
/// where that takes longer. None is due after the time at the end, but those that are late come all the same. The
/// fault is one of: killed and started again, restarted, paused for a time. Nodes that are cut off have a sentence of
/// their own. Nodes are named as in `broker 2 is killed`; a role is looked up before each fault.
///
/// Intervals, and which broker is the random one, are drawn from the run's seed before the first fault and
/// reported: the same seed draws the same schedule. End the scenario's faults with
/// `within 90 seconds the background faults have ended`; a scenario that ends earlier ends them as well.
///
/// ```gherkin
/// When every 5 to 10 seconds a random broker is killed and started again, for 60 seconds
/// ```
/// ```gherkin
/// When every 3 seconds the leader of partition 0 of topic "orders" is paused for 2 seconds, for 30 seconds
/// ```
#[given(expr = "every {interval} {target} is/are {repeated}, for {duration}")]
#[when(expr = "every {interval} {target} is/are {repeated}, for {duration}")]
async fn start(
    world: &mut World,
    every: Interval,
    target: Target,
    what: Repeated,
    length: Period,
) -> Result<(), StepFailure> {
    world.perform(means_start(&every, &target, &what, &length)).await
}

pub(crate) fn means_start(
    every: &Interval,
    target: &Target,
    what: &Repeated,
    length: &Period,
) -> Action {
    Action::Background {
        rhythm: Rhythm { every: every.0.clone(), length: length.0 },
        what: what.0.clone(),
        target: target.clone(),
    }
}

/// Whether it is known who is meant, and there is room for a fault.
pub(crate) fn check_start(
    every: &Interval,
    target: &Target,
    _: &Repeated,
    length: &Period,
) -> Result<(), String> {
    target.check_in_background()?;
    check_rhythm(every, length)
}

/// Whether there is room for a fault, and not for too many.
pub(super) fn check_rhythm(every: &Interval, length: &Period) -> Result<(), String> {
    let faults = length.0.as_secs_f64() / every.0.start().as_secs_f64();
    match length.0 {
        length if length < *every.0.end() => {
            Err("the time is over before the first fault: make it longer".into())
        }
        length if length > LONGEST => {
            Err("faults in the background last for 6 hours at most".into())
        }
        _ if faults > MOST => Err(format!(
            "that could be {faults:.0} faults, and {MOST} are the most: make the interval longer"
        )),
        _ => Ok(()),
    }
}

/// Waits until all faults in the background were injected and undone. One that had no effect makes the scenario
/// inconclusive; one whose node did not come back fails it.
///
/// ```gherkin
/// Then within 90 seconds the background faults have ended
/// ```
#[when(expr = "within {duration} the background faults have ended")]
#[then(expr = "within {duration} the background faults have ended")]
async fn have_ended(world: &mut World, limit: Period) -> Result<(), StepFailure> {
    world.background_ended(limit.0).await
}

pub(crate) fn means_have_ended(_: &Period) -> Meaning {
    Meaning::ExpectsBackground("the background faults have ended")
}

/// From one fault to the next: `5 seconds`, `5 to 10 seconds`; more than 0 and at most 10 minutes.
#[derive(Debug, Clone, PartialEq, Eq, Parameter)]
#[param(
    name = "interval",
    regex = r"\d+(?:\.\d+)?(?: to \d+(?:\.\d+)?)? (?:milliseconds?|seconds?|minutes?|hours?)"
)]
pub struct Interval(pub RangeInclusive<Duration>);

/// What can be done again and again, as it is undone each time: `killed and started again`, `restarted`, `paused for
/// 2 seconds`.
#[derive(Debug, Clone, PartialEq, Eq, Parameter)]
#[param(
    name = "repeated",
    regex = r"killed and started again|restarted|paused for \d+(?:\.\d+)? (?:milliseconds?|seconds?|minutes?|hours?)"
)]
pub struct Repeated(pub Recurring);

impl FromStr for Interval {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (numbers, unit) = text.rsplit_once(' ').unwrap_or((text, ""));
        let (shortest, longest) = numbers.split_once(" to ").unwrap_or((numbers, numbers));
        let time = |number: &str| format!("{number} {unit}").parse::<Pause>();
        match (time(shortest), time(longest)) {
            (Ok(shortest), Ok(longest)) if shortest.0 <= longest.0 => {
                Ok(Self(shortest.0..=longest.0))
            }
            (Ok(_), Ok(_)) => Err("write the shorter time first: 5 to 10 seconds"),
            _ => Err("from one fault to the next it is more than 0 seconds and at most 10 minutes"),
        }
    }
}

impl FromStr for Repeated {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(match text.strip_prefix("paused for ") {
            Some(time) => Recurring::Pause(time.parse::<Pause>()?.0),
            None if text == "restarted" => Recurring::Node(NodeFault::Restart),
            None => Recurring::Node(NodeFault::Crash),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_intervals() {
        let seconds = Duration::from_secs;
        assert_eq!("5 to 10 seconds".parse(), Ok(Interval(seconds(5)..=seconds(10))));
        assert_eq!("1 minute".parse(), Ok(Interval(seconds(60)..=seconds(60))));
        for absurd in ["10 to 5 seconds", "0 seconds", "0 to 5 seconds", "5 to 900 minutes"] {
            assert!(absurd.parse::<Interval>().is_err(), "{absurd}");
        }
    }

    #[test]
    fn reads_what_is_repeated() {
        let two = Duration::from_secs(2);
        assert_eq!("paused for 2 seconds".parse(), Ok(Repeated(Recurring::Pause(two))));
        let crash = Recurring::Node(NodeFault::Crash);
        assert_eq!("killed and started again".parse(), Ok(Repeated(crash)));
        assert!("paused for 0 seconds".parse::<Repeated>().is_err());
    }
}
