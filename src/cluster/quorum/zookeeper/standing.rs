//! What ZooKeeper keeps for the whole cluster: settings, quotas, users, access rules.

use std::io;
use std::time::Duration;

use super::observed::session;
use super::znode::Session;
use crate::cluster::health::LOOK;
use crate::cluster::standing::Standing;
use crate::cluster::{Cluster, probe};
use crate::wait::{Seen, until};

/// Below these it is kept: dynamic settings, quotas and users, access rules, delegation tokens, feature levels.
const ROOTS: [&str; 8] = [
    "/config/brokers",
    "/config/clients",
    "/config/users",
    "/config/ips",
    "/kafka-acl",
    "/kafka-acl-extended",
    "/delegation_token/tokens",
    "/feature",
];

/// Settings of topics, of which those of brokers themselves outlast scenarios.
const TOPICS: &str = "/config/topics";

/// How the topics begin that brokers make for themselves.
const INTERNAL: &str = "__";

/// How long ZooKeepers may take to tell.
const LIMIT: Duration = Duration::from_secs(10);

/// What holds for the whole cluster now; none when no ZooKeeper tells within 10 seconds.
pub(super) async fn read(cluster: &Cluster) -> Option<Standing> {
    let look = || async {
        let Some((_, mut session)) = session(cluster).await else {
            return Ok(Seen::NotYet("no ZooKeeper serves".into()));
        };
        Ok::<_, io::Error>(match read_in(&mut session).await {
            Ok(found) => Seen::Ready(found),
            Err(error) => Seen::NotYet(error.to_string()),
        })
    };
    until(LIMIT, LOOK, look).await.ok()
}

async fn read_in(session: &mut Session) -> io::Result<Standing> {
    let mut standing = Standing::default();
    let mut level: Vec<String> = ROOTS.map(str::to_owned).to_vec();
    while !level.is_empty() {
        let nodes = session.nodes(&level).await?;
        let children = session.children(&level).await?;
        let mut next = Vec::new();
        for ((path, node), children) in level.into_iter().zip(nodes).zip(children) {
            next.extend(children.iter().map(|child| format!("{path}/{child}")));
            if let Some(node) = node.filter(|node| holds_something(&node.data)) {
                standing.nodes.insert(path, node.data);
            }
        }
        level = next;
    }
    let topics = session.children(&[TOPICS.to_owned()]).await?.pop().unwrap_or_default();
    let is_of_brokers = |topic: &&String| topic.starts_with(INTERNAL) && *topic != probe::TOPIC;
    let internal = topics.iter().filter(is_of_brokers);
    let paths: Vec<_> = internal.map(|topic| format!("{TOPICS}/{topic}")).collect();
    for (path, node) in paths.iter().zip(session.nodes(&paths).await?) {
        let Some(node) = node else { continue };
        if node.version == 0 {
            standing.untouched.insert(path.clone());
        }
        standing.nodes.insert(path.clone(), node.data);
    }
    Ok(standing)
}

/// Whether the data of a node says anything: Kafka leaves nodes behind when what they held was removed.
fn holds_something(data: &[u8]) -> bool {
    let Ok(data) = serde_json::from_slice::<serde_json::Value>(data) else {
        return !data.is_empty();
    };
    let empty = ["config", "acls"].iter().find_map(|field| match data.get(*field)? {
        serde_json::Value::Object(all) => Some(all.is_empty()),
        serde_json::Value::Array(all) => Some(all.is_empty()),
        _ => None,
    });
    !data.is_null() && !empty.unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_of_which_only_the_shell_is_left_hold_nothing() {
        for empty in ["", "{\"version\":1,\"config\":{}}", "{\"version\":1,\"acls\":[]}", "null"] {
            assert!(!holds_something(empty.as_bytes()), "{empty:?}");
        }
        for full in ["x", "{\"version\":1,\"config\":{\"a\":\"1\"}}", "{\"features\":{}}", "7"] {
            assert!(holds_something(full.as_bytes()), "{full:?}");
        }
    }
}
