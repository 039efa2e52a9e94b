//! Consumers of groups in processes of their own. They read committed messages in the background, and commit the
//! offsets of each batch to Kafka after they have read it; what can happen to their processes is told in
//! `client_process.rs`.

use std::time::Duration;

use cucumber::{given, then, when};

use super::client_process::{await_told, ended_of};
use super::parameter::{
    ConsumerProcessName, GroupName, Messages, NewConsumerProcessName, Period, TopicName,
};
use super::world::{Told as _, World};
use crate::client::backlog::{Backlog, ReadUpTo};
use crate::client::process::clients::Kind;
use crate::client::process::library::Configured;
use crate::client::process::task::{Consume, Work};
use crate::client::settings::Settings;
use crate::cluster::listener::CLIENT;
use crate::fault::ClientTarget;
use crate::scenario::failure::StepFailure;
use crate::wait::{Seen, until};

const INTERVAL: Duration = Duration::from_millis(50);

/// How long it may take until it has partitions.
const JOIN_LIMIT: Duration = Duration::from_secs(60);

/// Starts a process that reads committed messages of a topic in a group, from the beginning where the group has
/// committed nothing, and commits the offsets of each batch after it has read it. Waits, at most a minute, until it
/// has partitions.
///
/// ```gherkin
/// Given a consumer process "c" in group "billing" that reads topic "orders"
/// ```
/// ```gherkin
/// When a consumer process "c" starts in group "billing" and reads topic "orders"
/// ```
#[given(expr = "a consumer process {string} in group {string} that reads topic {string}")]
#[when(expr = "a consumer process {string} starts in group {string} and reads topic {string}")]
async fn read(
    world: &mut World,
    name: NewConsumerProcessName,
    group: GroupName,
    topic: TopicName,
) -> Result<(), StepFailure> {
    let configured = Configured::librdkafka(Settings::default());
    start(world, name.into(), &group, &topic, &configured).await
}

/// Waits until this process has read so many messages since it was started, and has asked to commit their offsets.
///
/// ```gherkin
/// When within 30 seconds consumer process "c" has read 100 messages
/// ```
#[given(expr = "within {duration} consumer process {string} has read {messages} message(s)")]
#[when(expr = "within {duration} consumer process {string} has read {messages} message(s)")]
#[then(expr = "within {duration} consumer process {string} has read {messages} message(s)")]
async fn has_read(
    world: &mut World,
    limit: Period,
    name: ConsumerProcessName,
    count: Messages,
) -> Result<(), StepFailure> {
    let target = ClientTarget { kind: Kind::Consumer, name: name.into() };
    await_told(world, &target, limit, |told| match told.done {
        done if done >= count.0 => Ok(()),
        done => Err(format!("{target} has read {done} messages")),
    })
    .await
}

/// Waits until the group of the consumer has committed the offset of every committed message in the topic.
///
/// ```gherkin
/// Then within 30 seconds consumer process "c" has read everything
/// ```
#[given(expr = "within {duration} consumer process {string} has read everything")]
#[when(expr = "within {duration} consumer process {string} has read everything")]
#[then(expr = "within {duration} consumer process {string} has read everything")]
async fn has_read_everything(
    world: &mut World,
    limit: Period,
    name: ConsumerProcessName,
) -> Result<(), StepFailure> {
    let target = ClientTarget { kind: Kind::Consumer, name: name.into() };
    let client = world.client(&target)?;
    let Work::Consume(work) = &client.task().work else {
        return Err(StepFailure::usage(format!("{target} reads in no group")));
    };
    let backlog = Backlog::new(&world.cluster()?.access(&CLIENT), &work.group, &work.topic)?;
    let alone = [(target, client.clone())];
    until(limit.0, INTERVAL, || async {
        let left = match backlog.first(ReadUpTo::Committed).await {
            Ok(None) => return Ok(Seen::Ready(())),
            Ok(Some(place)) => format!("{place} is not read yet"),
            Err(error) => error.to_string(),
        };
        ended_of(&alone)?;
        Ok::<_, StepFailure>(Seen::NotYet(left))
    })
    .await
    .told(world.names()?)
}

/// Starts a consumer process and waits until it has partitions.
pub(super) async fn start(
    world: &mut World,
    name: String,
    group: &str,
    topic: &str,
    configured: &Configured,
) -> Result<(), StepFailure> {
    super::described::described(world, topic).await?;
    let names = world.names()?;
    let work = Work::Consume(Consume { topic: names.topic(topic), group: names.group(group) });
    world.start_client(name.clone(), work, configured).await?;
    let target = ClientTarget { kind: Kind::Consumer, name };
    await_told(world, &target, Period(JOIN_LIMIT), |told| match &told.partitions {
        Some(partitions) if !partitions.is_empty() => Ok(()),
        _ => Err(format!("{target} was given no partitions")),
    })
    .await
}
