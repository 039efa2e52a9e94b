//! What a tool has changed holds once its step has ended: brokers hear of other settings a moment after the tool has
//! written them down.

use std::time::Duration;

use super::log_starts;
use super::world::World;
use crate::client::admin::{Admin, Dynamic};
use crate::cluster::listener::CLIENT;
use crate::cluster::topic_settings::KeptOfBrokers;
use crate::event::id::{BrokerId, NodeId};
use crate::event::node_state::NodeState;
use crate::scenario::failure::StepFailure;
use crate::steps::altering::alters_cluster;
use crate::wait::{EFFECT_LOOK, Seen, WaitError, until};

/// How long brokers may take to hear of other settings.
const LIMIT: Duration = Duration::from_secs(10);

/// Names of the tool that deletes messages, and of its class.
const DELETES: [&str; 2] = ["kafka-delete-records", "DeleteRecordsCommand"];

/// Names of the tool that makes topics, and of its class.
const MAKES: [&str; 2] = ["kafka-topics", "TopicCommand"];

/// Waits until brokers apply what this command line changed, and records in the history what it has deleted.
///
/// # Errors
/// When the cluster cannot be asked.
pub(super) async fn settle(world: &World, line: &str) -> Result<(), StepFailure> {
    let is_of = |tools: [&str; 2]| tools.iter().any(|tool| line.contains(tool));
    let deletes = is_of(DELETES);
    if is_of(MAKES) && (line.contains("--create") || line.contains("--alter")) {
        await_topics(world).await?;
    }
    if !deletes && !alters_cluster(line) {
        return Ok(());
    }
    let admin = Admin::new(&world.cluster()?.access(&CLIENT))?;
    let settled = match deletes {
        true => {
            let topics = world.names()?.topics().into_iter();
            let topics: Vec<_> = topics.map(|(_, unique)| unique).collect();
            log_starts::record(world, &admin, &topics).await
        }
        false => await_settings(world, &admin).await,
    };
    admin.close().await?;
    settled
}

/// Waits until every broker that answers knows every partition of the scenario's topics, and its leader. A group
/// whose coordinator has not heard of a topic shares out no partition of it.
async fn await_topics(world: &World) -> Result<(), StepFailure> {
    let cluster = world.cluster()?;
    let topics: Vec<_> = world.names()?.topics().into_iter().map(|(_, topic)| topic).collect();
    let settled = until(LIMIT, EFFECT_LOOK, || async {
        let Some(kept) = cluster.quorum().topic_reader().look(cluster, &topics).await else {
            return Ok(Seen::NotYet(format!("no {} serves", cluster.quorum().name())));
        };
        for (broker, known) in cluster.topics_by_broker().await? {
            let late = kept.iter().find(|(topic, kept)| {
                let known = known.get(*topic).map(Vec::as_slice).unwrap_or_default();
                let led = known.iter().filter(|partition| partition.leader.is_some());
                u32::try_from(led.count()) != Ok(kept.partitions)
            });
            if let Some((topic, _)) = late {
                return Ok(Seen::NotYet(format!("broker {broker} does not know all of {topic}")));
            }
        }
        Ok::<_, StepFailure>(Seen::Ready(()))
    });
    told(world, settled.await)
}

/// Waits until every broker that runs has the dynamic settings that the quorum keeps. One that does not take them in
/// time is reported.
async fn await_settings(world: &World, admin: &Admin) -> Result<(), StepFailure> {
    let cluster = world.cluster()?;
    let settled = until(LIMIT, EFFECT_LOOK, || async {
        let Some(kept) = cluster.quorum().kept_of_brokers(cluster).await else {
            return Ok(Seen::NotYet(format!("no {} serves", cluster.quorum().name())));
        };
        for broker in cluster.brokers() {
            let state = cluster.state(NodeId::Broker(broker)).await?;
            if !matches!(state, NodeState::Running { .. }) {
                continue;
            }
            match admin.dynamic_settings(broker).await {
                Ok(dynamic) if agrees(broker, &dynamic, &kept) => {}
                Ok(_) => {
                    let late = format!("broker {broker} does not have the settings yet");
                    return Ok(Seen::NotYet(late));
                }
                Err(error) => return Ok(Seen::NotYet(error.to_string())),
            }
        }
        Ok::<_, StepFailure>(Seen::Ready(()))
    });
    told(world, settled.await)
}

/// Reports what did not come in time: a broker that is cut off does not hear of anything.
fn told(world: &World, settled: Result<(), WaitError<StepFailure>>) -> Result<(), StepFailure> {
    match settled {
        Ok(()) => Ok(()),
        Err(WaitError::TimedOut { seen, .. }) => world.note(world.shown(seen)),
        Err(WaitError::Failed(error)) => Err(error),
    }
}

/// Whether a broker has the dynamic settings that are kept, and no others. It tells of those that it knows, and of
/// secrets not what they are; those of its own hide those of all brokers.
fn agrees(broker: BrokerId, told: &[Dynamic], kept: &KeptOfBrokers) -> bool {
    let (own, all) = (kept.get(&Some(broker)), kept.get(&None));
    told.iter().all(|setting| {
        let [own, all] = [own, all].map(|kept| kept.and_then(|kept| kept.get(&setting.name)));
        let wanted = own.map(|value| (Some(true), value)).or(all.map(|value| (Some(false), value)));
        match (wanted, setting.is_own) {
            (None, found) => found.is_none(),
            (Some((wanted, value)), found) => {
                wanted == found && setting.value.as_ref().is_none_or(|found| found == value)
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broker_agrees_once_it_has_what_is_kept_and_nothing_else() {
        let kept = |value: &str| [("log.retention.ms".to_owned(), value.to_owned())].into();
        let told = |value: &str, is_own| {
            vec![Dynamic { name: "log.retention.ms".into(), value: Some(value.into()), is_own }]
        };
        let (broker, none) = (BrokerId(1), KeptOfBrokers::new());
        let all = KeptOfBrokers::from([(None, kept("5"))]);
        let own = KeptOfBrokers::from([(None, kept("5")), (Some(broker), kept("7"))]);
        assert!(agrees(broker, &told("5", Some(false)), &all));
        assert!(!agrees(broker, &told("9", None), &all), "not heard of yet");
        assert!(!agrees(broker, &told("5", Some(false)), &own));
        assert!(agrees(broker, &told("7", Some(true)), &own));
        assert!(!agrees(broker, &told("7", Some(true)), &none), "not taken back yet");
        assert!(agrees(broker, &told("9", None), &none));
    }
}
