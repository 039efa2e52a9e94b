//! Topics that are compacted by Kafka's log cleaner.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use cucumber::{given, then, when};

use super::described::described;
use super::parameter::{Period, TopicName};
use super::world::{Told as _, World};
use crate::client::consumer::Consumer;
use crate::client::message::{Received, shown};
use crate::client::settings::Settings;
use crate::cluster::metadata::Partition;
use crate::cluster::{Cleaned, Cluster, ClusterError};
use crate::event::id::BrokerId;
use crate::event::node_state::NodeState;
use crate::scenario::failure::StepFailure;
use crate::topology::Access;
use crate::wait::{Seen, WaitError, until};

const INTERVAL: Duration = Duration::from_millis(250);

/// How long the topic is read for a message, when it was not compacted in time.
const READING_LIMIT: Duration = Duration::from_secs(20);

/// So many keys are named that are still there twice.
const NAMED: usize = 5;

/// Waits until Kafka's log cleaner has compacted everything that it could when the step began, on every replica whose
/// broker runs. That is all but the active segment of each partition, which the cleaner leaves alone until it is closed:
/// by segment.ms or segment.bytes, and a message that comes after. The step only looks; where nothing can be compacted it
/// does not pass. How soon the cleaner comes is up to min.cleanable.dirty.ratio of the topic and log.cleaner.backoff.ms
/// of the brokers, 15 seconds by default. Messages with null values are removed later (delete.retention.ms).
///
/// ```gherkin
/// Then within 60 seconds topic "latest" has been compacted
/// ```
#[given(expr = "within {duration} topic {string} has been compacted")]
#[when(expr = "within {duration} topic {string} has been compacted")]
#[then(expr = "within {duration} topic {string} has been compacted")]
async fn has_been_compacted(
    world: &mut World,
    limit: Period,
    name: TopicName,
) -> Result<(), StepFailure> {
    let admin = world.admin()?;
    let (cluster, names) = (world.cluster()?, world.names()?);
    let topic = names.topic(&name);
    let partitions = described(world, &name).await?;
    let settings = admin.topic_settings(&topic).await.told(names)?;
    let of = |name: &str| settings.get(name).cloned().flatten().unwrap_or_default();
    if !of("cleanup.policy").contains("compact") {
        return Err(StepFailure::usage(format!(
            "topic {name:?} is never compacted: its cleanup.policy is {}",
            of("cleanup.policy")
        )));
    }
    let goals = Mutex::new(Goals::default());
    let compacted = until(limit.0, INTERVAL, || async {
        let found = look(cluster, &topic, &partitions).await?;
        let mut goals = goals.lock().unwrap_or_else(PoisonError::into_inner);
        goals.see(&found);
        Ok::<_, ClusterError>(match goals.late(&found) {
            Ok(()) => Seen::Ready(()),
            Err(late) => Seen::NotYet(late.to_string()),
        })
    });
    match compacted.await {
        Ok(()) => {
            let goals = goals.into_inner().unwrap_or_else(PoisonError::into_inner);
            return world.note(format!("topic {name:?} was compacted {goals}"));
        }
        Err(WaitError::Failed(error)) => return Err(error).told(names),
        Err(WaitError::TimedOut { .. }) => {}
    }
    let found = look(cluster, &topic, &partitions).await?;
    let goals = goals.into_inner().unwrap_or_else(PoisonError::into_inner);
    let Err(late) = goals.late(&found) else { return Ok(()) };
    let waited = humantime::format_duration(limit.0);
    let mut message = format!("topic {name:?} was not compacted within {waited}:{late}");
    if let Late::Behind(_) = late {
        let ids: Vec<_> = partitions.iter().map(|partition| partition.id).collect();
        let read = read(&world.access()?, &topic, &ids).await?;
        let twice = goals.twice(&read);
        if twice.is_empty() && goals.followers_are_as_far(&found, &partitions) {
            return world.note(format!("topic {name:?}: no key is there twice to be compacted"));
        }
        message.push_str(&described_twice(&twice));
        for setting in ["min.cleanable.dirty.ratio", "min.compaction.lag.ms"] {
            message.push_str(&format!("\n{setting} of the topic is {}", of(setting)));
        }
    }
    Err(StepFailure::expectation(message)).told(names)
}

type Found = BTreeMap<(i32, BrokerId), Cleaned>;

