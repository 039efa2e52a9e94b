//! What a load is expected to achieve.

use std::time::Duration;

use cucumber::then;

use crate::event::measured::Measured;
use crate::load::recovery::recovery;
use crate::scenario::failure::StepFailure;
use crate::steps::meaning::Meaning;
use crate::steps::parameter::{Factor, Percent, Period, Several, TopicName};
use crate::steps::world::World;

/// Expects the last load on the topic to have had at least this many messages acknowledged per second, from
/// its beginning, or the end of its warm-up, to the last one.
///
/// ```gherkin
/// Then at least 5000 messages per second were sent to topic "load"
/// ```
#[then(expr = "at least {several} message(s) per second were sent to topic {string}")]
async fn sent_rate(world: &mut World, rate: Several, topic: TopicName) -> Result<(), StepFailure> {
    at_least(&world.loads.on(&topic)?.sent(&topic)?, rate, &format!("sent to topic {topic:?}"))
}

/// Expects the consumers of a load to have received at least this many messages per second, from their start
/// to the last one.
///
/// ```gherkin
/// Then at least 5000 messages per second were received from topic "load"
/// ```
#[then(expr = "at least {several} message(s) per second were received from topic {string}")]
async fn received_rate(
    world: &mut World,
    rate: Several,
    topic: TopicName,
) -> Result<(), StepFailure> {
    let measured = world.loads.on(&topic)?.received(&topic)?;
    at_least(&measured, rate, &format!("received from topic {topic:?}"))
}

/// Expects the consumers of a load to have received at most this many messages per second: for consumers with a
/// rate, and for what a slow link costs.
///
/// ```gherkin
/// Then at most 1000 messages per second were received from topic "load"
/// ```
#[then(expr = "at most {several} message(s) per second were received from topic {string}")]
async fn received_no_faster(
    world: &mut World,
    rate: Several,
    topic: TopicName,
) -> Result<(), StepFailure> {
    let found = world.loads.on(&topic)?.received(&topic)?.rate();
    judge(found <= rate.0 as f64, || {
        format!("{found:.0} messages per second were received from topic {topic:?}")
    })
}

/// Expects this share of the last load's messages to have been acknowledged this soon: a percentile of its
/// latency.
///
/// ```gherkin
/// Then 99 percent of the messages to topic "load" were acknowledged within 500 milliseconds
/// ```
#[then(
    expr = "{percent} percent of the messages to topic {string} were acknowledged within {duration}"
)]
async fn acknowledged_within(
    world: &mut World,
    share: Percent,
    topic: TopicName,
    limit: Period,
) -> Result<(), StepFailure> {
    let measured = world.loads.on(&topic)?.sent(&topic)?;
    within(&measured, share, limit.0, "acknowledged")
}

/// Expects this share of the last load's messages, or more, to have been acknowledged no sooner: for what a
/// slow link or disk costs.
///
/// ```gherkin
/// Then 50 percent of the messages to topic "load" took at least 150 milliseconds to be acknowledged
/// ```
#[then(
    expr = "{percent} percent of the messages to topic {string} took at least {duration} to be acknowledged"
)]
async fn acknowledged_late(
    world: &mut World,
    share: Percent,
    topic: TopicName,
    least: Period,
) -> Result<(), StepFailure> {
    let measured = world.loads.on(&topic)?.sent(&topic)?;
    let rest = 100.0 - share.0;
    let found = latency(&measured, rest, "acknowledged")?;
    judge(found >= least.0, || done_within(rest, "acknowledged", found))
}

/// Expects this share of the messages to have been received this soon after they were due at their producer.
/// Consumers must have been reading while the messages were sent.
///
/// ```gherkin
/// Then 99 percent of the messages from topic "load" were received within 1 second
/// ```
#[then(
    expr = "{percent} percent of the messages from topic {string} were received within {duration}"
)]
async fn received_within(
    world: &mut World,
    share: Percent,
    topic: TopicName,
    limit: Period,
) -> Result<(), StepFailure> {
    let measured = world.loads.on(&topic)?.received(&topic)?;
    within(&measured, share, limit.0, "received")
}

/// Expects the last load on one topic to have sent at least so many times as many messages per second as
/// that on another.
///
/// ```gherkin
/// Then sending to topic "stormy" was at least 0.5 times as fast as sending to topic "calm"
/// ```
#[then(
    expr = "sending to topic {string} was at least {factor} times as fast as sending to topic {string}"
)]
async fn as_fast(
    world: &mut World,
    topic: TopicName,
    factor: Factor,
    other: TopicName,
) -> Result<(), StepFailure> {
    let (found, text) = compare(world, &topic, &other)?;
    judge(found >= factor.0, || text)
}

