//! What consumers receive. A sentence of this file speaks of everything that a consumer has received since
//! it was started.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use cucumber::gherkin::Step;
use cucumber::{then, when};

use super::difference::{Order, compare, compare_numbers};
use super::parameter::{ConsumerName, ContentSize, Count, Messages, Period, in_order};
use super::table::{self, Columns};
use super::world::{Told as _, World};
use crate::client::consumer::Consumer;
use crate::client::message::{Message, Received, shown};
use crate::scenario::failure::StepFailure;
use crate::wait::{Seen, WaitError, until};

const INTERVAL: Duration = Duration::from_millis(20);

/// Expects the consumer to receive exactly this many messages, whatever is in them, before the time is over.
///
/// ```gherkin
/// Then within 20 seconds consumer "c" receives 10 messages
/// ```
#[when(expr = "within {duration} consumer {string} receives {messages} message(s)")]
#[then(expr = "within {duration} consumer {string} receives {messages} message(s)")]
async fn receives_count(
    world: &mut World,
    limit: Period,
    name: ConsumerName,
    count: Messages,
) -> Result<(), StepFailure> {
    let received = everything(world, &[&name], count.as_usize(), limit).await?;
    if received.len() == count.as_usize() {
        return Ok(());
    }
    let (expected, found) = (count.0, received.len());
    let last = received.iter().rev().take(3).map(described);
    let last = match last.collect::<String>() {
        none if none.is_empty() => none,
        last => format!("; the last ones:{last}"),
    };
    Err(StepFailure::expectation(format!("expected {expected} messages, received {found}{last}")))
        .told(world.names()?)
}

/// Expects the consumer to receive the messages of the table and no others, in this order. Columns as in
/// `producer "p" sends to topic "orders":`; what has no column is not compared.
///
/// ```gherkin
/// Then within 20 seconds consumer "c" receives exactly in this order:
///   | key  | value |
///   | ada  | 1     |
///   | null | 2     |
/// ```
#[then(expr = "within {duration} consumer {string} receives exactly in this order:")]
async fn receives_in_order(
    world: &mut World,
    limit: Period,
    name: ConsumerName,
    #[step] step: &Step,
) -> Result<(), StepFailure> {
    receives(world, limit, &name, table::messages(step)?, Order::AsListed).await
}

/// Expects the consumer to receive the messages of the table and no others, in any order. Columns as in
/// `producer "p" sends to topic "orders":`; what has no column is not compared.
///
/// ```gherkin
/// Then within 20 seconds consumer "c" receives exactly in any order:
///   | key  | value |
///   | ada  | 1     |
///   | null | 2     |
/// ```
#[then(expr = "within {duration} consumer {string} receives exactly in any order:")]
async fn receives_in_any_order(
    world: &mut World,
    limit: Period,
    name: ConsumerName,
    #[step] step: &Step,
) -> Result<(), StepFailure> {
    receives(world, limit, &name, table::messages(step)?, Order::Any).await
}

/// Expects the consumer to receive each number of the range once, and nothing else, in any order.
///
/// ```gherkin
/// Then within 20 seconds consumer "c" receives the numbers 1 to 1000, each once
/// ```
#[when(
    expr = "within {duration} consumer {string} receives the numbers {count} to {count}, each once"
)]
#[then(
    expr = "within {duration} consumer {string} receives the numbers {count} to {count}, each once"
)]
async fn receives_numbers(
    world: &mut World,
    limit: Period,
    name: ConsumerName,
    first: Count,
    last: Count,
) -> Result<(), StepFailure> {
    numbers(world, limit, &[&name], (first, last), false).await
}

/// Whether there are such numbers, and not too many.
pub(crate) fn check_receives_numbers(
    _: &Period,
    _: &str,
    first: &Count,
    last: &Count,
) -> Result<(), String> {
    in_order(first, last)
}

/// Expects the consumer to receive each number of the range once, and nothing else, rising within each
/// partition.
///
/// ```gherkin
/// Then within 20 seconds consumer "c" receives the numbers 1 to 1000, each once and in order in each partition
/// ```
#[then(
    expr = "within {duration} consumer {string} receives the numbers {count} to {count}, each once and in order in each partition"
)]
async fn receives_numbers_in_order(
    world: &mut World,
    limit: Period,
    name: ConsumerName,
    first: Count,
    last: Count,
) -> Result<(), StepFailure> {
    numbers(world, limit, &[&name], (first, last), true).await
}

/// Whether there are such numbers, and not too many.
pub(crate) fn check_receives_numbers_in_order(
    _: &Period,
    _: &str,
    first: &Count,
    last: &Count,
) -> Result<(), String> {
    in_order(first, last)
}

/// Expects two consumers to receive each number of the range once between them, and nothing else.
///
/// ```gherkin
/// Then within 20 seconds consumers "a" and "b" together receive the numbers 1 to 1000, each once
/// ```
#[then(
    expr = "within {duration} consumers {string} and {string} together receive the numbers {count} to {count}, each once"
)]
async fn receive_together(
    world: &mut World,
    limit: Period,
    one: ConsumerName,
    other: ConsumerName,
    first: Count,
    last: Count,
) -> Result<(), StepFailure> {
    numbers(world, limit, &[&one, &other], (first, last), false).await
}

/// Whether there are such numbers, and not too many.
pub(crate) fn check_receive_together(
    _: &Period,
    _: &str,
    _: &str,
    first: &Count,
    last: &Count,
) -> Result<(), String> {
    in_order(first, last)
}