/// The replicas on brokers that run.
async fn look(
    cluster: &Cluster,
    topic: &str,
    partitions: &[Partition],
) -> Result<Found, ClusterError> {
    let mut found = Found::new();
    let brokers: BTreeSet<_> = partitions.iter().flat_map(|it| &it.replicas).copied().collect();
    for broker in brokers {
        if let NodeState::Running { .. } = cluster.state(broker.into()).await? {
            let cleaned = cluster.cleaned(broker, topic).await?;
            found.extend(cleaned.into_iter().map(|(partition, it)| ((partition, broker), it)));
        }
    }
    Ok(found)
}

/// Up to where each replica is to be clean: to where its active segment began when it had copied what there was when a
/// closed segment of the partition was first seen. Replicas close their segments at different places, as a follower
/// copies several batches at once.
#[derive(Debug, Default)]
struct Goals {
    /// By partition of which a closed segment was seen, the end then.
    ends: BTreeMap<i32, i64>,
    goals: BTreeMap<(i32, BrokerId), i64>,
}

/// What is not compacted yet.
#[derive(Debug, PartialEq, Eq)]
enum Late {
    /// Everything is in active segments.
    NothingClosed,
    /// Replicas whose cleaner has not come so far, as text.
    Behind(String),
}

impl Goals {
    fn see(&mut self, found: &Found) {
        let closed = found.iter().filter(|(_, replica)| replica.active > replica.first);
        for ((partition, _), _) in closed {
            let same = found.iter().filter(|(at, _)| at.0 == *partition);
            let end = same.map(|(_, replica)| replica.end).max().unwrap_or(0);
            self.ends.entry(*partition).or_insert(end);
        }
        for (at, replica) in found {
            if self.ends.get(&at.0).is_some_and(|end| replica.end >= *end) {
                self.goals.entry(*at).or_insert(replica.active);
            }
        }
    }

    fn late(&self, found: &Found) -> Result<(), Late> {
        if self.ends.is_empty() {
            return Err(Late::NothingClosed);
        }
        let mut late = String::new();
        let looked_at = found.iter().filter(|(at, _)| self.ends.contains_key(&at.0));
        for ((partition, broker), replica) in looked_at {
            let clean_to = replica.clean_to.unwrap_or(0).max(replica.first);
            let what = match self.goals.get(&(*partition, *broker)) {
                Some(goal) if clean_to >= *goal => continue,
                Some(goal) => {
                    let come = match replica.clean_to {
                        Some(_) => format!("has come to offset {clean_to}"),
                        None => "has not come".into(),
                    };
                    format!(
                        "the cleaner {come} in partition {partition}, where the active segment began at offset {goal}"
                    )
                }
                None => {
                    let (end, there) = (replica.end, self.ends.get(partition).unwrap_or(&0));
                    format!("partition {partition} is copied up to offset {end} of {there}")
                }
            };
            late.push_str(&format!("\n  on broker {broker}, {what}"));
        }
        if late.is_empty() { Ok(()) } else { Err(Late::Behind(late)) }
    }

    /// Whether each replica is clean as far as that of the leader.
    fn followers_are_as_far(&self, found: &Found, partitions: &[Partition]) -> bool {
        let clean_to = |partition: i32, broker| found.get(&(partition, broker))?.clean_to;
        partitions.iter().filter(|it| self.ends.contains_key(&it.id)).all(|partition| {
            let leader = partition.leader.and_then(|leader| clean_to(partition.id, leader));
            let here =
                partition.replicas.iter().filter(|it| found.contains_key(&(partition.id, **it)));
            leader.is_some() && here.copied().all(|it| clean_to(partition.id, it) >= leader)
        })
    }

    /// Keys that are there more than once in closed segments, each with its partition and how often.
    fn twice(&self, read: &[Received]) -> Vec<(i32, String, usize)> {
        let mut counts: BTreeMap<(i32, &[u8]), usize> = BTreeMap::new();
        for message in read {
            let partition = message.place.partition;
            let ends = self.goals.iter().filter(|((it, _), _)| *it == partition);
            let end = ends.map(|(_, end)| *end).max().unwrap_or(0);
            if let Some(key) = message.message.key.as_deref().filter(|_| message.place.offset < end)
            {
                *counts.entry((partition, key)).or_default() += 1;
            }
        }
        let twice = counts.into_iter().filter(|(_, count)| *count > 1);
        twice.map(|((partition, key), count)| (partition, shown(Some(key)), count)).collect()
    }
}

impl std::fmt::Display for Goals {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut by_partition: BTreeMap<i32, i64> = BTreeMap::new();
        for ((partition, _), end) in &self.goals {
            let furthest = by_partition.entry(*partition).or_insert(*end);
            *furthest = (*furthest).max(*end);
        }
        let ends = by_partition
            .iter()
            .map(|(partition, end)| format!("below offset {end} in partition {partition}"));
        f.write_str(&ends.collect::<Vec<_>>().join(", "))
    }
}

