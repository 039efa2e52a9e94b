//! Topics, by the admin client.

use std::collections::BTreeSet;
use std::time::Duration;

use cucumber::gherkin::Step;
use cucumber::{given, then, when};

use super::described::{await_in_sync, await_topic, described};
use super::meaning::Meaning;
use super::parameter::{AnyTopicName, Count, Partitions, Period, Replicas, TopicName};
use super::table;
use super::unfit::{Unfit, at_most_brokers};
use super::world::{Told as _, World};
use crate::client::ClientError;
use crate::client::held::Held;
use crate::cluster::listener::CLIENT;
use crate::cluster::spec::ClusterSpec;
use crate::event::id::BrokerId;
use crate::scenario::failure::StepFailure;
use crate::wait::{Seen, until};

const INTERVAL: Duration = Duration::from_millis(50);

/// Deletes a topic.
///
/// ```gherkin
/// When topic "orders" is deleted
/// ```
#[given(expr = "topic {string} is deleted")]
#[when(expr = "topic {string} is deleted")]
async fn delete(world: &mut World, name: TopicName) -> Result<(), StepFailure> {
    let admin = world.admin()?;
    let names = world.names()?;
    admin.delete_topic(&names.topic(&name)).await.told(names)
}

pub(crate) fn means_delete(name: &TopicName) -> Meaning {
    Meaning::DeletesTopic(name.clone().into())
}

/// Expects the topic in the cluster's list of topics before the time is over.
///
/// ```gherkin
/// Then within 10 seconds topic "orders" exists
/// ```
#[then(expr = "within {duration} topic {string} exists")]
async fn exists(world: &mut World, limit: Period, name: TopicName) -> Result<(), StepFailure> {
    await_topic(world, &name, limit.0, |_| Ok(())).await
}

/// Expects the topic in the cluster's list of topics now.
///
/// ```gherkin
/// Then topic "orders" exists
/// ```
#[then(expr = "topic {string} exists")]
async fn exists_now(world: &mut World, name: AnyTopicName) -> Result<(), StepFailure> {
    let admin = world.admin()?;
    let names = world.names()?;
    match admin.topics().await.told(names)?.contains_key(&names.topic(&name)) {
        true => Ok(()),
        false => Err(StepFailure::expectation(format!("there is no topic {name:?}"))),
    }
}

/// Expects the topic to have this many partitions before the time is over.
///
/// ```gherkin
/// Then within 10 seconds topic "orders" has 6 partitions
/// ```
#[given(expr = "within {duration} topic {string} has {partitions} partition(s)")]
#[then(expr = "within {duration} topic {string} has {partitions} partition(s)")]
async fn has_so_many(
    world: &mut World,
    limit: Period,
    name: TopicName,
    partitions: Partitions,
) -> Result<(), StepFailure> {
    await_topic(world, &name, limit.0, |found| match found.len() == partitions.as_usize() {
        true => Ok(()),
        false => Err(format!("topic {name:?} has {} partition(s)", found.len())),
    })
    .await
}

/// Expects the topic to be gone before the time is over: from the cluster's list of topics, and so that its
/// name can be used again.
///
/// ```gherkin
/// Then within 10 seconds topic "orders" no longer exists
/// ```
#[then(expr = "within {duration} topic {string} no longer exists")]
async fn is_gone(world: &mut World, limit: Period, name: TopicName) -> Result<(), StepFailure> {
    let admin = world.admin()?;
    let names = world.names()?;
    let topic = names.topic(&name);
    let gone = until(limit.0, INTERVAL, async || {
        if admin.topics().await?.contains_key(&topic) {
            return Ok(Seen::NotYet(format!("topic {name:?} is still in the list of topics")));
        }
        Ok::<_, ClientError>(match admin.is_free(&topic).await? {
            true => Seen::Ready(()),
            false => Seen::NotYet(format!("the name {name:?} is not free yet")),
        })
    });
    gone.await.told(names)
}

/// Expects that there is no topic of this name now: neither in the cluster's list of topics nor to the
/// controller.
///
/// ```gherkin
/// Then topic "orders" does not exist
/// ```
#[then(expr = "topic {string} does not exist")]
async fn does_not_exist(world: &mut World, name: AnyTopicName) -> Result<(), StepFailure> {
    let admin = world.admin()?;
    let names = world.names()?;
    let topic = names.topic(&name);
    let listed = admin.topics().await.told(names)?.contains_key(&topic);
    if listed || !admin.is_free(&topic).await.told(names)? {
        return Err(StepFailure::expectation(format!("there is a topic {name:?}")));
    }
    Ok(())
}

