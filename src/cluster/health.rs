//! When a cluster is up, and when it is healthy.

use std::time::{Duration, Instant};

use super::{Cluster, ClusterError, probe};
use crate::runtime::{NodeState, Signal};
use crate::wait::{Seen, WaitError, until};

/// How often a condition is looked at.
pub const LOOK: Duration = Duration::from_millis(50);
/// How much of a dead node's log is shown.
const LAST_LINES: usize = 15;

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
    probe::round_trip(&cluster.bootstrap_servers(), replicas, left).await
}

/// Makes every link whole, resumes what is paused, starts what is down, and waits until the cluster is healthy.
///
/// A broker that ends while it starts, since its old session still lives in ZooKeeper, is started once more.
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
/// [`ClusterError::NotInTime`] after `limit`.
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
        let brokers = cluster.brokers().len();
        let mut topics = match probe::topics(&cluster.bootstrap_servers(), brokers).await {
            Ok(topics) => topics,
            // A broker that has just started may know nothing of the others yet.
            Err(error) => return Ok(Seen::NotYet(error.to_string())),
        };
        if !cluster.correct_in_sync(&mut topics).await {
            return Ok(Seen::NotYet("no ZooKeeper tells which replicas are in sync".into()));
        }
        for (topic, partitions) in &topics {
            if let Some(lacking) = partitions.iter().find(|partition| !partition.is_well()) {
                return Ok(Seen::NotYet(format!("topic {topic}, {lacking}")));
            }
        }
        Ok(Seen::Ready(()))
    });
    healthy.await.map_err(|error| not_in_time("healthy", error))
}

fn not_in_time(what: &'static str, error: WaitError<ClusterError>) -> ClusterError {
    match error {
        WaitError::TimedOut { limit, seen } => ClusterError::NotInTime { what, limit, seen },
        WaitError::Failed(error) => error,
    }
}

/// What a cluster lacks that has all brokers registered and a controller.
async fn missing(cluster: &Cluster) -> Option<String> {
    let sessions = match cluster.sessions().await {
        Ok(sessions) => sessions,
        Err(error) => return Some(error.to_string()),
    };
    let absent = cluster.brokers().into_iter().find(|id| !sessions.brokers().contains_key(id));
    match (absent, sessions.controller()) {
        (Some(broker), _) => Some(format!("broker {broker} is not registered in ZooKeeper")),
        (None, None) => Some("no controller is elected".into()),
        (None, Some(_)) => None,
    }
}

async fn fail_if_a_node_died(cluster: &Cluster) -> Result<(), ClusterError> {
    for node in cluster.nodes() {
        if let NodeState::Exited { code } = cluster.state(node).await? {
            let log = cluster.runtime().log(node).await?;
            return Err(ClusterError::Died { node, code, log: last_lines(&log) });
        }
    }
    Ok(())
}

fn last_lines(log: &str) -> String {
    let lines: Vec<_> = log.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(LAST_LINES)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_end_of_a_log_is_shown() {
        let log: String = (1..=40).map(|n| format!("line {n}\n\n")).collect();
        let shown = last_lines(&log);
        assert_eq!(shown.lines().count(), LAST_LINES);
        assert!(shown.ends_with("line 40"));
    }
}
