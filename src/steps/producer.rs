//! Producers and what they send.

use cucumber::gherkin::Step;
use cucumber::{given, when};

use super::meaning::Meaning;
use super::mention::{Client, ClientKind};
use super::parameter::{
    ContentSize, Count, Messages, NewProducerName, ProducerName, TopicName, in_order,
};
use super::table;
use super::world::{Told as _, World};
use crate::client::message::{Message, Place};
use crate::client::producer::Producer;
use crate::client::sending::turn;
use crate::client::settings::Settings;
use crate::client::together;
use crate::history::line::Line;
use crate::scenario::failure::StepFailure;

/// Starts a producer with the defaults of librdkafka, but for delivery.timeout.ms, which is 30 seconds,
/// and topic.metadata.refresh.interval.ms, which is a second.
///
/// ```gherkin
/// Given a producer "p"
/// ```
/// ```gherkin
/// When a producer "p" starts
/// ```
#[given(expr = "a producer {string}")]
#[when(expr = "a producer {string} starts")]
async fn start(world: &mut World, name: NewProducerName) -> Result<(), StepFailure> {
    start_with(world, name.into(), &Settings::default())
}

/// Starts a producer with settings of its own: any that librdkafka knows.
///
/// ```gherkin
/// Given a producer "p" with settings:
///   | name             | value |
///   | compression.type | gzip  |
/// ```
/// ```gherkin
/// When a producer "p" starts with settings:
///   | name | value |
///   | acks | 1     |
/// ```
#[given(expr = "a producer {string} with settings:")]
#[when(expr = "a producer {string} starts with settings:")]
async fn start_with_settings(
    world: &mut World,
    name: NewProducerName,
    #[step] step: &Step,
) -> Result<(), StepFailure> {
    start_with(world, name.into(), &table::client_settings(step, together::Kind::Producer)?)
}

/// Starts an idempotent producer: enable.idempotence=true, acks=all, and one request at a time on a connection.
/// Every producer that is idempotent without transactions has one, unless its table sets another
/// `max.in.flight.requests.per.connection`: with more, librdkafka may write duplicates while leaders change.
///
/// ```gherkin
/// Given an idempotent producer "p"
/// ```
/// ```gherkin
/// When an idempotent producer "p" starts
/// ```
#[given(expr = "an idempotent producer {string}")]
#[when(expr = "an idempotent producer {string} starts")]
async fn start_idempotent(world: &mut World, name: NewProducerName) -> Result<(), StepFailure> {
    let settings = Settings::default().with("enable.idempotence", "true").with("acks", "all");
    start_with(world, name.into(), &settings)
}

/// Sends messages with the values 1, 2, 3 … and no key, and waits for the delivery report of each.
///
/// ```gherkin
/// When producer "p" sends 1000 numbered messages to topic "orders"
/// ```
#[given(expr = "producer {string} sends {messages} numbered message(s) to topic {string}")]
#[when(expr = "producer {string} sends {messages} numbered message(s) to topic {string}")]
async fn send_numbered(
    world: &mut World,
    name: ProducerName,
    count: Messages,
    topic: TopicName,
) -> Result<(), StepFailure> {
    send(world, &name, &topic, &numbered(1, count.0, |_| None)).await
}

/// Sends messages whose values are the numbers of this range, with no key, and waits for the delivery
/// report of each.
///
/// ```gherkin
/// When producer "p" sends messages numbered 11 to 20 to topic "orders"
/// ```
#[given(expr = "producer {string} sends messages numbered {count} to {count} to topic {string}")]
#[when(expr = "producer {string} sends messages numbered {count} to {count} to topic {string}")]
async fn send_range(
    world: &mut World,
    name: ProducerName,
    first: Count,
    last: Count,
    topic: TopicName,
) -> Result<(), StepFailure> {
    send(world, &name, &topic, &numbered(first.0, last.0, |_| None)).await
}

/// Whether there are messages with these numbers, and not too many.
pub(crate) fn check_send_range(
    _: &str,
    first: &Count,
    last: &Count,
    _: &TopicName,
) -> Result<(), String> {
    in_order(first, last)
}

/// Sends messages with the values 1, 2, 3 … whose keys take turns ("key 1", "key 2" …), and waits for the
/// delivery report of each.
///
/// ```gherkin
/// When producer "p" sends 100 numbered messages with 10 keys to topic "orders"
/// ```
#[given(
    expr = "producer {string} sends {messages} numbered message(s) with {messages} key(s) to topic {string}"
)]
#[when(
    expr = "producer {string} sends {messages} numbered message(s) with {messages} key(s) to topic {string}"
)]
async fn send_keyed(
    world: &mut World,
    name: ProducerName,
    count: Messages,
    keys: Messages,
    topic: TopicName,
) -> Result<(), StepFailure> {
    let key = |number| Some(turn(number, keys.0).into_bytes());
    send(world, &name, &topic, &numbered(1, count.0, key)).await
}

/// Sends the messages of the table in its order and waits for the delivery report of each. Columns: any of
/// key, value, headers (written name=value; name=value) and partition. The word null is null, an empty cell
/// is empty, and text in double quotes is taken as it is.
///
/// ```gherkin
/// When producer "p" sends to topic "orders":
///   | key  | value | headers           |
///   | ada  | 1     | trace=7; from=web |
///   | null |       |                   |
/// ```
#[given(expr = "producer {string} sends to topic {string}:")]
#[when(expr = "producer {string} sends to topic {string}:")]
async fn send_table(
    world: &mut World,
    name: ProducerName,
    topic: TopicName,
    #[step] step: &Step,
) -> Result<(), StepFailure> {
    let (_, messages) = table::messages(step)?;
    send(world, &name, &topic, &messages).await
}

