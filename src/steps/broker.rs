//! Brokers: registered, in force, connected.

use std::collections::BTreeSet;

use cucumber::gherkin::Step;
use cucumber::{given, then};

use super::parameter::{BrokerNumber, BrokerNumbers, Count, Period};
use super::table;
use super::world::{Told as _, World};
use crate::cluster::Cluster;
use crate::event::id::{BrokerId, NodeId};
use crate::scenario::failure::StepFailure;
use crate::wait::{EFFECT_LOOK, Seen, until};

/// Expects exactly these brokers to be registered in ZooKeeper before the time is over.
///
/// ```gherkin
/// Then within 10 seconds brokers 1, 2 and 3 are registered
/// ```
/// ```gherkin
/// Then within 30 seconds broker 1 is registered
/// ```
#[then(expr = "within {duration} brokers {ids} are registered")]
#[then(expr = "within {duration} broker {ids} is registered")]
async fn registered(
    world: &mut World,
    limit: Period,
    expected: BrokerNumbers,
) -> Result<(), StepFailure> {
    let expected: BTreeSet<_> = expected.0.into_iter().map(BrokerId).collect();
    await_registered(world, limit, &expected).await
}

/// Expects every broker of the cluster, and no other, to be registered in ZooKeeper before the time is over.
///
/// ```gherkin
/// Then within 10 seconds every broker is registered
/// ```
#[given(expr = "within {duration} every broker is registered")]
#[then(expr = "within {duration} every broker is registered")]
async fn all_registered(world: &mut World, limit: Period) -> Result<(), StepFailure> {
    let expected = world.cluster()?.brokers().into_iter().collect();
    await_registered(world, limit, &expected).await
}

/// Expects one of the brokers to be the controller before the time is over.
///
/// ```gherkin
/// Then within 10 seconds one of the brokers is the controller
/// ```
#[then(expr = "within {duration} one of the brokers is the controller")]
async fn has_controller(world: &mut World, limit: Period) -> Result<(), StepFailure> {
    let cluster = world.cluster()?;
    until(limit.0, EFFECT_LOOK, async || {
        Ok::<_, StepFailure>(match cluster.controller().await {
            Ok(Some(NodeId::Broker(_))) => Seen::Ready(()),
            Ok(Some(node)) => Seen::NotYet(format!("the controller is {node}, which is no broker")),
            Ok(None) => Seen::NotYet("there is no controller".into()),
            Err(error) => Seen::NotYet(error.to_string()),
        })
    })
    .await?;
    Ok(())
}

/// Expects settings in force for one broker, as it reports them itself.
///
/// ```gherkin
/// Then broker 1 runs with settings:
///   | name      | value |
///   | broker.id | 1     |
/// ```
#[then(expr = "broker {count} runs with settings:")]
async fn runs_with(
    world: &mut World,
    id: BrokerNumber,
    #[step] step: &Step,
) -> Result<(), StepFailure> {
    let id = broker(world.cluster()?, *id)?;
    compare_settings(world, id, &table::pairs(step)?).await
}

/// Expects settings in force for every broker, as each reports them itself.
///
/// ```gherkin
/// Then every broker runs with settings:
///   | name                      | value |
///   | auto.create.topics.enable | false |
/// ```
#[then(expr = "every broker runs with settings:")]
async fn all_run_with(world: &mut World, #[step] step: &Step) -> Result<(), StepFailure> {
    let expected = table::pairs(step)?;
    for id in world.cluster()?.brokers() {
        compare_settings(world, id, &expected).await?;
    }
    Ok(())
}

/// Expects every broker to be given every ZooKeeper of the cluster in zookeeper.connect, so that it can move
/// on when one fails.
///
/// ```gherkin
/// Then every broker knows every ZooKeeper
/// ```
#[then(expr = "every broker knows every ZooKeeper")]
async fn knows_zookeepers(world: &mut World) -> Result<(), StepFailure> {
    let (brokers, zookeepers) = (world.cluster()?.brokers(), world.cluster()?.zookeepers());
    let admin = world.admin()?;
    for id in brokers {
        let settings = admin.broker_settings(id).await.told(world.names()?)?;
        let connect = settings.get("zookeeper.connect").cloned().flatten().unwrap_or_default();
        let servers = connect.split('/').next().unwrap_or_default();
        let servers: BTreeSet<_> = servers.split(',').filter(|server| !server.is_empty()).collect();
        if servers.len() != zookeepers.len() {
            let expected = zookeepers.len();
            return Err(StepFailure::expectation(format!(
                "expected {expected} ZooKeepers in zookeeper.connect of broker {id}, found {connect:?}"
            )));
        }
    }
    Ok(())
}

