//! Producers that keep sending in the background while other things happen.

use std::time::Duration;

use cucumber::{given, then, when};

use super::failure::StepFailure;
use super::parameter::{Messages, PerSecond, Period, TopicName};
use super::world::World;
use crate::client::sending::{Load, Sending};
use crate::wait::{Seen, until};

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
    name: String,
    rate: PerSecond,
    topic: TopicName,
) -> Result<(), StepFailure> {
    start(world, name, &topic, rate, None)
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
    name: String,
    rate: PerSecond,
    topic: TopicName,
    size: Messages,
) -> Result<(), StepFailure> {
    start(world, name, &topic, rate, Some(size.0))
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
async fn stops_sending(world: &mut World, name: String) -> Result<(), StepFailure> {
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
    name: String,
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

fn start(
    world: &mut World,
    name: String,
    topic: &str,
    rate: PerSecond,
    transaction: Option<u64>,
) -> Result<(), StepFailure> {
    let topic = world.names()?.topic(topic);
    let producer = world.producer(&name)?.clone();
    if transaction.is_some() && producer.settings().get("transactional.id").is_none() {
        let message = format!("producer {name:?} has no transactional id, so no transactions");
        return Err(StepFailure::usage(message));
    }
    let load = Load { topic, rate: rate.0, transaction };
    world.add_sending(name, || Sending::start(producer, load))
}
