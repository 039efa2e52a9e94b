//! Calls of Kafka's protocol that go wrong: the next requests of a kind, or their responses, are lost or late.
//! What `{calls}` can be: `next produce request`, `next 3 EndTxn requests`, `response to the next Fetch
//! request`, `responses to the next 2 produce requests`; every request of Kafka's protocol has a name, and its
//! letter case does not count.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use cucumber::{Parameter, given, then, when};

use super::cut::link;
use crate::fault::link::{LinkTarget, Side};
use crate::link::{ApiKey, Calls, Effect, Fate, Half};
use crate::scenario::failure::StepFailure;
use crate::steps::meaning::{Action, Meaning};
use crate::steps::parameter::Period;
use crate::steps::world::World;
use crate::wait::{EFFECT_LOOK, Seen, WaitError, until};

/// More calls than this are a slip of the pen.
const MOST: usize = 10_000;
/// Longer delays are, too.
const LONGEST_DELAY: Duration = Duration::from_secs(600);

/// The next calls of a kind, as a sentence names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Parameter)]
#[param(name = "calls", regex = r"(?:responses? to the )?next (?:\d+ )?\w+ requests?")]
pub struct NextCalls {
    half: Half,
    wanted: usize,
    api: ApiKey,
}

/// Loses the next requests of a kind, or the responses to them. Those of a client (`producer "p"`, `consumer "c"`,
/// `producer process "p"`, `copier "cp-1"`, `standalone consumer "s"`) are known by its client.id, those of a broker by
/// where they come from. A lost request does not reach the broker; a request whose response is lost was done. Then
/// the connection is reset, so the caller gets an error at once, and so does every other call on that connection.
///
/// The step returns at once, before such a call is made. Say `within 10 seconds every fault has had its
/// effect` to wait for it; a scenario in which fewer were lost is inconclusive.
///
/// ```gherkin
/// When the response to the next produce request of producer "p" is lost
/// ```
/// ```gherkin
/// When the next 2 Fetch requests of broker 2 are lost
/// ```
/// ```gherkin
/// When the next TxnOffsetCommit request of copier "cp" is lost
/// ```
#[given(expr = "the {calls} of {side} is/are lost")]
#[when(expr = "the {calls} of {side} is/are lost")]
async fn lose(world: &mut World, calls: NextCalls, of: Side) -> Result<(), StepFailure> {
    world.perform(means_lose(&calls, &of)).await
}

pub(crate) fn means_lose(calls: &NextCalls, of: &Side) -> Action {
    link(calls.meet(Fate::Lost), calls_of(of))
}

/// Whether these requests can be recognized.
pub(crate) fn check_lose(_: &NextCalls, of: &Side) -> Result<(), String> {
    of.why_no_caller().map_or(Ok(()), Err)
}

/// Loses the next requests of a kind that a broker gets, from wherever they come, or its responses to them, as
/// in `the response to the next produce request of producer "p" is lost`. What clients outside links and the
/// broker itself ask it is not among them.
///
/// ```gherkin
/// When the next LeaderAndIsr request to broker 2 is lost
/// ```
#[given(expr = "the {calls} to {side} is/are lost")]
#[when(expr = "the {calls} to {side} is/are lost")]
async fn lose_to(world: &mut World, calls: NextCalls, to: Side) -> Result<(), StepFailure> {
    world.perform(means_lose_to(&calls, &to)).await
}

pub(crate) fn means_lose_to(calls: &NextCalls, to: &Side) -> Action {
    link(calls.meet(Fate::Lost), calls_to(to))
}

/// Whether these requests can be recognized.
pub(crate) fn check_lose_to(_: &NextCalls, to: &Side) -> Result<(), String> {
    to.why_no_callee().map_or(Ok(()), Err)
}

/// Lets the next requests of a kind, or the responses to them, arrive this much later, at most 10 minutes, with
/// all that comes behind them on their connections. A request arrives also when who has sent it has closed the
/// connection meanwhile. Calls are named as in `the response to the next produce request of producer "p" is
/// lost`.
///
/// ```gherkin
/// When the next EndTxn request of producer "p" is delayed by 5 seconds
/// ```
#[given(expr = "the {calls} of {side} is/are delayed by {duration}")]
#[when(expr = "the {calls} of {side} is/are delayed by {duration}")]
async fn delay(
    world: &mut World,
    calls: NextCalls,
    of: Side,
    time: Period,
) -> Result<(), StepFailure> {
    world.perform(means_delay(&calls, &of, &time)).await
}

pub(crate) fn means_delay(calls: &NextCalls, of: &Side, time: &Period) -> Action {
    link(calls.meet(Fate::Late(time.0)), calls_of(of))
}

/// Whether these requests can be recognized, and delayed like this.
pub(crate) fn check_delay(_: &NextCalls, of: &Side, time: &Period) -> Result<(), String> {
    check_time(*time)?;
    of.why_no_caller().map_or(Ok(()), Err)
}

/// Lets the next requests of a kind that a broker gets arrive this much later, as in `the next EndTxn request of
/// producer "p" is delayed by 5 seconds`.
///
/// ```gherkin
/// When the response to the next LeaderAndIsr request to broker 2 is delayed by 2 seconds
/// ```
#[given(expr = "the {calls} to {side} is/are delayed by {duration}")]
#[when(expr = "the {calls} to {side} is/are delayed by {duration}")]
async fn delay_to(
    world: &mut World,
    calls: NextCalls,
    to: Side,
    time: Period,
) -> Result<(), StepFailure> {
    world.perform(means_delay_to(&calls, &to, &time)).await
}

