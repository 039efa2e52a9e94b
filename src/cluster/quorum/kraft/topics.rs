//! What controllers keep of topics.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;

use super::format::written;
use super::log::Log;
use crate::cluster::Cluster;
use crate::cluster::quorum::{KeptTopic, TopicReader};
use crate::cluster::topic_settings::TopicSettings;

/// Reads it in the metadata log.
#[derive(Debug)]
pub(super) struct Reader(pub(super) Arc<Log>);

#[async_trait]
impl TopicReader for Reader {
    async fn look(
        &mut self,
        cluster: &Cluster,
        topics: &[String],
    ) -> Option<BTreeMap<String, KeptTopic>> {
        let state = self.0.look(cluster).await?;
        let (of_brokers, of_brokers_written_ms) = state.image.of_brokers();
        let wanted = state.image.topics().filter(|(_, topic)| topics.contains(&topic.name));
        let found = wanted.map(|(id, topic)| {
            let (own, written_ms) = state.image.of_topic(&topic.name);
            let kept = KeptTopic {
                id: written(id),
                created_ms: topic.created_ms,
                written_ms: topic.written_ms,
                partitions: u32::try_from(topic.partitions.len()).unwrap_or(u32::MAX),
                settings: TopicSettings::in_force(&own, &of_brokers, cluster.spec()),
                settings_written_ms: of_brokers_written_ms.max(written_ms),
            };
            (topic.name.clone(), kept)
        });
        Some(found.collect())
    }
}
