//! When a cluster is up, and when it is healthy.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use super::listener::CLIENT;
use super::metadata::Partition;
use super::{Cluster, ClusterError, log_lines, probe};
use crate::event::id::NodeId;
use crate::event::node_state::NodeState;
use crate::owned::signal::Signal;
use crate::wait::{Seen, WaitError, until};

/// How often a condition is checked.
pub const LOOK: Duration = Duration::from_millis(50);
/// How much of a dead node's log is shown.
const LAST_LINES: usize = 15;
/// How many lines are shown of what a broker logged about a partition that is not well.
const LINES_OF_PARTITION: usize = 4;

/// Waits until all brokers are registered and a controller is elected, then sends a message with acks=all
/// to a topic on min(3, brokers) replicas and reads it back.
///
/// # Errors
/// [`ClusterError::Died`] as soon as a node has ended, with the last lines of its log;
/// [`ClusterError::NotInTime`] after `limit`.
pub async fn wait_until_up(cluster: &Cluster, limit: Duration) -> Result<(), ClusterError> {
    let began = Instant::now();
    let registered = until(limit, LOOK, || async {
        fail_if_a_node_died(cluster).await?;
        Ok(missing(cluster).await.map_or(Seen::Ready(()), Seen::NotYet))
    });
    registered.await.map_err(|error| not_in_time("up", error))?;
    let left = limit.saturating_sub(began.elapsed()).max(Duration::from_secs(5));
    let replicas = cluster.brokers().len().min(3);
    probe::round_trip(&cluster.access(&CLIENT), replicas, left).await
}

/// Makes every link whole, resumes what is paused, starts what is down, and waits until the cluster is healthy.
///
/// A broker that ends while it starts, since its old registration still lives, is started once more.
///
/// # Errors
/// As [`prove_healthy`].
pub async fn heal(cluster: &Cluster, limit: Duration) -> Result<(), ClusterError> {
    let began = Instant::now();
    if let Some(links) = cluster.runtime().links().await {
        links.lift_all();
    }
    let started = until(limit, LOOK, || async {
        for node in cluster.nodes() {
            match cluster.state(node).await? {
                NodeState::Paused { .. } => cluster.signal(node, Signal::Resume).await?,
                NodeState::Exited { .. } | NodeState::NotStarted => {
                    cluster.start_again(node).await?;
                }
                NodeState::Running { .. } => {}
            }
        }
        Ok(missing(cluster).await.map_or(Seen::Ready(()), Seen::NotYet))
    });
    started.await.map_err(|error| not_in_time("healthy", error))?;
    prove_healthy(cluster, limit.saturating_sub(began.elapsed())).await
}

/// Waits until the cluster is healthy again: every node runs, all brokers are registered, a controller is
/// elected, and every partition has all its replicas in sync.
///
/// # Errors
/// [`ClusterError::NotInTime`] after `limit`; where replicas are not in sync, with what they and their leader
/// logged last about the partition.
pub async fn prove_healthy(cluster: &Cluster, limit: Duration) -> Result<(), ClusterError> {
    let healthy = until(limit, LOOK, || async {
        for node in cluster.nodes() {
            let state = cluster.state(node).await?;
            if !matches!(state, NodeState::Running { .. }) {
                return Ok(Seen::NotYet(format!("{node} is not running")));
            }
        }
        if let Some(missing) = missing(cluster).await {
            return Ok(Seen::NotYet(missing));
        }
        Ok(match unwell(cluster).await {
            Ok(unwell) => told(&unwell).map_or(Seen::Ready(()), Seen::NotYet),
            // A broker that has just started may know nothing of the others yet.
            Err(error) => Seen::NotYet(error.to_string()),
        })
    });
    let error = match healthy.await {
        Ok(()) => return Ok(()),
        Err(WaitError::TimedOut { limit, seen }) => {
            WaitError::TimedOut { limit, seen: seen + &logged(cluster).await }
        }
        Err(error) => error,
    };
    Err(not_in_time("healthy", error))
}

