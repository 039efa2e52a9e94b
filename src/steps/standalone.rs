//! Standalone consumers: processes that store a result of each message in a database of their own. Processing and
//! committing must be one atomic step, and Kafka cannot make it one: it is the consumer's own job. What can happen
//! to their processes is told in `client_process.rs`.

use std::time::Duration;

use cucumber::gherkin::Step;
use cucumber::{given, then, when};

use super::client_process::{await_told, ended_of};
use super::parameter::{Messages, NewStandaloneName, Period, StandaloneName, TopicName};
use super::table;
use super::world::{Told as _, World};
use crate::client::backlog::{Backlog, ReadUpTo};
use crate::client::process::clients::Kind;
use crate::client::process::library::Configured;
use crate::client::process::store::Store;
use crate::client::process::task::{Offsets, Process, Work};
use crate::client::settings::Settings;
use crate::client::together;
use crate::cluster::listener::CLIENT;
use crate::fault::ClientTarget;
use crate::scenario::failure::StepFailure;
use crate::wait::{Seen, until};

const INTERVAL: Duration = Duration::from_millis(50);

/// How long it may take until it has its partitions.
const JOIN_LIMIT: Duration = Duration::from_secs(60);

/// Starts a standalone consumer that stores the results of a batch first and commits its offsets to Kafka
/// afterwards: a crash in between makes duplicates. Waits, at most a minute, until it has its partitions. Its group
/// is named after it.
///
/// ```gherkin
/// Given a standalone consumer "s" of topic "orders" that commits after processing
/// ```
#[given(expr = "a standalone consumer {string} of topic {string} that commits after processing")]
async fn start_committing_after(
    world: &mut World,
    name: NewStandaloneName,
    topic: TopicName,
) -> Result<(), StepFailure> {
    start(world, name.into(), &topic, Offsets::AfterProcessing, &Settings::default()).await
}

/// Starts a standalone consumer that commits after processing, with settings of its own, any that librdkafka
/// knows; else as `a standalone consumer "s" of topic "orders" that commits after processing` does.
///
/// ```gherkin
/// Given a standalone consumer "s" of topic "orders" that commits after processing with settings:
///   | name                 | value |
///   | max.poll.interval.ms | 7000  |
/// ```
#[given(
    expr = "a standalone consumer {string} of topic {string} that commits after processing with settings:"
)]
async fn start_committing_after_with_settings(
    world: &mut World,
    name: NewStandaloneName,
    topic: TopicName,
    #[step] step: &Step,
) -> Result<(), StepFailure> {
    start(
        world,
        name.into(),
        &topic,
        Offsets::AfterProcessing,
        &table::client_settings(step, together::Kind::Standalone)?,
    )
    .await
}

/// Starts a standalone consumer that commits the offsets of a batch to Kafka first and stores its results
/// afterwards: a crash in between loses messages. Waits, at most a minute, until it has its partitions. Its group
/// is named after it.
///
/// ```gherkin
/// Given a standalone consumer "s" of topic "orders" that commits before processing
/// ```
#[given(expr = "a standalone consumer {string} of topic {string} that commits before processing")]
async fn start_committing_before(
    world: &mut World,
    name: NewStandaloneName,
    topic: TopicName,
) -> Result<(), StepFailure> {
    start(world, name.into(), &topic, Offsets::BeforeProcessing, &Settings::default()).await
}

/// Starts a standalone consumer that stores results and offsets in one transaction of its database, and begins at
/// those offsets when it is started again: exactly once. It is in no group and reads every partition.
///
/// ```gherkin
/// Given a standalone consumer "s" of topic "orders" that stores offsets with its results
/// ```
#[given(
    expr = "a standalone consumer {string} of topic {string} that stores offsets with its results"
)]
async fn start_storing_offsets(
    world: &mut World,
    name: NewStandaloneName,
    topic: TopicName,
) -> Result<(), StepFailure> {
    start(world, name.into(), &topic, Offsets::WithResults, &Settings::default()).await
}