impl std::fmt::Display for Late {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NothingClosed => f.write_str(
                " everything is in the active segment of its partition, which the cleaner leaves alone until it is \
                 closed: by segment.ms or segment.bytes, and a message that comes after",
            ),
            Self::Behind(late) => f.write_str(late),
        }
    }
}

fn described_twice(twice: &[(i32, String, usize)]) -> String {
    let named = twice.iter().take(NAMED).map(|(partition, key, count)| {
        format!("\n  key {key} is there {count} times in partition {partition}")
    });
    let named: String = named.collect();
    match twice.len() {
        more if more > NAMED => format!("{named}\n  and {} more keys", more - NAMED),
        _ => named,
    }
}

/// Everything in a topic; it is not recorded, as no client of the scenario reads it.
async fn read(
    access: &Access,
    topic: &str,
    partitions: &[i32],
) -> Result<Vec<Received>, StepFailure> {
    let settings = Settings::default().with("isolation.level", "read_uncommitted");
    let reader = Consumer::from_the_beginning(access, topic, partitions, &settings, None).await?;
    let read = until(READING_LIMIT, INTERVAL, || async {
        Ok::<_, StepFailure>(match reader.count() > 0 && reader.has_read_everything().await? {
            true => Seen::Ready(()),
            false => Seen::NotYet(String::new()),
        })
    });
    // What was read until then is enough for a message.
    drop(read.await);
    let received = reader.received();
    reader.close().await?;
    Ok(received)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::message::{Message, Place};

    fn replica(active: i64, end: i64, clean_to: Option<i64>) -> Cleaned {
        Cleaned { first: 0, active, end, clean_to }
    }

    fn found<const N: usize>(replicas: [(i32, Cleaned); N]) -> Found {
        replicas.into_iter().map(|(broker, it)| ((0, BrokerId(broker)), it)).collect()
    }

    fn late(goals: &Goals, found: &Found) -> String {
        match goals.late(found) {
            Err(Late::Behind(late)) => late,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_in_active_segments_only_is_not_compacted() {
        let mut goals = Goals::default();
        let only = found([(1, replica(0, 50, None))]);
        goals.see(&only);
        assert_eq!(goals.late(&only), Err(Late::NothingClosed));
        let later = found([(1, replica(60, 70, None)), (2, replica(0, 65, None))]);
        goals.see(&later);
        let told = late(&goals, &later);
        assert!(told.contains("began at offset 60"), "{told}");
        assert!(
            told.contains("on broker 2, partition 0 is copied up to offset 65 of 70"),
            "{told}"
        );
    }

    #[test]
    fn every_replica_is_to_be_clean_up_to_where_its_active_segment_began() {
        let mut goals = Goals::default();
        let before = found([(1, replica(40, 50, None)), (2, replica(45, 50, Some(45)))]);
        goals.see(&before);
        let told = late(&goals, &before);
        assert!(told.contains("on broker 1, the cleaner has not come in partition 0"), "{told}");
        assert!(!told.contains("broker 2"), "{told}");
        // More was sent, and closed, since.
        let after = found([(1, replica(90, 95, Some(40))), (2, replica(90, 95, Some(45)))]);
        goals.see(&after);
        assert_eq!(goals.late(&after), Ok(()));
    }

    #[test]
    fn a_follower_is_asked_when_it_has_copied_everything() {
        let mut goals = Goals::default();
        let copying = found([(1, replica(40, 50, Some(40))), (2, replica(10, 20, Some(10)))]);
        goals.see(&copying);
        assert!(
            late(&goals, &copying)
                .contains("on broker 2, partition 0 is copied up to offset 20 of 50")
        );
        // It copied the rest at once, and has closed nothing more.
        let copied = found([(1, replica(40, 50, Some(40))), (2, replica(10, 50, Some(10)))]);
        goals.see(&copied);
        assert_eq!(goals.late(&copied), Ok(()));
    }

    #[test]
    fn only_keys_in_closed_segments_count_as_there_twice() {
        let mut goals = Goals::default();
        goals.see(&found([(1, replica(3, 4, None))]));
        let message = |key: &str, offset| Received {
            place: Place { topic: "t".into(), partition: 0, offset },
            identity: None,
            message: Message { key: Some(key.into()), ..Message::of("v") },
        };
        let read = [message("a", 0), message("b", 1), message("a", 2), message("b", 3)];
        assert_eq!(goals.twice(&read), [(0, "\"a\"".into(), 2)]);
    }
}
