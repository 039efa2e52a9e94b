//! Names of topics, groups and transactional ids: those that the author writes, and those in the cluster,
//! which are unique to the scenario, so that scenarios share a cluster and do not meet.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use crate::client::settings::Settings;
use crate::client::tool::Naming;

/// The longest name that Kafka allows for a topic.
const LONGEST: usize = 249;

/// Names of one scenario. In the cluster every name of the author ends in `-<tag>`.
#[derive(Debug)]
pub struct Names {
    suffix: String,
    topics: Mutex<BTreeSet<String>>,
    groups: Mutex<BTreeSet<String>>,
    /// The author's own `client.id` of a client.
    clients: Mutex<BTreeMap<String, String>>,
}

impl Names {
    /// Names that end in `tag`, which is unique to the scenario in its cluster: letters, digits.
    pub fn new(tag: &str) -> Self {
        let (topics, groups, clients) = Default::default();
        Self { suffix: format!("-{tag}"), topics, groups, clients }
    }

    /// The name of a topic in the cluster.
    ///
    /// A name that Kafka does not allow passes as it is, for the broker to refuse; so does that of a
    /// topic of Kafka's own. A legal name stays legal: one without room for the tag loses its end.
    pub fn topic(&self, author: &str) -> String {
        if !is_legal_topic(author) || author.starts_with("__") {
            return author.to_owned();
        }
        self.topics.lock().unwrap_or_else(PoisonError::into_inner).insert(author.to_owned());
        self.unique(author)
    }

    /// The name of a group in the cluster; an empty one stays empty.
    pub fn group(&self, author: &str) -> String {
        if author.is_empty() {
            return String::new();
        }
        self.groups.lock().unwrap_or_else(PoisonError::into_inner).insert(author.to_owned());
        self.unique(author)
    }

    /// A transactional id in the cluster; an empty one stays empty.
    pub fn transactional_id(&self, author: &str) -> String {
        if author.is_empty() { String::new() } else { self.unique(author) }
    }

    /// The `client.id` of a client, as in `producer "p"`, which tells its requests from those of others:
    /// the author's own, or one that is unique to the scenario.
    pub fn client_id(&self, client: &str) -> String {
        let own = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let made = || self.unique(&client.replace(' ', "-").replace('"', ""));
        own.get(client).cloned().unwrap_or_else(made)
    }

    /// The settings of a client, as in `producer "p"`, with its `client.id`.
    #[must_use]
    pub fn with_client_id(&self, client: &str, settings: &Settings) -> Settings {
        if let Some(id) = settings.get("client.id") {
            let mut own = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
            own.insert(client.to_owned(), id.to_owned());
        }
        Settings::default().with("client.id", self.client_id(client)).and(settings)
    }

    /// A text of the cluster with the author's names in it.
    pub fn shown(&self, text: &str) -> String {
        text.replace(&self.suffix, "")
    }

    /// Author's name and name in the cluster of every topic that the scenario has spoken of.
    pub fn topics(&self) -> Vec<(String, String)> {
        self.pairs(&self.topics)
    }

    /// Author's name and name in the cluster of every group that the scenario has spoken of.
    pub fn groups(&self) -> Vec<(String, String)> {
        self.pairs(&self.groups)
    }

    fn pairs(&self, names: &Mutex<BTreeSet<String>>) -> Vec<(String, String)> {
        let names = names.lock().unwrap_or_else(PoisonError::into_inner);
        names.iter().map(|name| (name.clone(), self.unique(name))).collect()
    }

    fn unique(&self, author: &str) -> String {
        let room = LONGEST.saturating_sub(self.suffix.len());
        let kept: String = author.chars().take(room).collect();
        format!("{kept}{}", self.suffix)
    }
}

impl Naming for Names {
    fn topic(&self, author: &str) -> String {
        Self::topic(self, author)
    }

    fn group(&self, author: &str) -> String {
        Self::group(self, author)
    }

    fn transactional_id(&self, author: &str) -> String {
        Self::transactional_id(self, author)
    }
}

/// Kafka's own rule, `org.apache.kafka.common.internals.Topic.validate`.
pub(crate) fn is_legal_topic(name: &str) -> bool {
    let legal = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
    (1..=LONGEST).contains(&name.len()) && name != "." && name != ".." && name.chars().all(legal)
}

#[cfg(test)]
mod tests {
    use crate::scenario::names::*;

    #[test]
    fn a_name_gets_the_tag_and_loses_it_again() {
        let names = Names::new("k3f9");
        assert_eq!(names.topic("orders"), "orders-k3f9");
        assert_eq!(names.shown("Topic: orders-k3f9\tPartition: 0"), "Topic: orders\tPartition: 0");
        assert_eq!(names.topics(), [("orders".to_owned(), "orders-k3f9".to_owned())]);
    }

    #[test]
    fn illegal_names_reach_the_broker() {
        let names = Names::new("k3f9");
        for illegal in ["", ".", "..", "bad name", "slash/ed", &"a".repeat(250)] {
            assert_eq!(names.topic(illegal), illegal);
        }
        assert_eq!(names.topic("__consumer_offsets"), "__consumer_offsets");
    }

    #[test]
    fn the_longest_legal_name_stays_legal_and_as_long() {
        let unique = Names::new("k3f9").topic(&"a".repeat(249));
        assert!(is_legal_topic(&unique) && unique.ends_with("-k3f9"));
        assert_eq!(unique.len(), 249);
    }
}
