//! Looks at what the cluster is like: evidence that a fault has bitten, and of what it led to.

use super::disk::data_bytes;
use super::{Found, Scope, clock};
use crate::event::evidence::{Evidence, LinkSeen, PartitionSeen};
use crate::link::Link;

/// Looks at the nodes, and at the cluster as far as it answers.
pub async fn take(scope: Scope<'_>, found: &Found) -> Evidence {
    let cluster = scope.cluster;
    let mut evidence = Evidence::default();
    for node in &found.nodes {
        if let Ok(state) = cluster.state(*node).await {
            evidence.nodes.insert(*node, state);
        }
    }
    let clients = found.client.iter();
    evidence.clients = clients.map(|it| (it.target.to_string(), it.process.state())).collect();
    evidence.links = found.links.iter().map(|hit| link_seen(&hit.link)).collect();
    evidence.met = (!found.links.is_empty()).then(|| found.met.times());
    for hit in &found.files {
        evidence.files.extend(hit.look(scope).await);
    }
    for node in &found.data {
        if let Ok(bytes) = data_bytes(scope, *node).await {
            evidence.data.insert(*node, bytes);
        }
    }
    for id in &found.clocks {
        if let Ok(Some(ahead)) = clock::ahead(scope, *id).await {
            evidence.clocks.insert(*id, ahead);
        }
    }
    for id in cluster.zookeepers() {
        if let Ok(mode) = cluster.zookeeper_mode(id).await {
            evidence.zookeepers.insert(id, mode);
        }
    }
    if let Ok(sessions) = cluster.sessions_patiently().await {
        evidence.registered = Some(sessions.brokers().keys().copied().collect());
        evidence.controller = sessions.controller();
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
    evidence
}

fn link_seen(link: &Link) -> LinkSeen {
    let effects = link.effects().iter().map(|applied| applied.effect.to_string()).collect();
    LinkSeen { link: link.name().to_owned(), effects, counts: link.traffic().counts() }
}