/// Expects the last load on one topic to have sent at most so many times as many messages per second as that
/// on another: for what a slow link or a setting costs.
///
/// ```gherkin
/// Then sending to topic "stormy" was at most 0.5 times as fast as sending to topic "calm"
/// ```
#[then(
    expr = "sending to topic {string} was at most {factor} times as fast as sending to topic {string}"
)]
async fn no_faster(
    world: &mut World,
    topic: TopicName,
    factor: Factor,
    other: TopicName,
) -> Result<(), StepFailure> {
    let (found, text) = compare(world, &topic, &other)?;
    judge(found <= factor.0, || text)
}

/// Expects the load on the topic to have had, within this time after the last fault was injected, a second
/// in which it was back at this share of its rate before the first fault. Faults in the background do not count.
///
/// ```gherkin
/// Then within 30 seconds after the last fault, sending to topic "load" was back at 90 percent of its earlier rate
/// ```
#[then(
    expr = "within {duration} after the last fault, sending to topic {string} was back at {percent} percent of its earlier rate"
)]
async fn recovered(
    world: &mut World,
    limit: Period,
    topic: TopicName,
    share: Percent,
) -> Result<(), StepFailure> {
    let measured = world.loads.on(&topic)?.sent(&topic)?;
    let since_began = |at: jiff::Timestamp| {
        u64::try_from(at.duration_since(measured.began).as_millis()).unwrap_or_default()
    };
    let (first, last) = world.fault_times()?;
    let (first, last) = (since_began(first), since_began(last));
    let found = recovery(&measured.tenths, first, last, share.0 / 100.0);
    let Some(recovery) = found else {
        return Err(StepFailure::inconclusive(format!(
            "the load on topic {topic:?} did not run long enough to compare its rate before the first fault \
             with that since"
        )));
    };
    let text = format!("topic {topic:?}: {recovery}");
    world.note(text.clone())?;
    match recovery.after {
        _ if !recovery.fell => {
            Err(StepFailure::inconclusive(format!("no fault slowed it: {text}")))
        }
        Some(after) if after <= limit.0 => Ok(()),
        _ => Err(StepFailure::expectation(text)),
    }
}

pub(crate) fn means_recovered(_: &Period, _: &TopicName, _: &Percent) -> Meaning {
    Meaning::ExpectsFault("after the last fault")
}

/// How many times as fast the one was as the other, and that for people.
fn compare(world: &World, topic: &str, other: &str) -> Result<(f64, String), StepFailure> {
    let rate = |topic: &str| Ok::<_, StepFailure>(world.loads.on(topic)?.sent(topic)?.rate());
    let (rate, base) = (rate(topic)?, rate(other)?);
    let found = rate / base;
    let text = format!(
        "sending to topic {topic:?}, {rate:.0} messages a second, was {found:.2} times as fast as sending to \
         topic {other:?}, {base:.0} messages a second"
    );
    world.note(text.clone())?;
    Ok((found, text))
}

fn at_least(measured: &Measured, rate: Several, done: &str) -> Result<(), StepFailure> {
    let (found, all) = (measured.rate(), measured.messages);
    let seconds = measured.took.as_secs_f64();
    judge(found >= rate.0 as f64, || {
        format!("{found:.0} messages per second were {done}: {all} in {seconds:.2} seconds")
    })
}

fn within(
    measured: &Measured,
    share: Percent,
    limit: Duration,
    done: &str,
) -> Result<(), StepFailure> {
    let found = latency(measured, share.0, done)?;
    judge(found <= limit, || done_within(share.0, done, found))
}

/// The time within which this share of the messages, in percent, was done.
fn latency(measured: &Measured, percent: f64, done: &str) -> Result<Duration, StepFailure> {
    measured.latency_at(percent / 100.0).ok_or_else(|| {
        StepFailure::inconclusive(format!("no latency was measured of messages that were {done}"))
    })
}

fn done_within(percent: f64, done: &str, found: Duration) -> String {
    format!(
        "{percent} percent of the messages were {done} within {} milliseconds",
        found.as_millis()
    )
}

fn judge(holds: bool, found: impl FnOnce() -> String) -> Result<(), StepFailure> {
    if holds { Ok(()) } else { Err(StepFailure::expectation(found())) }
}