/// Waits until this consumer has processed so many messages since it was started.
///
/// ```gherkin
/// When within 30 seconds standalone consumer "s" has processed 100 messages
/// ```
#[given(
    expr = "within {duration} standalone consumer {string} has processed {messages} message(s)"
)]
#[when(expr = "within {duration} standalone consumer {string} has processed {messages} message(s)")]
#[then(expr = "within {duration} standalone consumer {string} has processed {messages} message(s)")]
async fn has_processed(
    world: &mut World,
    limit: Period,
    name: StandaloneName,
    count: Messages,
) -> Result<(), StepFailure> {
    let target = ClientTarget { kind: Kind::Standalone, name: name.into() };
    await_told(world, &target, limit, |told| match told.done {
        done if done >= count.0 => Ok(()),
        done => Err(format!("{target} has processed {done} messages")),
    })
    .await
}

/// Waits until the consumer has committed, to Kafka or to its database, the offset of every committed message of
/// its topic, and has nothing under way.
///
/// ```gherkin
/// Then within 30 seconds standalone consumer "s" has processed everything
/// ```
#[given(expr = "within {duration} standalone consumer {string} has processed everything")]
#[when(expr = "within {duration} standalone consumer {string} has processed everything")]
#[then(expr = "within {duration} standalone consumer {string} has processed everything")]
async fn has_processed_everything(
    world: &mut World,
    limit: Period,
    name: StandaloneName,
) -> Result<(), StepFailure> {
    let target = ClientTarget { kind: Kind::Standalone, name: name.into() };
    let client = world.client(&target)?;
    let Work::Process(work) = &client.task().work else {
        return Err(StepFailure::usage(format!("{target} processes nothing")));
    };
    let access = world.cluster()?.access(&CLIENT);
    let backlog = Backlog::new(&access, &work.group, &work.topic)?;
    let alone = [(target, client.clone())];
    until(limit.0, INTERVAL, || async {
        let left = match backlog.first(read_up_to(work)?).await {
            Ok(None) => return Ok(Seen::Ready(())),
            Ok(Some(place)) => format!("{place} is not processed yet"),
            Err(error) => error.to_string(),
        };
        ended_of(&alone)?;
        Ok::<_, StepFailure>(Seen::NotYet(left))
    })
    .await
    .told(world.names()?)
}

fn read_up_to(work: &Process) -> Result<ReadUpTo, StepFailure> {
    if work.offsets != Offsets::WithResults {
        return Ok(ReadUpTo::Committed);
    }
    let offsets = Store::look_into(&work.store).and_then(|store| store.offsets());
    let offsets = offsets.map_err(|error| {
        StepFailure::environment(format!("the consumer's database cannot be read: {error}"))
    })?;
    Ok(ReadUpTo::Kept(offsets.into_iter().map(|it| (it.partition, it.next)).collect()))
}

async fn start(
    world: &mut World,
    name: String,
    topic: &str,
    offsets: Offsets,
    settings: &Settings,
) -> Result<(), StepFailure> {
    super::described::described(world, topic).await?;
    let names = world.names()?;
    let (unique, group) = (names.topic(topic), names.group(&name));
    world.declare_flow(&unique, None, &group, offsets == Offsets::WithResults)?;
    let store = world.history()?.part(&format!("{name} results"))?.file.with_extension("sqlite");
    let work = Work::Process(Process { topic: unique, group, store, offsets });
    let configured = Configured::librdkafka(settings.clone());
    world.start_client(name.clone(), work, &configured).await?;
    let target = ClientTarget { kind: Kind::Standalone, name };
    await_told(world, &target, Period(JOIN_LIMIT), |told| match &told.partitions {
        Some(partitions) if !partitions.is_empty() => Ok(()),
        _ => Err(format!("{target} was given no partitions")),
    })
    .await
}
