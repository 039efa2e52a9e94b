//! What the cluster does about faults: leaders, replicas in sync, the controller, registrations.

use cucumber::{given, then, when};

use super::described::{await_in_sync, await_partitions};
use super::meaning::Meaning;
use super::parameter::{Count, PartitionNumber, Period, TopicName};
use super::unfit::{Unfit, at_most_brokers};
use super::world::World;
use crate::cluster::health;
use crate::cluster::spec::ClusterSpec;
use crate::event::id::{BrokerId, ControllerId, NodeId};
use crate::fault::Target;
use crate::scenario::failure::StepFailure;
use crate::wait::{EFFECT_LOOK, Seen, until};

/// Expects another leader of the partition than before the last fault, before the time is over. Faults in the
/// background do not count.
///
/// ```gherkin
/// Then within 30 seconds partition 0 of topic "orders" has a new leader
/// ```
#[when(expr = "within {duration} partition {count} of topic {string} has a new leader")]
#[then(expr = "within {duration} partition {count} of topic {string} has a new leader")]
async fn has_new_leader(
    world: &mut World,
    limit: Period,
    partition: PartitionNumber,
    topic: TopicName,
) -> Result<(), StepFailure> {
    let number = partition.as_i32();
    let Some(old) = world.last_fault()?.before.leader(&topic, number) else {
        return Err(StepFailure::inconclusive(format!(
            "partition {number} of topic {topic:?} had no leader before the last fault, so none is new"
        )));
    };
    await_partitions(world, &topic, Some(number), limit.0, |partition| match partition.leader {
        Some(leader) if leader != old => Ok(()),
        Some(leader) => Err(format!("is still led by broker {leader}")),
        None => Err("has no leader".into()),
    })
    .await
}

pub(crate) fn means_has_new_leader(_: &Period, _: &PartitionNumber, _: &TopicName) -> Meaning {
    Meaning::ExpectsFault("has a new leader")
}

/// Expects the partition to have no leader before the time is over.
///
/// ```gherkin
/// Then within 30 seconds partition 0 of topic "orders" has no leader
/// ```
#[when(expr = "within {duration} partition {count} of topic {string} has no leader")]
#[then(expr = "within {duration} partition {count} of topic {string} has no leader")]
async fn has_no_leader(
    world: &mut World,
    limit: Period,
    partition: PartitionNumber,
    topic: TopicName,
) -> Result<(), StepFailure> {
    await_partitions(world, &topic, Some(partition.as_i32()), limit.0, |partition| match partition
        .leader
    {
        Some(leader) => Err(format!("is led by broker {leader}")),
        None => Ok(()),
    })
    .await
}

/// Expects this many replicas of the partition in sync before the time is over.
///
/// ```gherkin
/// When within 30 seconds partition 0 of topic "orders" has 1 replica in sync
/// ```
#[given(
    expr = "within {duration} partition {count} of topic {string} has {count} replica(s) in sync"
)]
#[when(
    expr = "within {duration} partition {count} of topic {string} has {count} replica(s) in sync"
)]
#[then(
    expr = "within {duration} partition {count} of topic {string} has {count} replica(s) in sync"
)]
async fn has_in_sync(
    world: &mut World,
    limit: Period,
    partition: PartitionNumber,
    topic: TopicName,
    replicas: Count,
) -> Result<(), StepFailure> {
    await_in_sync(world, &topic, Some(partition.as_i32()), limit.0, |partition| {
        if partition.isr.len() == replicas.as_usize() {
            return Ok(());
        }
        Err(format!("has in sync: {}", BrokerId::listed(&partition.isr)))
    })
    .await
}

/// Whether there are so many brokers.
pub(crate) fn fits_has_in_sync(
    cluster: &ClusterSpec,
    _: &Period,
    _: &PartitionNumber,
    _: &str,
    replicas: &Count,
) -> Result<(), Unfit> {
    at_most_brokers(3, replicas.as_usize(), cluster)
}

/// Expects another controller than before the last fault, before the time is over. Faults in the background do not
/// count.
///
/// ```gherkin
/// Then within 30 seconds there is a new controller
/// ```
#[when(expr = "within {duration} there is a new controller")]
#[then(expr = "within {duration} there is a new controller")]
async fn new_controller(world: &mut World, limit: Period) -> Result<(), StepFailure> {
    let Some(old) = world.last_fault()?.before.controller else {
        return Err(StepFailure::inconclusive(
            "there was no controller before the last fault, so none is new",
        ));
    };
    let cluster = world.cluster()?;
    until(limit.0, EFFECT_LOOK, async || {
        Ok::<_, StepFailure>(match cluster.controller().await {
            Ok(Some(node)) if ControllerId::of(node) != Some(old) => Seen::Ready(()),
            Ok(Some(node)) => Seen::NotYet(format!("the controller is still {node}")),
            Ok(None) => Seen::NotYet("there is no controller".into()),
            Err(error) => Seen::NotYet(error.to_string()),
        })
    })
    .await?;
    Ok(())
}

pub(crate) fn means_new_controller(_: &Period) -> Meaning {
    Meaning::ExpectsFault("there is a new controller")
}

