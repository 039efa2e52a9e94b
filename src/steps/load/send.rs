//! Producers of a load.

use cucumber::gherkin::Step;
use cucumber::{given, when};

use super::options::SendingOptions;
use super::parameter::{Clients, Time};
use super::sending::{end, send_all, start};
use crate::load::send::Messages;
use crate::scenario::failure::StepFailure;
use crate::steps::meaning::Sends;
use crate::steps::parameter::{MessageSize, Several, TopicName};
use crate::steps::world::World;

/// Has producers send as fast as they can, each so many messages, and waits until all are reported on. Each
/// producer has a connection and a thread of its own. Fails if a message is not acknowledged. Latency is from
/// handing a message to librdkafka to its acknowledgement. On each connection five requests are under way at most,
/// as with Java's producer, and one where `enable.idempotence` is set without transactions, unless
/// `max.in.flight.requests.per.connection` is set.
///
/// ```gherkin
/// When 16 producers send 64000 messages of 1 KB each to topic "load"
/// ```
#[given(
    expr = "{clients} producer(s) send(s) {several} message(s) of {message_size} each to topic {string}"
)]
#[when(
    expr = "{clients} producer(s) send(s) {several} message(s) of {message_size} each to topic {string}"
)]
async fn send(
    world: &mut World,
    producers: Clients,
    messages: Several,
    size: MessageSize,
    topic: TopicName,
) -> Result<(), StepFailure> {
    let load = means_send(&producers, &messages, &size, &topic);
    send_all(world, load, SendingOptions::default()).await
}

pub(crate) fn means_send(
    producers: &Clients,
    messages: &Several,
    size: &MessageSize,
    topic: &TopicName,
) -> Sends {
    let each = Messages { number: Some(messages.0), ..Messages::of_size(size.0) };
    sends(*producers, each, topic)
}

/// The same with settings: any of librdkafka, and those of loads. `messages per transaction` makes every producer
/// transactional. What is sent in the `warm-up` is not measured. `run in` is `threads` or `processes`; with
/// `processes` each producer is a process of its own.
///
/// ```gherkin
/// When 16 producers send 64000 messages of 1 KB each to topic "load" with settings:
///   | name                     | value     |
///   | acks                     | all       |
///   | linger.ms                | 10        |
///   | compression.type         | lz4       |
///   | messages per transaction | 500       |
///   | warm-up                  | 2 seconds |
///   | run in                   | processes |
/// ```
#[given(
    expr = "{clients} producer(s) send(s) {several} message(s) of {message_size} each to topic {string} with settings:"
)]
#[when(
    expr = "{clients} producer(s) send(s) {several} message(s) of {message_size} each to topic {string} with settings:"
)]
async fn send_with_settings(
    world: &mut World,
    producers: Clients,
    messages: Several,
    size: MessageSize,
    topic: TopicName,
    #[step] step: &Step,
) -> Result<(), StepFailure> {
    let load = means_send(&producers, &messages, &size, &topic);
    send_all(world, load, SendingOptions::read(step)?).await
}

/// Has producers send at this rate, all of them together, for this time, and waits until all messages are reported
/// on. Fails if a message is not acknowledged. Messages are due at fixed times, whether or not the producers are
/// ready. Latency counts from when a message was due to its acknowledgement, so a stall counts for every message
/// that was due in it.
///
/// ```gherkin
/// When 4 producers send 2000 messages of 1 KB per second to topic "load" for 20 seconds
/// ```
#[given(
    expr = "{clients} producer(s) send(s) {several} message(s) of {message_size} per second to topic {string} for {time}"
)]
#[when(
    expr = "{clients} producer(s) send(s) {several} message(s) of {message_size} per second to topic {string} for {time}"
)]
async fn send_at_rate(
    world: &mut World,
    producers: Clients,
    rate: Several,
    size: MessageSize,
    topic: TopicName,
    time: Time,
) -> Result<(), StepFailure> {
    let load = means_send_at_rate(&producers, &rate, &size, &topic, &time);
    send_all(world, load, SendingOptions::default()).await
}

pub(crate) fn means_send_at_rate(
    producers: &Clients,
    rate: &Several,
    size: &MessageSize,
    topic: &TopicName,
    time: &Time,
) -> Sends {
    let each = Messages { time: Some(time.0), ..paced(*producers, *rate, *size) };
    sends(*producers, each, topic)
}

