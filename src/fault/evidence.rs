//! Looks at what the cluster is like: evidence that a fault has bitten, and of what it led to.

use super::Scope;
use super::hit::Hit;
use crate::event::evidence::{Evidence, PartitionSeen};
use crate::event::id::{ControllerId, NodeId};

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
    for id in cluster.controllers() {
        let node = cluster.spec().node_of_controller(id);
        if let Ok(mode) = cluster.quorum().mode(cluster, node).await {
            evidence.controllers.insert(id, mode);
        }
    }
    if let Ok(registrations) = cluster.registrations_patiently().await {
        evidence.controller = registrations.controller.and_then(ControllerId::of);
        evidence.registered = Some(registrations.brokers.into_keys().collect());
    }
    let seen = cluster.quorum().seen(cluster).await;
    evidence.quorum = seen.as_ref().map(|seen| seen.quorum.clone());
    let eligible = seen.map(|seen| seen.eligible).unwrap_or_default();
    let names = scope.names.topics();
    let is_ours = |topic: &str| names.iter().any(|(_, unique)| unique == topic);
    if let Ok((mut topics, _)) = cluster.topics_in_sync(is_ours).await {
        for (author, unique) in &names {
            let partitions = topics.remove(unique).unwrap_or_default().into_iter();
            evidence.partitions.extend(partitions.map(|found| {
                let eligible = eligible.get(&(unique.clone(), found.id)).cloned();
                let (elr, last_known_elr) = eligible.unwrap_or_default();
                PartitionSeen {
                    topic: author.clone(),
                    partition: found.id,
                    leader: found.leader,
                    isr: found.isr,
                    elr,
                    last_known_elr,
                }
            }));
        }
    }
}
