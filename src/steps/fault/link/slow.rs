//! Links that are slow: delays, little bandwidth, closings that are reported late. What `{side}` can be is in
//! [`cut`](super::cut).

use std::time::Duration;

use cucumber::{given, when};

use super::cut::{check_cut, link};
use crate::fault::link::{LinkTarget, Side};
use crate::link::Effect;
use crate::scenario::failure::StepFailure;
use crate::steps::meaning::Action;
use crate::steps::parameter::{Delay, Period, Rate};
use crate::steps::world::World;

/// Longer delays are slips of the pen.
const LONGEST_DELAY: Duration = Duration::from_secs(600);

/// Lets everything between the two arrive this much later, both ways, at most 10 minutes. Sides are named as in
/// `broker 3 is cut off from the other brokers`.
///
/// ```gherkin
/// When 200 milliseconds of delay are added between broker 1 and broker 2
/// ```
#[given(expr = "{duration} of delay is/are added between {side} and {side}")]
#[when(expr = "{duration} of delay is/are added between {side} and {side}")]
async fn delay(world: &mut World, time: Period, from: Side, to: Side) -> Result<(), StepFailure> {
    world.perform(means_delay(&time, &from, &to)).await
}

pub(crate) fn means_delay(time: &Period, from: &Side, to: &Side) -> Action {
    link(late(time.0, None), LinkTarget::Between(from.clone(), to.clone()))
}

/// Whether there can be links between the two, and such a delay.
pub(crate) fn check_delay(time: &Period, from: &Side, to: &Side) -> Result<(), String> {
    check_time(*time)?;
    check_cut(from, to)
}

/// Lets everything from one side to the other arrive this much later, one way, at most 10 minutes. Sides are
/// named as in `broker 3 is cut off from the other brokers`.
///
/// ```gherkin
/// When 200 milliseconds of delay are added from broker 1 to broker 2
/// ```
#[given(expr = "{duration} of delay is/are added from {side} to {side}")]
#[when(expr = "{duration} of delay is/are added from {side} to {side}")]
async fn delay_one_way(
    world: &mut World,
    time: Period,
    from: Side,
    to: Side,
) -> Result<(), StepFailure> {
    world.perform(means_delay_one_way(&time, &from, &to)).await
}

pub(crate) fn means_delay_one_way(time: &Period, from: &Side, to: &Side) -> Action {
    link(late(time.0, None), LinkTarget::From(from.clone(), to.clone()))
}

/// Whether there can be links between the two, and such a delay.
pub(crate) fn check_delay_one_way(time: &Period, from: &Side, to: &Side) -> Result<(), String> {
    check_delay(time, from, to)
}

/// Lets everything between the two arrive later, both ways: by the first time at least, by the second at most,
/// and by chance in between, drawn from the run's seed. Nothing overtakes what was sent before. Sides are named
/// as in `broker 3 is cut off from the other brokers`.
///
/// ```gherkin
/// When 50 milliseconds to 150 milliseconds of delay are added between the clients and broker 1
/// ```
#[given(expr = "{delay} to {duration} of delay is/are added between {side} and {side}")]
#[when(expr = "{delay} to {duration} of delay is/are added between {side} and {side}")]
async fn jitter(
    world: &mut World,
    least: Delay,
    most: Period,
    from: Side,
    to: Side,
) -> Result<(), StepFailure> {
    world.perform(means_jitter(&least, &most, &from, &to)).await
}

pub(crate) fn means_jitter(least: &Delay, most: &Period, from: &Side, to: &Side) -> Action {
    link(late(least.0, Some(*most)), LinkTarget::Between(from.clone(), to.clone()))
}

/// Whether there can be links between the two, and such delays.
pub(crate) fn check_jitter(
    least: &Delay,
    most: &Period,
    from: &Side,
    to: &Side,
) -> Result<(), String> {
    check_time(*most)?;
    if most.0 <= least.0 {
        return Err("the second time must be the longer one".into());
    }
    check_cut(from, to)
}

/// Lets all connections between the two together carry at most so much, each way for itself: 3000 kbit/s, 3 Mbit/s,
/// 375 KB/s. Sides are named as in `broker 3 is cut off from the other brokers`.
///
/// ```gherkin
/// When the links between broker 1 and broker 2 are limited to 3000 kbit/s
/// ```
#[given(expr = "the links between {side} and {side} are limited to {rate}")]
#[when(expr = "the links between {side} and {side} are limited to {rate}")]
async fn limit(world: &mut World, from: Side, to: Side, rate: Rate) -> Result<(), StepFailure> {
    world.perform(means_limit(&from, &to, &rate)).await
}

pub(crate) fn means_limit(from: &Side, to: &Side, rate: &Rate) -> Action {
    link(Effect::Bandwidth(rate.0), LinkTarget::Between(from.clone(), to.clone()))
}

/// Whether there can be links between the two, and such a bandwidth.
pub(crate) fn check_limit(from: &Side, to: &Side, _: &Rate) -> Result<(), String> {
    check_cut(from, to)
}

/// Lets each side learn this much later that the other has closed a connection, at most 10 minutes. Sides are
/// named as in `broker 3 is cut off from the other brokers`.
///
/// ```gherkin
/// When closing of connections between the clients and broker 1 is noticed 5 seconds late
/// ```
#[given(expr = "closing of connections between {side} and {side} is noticed {duration} late")]
#[when(expr = "closing of connections between {side} and {side} is noticed {duration} late")]
async fn close_late(
    world: &mut World,
    from: Side,
    to: Side,
    time: Period,
) -> Result<(), StepFailure> {
    world.perform(means_close_late(&from, &to, &time)).await
}

pub(crate) fn means_close_late(from: &Side, to: &Side, time: &Period) -> Action {
    link(Effect::LateClose(time.0), LinkTarget::Between(from.clone(), to.clone()))
}

/// Whether there can be links between the two, and such a delay.
pub(crate) fn check_close_late(from: &Side, to: &Side, time: &Period) -> Result<(), String> {
    check_delay(time, from, to)
}

fn check_time(time: Period) -> Result<(), String> {
    if time.0 > LONGEST_DELAY {
        return Err("a delay is more than 0 seconds and at most 10 minutes".into());
    }
    Ok(())
}

/// The world that performs it has the seed.
fn late(time: Duration, most: Option<Period>) -> Effect {
    let jitter = most.map_or(Duration::ZERO, |most| most.0.saturating_sub(time));
    Effect::Delay { time, jitter, seed: 0 }
}