/// The partitions without a leader or with replicas that are not in sync, each with its topic.
///
/// # Errors
/// When no broker knows all the others, or nobody of the quorum says which replicas are in sync.
async fn unwell(cluster: &Cluster) -> Result<Vec<(String, Partition)>, ClusterError> {
    let brokers = cluster.brokers().len();
    let mut topics = probe::topics(&cluster.access(&CLIENT), brokers).await?;
    if !cluster.correct_in_sync(&mut topics).await {
        let why = format!("no {} says which replicas are in sync", cluster.quorum().name());
        return Err(ClusterError::Waited(why));
    }
    let each = topics.into_iter().flat_map(|(topic, partitions)| {
        partitions.into_iter().map(move |partition| (topic.clone(), partition))
    });
    Ok(each.filter(|(_, partition)| !partition.is_well()).collect())
}

/// The first of the partitions that are not well, and how many more there are.
fn told(unwell: &[(String, Partition)]) -> Option<String> {
    let [(topic, partition), others @ ..] = unwell else { return None };
    let more = match others.len() {
        0 => String::new(),
        1 => "; another partition is not well either".into(),
        more => format!("; {more} other partitions are not well either"),
    };
    Some(format!("topic {topic}, {partition}{more}"))
}

/// What the replicas that are not in sync and their leader logged last about the first partition that is not
/// well, each line on a new one; nothing where all are well. The state of a replica says nothing of why: a fetcher
/// that has given up says so in its log only.
async fn logged(cluster: &Cluster) -> String {
    let unwell = unwell(cluster).await.unwrap_or_default();
    let Some((topic, partition)) = unwell.first() else { return String::new() };
    let behind = partition.replicas.iter().filter(|replica| !partition.isr.contains(replica));
    let mut logged = String::new();
    for broker in behind.chain(&partition.leader) {
        let node = NodeId::Broker(*broker);
        let Ok(log) = cluster.runtime().log(node).await else { continue };
        for line in log_lines::about(&log, topic, partition.id, LINES_OF_PARTITION) {
            let _ = write!(logged, "\n{node} logged: {line}");
        }
    }
    logged
}

fn not_in_time(what: &'static str, error: WaitError<ClusterError>) -> ClusterError {
    match error {
        WaitError::TimedOut { limit, seen } => ClusterError::NotInTime { what, limit, seen },
        WaitError::Failed(error) => error,
    }
}

/// What a cluster lacks that has all brokers registered and a controller.
async fn missing(cluster: &Cluster) -> Option<String> {
    let registrations = match cluster.registrations().await {
        Ok(registrations) => registrations,
        Err(error) => return Some(error.to_string()),
    };
    let absent = cluster.brokers().into_iter().find(|id| !registrations.brokers.contains_key(id));
    match (absent, registrations.controller) {
        (Some(broker), _) => Some(format!("broker {broker} {}", cluster.quorum().not_registered())),
        (None, None) => Some("no controller is elected".into()),
        (None, Some(_)) => None,
    }
}

async fn fail_if_a_node_died(cluster: &Cluster) -> Result<(), ClusterError> {
    for node in cluster.nodes() {
        if let NodeState::Exited { code } = cluster.state(node).await? {
            let log = cluster.runtime().log(node).await?;
            let log = log_lines::last(&log, LAST_LINES);
            return Err(ClusterError::Died { node, code, log });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::id::BrokerId;

    #[test]
    fn the_first_partition_that_is_not_well_is_told_and_how_many_more_there_are() {
        let unwell = |id| {
            let replicas = vec![BrokerId(2), BrokerId(3)];
            let partition =
                Partition { id, leader: Some(BrokerId(3)), replicas, isr: vec![BrokerId(3)] };
            ("orders".to_owned(), partition)
        };
        assert_eq!(told(&[]), None);
        let first = "topic orders, partition 4: leader 3, replicas 2, 3, in sync 3";
        assert_eq!(told(&[unwell(4)]).as_deref(), Some(first));
        let more = format!("{first}; another partition is not well either");
        assert_eq!(told(&[unwell(4), unwell(5)]), Some(more));
        let more = format!("{first}; 2 other partitions are not well either");
        assert_eq!(told(&[unwell(4), unwell(5), unwell(6)]), Some(more));
    }
}