/// Expects the topic to have this many partitions, each with this many replicas on different brokers, before
/// the time is over: brokers tell each other of a topic a moment after it was made.
///
/// ```gherkin
/// Then within 10 seconds topic "orders" has 3 partitions with 3 replicas each
/// ```
#[then(
    expr = "within {duration} topic {string} has {partitions} partition(s) with {replicas} replica(s) each"
)]
async fn has_partitions(
    world: &mut World,
    limit: Period,
    name: TopicName,
    partitions: Partitions,
    replicas: Replicas,
) -> Result<(), StepFailure> {
    await_topic(world, &name, limit.0, |found| {
        if found.len() != partitions.as_usize() {
            return Err(format!("topic {name:?} has {} partitions", found.len()));
        }
        let distinct = |ids: &[BrokerId]| ids.iter().collect::<BTreeSet<_>>().len();
        let wrong = found.iter().find(|partition| {
            let (all, distinct) = (partition.replicas.len(), distinct(&partition.replicas));
            all != replicas.as_usize() || distinct != all
        });
        wrong.map_or(Ok(()), |partition| {
            let (id, replicas) = (partition.id, BrokerId::listed(&partition.replicas));
            Err(format!("partition {id} of topic {name:?} has its replicas on {replicas}"))
        })
    })
    .await
}

/// Whether there is a broker for each replica.
pub(crate) fn fits_has_partitions(
    cluster: &ClusterSpec,
    _: &Period,
    _: &str,
    _: &Partitions,
    replicas: &Replicas,
) -> Result<(), Unfit> {
    at_most_brokers(3, replicas.as_usize(), cluster)
}

/// Expects every partition of the topic to have a leader and all its replicas in sync before the time is
/// over.
///
/// ```gherkin
/// Then within 30 seconds topic "orders" is fully replicated
/// ```
#[given(expr = "within {duration} topic {string} is fully replicated")]
#[then(expr = "within {duration} topic {string} is fully replicated")]
async fn is_fully_replicated(
    world: &mut World,
    limit: Period,
    name: TopicName,
) -> Result<(), StepFailure> {
    await_in_sync(world, &name, None, limit.0, |partition| {
        if partition.leader.is_none() {
            return Err("has no leader".into());
        }
        let (replicas, isr): (BTreeSet<_>, BTreeSet<_>) =
            (partition.replicas.iter().collect(), partition.isr.iter().collect());
        if replicas == isr {
            return Ok(());
        }
        let (isr, replicas) =
            (BrokerId::listed(&partition.isr), BrokerId::listed(&partition.replicas));
        Err(format!("has replicas {replicas}, of which in sync {isr}"))
    })
    .await
}

/// Expects the leaders of the topic's partitions on this many brokers before the time is over.
///
/// ```gherkin
/// Then within 10 seconds the leaders of topic "orders" are on 3 brokers
/// ```
#[then(expr = "within {duration} the leaders of topic {string} are on {count} broker(s)")]
async fn leaders_on(
    world: &mut World,
    limit: Period,
    name: TopicName,
    brokers: Count,
) -> Result<(), StepFailure> {
    await_topic(world, &name, limit.0, |found| {
        let leaders: BTreeSet<_> = found.iter().filter_map(|partition| partition.leader).collect();
        if leaders.len() == brokers.as_usize() {
            return Ok(());
        }
        let leaders: Vec<_> = leaders.into_iter().collect();
        Err(format!("the leaders of topic {name:?} are on {}", BrokerId::listed(&leaders)))
    })
    .await
}

/// Whether there are so many brokers.
pub(crate) fn fits_leaders_on(
    cluster: &ClusterSpec,
    _: &Period,
    _: &str,
    brokers: &Count,
) -> Result<(), Unfit> {
    at_most_brokers(2, brokers.as_usize(), cluster)
}

/// Expects settings in force for the topic, as the broker reports them: its own and those that it takes
/// from the broker.
///
/// ```gherkin
/// Then topic "orders" has settings:
///   | name           | value   |
///   | cleanup.policy | compact |
/// ```
#[then(expr = "topic {string} has settings:")]
async fn has_settings(
    world: &mut World,
    name: TopicName,
    #[step] step: &Step,
) -> Result<(), StepFailure> {
    let admin = world.admin()?;
    let names = world.names()?;
    let found = admin.topic_settings(&names.topic(&name)).await.told(names)?;
    super::settings::compare(&format!("topic {name:?}"), &table::topic_settings(step)?, |setting| {
        found.get(setting).cloned().flatten()
    })
}

/// Expects this many messages in all partitions of the topic, as a read-committed consumer would find them: messages
/// of transactions that were aborted, or are open, do not count. What was committed or acknowledged just before may
/// take a moment until it is there, which is waited for.
///
/// ```gherkin
/// Then topic "orders" holds 10 messages
/// ```
#[then(expr = "topic {string} holds {count} message(s)")]
async fn holds(world: &mut World, name: TopicName, count: Count) -> Result<(), StepFailure> {
    let partitions = described(world, &name).await?;
    let partitions: Vec<_> = partitions.iter().map(|partition| partition.id).collect();
    let (access, names) = (world.cluster()?.access(&CLIENT), world.names()?);
    let held = Held::new(&access, &names.topic(&name), &partitions).await.told(names)?;
    let held = held.settled(usize::try_from(count.0).unwrap_or(usize::MAX)).await.told(names)?;
    if held.messages() as u64 == count.0 {
        return Ok(());
    }
    let expected = count.0;
    Err(StepFailure::expectation(format!(
        "expected {expected} messages in topic {name:?}, found {held}"
    )))
}
