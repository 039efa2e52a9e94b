//! Producers in processes of their own. They send in the background, with enable.idempotence=true and, outside of
//! transactions, one request at a time on a connection; what can happen to their processes is told in
//! `client_process.rs`.

use cucumber::{given, then, when};

use super::client_process::await_told;
use super::parameter::{
    Messages, NewProducerProcessName, PerSecond, Period, ProducerProcessName, TopicName,
    TransactionalId,
};
use super::world::World;
use crate::client::process::clients::Kind;
use crate::client::process::library::Configured;
use crate::client::process::task::{Produce, Transactions, Work};
use crate::client::settings::Settings;
use crate::fault::ClientTarget;
use crate::scenario::failure::StepFailure;

/// Starts a process that sends messages with the values 1, 2, 3 … as fast as it can, with idempotence. The step
/// does not wait for it.
///
/// ```gherkin
/// Given a producer process "p" that sends 1000 numbered messages to topic "orders"
/// ```
/// ```gherkin
/// When a producer process "p" starts and sends 1000 numbered messages to topic "orders"
/// ```
#[given(
    expr = "a producer process {string} that sends {messages} numbered message(s) to topic {string}"
)]
#[when(
    expr = "a producer process {string} starts and sends {messages} numbered message(s) to topic {string}"
)]
async fn send(
    world: &mut World,
    name: NewProducerProcessName,
    count: Messages,
    topic: TopicName,
) -> Result<(), StepFailure> {
    let sending = Sending { topic: &topic, count, rate: None, transactions: None };
    start(world, name.into(), sending, &on_librdkafka()).await
}

/// Starts a process that sends messages with the values 1, 2, 3 … at this rate, with idempotence. The step does
/// not wait for it.
///
/// ```gherkin
/// Given a producer process "p" that sends 1000 numbered messages to topic "orders" at 200 messages per second
/// ```
/// ```gherkin
/// When a producer process "p" starts and sends 1000 numbered messages to topic "orders" at 200 messages per second
/// ```
#[given(
    expr = "a producer process {string} that sends {messages} numbered message(s) to topic {string} at {per_second} message(s) per second"
)]
#[when(
    expr = "a producer process {string} starts and sends {messages} numbered message(s) to topic {string} at {per_second} message(s) per second"
)]
async fn send_at_rate(
    world: &mut World,
    name: NewProducerProcessName,
    count: Messages,
    topic: TopicName,
    rate: PerSecond,
) -> Result<(), StepFailure> {
    let sending = Sending { topic: &topic, count, rate: Some(rate), transactions: None };
    start(world, name.into(), sending, &on_librdkafka()).await
}

/// Starts a process that sends messages with the values 1, 2, 3 … in transactions of this many. It fences every
/// other producer with its transactional id. The step does not wait for it.
///
/// ```gherkin
/// Given a producer process "p" with transactional id "tx-1" that sends 1000 numbered messages to topic "orders" in transactions of 100
/// ```
/// ```gherkin
/// When a producer process "p" starts with transactional id "tx-1" and sends 1000 numbered messages to topic "orders" in transactions of 100
/// ```
#[given(
    expr = "a producer process {string} with transactional id {string} that sends {messages} numbered message(s) to topic {string} in transactions of {messages}"
)]
#[when(
    expr = "a producer process {string} starts with transactional id {string} and sends {messages} numbered message(s) to topic {string} in transactions of {messages}"
)]
async fn send_in_transactions(
    world: &mut World,
    name: NewProducerProcessName,
    id: TransactionalId,
    count: Messages,
    topic: TopicName,
    size: Messages,
) -> Result<(), StepFailure> {
    let sending = Sending { topic: &topic, count, rate: None, transactions: Some((&id, size)) };
    start(world, name.into(), sending, &on_librdkafka()).await
}

