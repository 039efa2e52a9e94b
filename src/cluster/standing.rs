//! What holds for the whole cluster and outlasts a scenario: settings and quotas that a tool or an admin client has
//! set, users, access rules. One look finds what a scenario has left, whoever set it.

use std::collections::{BTreeMap, BTreeSet};

/// What was found at one time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// What nodes hold, by their paths; without those that hold nothing.
    pub(super) nodes: BTreeMap<String, Vec<u8>>,
    /// Topics of brokers' own whose settings nobody has changed since they were made.
    pub(super) untouched: BTreeSet<String>,
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
}
