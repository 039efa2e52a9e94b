//! Transactions: producers with a transactional id, what they do in transactions, and that an old one of the
//! same id is fenced.

use cucumber::gherkin::Step;
use cucumber::{given, then, when};

use super::parameter::{
    ConsumerName, Messages, NewProducerName, ProducerName, TopicName, TransactionalId,
};
use super::producer::{numbered, send, start_with};
use super::table;
use super::world::{Told as _, World};
use crate::client::error_code::ErrorCode;
use crate::client::message::Message;
use crate::client::producer::Producer;
use crate::client::settings::Settings;
use crate::client::transaction::Progress;
use crate::client::{ClientError, together};
use crate::scenario::failure::StepFailure;

/// What brokers and librdkafka say to a producer whose transactional id another one has taken over. The
/// first is KIP-588's word, the second that of brokers before it, the third librdkafka's own.
const FENCED: [&str; 3] = ["PRODUCER_FENCED", "INVALID_PRODUCER_EPOCH", "_FENCED"];

/// Starts a producer with a transactional id and registers it with the coordinator, which takes at most 30
/// seconds: a producer that had the id before is fenced, and its open transaction aborted. It is idempotent,
/// with acks=all.
///
/// ```gherkin
/// Given a transactional producer "p" with transactional id "tx-1"
/// ```
/// ```gherkin
/// When another producer "p2" starts with transactional id "tx-1"
/// ```
#[given(expr = "a transactional producer {string} with transactional id {string}")]
#[when(expr = "another producer {string} starts with transactional id {string}")]
async fn start_transactional(
    world: &mut World,
    name: NewProducerName,
    id: TransactionalId,
) -> Result<(), StepFailure> {
    register(world, name.into(), id, Settings::default()).await
}

/// As `a transactional producer "p" with transactional id "tx-1"`, with settings of its own: any that
/// librdkafka knows.
///
/// ```gherkin
/// Given a transactional producer "p" with transactional id "tx-1" and settings:
///   | name                   | value |
///   | transaction.timeout.ms | 5000  |
/// ```
#[given(expr = "a transactional producer {string} with transactional id {string} and settings:")]
async fn start_transactional_with_settings(
    world: &mut World,
    name: NewProducerName,
    id: TransactionalId,
    #[step] step: &Step,
) -> Result<(), StepFailure> {
    register(world, name.into(), id, table::client_settings(step, together::Kind::Transactional)?)
        .await
}

/// Begins a transaction: what the producer sends from now on belongs to it.
///
/// ```gherkin
/// When producer "p" begins a transaction
/// ```
#[given(expr = "producer {string} begins a transaction")]
#[when(expr = "producer {string} begins a transaction")]
async fn begin(world: &mut World, name: ProducerName) -> Result<(), StepFailure> {
    world.producer(&name)?.begin_transaction().await.told(world.names()?)
}

/// Commits the open transaction, which takes at most 30 seconds.
///
/// ```gherkin
/// When producer "p" commits the transaction
/// ```
#[given(expr = "producer {string} commits the transaction")]
#[when(expr = "producer {string} commits the transaction")]
async fn commit(world: &mut World, name: ProducerName) -> Result<(), StepFailure> {
    world.producer(&name)?.commit_transaction().await.told(world.names()?)
}

/// Aborts the open transaction, which takes at most 30 seconds.
///
/// ```gherkin
/// When producer "p" aborts the transaction
/// ```
#[given(expr = "producer {string} aborts the transaction")]
#[when(expr = "producer {string} aborts the transaction")]
async fn abort(world: &mut World, name: ProducerName) -> Result<(), StepFailure> {
    world.producer(&name)?.abort_transaction().await.told(world.names()?)
}

/// Sends messages with the values 1, 2, 3 … and no key, so many in each transaction, each of which is
/// committed.
///
/// ```gherkin
/// When producer "p" sends 100 000 numbered messages to topic "orders" in transactions of 750
/// ```
#[given(
    expr = "producer {string} sends {messages} numbered message(s) to topic {string} in transactions of {messages}"
)]
#[when(
    expr = "producer {string} sends {messages} numbered message(s) to topic {string} in transactions of {messages}"
)]
async fn send_in_transactions(
    world: &mut World,
    name: ProducerName,
    count: Messages,
    topic: TopicName,
    size: Messages,
) -> Result<(), StepFailure> {
    let mut first = 1;
    while first <= count.0 {
        let last = count.0.min(first + size.0 - 1);
        begin(world, name.clone()).await?;
        send(world, &name, &topic, &numbered(first, last, |_| None)).await?;
        commit(world, name.clone()).await?;
        first = last + 1;
    }
    Ok(())
}