/// The same with settings, as in `16 producers send 64000 messages … with settings:`.
///
/// ```gherkin
/// When 4 producers send 2000 messages of 1 KB per second to topic "load" for 20 seconds with settings:
///   | name    | value     |
///   | acks    | 1         |
///   | warm-up | 5 seconds |
/// ```
#[given(
    expr = "{clients} producer(s) send(s) {several} message(s) of {message_size} per second to topic {string} for {time} with settings:"
)]
#[when(
    expr = "{clients} producer(s) send(s) {several} message(s) of {message_size} per second to topic {string} for {time} with settings:"
)]
async fn send_at_rate_with_settings(
    world: &mut World,
    producers: Clients,
    rate: Several,
    size: MessageSize,
    topic: TopicName,
    time: Time,
    #[step] step: &Step,
) -> Result<(), StepFailure> {
    let load = means_send_at_rate(&producers, &rate, &size, &topic, &time);
    send_all(world, load, SendingOptions::read(step)?).await
}

/// Has producers send at this rate, all of them together, while the scenario goes on, until
/// `the load on topic "load" stops`. Messages are due at fixed times, as in
/// `4 producers send 2000 messages of 1 KB per second … for 20 seconds`.
///
/// ```gherkin
/// When 4 producers keep sending 2000 messages of 1 KB per second to topic "load"
/// ```
#[given(
    expr = "{clients} producer(s) keep(s) sending {several} message(s) of {message_size} per second to topic {string}"
)]
#[when(
    expr = "{clients} producer(s) keep(s) sending {several} message(s) of {message_size} per second to topic {string}"
)]
async fn keep_sending(
    world: &mut World,
    producers: Clients,
    rate: Several,
    size: MessageSize,
    topic: TopicName,
) -> Result<(), StepFailure> {
    let load = means_keep_sending(&producers, &rate, &size, &topic);
    start(world, load, SendingOptions::default()).await
}

pub(crate) fn means_keep_sending(
    producers: &Clients,
    rate: &Several,
    size: &MessageSize,
    topic: &TopicName,
) -> Sends {
    sends(*producers, paced(*producers, *rate, *size), topic)
}

/// The same with settings, as in `16 producers send 64000 messages … with settings:`.
///
/// ```gherkin
/// When 4 producers keep sending 2000 messages of 1 KB per second to topic "load" with settings:
///   | name               | value |
///   | enable.idempotence | true  |
/// ```
#[given(
    expr = "{clients} producer(s) keep(s) sending {several} message(s) of {message_size} per second to topic {string} with settings:"
)]
#[when(
    expr = "{clients} producer(s) keep(s) sending {several} message(s) of {message_size} per second to topic {string} with settings:"
)]
async fn keep_sending_with_settings(
    world: &mut World,
    producers: Clients,
    rate: Several,
    size: MessageSize,
    topic: TopicName,
    #[step] step: &Step,
) -> Result<(), StepFailure> {
    let load = means_keep_sending(&producers, &rate, &size, &topic);
    start(world, load, SendingOptions::read(step)?).await
}

/// Stops the producers that keep sending to the topic and waits until all their messages are reported on.
/// Fails if a message was not acknowledged.
///
/// ```gherkin
/// When the load on topic "load" stops
/// ```
#[given(expr = "the load on topic {string} stops")]
#[when(expr = "the load on topic {string} stops")]
async fn stop(world: &mut World, topic: TopicName) -> Result<(), StepFailure> {
    world.loads.on(&topic)?;
    match &world.loads.of(&topic).senders {
        Some(senders) => senders.stop(),
        None => {
            let what = format!("nobody keeps sending to topic {topic:?}");
            return Err(StepFailure::usage(what));
        }
    }
    end(world, &topic).await
}

fn sends(producers: Clients, each: Messages, topic: &TopicName) -> Sends {
    Sends { producers: producers.0, each, topic: topic.clone().into() }
}

/// At this rate of all producers together.
fn paced(producers: Clients, rate: Several, size: MessageSize) -> Messages {
    let rate = rate.0 as f64 / f64::from(producers.0);
    Messages { rate: Some(rate), ..Messages::of_size(size.0) }
}
