//! Producer processes on Kafka's own client library. What sentences say of a producer process holds for them as well.

use cucumber::gherkin::Step;
use cucumber::{given, when};

use super::java_client::on_java;
use super::parameter::{
    JavaLibrary, Messages, NewProducerProcessName, PerSecond, TopicName, TransactionalId,
};
use super::producer_process::{self, Sending};
use super::table;
use super::world::World;
use crate::client::java::settings;
use crate::client::settings::Settings;
use crate::scenario::failure::StepFailure;

/// Starts a producer process on Kafka's own client library, in a JVM: of the cluster's version (`Java`), or of any
/// other one (`Java 3.9.2`). It has the defaults of the library, but for enable.idempotence and acks, which are true
/// and all; else as `a producer process "p" that sends 1000 numbered messages to topic "orders"`.
///
/// ```gherkin
/// Given a Java producer process "p" that sends 1000 numbered messages to topic "orders"
/// ```
/// ```gherkin
/// When a Java 3.9.2 producer process "p" starts and sends 1000 numbered messages to topic "orders"
/// ```
#[given(
    expr = "a {java} producer process {string} that sends {messages} numbered message(s) to topic {string}"
)]
#[when(
    expr = "a {java} producer process {string} starts and sends {messages} numbered message(s) to topic {string}"
)]
async fn send(
    world: &mut World,
    library: JavaLibrary,
    name: NewProducerProcessName,
    count: Messages,
    topic: TopicName,
) -> Result<(), StepFailure> {
    let sending = Sending { topic: &topic, count, rate: None, transactions: None };
    start(world, &library, name, sending, Settings::default()).await
}

/// Starts a producer process on Kafka's own client library that sends at this rate; else as
/// `a Java producer process "p" that sends 1000 numbered messages to topic "orders"` does.
///
/// ```gherkin
/// Given a Java producer process "p" that sends 1000 numbered messages to topic "orders" at 200 messages per second
/// ```
/// ```gherkin
/// When a Java producer process "p" starts and sends 1000 numbered messages to topic "orders" at 200 messages per second
/// ```
#[given(
    expr = "a {java} producer process {string} that sends {messages} numbered message(s) to topic {string} at {per_second} message(s) per second"
)]
#[when(
    expr = "a {java} producer process {string} starts and sends {messages} numbered message(s) to topic {string} at {per_second} message(s) per second"
)]
async fn send_at_rate(
    world: &mut World,
    library: JavaLibrary,
    name: NewProducerProcessName,
    count: Messages,
    topic: TopicName,
    rate: PerSecond,
) -> Result<(), StepFailure> {
    let sending = Sending { topic: &topic, count, rate: Some(rate), transactions: None };
    start(world, &library, name, sending, Settings::default()).await
}

/// Starts a producer process on Kafka's own client library with settings of its own, any that its producers know; else
/// as `a Java producer process "p" that sends 1000 numbered messages to topic "orders" at 200 messages per second`
/// does.
///
/// ```gherkin
/// Given a Java producer process "p" that sends 1000 numbered messages to topic "orders" at 200 messages per second with settings:
///   | name                | value |
///   | delivery.timeout.ms | 60000 |
/// ```
#[given(
    expr = "a {java} producer process {string} that sends {messages} numbered message(s) to topic {string} at {per_second} message(s) per second with settings:"
)]
async fn send_at_rate_with_settings(
    world: &mut World,
    library: JavaLibrary,
    name: NewProducerProcessName,
    count: Messages,
    topic: TopicName,
    rate: PerSecond,
    #[step] step: &Step,
) -> Result<(), StepFailure> {
    let sending = Sending { topic: &topic, count, rate: Some(rate), transactions: None };
    let settings = table::java_settings(step, settings::Kind::Producer)?;
    start(world, &library, name, sending, settings).await
}

/// Starts a producer process on Kafka's own client library that sends in transactions of this many. It fences every
/// other producer with its transactional id, on whatever library. Else as
/// `a Java producer process "p" that sends 1000 numbered messages to topic "orders"` does.
///
/// ```gherkin
/// Given a Java producer process "p" with transactional id "tx-1" that sends 1000 numbered messages to topic "orders" in transactions of 100
/// ```
/// ```gherkin
/// When a Java producer process "p" starts with transactional id "tx-1" and sends 1000 numbered messages to topic "orders" in transactions of 100
/// ```
#[given(
    expr = "a {java} producer process {string} with transactional id {string} that sends {messages} numbered message(s) to topic {string} in transactions of {messages}"
)]
#[when(
    expr = "a {java} producer process {string} starts with transactional id {string} and sends {messages} numbered message(s) to topic {string} in transactions of {messages}"
)]
async fn send_in_transactions(
    world: &mut World,
    library: JavaLibrary,
    name: NewProducerProcessName,
    id: TransactionalId,
    count: Messages,
    topic: TopicName,
    size: Messages,
) -> Result<(), StepFailure> {
    let sending = Sending { topic: &topic, count, rate: None, transactions: Some((&id, size)) };
    start(world, &library, name, sending, Settings::default()).await
}

/// Starts a producer process on Kafka's own client library that sends in transactions of this many, at this rate; else
/// as `a Java producer process "p" with transactional id "tx-1" that sends 1000 numbered messages to topic "orders" in
/// transactions of 100` does.
///
/// ```gherkin
/// Given a Java producer process "p" with transactional id "tx-1" that sends 1000 numbered messages to topic "orders" in transactions of 10 at 200 messages per second
/// ```
/// ```gherkin
/// When a Java producer process "p" starts with transactional id "tx-1" and sends 1000 numbered messages to topic "orders" in transactions of 10 at 200 messages per second
/// ```
#[given(
    expr = "a {java} producer process {string} with transactional id {string} that sends {messages} numbered message(s) to topic {string} in transactions of {messages} at {per_second} message(s) per second"
)]
#[when(
    expr = "a {java} producer process {string} starts with transactional id {string} and sends {messages} numbered message(s) to topic {string} in transactions of {messages} at {per_second} message(s) per second"
)]
#[expect(clippy::too_many_arguments, reason = "each is a part of the sentence")]
async fn send_in_transactions_at_rate(
    world: &mut World,
    library: JavaLibrary,
    name: NewProducerProcessName,
    id: TransactionalId,
    count: Messages,
    topic: TopicName,
    size: Messages,
    rate: PerSecond,
) -> Result<(), StepFailure> {
    let transactions = Some((&*id, size));
    let sending = Sending { topic: &topic, count, rate: Some(rate), transactions };
    start(world, &library, name, sending, Settings::default()).await
}

async fn start(
    world: &mut World,
    library: &JavaLibrary,
    name: NewProducerProcessName,
    sending: Sending<'_>,
    settings: Settings,
) -> Result<(), StepFailure> {
    let configured = on_java(world, library, settings).await?;
    producer_process::start(world, name.into(), sending, &configured).await
}