/// Starts a process that sends messages with the values 1, 2, 3 … in transactions of this many, at this rate.
/// It fences every other producer with its transactional id. The step does not wait for it.
///
/// ```gherkin
/// Given a producer process "p" with transactional id "tx-1" that sends 1000 numbered messages to topic "orders" in transactions of 10 at 200 messages per second
/// ```
/// ```gherkin
/// When a producer process "p" starts with transactional id "tx-1" and sends 1000 numbered messages to topic "orders" in transactions of 10 at 200 messages per second
/// ```
#[given(
    expr = "a producer process {string} with transactional id {string} that sends {messages} numbered message(s) to topic {string} in transactions of {messages} at {per_second} message(s) per second"
)]
#[when(
    expr = "a producer process {string} starts with transactional id {string} and sends {messages} numbered message(s) to topic {string} in transactions of {messages} at {per_second} message(s) per second"
)]
async fn send_in_transactions_at_rate(
    world: &mut World,
    name: NewProducerProcessName,
    id: TransactionalId,
    count: Messages,
    topic: TopicName,
    size: Messages,
    rate: PerSecond,
) -> Result<(), StepFailure> {
    let transactions = Some((&*id, size));
    let sending = Sending { topic: &topic, count, rate: Some(rate), transactions };
    start(world, name.into(), sending, &on_librdkafka()).await
}

/// Waits until this process has sent so many messages since it was started: they are acknowledged, or their
/// transactions are committed.
///
/// ```gherkin
/// When within 30 seconds producer process "p" has sent 100 messages
/// ```
#[given(expr = "within {duration} producer process {string} has sent {messages} message(s)")]
#[when(expr = "within {duration} producer process {string} has sent {messages} message(s)")]
#[then(expr = "within {duration} producer process {string} has sent {messages} message(s)")]
async fn has_sent(
    world: &mut World,
    limit: Period,
    name: ProducerProcessName,
    count: Messages,
) -> Result<(), StepFailure> {
    let target = ClientTarget { kind: Kind::Producer, name: name.into() };
    await_told(world, &target, limit, |told| match told.done {
        done if done >= count.0 => Ok(()),
        done => Err(format!("{target} has sent {done} messages")),
    })
    .await
}

/// Waits until this process has sent everything: it is acknowledged, or its transactions are committed.
///
/// ```gherkin
/// When within 30 seconds producer process "p" has sent everything
/// ```
#[given(expr = "within {duration} producer process {string} has sent everything")]
#[when(expr = "within {duration} producer process {string} has sent everything")]
#[then(expr = "within {duration} producer process {string} has sent everything")]
async fn has_sent_everything(
    world: &mut World,
    limit: Period,
    name: ProducerProcessName,
) -> Result<(), StepFailure> {
    let target = ClientTarget { kind: Kind::Producer, name: name.into() };
    await_told(world, &target, limit, |told| match told.finished {
        true => Ok(()),
        false => Err(format!("{target} has sent {} messages", told.done)),
    })
    .await
}

/// What a producer process is to send, in the author's words.
pub(super) struct Sending<'a> {
    /// The topic.
    pub topic: &'a str,
    /// How many messages.
    pub count: Messages,
    /// At this rate; none is as fast as it can.
    pub rate: Option<PerSecond>,
    /// By this transactional id, in transactions of so many messages.
    pub transactions: Option<(&'a str, Messages)>,
}

fn on_librdkafka() -> Configured {
    Configured::librdkafka(Settings::default())
}

/// Starts a producer process.
pub(super) async fn start(
    world: &mut World,
    name: String,
    sending: Sending<'_>,
    configured: &Configured,
) -> Result<(), StepFailure> {
    let names = world.names()?;
    let Sending { topic, count, rate, transactions } = sending;
    let transactions = transactions
        .map(|(id, size)| Transactions { id: names.transactional_id(id), size: size.0 });
    let work = Work::Produce(Produce {
        topic: names.topic(topic),
        count: count.0,
        rate: rate.map(|rate| rate.0),
        transactions,
    });
    world.start_client(name, work, configured).await
}
