//! Producers that keep sending in the background while other things happen.

use std::time::Duration;

use cucumber::{given, then, when};

use super::parameter::{Count, Messages, PerSecond, Period, ProducerName, Several, TopicName};
use super::world::World;
use crate::client::sending::{Load, Sending};
use crate::scenario::failure::StepFailure;
use crate::wait::{self, Seen, until};

const INTERVAL: Duration = Duration::from_millis(20);

/// Makes a producer send in the background from now on: messages with the values 1, 2, 3 …, so many in a
/// second, until `producer "p" stops sending`. Sends that fail are no failure of the scenario: they are in
/// its history, and verdicts judge that.
///
/// ```gherkin
/// When producer "p" keeps sending 200 messages per second to topic "orders"
/// ```
#[given(
    expr = "producer {string} keeps sending {per_second} message(s) per second to topic {string}"
)]
#[when(
    expr = "producer {string} keeps sending {per_second} message(s) per second to topic {string}"
)]
async fn keeps_sending(
    world: &mut World,
    name: ProducerName,
    rate: PerSecond,
    topic: TopicName,
) -> Result<(), StepFailure> {
    start(world, name.into(), &topic, rate, Mix::default())
}

/// As `producer "p" keeps sending …`, with keys that take turns ("key 1", "key 2" …).
///
/// ```gherkin
/// When producer "p" keeps sending 200 messages per second to topic "orders" with 5 keys
/// ```
#[given(
    expr = "producer {string} keeps sending {per_second} message(s) per second to topic {string} with {several} key(s)"
)]
#[when(
    expr = "producer {string} keeps sending {per_second} message(s) per second to topic {string} with {several} key(s)"
)]
async fn keeps_sending_with_keys(
    world: &mut World,
    name: ProducerName,
    rate: PerSecond,
    topic: TopicName,
    keys: Several,
) -> Result<(), StepFailure> {
    start(world, name.into(), &topic, rate, Mix { keys: Some(keys.0), transaction: None })
}

/// The same as `… to topic "orders" with 5 keys`, in the order of `sends 100 numbered messages with 10 keys`.
///
/// ```gherkin
/// When producer "p" keeps sending 200 messages per second with 5 keys to topic "orders"
/// ```
#[given(
    expr = "producer {string} keeps sending {per_second} message(s) per second with {several} key(s) to topic {string}"
)]
#[when(
    expr = "producer {string} keeps sending {per_second} message(s) per second with {several} key(s) to topic {string}"
)]
async fn keeps_sending_keyed(
    world: &mut World,
    name: ProducerName,
    rate: PerSecond,
    keys: Several,
    topic: TopicName,
) -> Result<(), StepFailure> {
    start(world, name.into(), &topic, rate, Mix { keys: Some(keys.0), transaction: None })
}

/// As `producer "p" keeps sending … in transactions of 50`, with keys that take turns ("key 1", "key 2" …).
///
/// ```gherkin
/// When producer "p" keeps sending 200 messages per second to topic "orders" with 5 keys in transactions of 50
/// ```
#[given(
    expr = "producer {string} keeps sending {per_second} message(s) per second to topic {string} with {several} key(s) in transactions of {messages}"
)]
#[when(
    expr = "producer {string} keeps sending {per_second} message(s) per second to topic {string} with {several} key(s) in transactions of {messages}"
)]
async fn keeps_sending_with_keys_in_transactions(
    world: &mut World,
    name: ProducerName,
    rate: PerSecond,
    topic: TopicName,
    keys: Several,
    size: Messages,
) -> Result<(), StepFailure> {
    start(world, name.into(), &topic, rate, Mix { keys: Some(keys.0), transaction: Some(size.0) })
}

/// The same as `… to topic "orders" with 5 keys in transactions of 50`, in the order of
/// `sends 100 numbered messages with 10 keys`.
///
/// ```gherkin
/// When producer "p" keeps sending 200 messages per second with 5 keys to topic "orders" in transactions of 50
/// ```
#[given(
    expr = "producer {string} keeps sending {per_second} message(s) per second with {several} key(s) to topic {string} in transactions of {messages}"
)]
#[when(
    expr = "producer {string} keeps sending {per_second} message(s) per second with {several} key(s) to topic {string} in transactions of {messages}"
)]
async fn keeps_sending_keyed_in_transactions(
    world: &mut World,
    name: ProducerName,
    rate: PerSecond,
    keys: Several,
    topic: TopicName,
    size: Messages,
) -> Result<(), StepFailure> {
    start(world, name.into(), &topic, rate, Mix { keys: Some(keys.0), transaction: Some(size.0) })
}

