//! What ZooKeeper keeps of topics: which of them is there, with how many partitions and which settings.

use std::collections::BTreeMap;
use std::io;

use async_trait::async_trait;
use serde::Deserialize;

use super::observed::session;
use super::znode::{Node, Session};
use crate::cluster::Cluster;
use crate::cluster::quorum::{KeptTopic, TopicReader};
use crate::cluster::topic_settings::{Kept, KeptOfBrokers, TopicSettings};

/// Settings of all brokers have this in the place of an id.
const DEFAULT: &str = "<default>";

/// Where settings of brokers are.
const BROKERS: &str = "/config/brokers";

/// Reads it in a session of its own, which is opened with the first look and again after an error.
#[derive(Debug, Default)]
pub(super) struct Reader(Option<Session>);

#[async_trait]
impl TopicReader for Reader {
    async fn look(
        &mut self,
        cluster: &Cluster,
        topics: &[String],
    ) -> Option<BTreeMap<String, KeptTopic>> {
        let mut session = match self.0.take() {
            Some(session) => session,
            None => session(cluster).await?.1,
        };
        if let Ok(found) = read(&mut session, cluster, topics).await {
            self.0 = Some(session);
            return Some(found);
        }
        // It has ended with its ZooKeeper, or by its time.
        let (_, mut session) = self::session(cluster).await?;
        let found = read(&mut session, cluster, topics).await.ok()?;
        self.0 = Some(session);
        Some(found)
    }
}

async fn read(
    session: &mut Session,
    cluster: &Cluster,
    topics: &[String],
) -> io::Result<BTreeMap<String, KeptTopic>> {
    let (kept, written_ms) = of_brokers(session).await?;
    let of_topics = topics.iter().map(|topic| format!("/config/topics/{topic}"));
    let themselves = topics.iter().map(|topic| format!("/brokers/topics/{topic}"));
    let paths: Vec<_> = of_topics.chain(themselves).collect();
    let mut nodes = session.nodes(&paths).await?.into_iter();
    let own: Vec<_> = nodes.by_ref().take(topics.len()).collect();
    let mut found = BTreeMap::new();
    for ((topic, own), node) in topics.iter().zip(own).zip(nodes) {
        let Some(node) = node else { continue };
        let described: Described = serde_json::from_slice(&node.data).map_err(io::Error::other)?;
        let settings_written_ms = written_ms.max(own.as_ref().map(|own| own.written_ms));
        let own = own.as_ref().map(settings).transpose()?.unwrap_or_default();
        let topic_settings = TopicSettings::in_force(&own, &kept, cluster.spec());
        let kept_topic = KeptTopic {
            // Kafka's own id (since 2.8), else the number of the transaction in which ZooKeeper made its node.
            id: described.topic_id.unwrap_or_else(|| format!("zookeeper-{:x}", node.created)),
            created_ms: node.created_ms,
            written_ms: node.written_ms,
            partitions: u32::try_from(described.partitions.len()).map_err(io::Error::other)?,
            settings: topic_settings,
            settings_written_ms,
        };
        found.insert(topic.clone(), kept_topic);
    }
    Ok(found)
}

/// The settings that brokers were given while they ran; none when no ZooKeeper serves.
pub(super) async fn kept_of_brokers(cluster: &Cluster) -> Option<KeptOfBrokers> {
    let (_, mut session) = session(cluster).await?;
    Some(of_brokers(&mut session).await.ok()?.0)
}

/// The settings that brokers were given while they ran, and when some were last written.
async fn of_brokers(session: &mut Session) -> io::Result<(KeptOfBrokers, Option<i64>)> {
    let brokers = session.children(&[BROKERS.to_owned()]).await?.pop().unwrap_or_default();
    let paths: Vec<_> = brokers.iter().map(|broker| format!("{BROKERS}/{broker}")).collect();
    let mut kept = KeptOfBrokers::new();
    let mut written_ms = None;
    for (broker, node) in brokers.iter().zip(session.nodes(&paths).await?) {
        let id = if broker == DEFAULT { None } else { broker.parse().ok() };
        if let Some(node) = node.filter(|_| id.is_some() || broker == DEFAULT) {
            written_ms = written_ms.max(Some(node.written_ms));
            kept.insert(id, settings(&node)?);
        }
    }
    Ok((kept, written_ms))
}

/// The data of `/brokers/topics/<topic>`, as far as it is read here.
#[derive(Debug, Deserialize)]
struct Described {
    partitions: BTreeMap<String, serde::de::IgnoredAny>,
    topic_id: Option<String>,
}

/// The data of a node below `/config`.
#[derive(Debug, Deserialize)]
struct Configured {
    #[serde(default)]
    config: Kept,
}

fn settings(node: &Node) -> io::Result<Kept> {
    let configured: Configured = serde_json::from_slice(&node.data).map_err(io::Error::other)?;
    Ok(configured.config)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_each_version_writes() {
        let old = r#"{"version":1,"partitions":{"1":[2,1],"0":[1,3]}}"#;
        let new = r#"{"removing_replicas":{},"partitions":{"0":[1]},"topic_id":"nJ2","adding_replicas":{},"version":3}"#;
        let read = |text| {
            let found: Described = serde_json::from_str(text).expect("a topic");
            (found.partitions.len(), found.topic_id)
        };
        assert_eq!(read(old), (2, None));
        assert_eq!(read(new), (1, Some("nJ2".into())));
        let config = Node {
            data: br#"{"version":1,"config":{"retention.ms":"7"}}"#.to_vec(),
            created: 1,
            created_ms: 1,
            written_ms: 1,
            version: 0,
        };
        let found = settings(&config).expect("settings");
        assert_eq!(found.get("retention.ms").map(String::as_str), Some("7"));
    }
}
