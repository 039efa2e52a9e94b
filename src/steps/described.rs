//! What brokers say of topics and ZooKeeper of the replicas in sync, waited for.

use std::time::Duration;

use super::world::{Told as _, World};
use crate::cluster::ClusterError;
use crate::cluster::metadata::{Partition, Topics};
use crate::event::id::BrokerId;
use crate::scenario::failure::StepFailure;
use crate::wait::{EFFECT_LOOK, Seen, WaitError, until};

/// How long the news of a topic may be under way from the controller to the other brokers.
const NEWS_LIMIT: Duration = Duration::from_secs(10);

/// The partitions of a topic that must be there. The broker that is asked may not have heard of a new topic
/// yet; it is given a moment.
pub(super) async fn described(world: &World, name: &str) -> Result<Vec<Partition>, StepFailure> {
    await_topic(world, name, NEWS_LIMIT, |found| Ok(found.to_vec())).await
}

/// Waits until every broker that answers knows the leaders of the topic, as the controller does. A group whose
/// coordinator has not heard of a topic shares out no partition of it, and librdkafka does not see later that
/// there are some. A broker that is cut off does not hear of it at all, which is reported.
pub(super) async fn await_news(world: &World, name: &str) -> Result<(), StepFailure> {
    await_news_of(world, name, |_| true).await
}

/// [`await_news`] of a topic that looks like this by now.
pub(super) async fn await_news_of(
    world: &World,
    name: &str,
    is_new: impl Fn(&[Partition]) -> bool,
) -> Result<(), StepFailure> {
    let cluster = world.cluster()?;
    let topic = world.names()?.topic(name);
    let known = |topics: &Topics| {
        let partitions = topics.get(&topic).filter(|found| !found.is_empty() && is_new(found));
        partitions.is_some_and(|found| found.iter().all(|partition| partition.leader.is_some()))
    };
    let spread = until(NEWS_LIMIT, EFFECT_LOOK, async || {
        let brokers = cluster.topics_by_broker().await?;
        let late: Vec<_> =
            brokers.iter().filter(|(_, topics)| !known(topics)).map(|(id, _)| *id).collect();
        Ok::<_, ClusterError>(match late.as_slice() {
            [] => Seen::Ready(()),
            late => Seen::NotYet(format!("not heard of by: {}", BrokerId::listed(late))),
        })
    });
    match spread.await {
        Ok(()) => Ok(()),
        Err(WaitError::TimedOut { seen, .. }) => world.note(format!("topic {name:?} is {seen}")),
        Err(WaitError::Failed(error)) => Err(error.into()),
    }
}

/// Waits until every partition, or the only one asked for, is well; `is_well` completes "partition 0 of topic
/// …" when it is not.
pub(super) async fn await_partitions(
    world: &World,
    name: &str,
    only: Option<i32>,
    limit: Duration,
    is_well: impl Fn(&Partition) -> Result<(), String>,
) -> Result<(), StepFailure> {
    await_topic(world, name, limit, |found| all_well(name, found, only, &is_well)).await
}

/// [`await_partitions`], with the replicas in sync as the leaders have written it down in ZooKeeper: seconds
/// before brokers tell of it, a moment before a leader knows of replicas that the controller has taken out.
pub(super) async fn await_in_sync(
    world: &World,
    name: &str,
    only: Option<i32>,
    limit: Duration,
    is_well: impl Fn(&Partition) -> Result<(), String>,
) -> Result<(), StepFailure> {
    let look = |found: &[Partition]| all_well(name, found, only, &is_well);
    await_told(world, name, limit, InSyncOf::Leaders, look).await
}

/// Waits until a broker, the controller if there is one, describes the topic in a way that `look` agrees
/// with; its error says what it found.
pub(super) async fn await_topic<T>(
    world: &World,
    name: &str,
    limit: Duration,
    look: impl Fn(&[Partition]) -> Result<T, String>,
) -> Result<T, StepFailure> {
    await_told(world, name, limit, InSyncOf::Brokers, look).await
}

/// The source that says which replicas are in sync.
#[derive(Debug, Clone, Copy)]
enum InSyncOf {
    Brokers,
    Leaders,
}

async fn await_told<T>(
    world: &World,
    name: &str,
    limit: Duration,
    in_sync_of: InSyncOf,
    look: impl Fn(&[Partition]) -> Result<T, String>,
) -> Result<T, StepFailure> {
    let cluster = world.cluster()?;
    let names = world.names()?;
    let topic = names.topic(name);
    let agreed = until(limit, EFFECT_LOOK, async || {
        let told = match in_sync_of {
            InSyncOf::Brokers => cluster.topics().await,
            InSyncOf::Leaders => {
                let told = cluster.topics_in_sync(|name| name == topic).await;
                told.map(|(topics, _)| topics)
            }
        };
        let topics = match told {
            Ok(topics) => topics,
            Err(silent @ ClusterError::NoBroker(_)) => return Ok(Seen::NotYet(silent.to_string())),
            Err(error) => return Err(error),
        };
        let Some(partitions) = topics.get(&topic).filter(|found| !found.is_empty()) else {
            return Ok(Seen::NotYet(format!("there is no topic {name:?}")));
        };
        Ok::<_, ClusterError>(look(partitions).map_or_else(Seen::NotYet, Seen::Ready))
    });
    agreed.await.told(names)
}

fn all_well(
    name: &str,
    partitions: &[Partition],
    only: Option<i32>,
    is_well: impl Fn(&Partition) -> Result<(), String>,
) -> Result<(), String> {
    let mut partitions =
        partitions.iter().filter(|found| only.is_none_or(|only| only == found.id)).peekable();
    if let (None, Some(only)) = (partitions.peek(), only) {
        return Err(format!("topic {name:?} has no partition {only}"));
    }
    let ill = partitions.find_map(|found| Some((found.id, is_well(found).err()?)));
    ill.map_or(Ok(()), |(id, why)| Err(format!("partition {id} of topic {name:?} {why}")))
}
