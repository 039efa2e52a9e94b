//! Producers of a load.

use cucumber::gherkin::Step;
use cucumber::{given, when};

use super::loads::tell;
use super::options::SendingOptions;
use super::parameter::{Clients, Time};
use crate::event::measured::Direction;
use crate::load::send::Messages;
use crate::load::senders::{Destination, Senders, Sending, SendingEnded};
use crate::steps::failure::StepFailure;
use crate::steps::parameter::{MessageSize, Several, TopicName};
use crate::steps::world::{Told as _, World};

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
    let load = (producers, numbered(messages, size));
    send_all(world, topic, load, SendingOptions::default()).await
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
    let load = (producers, numbered(messages, size));
    send_all(world, topic, load, SendingOptions::read(step)?).await
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
    let each = paced(producers, rate, size);
    let load = (producers, Messages { time: Some(time.0), ..each });
    send_all(world, topic, load, SendingOptions::default()).await
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
    let each = paced(producers, rate, size);
    let load = (producers, Messages { time: Some(time.0), ..each });
    send_all(world, topic, load, SendingOptions::read(step)?).await
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
    let load = (producers, paced(producers, rate, size));
    start(world, &topic, load, SendingOptions::default()).await
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
    let load = (producers, paced(producers, rate, size));
    start(world, &topic, load, SendingOptions::read(step)?).await
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

/// So many of them, as fast as can be.
fn numbered(messages: Several, size: MessageSize) -> Messages {
    Messages { number: Some(messages.0), ..Messages::of_size(size.0) }
}

/// At this rate of all producers together.
fn paced(producers: Clients, rate: Several, size: MessageSize) -> Messages {
    let rate = rate.0 as f64 / f64::from(producers.0);
    Messages { rate: Some(rate), ..Messages::of_size(size.0) }
}

async fn send_all(
    world: &mut World,
    topic: TopicName,
    (producers, each): (Clients, Messages),
    options: SendingOptions,
) -> Result<(), StepFailure> {
    start(world, &topic, (producers, each), options).await?;
    end(world, &topic).await
}

/// Starts the producers, once it is known what the topic's replicas held before.
async fn start(
    world: &mut World,
    topic: &str,
    (producers, each): (Clients, Messages),
    options: SendingOptions,
) -> Result<(), StepFailure> {
    if world.loads.of(topic).senders.is_some() {
        let what = format!("a load on topic {topic:?} is running already");
        return Err(StepFailure::usage(what));
    }
    let producers = producers.0;
    let first_producer = world.loads.take_numbers(producers);
    let environment = world.environment()?;
    let names = &environment.names;
    let name = names.topic(topic);
    if world.loads.on(topic)?.before.is_none() {
        // Where a broker is down, or the topic is yet to come, there is nothing to compare with later.
        let before = environment.cluster.replicas(&name).await.ok();
        world.loads.of(topic).before = before;
    }
    let environment = world.environment()?;
    let SendingOptions { warm_up, per_transaction, .. } = options;
    let each = Messages { warm_up, per_transaction, ..each };
    let settings = options.settings(topic, &environment.names);
    let to = Destination {
        bootstrap_servers: environment.cluster.bootstrap_servers(),
        topic: name,
        first_producer,
        seed: environment.seed,
    };
    let home = options.runs_in.home(&environment.folder);
    let senders = Senders::start(&Sending { producers, each, settings }, &to, &home)?;
    let load = world.loads.of(topic);
    load.senders = Some(senders);
    load.producers = producers;
    Ok(())
}

/// Waits for the end of the load and keeps what it has sent.
async fn end(world: &mut World, topic: &str) -> Result<(), StepFailure> {
    let load = world.loads.of(topic);
    let Some(senders) = load.senders.take() else { return Ok(()) };
    let ended = senders.end().await;
    let SendingEnded { measured, handed_over, acknowledged } = ended.told(world.names()?)?;
    let load = world.loads.of(topic);
    load.handed_over.add_all(&handed_over);
    load.acknowledged.add_all(&acknowledged);
    for (partition, amount) in &measured.partitions {
        *load.partitions.entry(*partition).or_default() += *amount;
    }
    load.sent = Some(measured.clone());
    let producers = load.producers;
    tell(world, topic, Direction::Sent, producers, &measured)?;
    if measured.failed.is_empty() {
        return Ok(());
    }
    let (failed, of) = (measured.failures(), handed_over.count());
    let errors = measured.failed.iter().map(|(error, count)| format!("\n  {count} with {error}"));
    let errors: String = errors.collect();
    Err(StepFailure::expectation(format!(
        "{failed} of {of} messages to topic {topic:?} were not acknowledged:{errors}"
    )))
}