pub(crate) fn means_delay_to(calls: &NextCalls, to: &Side, time: &Period) -> Action {
    link(calls.meet(Fate::Late(time.0)), calls_to(to))
}

/// Whether these requests can be recognized, and delayed like this.
pub(crate) fn check_delay_to(_: &NextCalls, to: &Side, time: &Period) -> Result<(), String> {
    check_time(*time)?;
    to.why_no_callee().map_or(Ok(()), Err)
}

/// Resets the connections of the next requests of a kind at once, and lets the requests arrive this much later
/// all the same, at most 10 minutes: what a client has given up reaches the broker late. Calls are named as in
/// `the response to the next produce request of producer "p" is lost`.
///
/// ```gherkin
/// When the next produce request of producer "p" arrives 5 seconds after its connection was reset
/// ```
/// ```gherkin
/// When the next 2 produce requests of producer "p" arrive 5 seconds after their connections were reset
/// ```
#[given(expr = "the {calls} of {side} arrives {duration} after its connection was reset")]
#[when(expr = "the {calls} of {side} arrives {duration} after its connection was reset")]
#[given(expr = "the {calls} of {side} arrive {duration} after their connections were reset")]
#[when(expr = "the {calls} of {side} arrive {duration} after their connections were reset")]
async fn late(
    world: &mut World,
    calls: NextCalls,
    of: Side,
    time: Period,
) -> Result<(), StepFailure> {
    world.perform(means_late(&calls, &of, &time)).await
}

pub(crate) fn means_late(calls: &NextCalls, of: &Side, time: &Period) -> Action {
    link(calls.meet(Fate::AfterReset(time.0)), calls_of(of))
}

/// Whether these requests can be recognized, and delayed like this.
pub(crate) fn check_late(calls: &NextCalls, of: &Side, time: &Period) -> Result<(), String> {
    if calls.half == Half::Response {
        return Err(
            "a response goes with its connection: only requests arrive after a reset".into()
        );
    }
    check_delay(calls, of, time)
}

/// Waits until every fault of the scenario has had its effect, all that the sentences announce; otherwise the
/// scenario is inconclusive.
///
/// ```gherkin
/// Then within 10 seconds every fault has had its effect
/// ```
#[when(expr = "within {duration} every fault has had its effect")]
#[then(expr = "within {duration} every fault has had its effect")]
async fn has_bitten(world: &mut World, limit: Period) -> Result<(), StepFailure> {
    let faults = world.faults();
    if faults.all().is_empty() {
        return Err(StepFailure::usage("no fault was injected in this scenario before"));
    }
    let looked: Result<(), WaitError<StepFailure>> = until(limit.0, EFFECT_LOOK, || async {
        Ok(match faults.without_effect() {
            None => Seen::Ready(()),
            Some(error) => Seen::NotYet(error.to_string()),
        })
    })
    .await;
    looked.map_err(|late| StepFailure::inconclusive(late.to_string()))
}

pub(crate) fn means_has_bitten(_: &Period) -> Meaning {
    Meaning::ExpectsFault("every fault has had its effect")
}

fn calls_of(side: &Side) -> LinkTarget {
    let callees = if side.is_of_clients() { Side::every_broker() } else { Side::other_brokers() };
    LinkTarget::From(side.clone(), callees)
}

fn calls_to(side: &Side) -> LinkTarget {
    LinkTarget::From(Side::everything(), side.clone())
}

fn check_time(time: Period) -> Result<(), String> {
    if time.0 > LONGEST_DELAY {
        return Err("a delay is more than 0 seconds and at most 10 minutes".into());
    }
    Ok(())
}

impl NextCalls {
    fn meet(self, fate: Fate) -> Effect {
        let Self { half, wanted, api } = self;
        Effect::Calls(Arc::new(Calls::next(wanted, api, half, fate)))
    }
}

impl FromStr for NextCalls {
    type Err = String;

    fn from_str(said: &str) -> Result<Self, String> {
        let (half, rest) = match said.split_once(" to the ") {
            Some((_, rest)) => (Half::Response, rest),
            None => (Half::Request, said),
        };
        let words: Vec<_> = rest.split(' ').collect();
        let (wanted, api) = match words.as_slice() {
            ["next", count, api, _] => (count.parse().unwrap_or(usize::MAX), *api),
            ["next", api, _] => (1, *api),
            _ => return Err(format!("{said:?} names no requests")),
        };
        if !(1..=MOST).contains(&wanted) {
            return Err(format!("it can be 1 to {MOST} requests"));
        }
        Ok(Self { half, wanted, api: api.parse()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_which_calls_are_meant() {
        let whole = regex::Regex::new(&format!("^(?:{})$", NextCalls::REGEX)).expect("a pattern");
        for (said, half, wanted, api) in [
            ("next produce request", Half::Request, 1, 0),
            ("next 3 EndTxn requests", Half::Request, 3, 26),
            ("response to the next fetch request", Half::Response, 1, 1),
            ("responses to the next 2 LeaderAndIsr requests", Half::Response, 2, 4),
        ] {
            assert!(whole.is_match(said), "{said}");
            assert_eq!(said.parse(), Ok(NextCalls { half, wanted, api: ApiKey(api) }));
        }
    }

    #[test]
    fn unknown_and_absurd_calls_are_refused() {
        let error = |said: &str| said.parse::<NextCalls>().unwrap_err();
        assert!(error("next EndTxm request").contains("did you mean EndTxn?"));
        assert_eq!(error("next 0 Fetch requests"), "it can be 1 to 10000 requests");
    }
}