/// Adds how far a consumer has come to the producer's open transaction: its offsets are committed with it.
///
/// ```gherkin
/// When producer "p" adds the offsets of consumer "c" to its transaction
/// ```
#[given(expr = "producer {string} adds the offsets of consumer {string} to its transaction")]
#[when(expr = "producer {string} adds the offsets of consumer {string} to its transaction")]
async fn add_offsets(
    world: &mut World,
    name: ProducerName,
    consumer: ConsumerName,
) -> Result<(), StepFailure> {
    let progress = progress(world, &consumer).await?;
    world.producer(&name)?.send_offsets(progress).await.told(world.names()?)
}

/// Commits the open transaction and expects to be refused because another producer has taken over the
/// transactional id.
///
/// ```gherkin
/// Then producer "p" is fenced
/// ```
#[then(expr = "producer {string} is fenced")]
async fn is_fenced(world: &mut World, name: ProducerName) -> Result<(), StepFailure> {
    let producer = world.producer(&name)?;
    if !producer.is_in_transaction().await {
        return Err(StepFailure::usage(format!(
            "producer {name:?} has no open transaction, whose commit would show that it is fenced"
        )));
    }
    let committed = producer.commit_transaction().await;
    fenced(world, &name, committed, "commit its transaction")
}

/// Sends a message in the open transaction and expects to be refused because another producer has taken over the
/// transactional id. The leader refuses it where the transaction has written to the partition before. Else the
/// coordinator does, which must add a new partition first.
///
/// ```gherkin
/// Then producer "p" is fenced when it sends a message to topic "orders"
/// ```
#[then(expr = "producer {string} is fenced when it sends a message to topic {string}")]
async fn is_fenced_when_sending(
    world: &mut World,
    name: ProducerName,
    topic: TopicName,
) -> Result<(), StepFailure> {
    let topic = world.names()?.topic(&topic);
    let message = Message::of("from a producer that is fenced");
    let sent = world.producer(&name)?.send(&topic, &[message]).await;
    let sent = sent.into_iter().try_for_each(|outcome| outcome.map(drop));
    fenced(world, &name, sent, "send a message")
}

/// Adds the offsets of a consumer to the open transaction and expects to be refused because another producer
/// has taken over the transactional id.
///
/// ```gherkin
/// Then producer "p" is fenced when it adds the offsets of consumer "c"
/// ```
#[then(expr = "producer {string} is fenced when it adds the offsets of consumer {string}")]
async fn is_fenced_when_adding_offsets(
    world: &mut World,
    name: ProducerName,
    consumer: ConsumerName,
) -> Result<(), StepFailure> {
    let progress = progress(world, &consumer).await?;
    let sent = world.producer(&name)?.send_offsets(progress).await;
    fenced(world, &name, sent, "add offsets to its transaction")
}

fn fenced(
    world: &World,
    name: &str,
    tried: Result<(), ClientError>,
    what: &str,
) -> Result<(), StepFailure> {
    let Err(error) = tried else {
        return Err(StepFailure::expectation(format!("producer {name:?} could {what}")));
    };
    let fatal = world.producer(name)?.fatal_error();
    let codes = error.code().into_iter().chain(fatal);
    if codes.map(ErrorCode::name).any(|code| FENCED.contains(&code.as_str())) {
        return world.note(format!("producer {name:?} is fenced: {}", world.shown(error)));
    }
    let found =
        format!("producer {name:?} could not {what}, but not because it is fenced: {error}");
    Err(StepFailure::expectation(world.shown(found)))
}

async fn progress(world: &World, consumer: &str) -> Result<Progress, StepFailure> {
    let progress = Progress::of(world.consumer(consumer)?).await.told(world.names()?)?;
    progress.ok_or_else(|| {
        StepFailure::usage(format!("consumer {consumer:?} has read nothing, so it has no offsets"))
    })
}

async fn register(
    world: &mut World,
    name: String,
    id: TransactionalId,
    settings: Settings,
) -> Result<(), StepFailure> {
    start_with(world, name.clone(), &settings.with("transactional.id", String::from(id)))?;
    let started = world.producer(&name)?;
    started.init_transactions().await.told(world.names()?)?;
    let id = |producer: &Producer| producer.settings().get("transactional.id").map(str::to_owned);
    for (other, producer) in world.producers() {
        if *other != name && id(producer) == id(started) {
            producer.is_taken_over().await;
        }
    }
    Ok(())
}