/// Expects every broker to keep its data in this many folders (log.dirs), each of which it has made its own
/// (meta.properties with its id).
///
/// ```gherkin
/// Then every broker keeps its data in 2 folders
/// ```
#[then(expr = "every broker keeps its data in {count} folder(s)")]
async fn data_folders(world: &mut World, expected: Count) -> Result<(), StepFailure> {
    let admin = world.admin()?;
    let cluster = world.cluster()?;
    for id in cluster.brokers() {
        let settings = admin.broker_settings(id).await.told(world.names()?)?;
        let of = |name: &str| settings.get(name).cloned().flatten();
        let folders = of("log.dirs").or_else(|| of("log.dir")).unwrap_or_default();
        let folders: Vec<_> = folders.split(',').filter(|folder| !folder.is_empty()).collect();
        if folders.len() != expected.as_usize() {
            let (expected, found) = (expected.0, folders.join(", "));
            return Err(StepFailure::expectation(format!(
                "expected {expected} data folders of broker {id}, found: {found}"
            )));
        }
        for folder in folders {
            // Data folders are below the node's own folder, in data/.
            let Some((_, name)) = folder.rsplit_once("/data/") else { continue };
            let meta = cluster.read(id.into(), &format!("data/{name}/meta.properties")).await?;
            let is_own =
                |name: &str| meta.lines().any(|line| line.trim() == format!("{name}={id}"));
            // Brokers of clusters without ZooKeeper write it so.
            if !is_own("broker.id") && !is_own("node.id") {
                return Err(StepFailure::expectation(format!(
                    "meta.properties in {folder} does not name broker {id}: {meta:?}"
                )));
            }
        }
    }
    Ok(())
}

/// Expects the broker to be connected to a ZooKeeper that answers, before the time is over.
///
/// ```gherkin
/// Then within 30 seconds broker 1 is connected to a ZooKeeper
/// ```
#[given(expr = "within {duration} broker {count} is connected to a ZooKeeper")]
#[then(expr = "within {duration} broker {count} is connected to a ZooKeeper")]
async fn is_connected(
    world: &mut World,
    limit: Period,
    id: BrokerNumber,
) -> Result<(), StepFailure> {
    let cluster = world.cluster()?;
    let id = broker(cluster, *id)?;
    until(limit.0, EFFECT_LOOK, async || {
        Ok::<_, StepFailure>(match cluster.member_of(id).await {
            Ok(Some(_)) => Seen::Ready(()),
            Ok(None) => Seen::NotYet(format!("no ZooKeeper has a connection of broker {id}")),
            Err(error) => Seen::NotYet(error.to_string()),
        })
    })
    .await?;
    Ok(())
}

/// A broker of the cluster by its id.
pub(super) fn broker(cluster: &Cluster, id: Count) -> Result<BrokerId, StepFailure> {
    let known = cluster.brokers();
    known.iter().copied().find(|known| known.0 == id.as_i32()).ok_or_else(|| {
        let known: Vec<_> = known.iter().map(ToString::to_string).collect();
        let (id, known) = (id.0, known.join(", "));
        StepFailure::usage(format!("there is no broker {id}; the cluster has {known}"))
    })
}

async fn await_registered(
    world: &mut World,
    limit: Period,
    expected: &BTreeSet<BrokerId>,
) -> Result<(), StepFailure> {
    let cluster = world.cluster()?;
    until(limit.0, EFFECT_LOOK, async || {
        Ok::<_, StepFailure>(match cluster.registered_brokers().await {
            Ok(found) if found == *expected => Seen::Ready(()),
            Ok(found) => {
                let found: Vec<_> = found.iter().map(ToString::to_string).collect();
                let found = if found.is_empty() { "none".into() } else { found.join(", ") };
                Seen::NotYet(format!("registered brokers: {found}"))
            }
            Err(error) => Seen::NotYet(error.to_string()),
        })
    })
    .await?;
    Ok(())
}

async fn compare_settings(
    world: &mut World,
    id: BrokerId,
    expected: &[(String, String)],
) -> Result<(), StepFailure> {
    let admin = world.admin()?;
    let found = admin.broker_settings(id).await.told(world.names()?)?;
    let found = |name: &str| found.get(name).cloned().flatten();
    super::settings::compare(&format!("broker {id}"), expected, found)
}