/// Expects brokers to be gone from ZooKeeper before the time is over. Brokers are named as in
/// `broker 2 is killed`.
///
/// ```gherkin
/// Then within 30 seconds the killed broker is no longer registered
/// ```
#[when(expr = "within {duration} {target} is/are no longer registered")]
#[then(expr = "within {duration} {target} is/are no longer registered")]
async fn no_longer_registered(
    world: &mut World,
    limit: Period,
    target: Target,
) -> Result<(), StepFailure> {
    await_registration(world, limit, &target, false).await
}

/// Whether it is for brokers.
pub(crate) fn check_no_longer_registered(_: &Period, target: &Target) -> Result<(), String> {
    target.check_brokers()
}

/// Expects brokers that were gone to be registered in ZooKeeper before the time is over. Brokers are named as
/// in `broker 2 is killed`.
///
/// ```gherkin
/// Then within 30 seconds the killed broker is registered again
/// ```
#[when(expr = "within {duration} {target} is/are registered again")]
#[then(expr = "within {duration} {target} is/are registered again")]
async fn registered_again(
    world: &mut World,
    limit: Period,
    target: Target,
) -> Result<(), StepFailure> {
    await_registration(world, limit, &target, true).await
}

/// Whether it is for brokers.
pub(crate) fn check_registered_again(_: &Period, target: &Target) -> Result<(), String> {
    target.check_brokers()
}

/// Expects that the last fault left its nodes running in new processes: each has another process than
/// before. Faults in the background do not count.
///
/// ```gherkin
/// Then the restarted brokers run in new processes
/// ```
#[then(expr = "{target} run(s) in (a )new process(es)")]
async fn new_processes(world: &mut World, target: Target) -> Result<(), StepFailure> {
    let nodes = world.find(&target).await?;
    let before = &world.last_fault()?.before.nodes;
    let cluster = world.cluster()?;
    for node in nodes {
        let Some(old) = before.get(&node) else {
            return Err(StepFailure::usage(format!("the last fault did not hit {node}")));
        };
        let state = cluster.state(node).await?;
        if !state.is_alive() || state == *old {
            return Err(StepFailure::expectation(format!(
                "{node} was {old:?} before the last fault and is {state:?}"
            )));
        }
    }
    Ok(())
}

pub(crate) fn means_new_processes(_: &Target) -> Meaning {
    Meaning::ExpectsFault("new process")
}

/// Expects that at least this many brokers run in other processes than when the faults in the background began.
///
/// ```gherkin
/// Then the background faults have left at least 2 brokers in new processes
/// ```
#[then(expr = "the background faults have left at least {count} broker(s) in (a )new process(es)")]
async fn renewed_in_background(world: &mut World, least: Count) -> Result<(), StepFailure> {
    let before = &world.before_background()?.nodes;
    let cluster = world.cluster()?;
    let mut renewed = 0;
    for id in cluster.brokers() {
        let state = cluster.state(id.into()).await?;
        let old = before.get(&id.into());
        renewed += usize::from(state.is_alive() && old.is_some_and(|old| *old != state));
    }
    if renewed >= least.as_usize() {
        return Ok(());
    }
    Err(StepFailure::expectation(format!(
        "{renewed} brokers run in new processes, expected at least {}",
        least.0
    )))
}

pub(crate) fn means_renewed_in_background(_: &Count) -> Meaning {
    Meaning::ExpectsBackground("the background faults have left")
}

/// Waits until the cluster is as it was made: every node runs, all brokers are registered, there is a controller, and
/// every partition of every topic, Kafka's own too, has a leader and all its replicas in sync.
///
/// ```gherkin
/// Then within 60 seconds the cluster is healthy
/// ```
#[given(expr = "within {duration} the cluster is healthy")]
#[when(expr = "within {duration} the cluster is healthy")]
#[then(expr = "within {duration} the cluster is healthy")]
async fn healthy(world: &mut World, limit: Period) -> Result<(), StepFailure> {
    let healthy = health::prove_healthy(world.cluster()?, limit.0).await;
    healthy.map_err(|error| StepFailure::expectation(world.shown(error.to_string())))
}

async fn await_registration(
    world: &World,
    limit: Period,
    target: &Target,
    expected: bool,
) -> Result<(), StepFailure> {
    let nodes = world.find(target).await?;
    let brokers: Vec<BrokerId> = nodes
        .iter()
        .map(|node| match node {
            NodeId::Broker(id) => Ok(*id),
            NodeId::ZooKeeper(_) | NodeId::Controller(_) => {
                Err(StepFailure::usage(format!("{node} is no broker, so it is never registered")))
            }
        })
        .collect::<Result<_, _>>()?;
    let cluster = world.cluster()?;
    until(limit.0, EFFECT_LOOK, async || {
        Ok::<_, StepFailure>(match cluster.registered_brokers().await {
            Ok(found) => match brokers.iter().find(|id| found.contains(id) != expected) {
                None => Seen::Ready(()),
                Some(id) if expected => Seen::NotYet(format!("broker {id} is not registered")),
                Some(id) => Seen::NotYet(format!("broker {id} is still registered")),
            },
            Err(error) => Seen::NotYet(error.to_string()),
        })
    })
    .await?;
    Ok(())
}
