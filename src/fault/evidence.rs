//! Looks at what the cluster is like: evidence that a fault has bitten, and of what it led to.

use super::Scope;
use super::hit::Hit;
use crate::event::evidence::{Evidence, PartitionSeen};
use crate::event::id::NodeId;

/// Looks at what a fault has hit, and at the cluster as far as it answers.
pub(super) async fn take(scope: Scope<'_>, hit: &dyn Hit) -> Evidence {
    let mut evidence = Evidence::default();
    hit.look(scope, &mut evidence).await;
    look_at_cluster(scope, &mut evidence).await;
    evidence
}

/// Looks at every node, and at the cluster as far as it answers.
pub(super) async fn of_all(scope: Scope<'_>) -> Evidence {
    let mut evidence = Evidence::default();
    let nodes: Vec<_> = scope.cluster.nodes().collect();
    look_at_nodes(scope, &nodes, &mut evidence).await;
    look_at_cluster(scope, &mut evidence).await;
    evidence
}

/// Looks at the processes of nodes.
pub(super) async fn look_at_nodes(scope: Scope<'_>, nodes: &[NodeId], evidence: &mut Evidence) {
    for node in nodes {
        if let Ok(state) = scope.cluster.state(*node).await {
            evidence.nodes.insert(*node, state);
        }
    }
}

async fn look_at_cluster(scope: Scope<'_>, evidence: &mut Evidence) {
    let cluster = scope.cluster;
    for id in cluster.zookeepers() {
        if let Ok(mode) = cluster.zookeeper_mode(id).await {
            evidence.zookeepers.insert(id, mode);
        }
    }
    if let Ok(registrations) = cluster.registrations_patiently().await {
        evidence.controller = registrations.controller;
        evidence.registered = Some(registrations.brokers.into_keys().collect());
    }
    let names = scope.names.topics();
    let is_ours = |topic: &str| names.iter().any(|(_, unique)| unique == topic);
    if let Ok((mut topics, _)) = cluster.topics_in_sync(is_ours).await {
        for (author, unique) in &names {
            let partitions = topics.remove(unique).unwrap_or_default().into_iter();
            evidence.partitions.extend(partitions.map(|found| PartitionSeen {
                topic: author.clone(),
                partition: found.id,
                leader: found.leader,
                isr: found.isr,
            }));
        }
    }
}
