//! Producers that keep sending in the background while other things happen.

use std::time::Duration;

use cucumber::{given, then, when};

use super::failure::StepFailure;
use super::parameter::{Count, Period};
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
#[given(expr = "producer {string} keeps sending {count} message(s) per second to topic {string}")]
#[when(expr = "producer {string} keeps sending {count} message(s) per second to topic {string}")]
async fn keeps_sending(
    world: &mut World,
    name: String,
    rate: Count,
    topic: String,
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
    expr = "producer {string} keeps sending {count} message(s) per second to topic {string} in transactions of {count}"
)]
#[when(
    expr = "producer {string} keeps sending {count} message(s) per second to topic {string} in transactions of {count}"
)]
async fn keeps_sending_in_transactions(
    world: &mut World,
    name: String,
    rate: Count,
    topic: String,
    size: Count,
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
    let error = tally.last_error.map(|error| world.shown(format!("; the last error was: {error}")));
    let error = error.unwrap_or_default();
    let (sent, acknowledged) = (tally.sent, tally.acknowledged);
    let said = format!(
        "producer {name:?} sent {sent} messages, {acknowledged} of them acknowledged{error}"
    );
    if acknowledged == 0 {
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
    expr = "within {duration} {count} more message(s) of producer {string} is/are acknowledged"
)]
#[when(expr = "within {duration} {count} more message(s) of producer {string} is/are acknowledged")]
#[then(expr = "within {duration} {count} more message(s) of producer {string} is/are acknowledged")]
async fn acknowledged(
    world: &mut World,
    limit: Period,
    count: Count,
    name: String,
) -> Result<(), StepFailure> {
    let sending = world.sending(&name)?;
    let before = sending.acknowledged();
    until(limit.0, INTERVAL, || async {
        let more = sending.acknowledged() - before;
        Ok::<_, StepFailure>(if more >= count.0 {
            Seen::Ready(())
        } else {
            Seen::NotYet(format!("{more} more messages of {} were acknowledged", count.0))
        })
    })
    .await?;
    Ok(())
}

fn start(
    world: &mut World,
    name: String,
    topic: &str,
    rate: Count,
    transaction: Option<u64>,
) -> Result<(), StepFailure> {
    if rate.0 == 0 || transaction == Some(0) {
        return Err(StepFailure::usage("0 messages are nothing to send"));
    }
    let topic = world.names()?.topic(topic);
    let producer = world.producer(&name)?.clone();
    if transaction.is_some() && producer.settings().get("transactional.id").is_none() {
        let message = format!("producer {name:?} has no transactional id, so no transactions");
        return Err(StepFailure::usage(message));
    }
    let load = Load { topic, rate: rate.0, transaction };
    world.add_sending(name, || Sending::start(producer, load))
}