/// As `producer "p" keeps sending …`, with so many messages in each transaction. A transaction that cannot
/// be committed is aborted, and the next one begins.
///
/// ```gherkin
/// When producer "p" keeps sending 200 messages per second to topic "orders" in transactions of 50
/// ```
#[given(
    expr = "producer {string} keeps sending {per_second} message(s) per second to topic {string} in transactions of {messages}"
)]
#[when(
    expr = "producer {string} keeps sending {per_second} message(s) per second to topic {string} in transactions of {messages}"
)]
async fn keeps_sending_in_transactions(
    world: &mut World,
    name: ProducerName,
    rate: PerSecond,
    topic: TopicName,
    size: Messages,
) -> Result<(), StepFailure> {
    start(world, name.into(), &topic, rate, Mix { keys: None, transaction: Some(size.0) })
}

/// Ends what `producer "p" keeps sending …` began: commits the open transaction if there is one, and waits
/// for the delivery report of every message, which takes 30 seconds for one that is never delivered. The
/// scenario is inconclusive when not one message was acknowledged.
///
/// ```gherkin
/// When producer "p" stops sending
/// ```
#[given(expr = "producer {string} stops sending")]
#[when(expr = "producer {string} stops sending")]
async fn stops_sending(world: &mut World, name: ProducerName) -> Result<(), StepFailure> {
    let tally = world.take_sending(&name)?.stop().await;
    let said = world.shown(format!("producer {name:?}: {tally}"));
    if tally.acknowledged == 0 {
        return Err(StepFailure::inconclusive(said));
    }
    world.note(said)
}

/// Waits until so many more messages of a producer that keeps sending are acknowledged than when the step
/// begins.
///
/// ```gherkin
/// When within 30 seconds 500 more messages of producer "p" are acknowledged
/// ```
#[given(
    expr = "within {duration} {messages} more message(s) of producer {string} is/are acknowledged"
)]
#[when(
    expr = "within {duration} {messages} more message(s) of producer {string} is/are acknowledged"
)]
#[then(
    expr = "within {duration} {messages} more message(s) of producer {string} is/are acknowledged"
)]
async fn acknowledged(
    world: &mut World,
    limit: Period,
    count: Messages,
    name: ProducerName,
) -> Result<(), StepFailure> {
    let world = &*world;
    let sending = world.sending(&name)?;
    let before = sending.acknowledged();
    until(limit.0, INTERVAL, || async {
        let more = sending.acknowledged() - before;
        Ok::<_, StepFailure>(if more >= count.0 {
            Seen::Ready(())
        } else {
            let tally = world.shown(sending.tally());
            Seen::NotYet(format!(
                "{more} more messages of {} were acknowledged ({tally} in all)",
                count.0
            ))
        })
    })
    .await?;
    Ok(())
}

/// Expects that no more than so many messages of a producer that keeps sending are acknowledged from when the step
/// begins until the time is over, as while a quota holds it back. The scenario is inconclusive when not one is.
///
/// ```gherkin
/// Then at most 500 more messages of producer "p" are acknowledged within 10 seconds
/// ```
#[then(
    expr = "at most {count} more message(s) of producer {string} is/are acknowledged within {duration}"
)]
async fn acknowledged_at_most(
    world: &mut World,
    most: Count,
    name: ProducerName,
    time: Period,
) -> Result<(), StepFailure> {
    let sending = world.sending(&name)?;
    let before = sending.acknowledged();
    wait::pause(time.0).await;
    let (most, more) = (most.0, sending.acknowledged() - before);
    match more {
        0 => Err(StepFailure::inconclusive(format!(
            "no message of producer {name:?} was acknowledged, so nothing was compared"
        ))),
        more if more <= most => world.note(format!("{more} more messages were acknowledged")),
        more => Err(StepFailure::expectation(format!(
            "expected at most {most} more messages to be acknowledged, but {more} were"
        ))),
    }
}

/// What is the same for all messages.
#[derive(Debug, Default, Clone, Copy)]
struct Mix {
    keys: Option<u64>,
    transaction: Option<u64>,
}

fn start(
    world: &mut World,
    name: String,
    topic: &str,
    rate: PerSecond,
    Mix { keys, transaction }: Mix,
) -> Result<(), StepFailure> {
    let topic = world.names()?.topic(topic);
    let producer = world.producer(&name)?.clone();
    if transaction.is_some() && producer.settings().get("transactional.id").is_none() {
        let message = format!("producer {name:?} has no transactional id, so no transactions");
        return Err(StepFailure::usage(message));
    }
    let load = Load { topic, rate: rate.0, keys, transaction };
    world.add_sending(name, || Sending::start(producer, load))
}
