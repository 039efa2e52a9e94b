//! The ensemble of ZooKeepers.

use std::collections::BTreeMap;

use cucumber::gherkin::Step;
use cucumber::then;

use super::parameter::{Count, Period, ZooKeeperNumber};
use super::table;
use super::world::World;
use crate::cluster::Cluster;
use crate::event::id::{NodeId, ZooKeeperId};
use crate::event::node_state::Mode;
use crate::scenario::failure::StepFailure;
use crate::wait::{EFFECT_LOOK, Seen, until};

/// Expects this many ZooKeepers to lead and this many to follow before the time is over, as each says of
/// itself.
///
/// ```gherkin
/// Then within 10 seconds 1 ZooKeeper leads and 2 follow
/// ```
#[then(expr = "within {duration} {count} ZooKeeper(s) lead(s) and {count} follow(s)")]
async fn quorum(
    world: &mut World,
    limit: Period,
    leaders: Count,
    followers: Count,
) -> Result<(), StepFailure> {
    let cluster = world.cluster()?;
    until(limit.0, EFFECT_LOOK, async || {
        let mut modes = BTreeMap::new();
        for id in cluster.zookeepers() {
            modes.insert(id, cluster.zookeeper_mode(id).await?);
        }
        let count = |mode| modes.values().filter(|found| **found == mode).count();
        let found = (count(Mode::Leader), count(Mode::Follower));
        Ok::<_, StepFailure>(if found == (leaders.as_usize(), followers.as_usize()) {
            Seen::Ready(())
        } else {
            let modes = modes.iter().map(|(id, mode)| format!("ZooKeeper {id} is {mode:?}"));
            Seen::NotYet(modes.collect::<Vec<_>>().join(", ").to_lowercase())
        })
    })
    .await?;
    Ok(())
}

/// Expects the number in the file myid in this ZooKeeper's data folder.
///
/// ```gherkin
/// Then ZooKeeper 1 has myid 1
/// ```
#[then(expr = "ZooKeeper {count} has myid {count}")]
async fn has_myid(
    world: &mut World,
    id: ZooKeeperNumber,
    expected: Count,
) -> Result<(), StepFailure> {
    let node = NodeId::from(zookeeper(world.cluster()?, *id)?);
    let found = world.cluster()?.read(node, "data/myid").await?;
    if found.trim() == expected.0.to_string() {
        return Ok(());
    }
    let expected = expected.0;
    Err(StepFailure::expectation(format!("expected myid {expected}, found {:?}", found.trim())))
}

/// Expects this ZooKeeper to answer a four-letter word with exactly this text.
///
/// ```gherkin
/// Then ZooKeeper 1 answers "ruok" with "imok"
/// ```
#[then(expr = "ZooKeeper {count} answers {string} with {string}")]
async fn answers(
    world: &mut World,
    id: ZooKeeperNumber,
    word: String,
    expected: String,
) -> Result<(), StepFailure> {
    let cluster = world.cluster()?;
    let found = cluster.zookeeper_word(zookeeper(cluster, *id)?, &word).await?;
    if found.trim() == expected {
        return Ok(());
    }
    Err(StepFailure::expectation(format!(
        "expected {expected:?} for {word:?}, found {:?}",
        found.trim()
    )))
}

/// Expects settings in force for one ZooKeeper: as it reports them itself (four-letter word conf), and, for
/// the few that it does not report, such as autopurge.purgeInterval, as its zoo.cfg has them.
///
/// ```gherkin
/// Then ZooKeeper 1 runs with settings:
///   | name     | value |
///   | tickTime | 2000  |
/// ```
#[then(expr = "ZooKeeper {count} runs with settings:")]
async fn runs_with(
    world: &mut World,
    id: ZooKeeperNumber,
    #[step] step: &Step,
) -> Result<(), StepFailure> {
    let cluster = world.cluster()?;
    compare_settings(cluster, zookeeper(cluster, *id)?, &table::pairs(step)?).await
}

/// Expects settings in force for every ZooKeeper: as each reports them itself (four-letter word conf), and,
/// for the few that it does not report, such as autopurge.purgeInterval, as its zoo.cfg has them.
///
/// ```gherkin
/// Then every ZooKeeper runs with settings:
///   | name      | value |
///   | syncLimit | 5     |
/// ```
#[then(expr = "every ZooKeeper runs with settings:")]
async fn all_run_with(world: &mut World, #[step] step: &Step) -> Result<(), StepFailure> {
    let expected = table::pairs(step)?;
    let cluster = world.cluster()?;
    for id in cluster.zookeepers() {
        compare_settings(cluster, id, &expected).await?;
    }
    Ok(())
}

/// Expects every ZooKeeper to have this many servers of the ensemble in its zoo.cfg (server.1, server.2 …).
///
/// ```gherkin
/// Then every ZooKeeper knows an ensemble of 3 servers
/// ```
#[then(expr = "every ZooKeeper knows an ensemble of {count} server(s)")]
async fn knows_ensemble(world: &mut World, expected: Count) -> Result<(), StepFailure> {
    let cluster = world.cluster()?;
    for id in cluster.zookeepers() {
        let file = cluster.read(id.into(), "config/zoo.cfg").await?;
        let servers: Vec<_> =
            properties(&file).into_keys().filter(|name| name.starts_with("server.")).collect();
        if servers.len() != expected.as_usize() {
            let (expected, found) = (expected.0, servers.join(", "));
            return Err(StepFailure::expectation(format!(
                "expected {expected} servers in zoo.cfg of ZooKeeper {id}, found: {found}"
            )));
        }
    }
    Ok(())
}

/// A ZooKeeper of the cluster by its number.
pub(super) fn zookeeper(cluster: &Cluster, id: Count) -> Result<ZooKeeperId, StepFailure> {
    let known = cluster.zookeepers();
    known.iter().copied().find(|known| u64::from(known.0) == id.0).ok_or_else(|| {
        let known: Vec<_> = known.iter().map(ToString::to_string).collect();
        let (id, known) = (id.0, known.join(", "));
        StepFailure::usage(format!("there is no ZooKeeper {id}; the cluster has {known}"))
    })
}

async fn compare_settings(
    cluster: &Cluster,
    id: ZooKeeperId,
    expected: &[(String, String)],
) -> Result<(), StepFailure> {
    let mut found = properties(&cluster.read(id.into(), "config/zoo.cfg").await?);
    found.extend(properties(&cluster.zookeeper_word(id, "conf").await?));
    let found = |name: &str| found.get(name).cloned();
    super::settings::compare(&format!("ZooKeeper {id}"), expected, found)
}

/// Lines of the form `name=value`.
fn properties(text: &str) -> BTreeMap<String, String> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let pairs = lines.filter_map(|line| line.split_once('='));
    pairs.map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_zookeeper_says_and_what_zoo_cfg_has() {
        let found = properties("tickTime=2000\nmembership: \n# server.9=x\nserver.1=h:2888:3888\n");
        let expected = [("server.1", "h:2888:3888"), ("tickTime", "2000")];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(found, BTreeMap::from(expected));
    }
}