/// Sends one message whose value has this size (1 KB is 1000 bytes, 1 KiB is 1024 bytes) and waits for its
/// delivery report.
///
/// ```gherkin
/// When producer "p" sends a message of 900 KB to topic "orders"
/// ```
#[given(expr = "producer {string} sends a message of {content_size} to topic {string}")]
#[when(expr = "producer {string} sends a message of {content_size} to topic {string}")]
async fn send_size(
    world: &mut World,
    name: ProducerName,
    size: ContentSize,
    topic: TopicName,
) -> Result<(), StepFailure> {
    let message = sized(world, size).await?;
    send(world, &name, &topic, &[message]).await
}

/// Closes a producer.
///
/// ```gherkin
/// When producer "p" is closed
/// ```
#[given(expr = "producer {string} is closed")]
#[when(expr = "producer {string} is closed")]
async fn close(world: &mut World, name: ProducerName) -> Result<(), StepFailure> {
    world.take_producer(&name)?.close().await.told(world.names()?)
}

pub(crate) fn means_close(name: &ProducerName) -> Meaning {
    Meaning::ClosesClient(Client { kind: ClientKind::Producer, name: name.to_string() })
}

/// The content of a message of this size: the same whoever asks in the same scenario.
pub(super) async fn sized(world: &World, size: ContentSize) -> Result<Message, StepFailure> {
    let first = (world.environment()?.seed % 26) as usize;
    // A gigabyte takes a while, and other scenarios go on beside it.
    let made = tokio::task::spawn_blocking(move || {
        let alphabet: Vec<u8> = (b'a'..=b'z').cycle().skip(first).take(26).collect();
        let mut content = alphabet.repeat(size.0 / alphabet.len() + 1);
        content.truncate(size.0);
        Message::of(content)
    });
    made.await.map_err(|error| StepFailure::environment(format!("no content was made: {error}")))
}

pub(super) fn numbered(
    first: u64,
    last: u64,
    key: impl Fn(u64) -> Option<Vec<u8>>,
) -> Vec<Message> {
    let message = |number: u64| Message { key: key(number), ..Message::of(number.to_string()) };
    (first..=last).map(message).collect()
}

pub(super) fn start_with(
    world: &mut World,
    name: String,
    settings: &Settings,
) -> Result<(), StepFailure> {
    let settings = match settings.get("transactional.id") {
        Some(id) => {
            let id = world.names()?.transactional_id(id);
            Settings::default().and(settings).with("transactional.id", id)
        }
        None => settings.clone(),
    };
    let settings = world.names()?.with_client_id(&format!("producer {name:?}"), &settings);
    let recorder = world.history()?.client(&name, Line::default())?;
    let producer = Producer::new(&world.access()?, &settings, Some(recorder))?;
    world.add_producer(name, producer)
}

pub(super) async fn send(
    world: &World,
    name: &str,
    topic: &str,
    messages: &[Message],
) -> Result<(), StepFailure> {
    if messages.is_empty() {
        return Err(StepFailure::usage("there is no message to send"));
    }
    let names = world.names()?;
    let outcomes = world.producer(name)?.send(&names.topic(topic), messages).await;
    let failures = outcomes.iter().zip(1..).filter_map(|(outcome, number)| {
        Some(format!("\n  message {number}: {}", outcome.as_ref().err()?))
    });
    let failures: Vec<_> = failures.collect();
    if failures.is_empty() {
        let places: Vec<&Place> = outcomes.iter().flatten().collect();
        return world.note(names.shown(&summary(name, topic, &places)));
    }
    let (failed, all) = (failures.len(), messages.len());
    let first: String = failures.into_iter().take(5).collect();
    Err(StepFailure::expectation(format!(
        "{failed} of {all} messages of producer {name:?} were not delivered to topic {topic:?}:{first}"
    )))
    .told(names)
}

fn summary(name: &str, topic: &str, places: &[&Place]) -> String {
    let mut partitions = std::collections::BTreeMap::<i32, (i64, i64, usize)>::new();
    for place in places {
        let (first, last, count) =
            partitions.entry(place.partition).or_insert((place.offset, place.offset, 0));
        (*first, *last, *count) =
            ((*first).min(place.offset), (*last).max(place.offset), *count + 1);
    }
    let partitions = partitions.into_iter().map(|(partition, (first, last, count))| {
        format!("{count} to partition {partition} at offsets {first} to {last}")
    });
    let partitions: Vec<_> = partitions.collect();
    format!("producer {name:?} delivered to topic {topic:?}: {}", partitions.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_take_turns() {
        let messages = numbered(1, 3, |number| Some(format!("{}", number % 2).into_bytes()));
        let keys: Vec<_> = messages.iter().filter_map(|message| message.key.clone()).collect();
        assert_eq!(keys, [b"1", b"0", b"1"]);
        assert_eq!(messages[2].value.as_deref(), Some(b"3".as_slice()));
    }

    #[test]
    fn a_summary_has_offsets_by_partition() {
        let place = |partition, offset| Place { topic: "t-x".into(), partition, offset };
        let places = [place(0, 5), place(0, 6), place(1, 0)];
        let text = summary("p", "t", &places.iter().collect::<Vec<_>>());
        assert!(
            text.ends_with(
                "2 to partition 0 at offsets 5 to 6, 1 to partition 1 at offsets 0 to 0"
            )
        );
    }
}
