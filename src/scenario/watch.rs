//! Watches a cluster while a scenario disturbs it: who controls, leads, is in sync and is registered. Each
//! change is reported once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;

use crate::cluster::Cluster;
use crate::event::Event;
use crate::event::change::ClusterChange;
use crate::event::id::{BrokerId, ControllerId};
use crate::scenario::context::Context;
use crate::scenario::names::Names;
use crate::wait;

/// How often it looks. A change that is undone within it is not seen.
const INTERVAL: Duration = Duration::from_millis(200);

/// A watch over a cluster; it ends when this is dropped.
#[derive(Debug)]
pub struct Watch {
    /// Since when.
    pub began: jiff::Timestamp,
    task: JoinHandle<()>,
}

impl Watch {
    /// Begins to watch for a scenario, its topics only.
    pub fn start(context: Arc<Context>) -> Self {
        let task = tokio::spawn(async move {
            let Context { cluster, names, scenario, events, .. } = context.as_ref();
            let mut seen = Seen::default();
            loop {
                let now = Seen::look(cluster, names).await;
                for change in seen.take_over(now) {
                    events.emit(Event::ClusterChanged { scenario: scenario.clone(), change });
                }
                wait::pause(INTERVAL).await;
            }
        });
        Self { began: jiff::Timestamp::now(), task }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What one look found; what did not answer is none.
#[derive(Debug, Default)]
struct Seen {
    /// The controller and the brokers registered.
    registrations: Option<(Option<ControllerId>, BTreeSet<BrokerId>)>,
    /// Leader and in-sync replicas by topic and partition.
    partitions: Option<Partitions>,
    /// Whether ZooKeeper said which replicas are in sync; else it may be seconds old.
    in_sync_is_known: bool,
}

type Partitions = BTreeMap<(String, i32), (Option<BrokerId>, BTreeSet<BrokerId>)>;

impl Seen {
    async fn look(cluster: &Cluster, names: &Names) -> Self {
        let found = cluster.registrations().await.ok();
        let registrations = found
            .map(|it| (it.controller.and_then(ControllerId::of), it.brokers.into_keys().collect()));
        let names = names.topics();
        let is_ours = |topic: &str| names.iter().any(|(_, unique)| unique == topic);
        let told = cluster.topics_in_sync(is_ours).await;
        let Ok((mut topics, in_sync_is_known)) = told else {
            return Self { registrations, ..Self::default() };
        };
        let of = |(author, unique): (String, String)| {
            let found = topics.remove(&unique).unwrap_or_default().into_iter();
            found
                .map(move |it| ((author.clone(), it.id), (it.leader, it.isr.into_iter().collect())))
        };
        let partitions = Some(names.into_iter().flat_map(of).collect());
        Self { registrations, partitions, in_sync_is_known }
    }

    /// What has changed since the look before. What was seen for the first time has not.
    fn take_over(&mut self, now: Self) -> Vec<ClusterChange> {
        let mut changes = Vec::new();
        if let Some((controller, registered)) = now.registrations {
            if let Some((from, before)) = &self.registrations {
                if *from != controller {
                    changes.push(ClusterChange::Controller { from: *from, to: controller });
                }
                changes.extend(before.symmetric_difference(&registered).map(|broker| {
                    let registered = registered.contains(broker);
                    ClusterChange::Registration { broker: *broker, registered }
                }));
            }
            self.registrations = Some((controller, registered));
        }
        let Some(mut partitions) = now.partitions else { return changes };
        let before = self.partitions.take().unwrap_or_default();
        for ((topic, partition), (leader, in_sync)) in &mut partitions {
            let Some((from, synced)) = before.get(&(topic.clone(), *partition)) else { continue };
            let (topic, partition) = (topic.clone(), *partition);
            if from != leader {
                let topic = topic.clone();
                changes.push(ClusterChange::Leader { topic, partition, from: *from, to: *leader });
            }
            if !now.in_sync_is_known {
                in_sync.clone_from(synced);
            }
            if synced != in_sync {
                let list = |brokers: &BTreeSet<BrokerId>| brokers.iter().copied().collect();
                let (from, to) = (list(synced), list(in_sync));
                changes.push(ClusterChange::InSync { topic, partition, from, to });
            }
        }
        self.partitions = Some(partitions);
        changes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(controller: Option<i32>, leader: i32, in_sync: &[i32]) -> Seen {
        let in_sync = in_sync.iter().copied().map(BrokerId).collect();
        Seen {
            registrations: Some((controller.map(ControllerId), BTreeSet::from([BrokerId(1)]))),
            partitions: Some(BTreeMap::from([(
                ("orders".into(), 0),
                (Some(BrokerId(leader)), in_sync),
            )])),
            in_sync_is_known: true,
        }
    }

    #[test]
    fn each_change_is_told_once() {
        let mut watched = Seen::default();
        assert_eq!(watched.take_over(seen(Some(1), 1, &[1, 2])), []);
        let changes = watched.take_over(seen(Some(2), 2, &[2]));
        let told: Vec<_> = changes.iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "controller: 2 after 1",
                "leader of orders/0: broker 2 after broker 1",
                "in sync in orders/0: 2 after 1, 2",
            ]
        );
        assert_eq!(watched.take_over(seen(Some(2), 2, &[2])), []);
    }

    #[test]
    fn without_zookeeper_the_replicas_in_sync_are_those_seen_before() {
        let mut watched = seen(Some(1), 1, &[1, 2]);
        let unknown = Seen { in_sync_is_known: false, ..seen(Some(1), 1, &[1, 2, 3]) };
        assert_eq!(watched.take_over(unknown), []);
        let changes = watched.take_over(seen(Some(1), 1, &[1]));
        assert_eq!(changes[0].to_string(), "in sync in orders/0: 1 after 1, 2");
    }

    #[test]
    fn what_did_not_answer_has_not_changed() {
        let mut watched = seen(Some(1), 1, &[1]);
        assert_eq!(watched.take_over(Seen::default()), []);
        assert_eq!(watched.take_over(seen(Some(1), 1, &[1])), []);
    }
}
