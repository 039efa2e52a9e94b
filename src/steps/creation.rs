//! Topics that are made, by the admin client.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use cucumber::gherkin::Step;
use cucumber::{given, then, when};
use rdkafka::error::RDKafkaErrorCode;

use super::described::{await_news, await_partitions};
use super::meaning::Meaning;
use super::parameter::{Partitions, Period, Replicas, TopicName};
use super::table;
use super::unfit::{Unfit, at_most_brokers};
use super::world::{Told as _, World};
use crate::client::ClientError;
use crate::cluster::probe::PASSING;
use crate::cluster::spec::ClusterSpec;
use crate::scenario::failure::StepFailure;
use crate::wait::{Seen, until};

/// How often a creation that was refused is tried again.
const INTERVAL: Duration = Duration::from_millis(500);

/// A new topic has leaders this soon; a cluster that needs longer is not well.
const LEADERS_LIMIT: Duration = Duration::from_secs(30);

/// Creates a topic and waits, at most 30 seconds, until every partition has a leader.
///
/// ```gherkin
/// Given a topic "orders" with 3 partitions and replication factor 3
/// ```
/// ```gherkin
/// When topic "orders" is created with 1 partition and replication factor 3
/// ```
#[given(expr = "a topic {string} with {partitions} partition(s) and replication factor {replicas}")]
#[when(
    expr = "topic {string} is created with {partitions} partition(s) and replication factor {replicas}"
)]
async fn create(
    world: &mut World,
    name: TopicName,
    partitions: Partitions,
    replicas: Replicas,
) -> Result<(), StepFailure> {
    create_and_wait(world, &name, partitions, replicas, &[]).await
}

pub(crate) fn means_create(
    name: &TopicName,
    partitions: &Partitions,
    replicas: &Replicas,
) -> Meaning {
    let name = name.clone().into();
    Meaning::CreatesTopic { name, partitions: *partitions, replicas: *replicas }
}

/// Whether there is a broker for each replica.
pub(crate) fn fits_create(
    cluster: &ClusterSpec,
    _: &str,
    _: &Partitions,
    replicas: &Replicas,
) -> Result<(), Unfit> {
    at_most_brokers(2, replicas.as_usize(), cluster)
}

/// Creates a topic with settings of its own, and waits, at most 30 seconds, until every partition has a
/// leader.
///
/// ```gherkin
/// Given a topic "big" with 1 partition, replication factor 3 and settings:
///   | name              | value   |
///   | max.message.bytes | 2000000 |
/// ```
/// ```gherkin
/// When topic "latest" is created with 1 partition, replication factor 3 and settings:
///   | name           | value   |
///   | cleanup.policy | compact |
/// ```
#[given(
    expr = "a topic {string} with {partitions} partition(s), replication factor {replicas} and settings:"
)]
#[when(
    expr = "topic {string} is created with {partitions} partition(s), replication factor {replicas} and settings:"
)]
async fn create_with_settings(
    world: &mut World,
    name: TopicName,
    partitions: Partitions,
    replicas: Replicas,
    #[step] step: &Step,
) -> Result<(), StepFailure> {
    create_and_wait(world, &name, partitions, replicas, &table::topic_settings(step)?).await
}

/// Expects that a topic can be created before the time is over, and that every partition has a leader: while
/// ZooKeepers or controllers change, Kafka refuses and its clients ask again. Refusals are reported.
///
/// ```gherkin
/// Then within 30 seconds topic "later" can be created with 3 partitions and replication factor 3
/// ```
#[then(
    expr = "within {duration} topic {string} can be created with {partitions} partition(s) and replication factor {replicas}"
)]
async fn can_be_created(
    world: &mut World,
    limit: Period,
    name: TopicName,
    partitions: Partitions,
    replicas: Replicas,
) -> Result<(), StepFailure> {
    let shape = (partitions, replicas, &[][..]);
    create_patiently(world, &name, shape, limit.0, |_| true).await
}

/// Whether there is a broker for each replica.
pub(crate) fn fits_can_be_created(
    cluster: &ClusterSpec,
    _: &Period,
    _: &str,
    _: &Partitions,
    replicas: &Replicas,
) -> Result<(), Unfit> {
    at_most_brokers(3, replicas.as_usize(), cluster)
}

async fn create_and_wait(
    world: &mut World,
    name: &str,
    partitions: Partitions,
    replicas: Replicas,
    settings: &[(String, String)],
) -> Result<(), StepFailure> {
    let enough = replicas.as_usize() <= world.cluster()?.brokers().len();
    let passing = |error: &ClientError| {
        PASSING.iter().any(|code| error.code() == Some((*code).into()))
            || (enough && error.code() == Some(RDKafkaErrorCode::InvalidReplicationFactor.into()))
    };
    let shape = (partitions, replicas, settings);
    create_patiently(world, name, shape, LEADERS_LIMIT, passing).await
}

/// Asks for the topic until it is there or refused for a reason that does not pass. Reports each refusal.
async fn create_patiently(
    world: &mut World,
    name: &str,
    (partitions, replicas, settings): (Partitions, Replicas, &[(String, String)]),
    limit: Duration,
    passes: impl Fn(&ClientError) -> bool + Sync,
) -> Result<(), StepFailure> {
    let (admin, names) = (world.admin()?, world.names()?);
    let topic = names.topic(name);
    let (noting, asked_before) = (&*world, AtomicBool::new(false));
    let created = until(limit, INTERVAL, async || {
        let answer = admin.create_topic(&topic, partitions.as_i32(), replicas.as_i32(), settings);
        let error = match answer.await {
            Ok(()) => return Ok(Seen::Ready(())),
            Err(error) => error,
        };
        // What was refused for no known reason may have been half carried out.
        let exists = error.code() == Some(RDKafkaErrorCode::TopicAlreadyExists.into());
        if asked_before.swap(true, Ordering::Relaxed) && exists {
            return Ok(Seen::Ready(()));
        }
        if !passes(&error) {
            return Err(StepFailure::from(error));
        }
        noting.note(names.shown(&error.to_string()))?;
        Ok(Seen::NotYet(error.to_string()))
    });
    created.await.told(names)?;
    await_leaders(world, name).await
}

/// Waits until every partition of a new topic has a leader, and every broker knows of it.
async fn await_leaders(world: &World, name: &str) -> Result<(), StepFailure> {
    let topic = world.names()?.topic(name);
    world.note(format!("topic {name:?} is {topic:?} in the cluster"))?;
    await_partitions(world, name, None, LEADERS_LIMIT, |partition| {
        partition.leader.map(|_| ()).ok_or_else(|| "has no leader".into())
    })
    .await?;
    await_news(world, name).await
}