/// Expects the consumer to receive one message and no other, with the value that
/// `producer "p" sends a message of 1 MB` sends in this scenario.
///
/// ```gherkin
/// Then within 20 seconds consumer "c" receives the message of 900 KB
/// ```
#[then(expr = "within {duration} consumer {string} receives the message of {content_size}")]
async fn receives_size(
    world: &mut World,
    limit: Period,
    name: ConsumerName,
    size: ContentSize,
) -> Result<(), StepFailure> {
    let expected = super::producer::sized(world, size).await?;
    let received = everything(world, &[&name], 1, limit).await?;
    let columns = Columns { value: true, ..Columns::default() };
    compare(&[expected], columns, &received, Order::AsListed).told(world.names()?)
}

/// Expects that all messages with the same key came from the same partition. At least one key must have
/// come twice.
///
/// ```gherkin
/// Then consumer "c" finds each key in one partition only
/// ```
#[then(expr = "consumer {string} finds each key in one partition only")]
async fn keys_stay(world: &mut World, name: ConsumerName) -> Result<(), StepFailure> {
    let received = world.consumer(&name)?.received();
    let mut keys: BTreeMap<&[u8], Vec<i32>> = BTreeMap::new();
    for message in &received {
        if let Some(key) = &message.message.key {
            keys.entry(key).or_default().push(message.place.partition);
        }
    }
    if keys.values().all(|partitions| partitions.len() < 2) {
        return Err(StepFailure::inconclusive(format!(
            "no key came twice among {} messages, so nothing was compared",
            received.len()
        )));
    }
    for (key, partitions) in keys {
        let partitions: BTreeSet<_> = partitions.into_iter().collect();
        if partitions.len() > 1 {
            let key = shown(Some(key));
            return Err(StepFailure::expectation(format!(
                "key {key} was received from the partitions {partitions:?}"
            )));
        }
    }
    Ok(())
}

/// Expects that the consumer receives nothing from now on until the time is over.
///
/// ```gherkin
/// Then consumer "c" receives no message within 5 seconds
/// ```
#[then(expr = "consumer {string} receives no message within {duration}")]
async fn receives_nothing(
    world: &mut World,
    name: ConsumerName,
    limit: Period,
) -> Result<(), StepFailure> {
    let consumer = world.consumer(&name)?;
    if !consumer.has_assignment() {
        return Err(StepFailure::inconclusive(format!(
            "consumer {name:?} has no partitions now, so its silence says nothing"
        )));
    }
    let before = consumer.count();
    let silence = until(limit.0, INTERVAL, || async {
        Ok::<_, StepFailure>(match consumer.received().get(before) {
            Some(message) => Seen::Ready(described(message)),
            None => Seen::NotYet("no message".into()),
        })
    });
    match silence.await {
        Err(WaitError::TimedOut { .. }) => Ok(()),
        Err(WaitError::Failed(failure)) => Err(failure),
        Ok(message) => Err(StepFailure::expectation(format!("received{message}"))),
    }
    .told(world.names()?)
}

async fn receives(
    world: &World,
    limit: Period,
    name: &str,
    (columns, expected): (Columns, Vec<Message>),
    order: Order,
) -> Result<(), StepFailure> {
    let received = everything(world, &[name], expected.len(), limit).await?;
    compare(&expected, columns, &received, order).told(world.names()?)
}

async fn numbers(
    world: &World,
    limit: Period,
    consumers: &[&str],
    (first, last): (Count, Count),
    in_order: bool,
) -> Result<(), StepFailure> {
    let expected = first.0..=last.0;
    let received = everything(world, consumers, expected.clone().count(), limit).await?;
    compare_numbers(expected, &received, in_order).told(world.names()?)
}

/// Waits until the consumers have received `count` messages between them and have read all that there is,
/// or the time is over; returns all they have, by consumer in the order of arrival.
pub(super) async fn everything(
    world: &World,
    names: &[&str],
    count: usize,
    limit: Period,
) -> Result<Vec<Received>, StepFailure> {
    let consumers: Vec<&Consumer> =
        names.iter().map(|name| world.consumer(name)).collect::<Result<_, _>>()?;
    let unknown = Cell::new(None);
    let complete = until(limit.0, INTERVAL, || async {
        let found: usize = consumers.iter().map(|consumer| consumer.count()).sum();
        if found < count {
            return Ok(Seen::NotYet(format!("received {found} of {count} messages")));
        }
        for consumer in &consumers {
            match consumer.has_read_everything().await {
                Ok(true) => unknown.set(None),
                Ok(false) => return Ok(Seen::NotYet("there is more to read".into())),
                // Leaders and coordinators move while brokers fail; who asks again is answered.
                Err(error) => {
                    let seen = Seen::NotYet(error.to_string());
                    unknown.set(Some(error));
                    return Ok(seen);
                }
            }
        }
        Ok::<_, StepFailure>(Seen::Ready(()))
    });
    let complete = complete.await;
    if let Some(error) = unknown.take() {
        let what = format!("nobody says whether there is more to read: {error}");
        return Err(StepFailure::inconclusive(what)).told(world.names()?);
    }
    match complete {
        // The comparison says better than the wait what is missing.
        Ok(()) | Err(WaitError::TimedOut { .. }) => {}
        Err(WaitError::Failed(failure)) => return Err(failure).told(world.names()?),
    }
    Ok(consumers.iter().flat_map(|consumer| consumer.received()).collect())
}

fn described(message: &Received) -> String {
    let (place, value) = (&message.place, shown(message.message.value.as_deref()));
    format!("\n  {value} at {place}")
}
