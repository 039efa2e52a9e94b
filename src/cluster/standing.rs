//! What holds for the whole cluster and outlasts a scenario: settings and quotas that a tool or an admin client has
//! set, users, access rules. ZooKeeper keeps all of it, so one look finds what a scenario has left, whoever set it.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::time::Duration;

use super::health::LOOK;
use super::znode::Session;
use super::{Cluster, probe};
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

/// What was found at one time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// What nodes hold, by their paths; without those that hold nothing.
    nodes: BTreeMap<String, Vec<u8>>,
    /// Topics of brokers' own whose settings nobody has changed since they were made.
    untouched: BTreeSet<String>,
}

impl Cluster {
    /// What holds for the whole cluster now; none when no ZooKeeper answers within 10 seconds.
    pub async fn standing(&self) -> Option<Standing> {
        let look = || async {
            let Some((_, mut session)) = self.session().await else {
                return Ok(Seen::NotYet("no ZooKeeper serves".into()));
            };
            Ok::<_, io::Error>(match read(&mut session).await {
                Ok(found) => Seen::Ready(found),
                Err(error) => Seen::NotYet(error.to_string()),
            })
        };
        until(LIMIT, LOOK, look).await.ok()
    }
}

impl Standing {
    /// What is not as it was before, by the paths of its nodes in ZooKeeper.
    pub fn changed_since(&self, before: &Self) -> Vec<String> {
        let paths: BTreeSet<_> = self.nodes.keys().chain(before.nodes.keys()).collect();
        let changed = paths.into_iter().filter(|path| {
            let (now, then) = (self.nodes.get(*path), before.nodes.get(*path));
            let is_new = then.is_none() && self.untouched.contains(*path);
            now != then && !is_new
        });
        changed.cloned().collect()
    }
}

async fn read(session: &mut Session) -> io::Result<Standing> {
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

    fn standing(nodes: &[(&str, &str)], untouched: &[&str]) -> Standing {
        Standing {
            nodes: nodes.iter().map(|(path, data)| ((*path).into(), (*data).into())).collect(),
            untouched: untouched.iter().map(|path| (*path).to_owned()).collect(),
        }
    }

    #[test]
    fn what_was_added_changed_or_removed_is_told() {
        let before = standing(&[("/config/brokers/1", "a"), ("/config/users/u", "b")], &[]);
        assert!(before.changed_since(&before).is_empty());
        let now = standing(&[("/config/brokers/1", "c"), ("/kafka-acl/Topic/t", "d")], &[]);
        assert_eq!(
            now.changed_since(&before),
            ["/config/brokers/1", "/config/users/u", "/kafka-acl/Topic/t"]
        );
    }

    #[test]
    fn a_topic_that_brokers_have_made_since_is_no_change_unless_it_was_altered() {
        let (path, before) = ("/config/topics/__consumer_offsets", Standing::default());
        let made = standing(&[(path, "compact")], &[path]);
        assert!(made.changed_since(&before).is_empty());
        assert_eq!(standing(&[(path, "delete")], &[]).changed_since(&before), [path]);
        assert_eq!(standing(&[(path, "delete")], &[]).changed_since(&made), [path]);
        assert!(standing(&[(path, "compact")], &[]).changed_since(&made).is_empty());
    }

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
