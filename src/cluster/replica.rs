//! What each replica of a topic holds: offsets, and bytes on disk.

use std::collections::BTreeMap;
use std::ops::Range;

use futures::future::try_join_all;

use super::{Cluster, ClusterError, offsets};
use crate::event::id::BrokerId;

/// Every replica of a topic, by broker and partition.
pub type Replicas = BTreeMap<(BrokerId, i32), Replica>;

/// What one replica holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replica {
    /// From its first offset to that after the last.
    pub offsets: Range<i64>,
    /// Bytes of its segments (`*.log`), without their indexes, which Kafka allocates in advance.
    pub bytes: u64,
}

impl Cluster {
    /// What each replica of a topic holds, as its broker and its disk say.
    ///
    /// # Errors
    /// When there is no such topic, or one of its brokers does not answer.
    pub async fn replicas(&self, topic: &str) -> Result<Replicas, ClusterError> {
        let topics = self.topics().await?;
        let mut by_broker: BTreeMap<BrokerId, Vec<i32>> = BTreeMap::new();
        for partition in topics.get(topic).into_iter().flatten() {
            for broker in &partition.replicas {
                by_broker.entry(*broker).or_default().push(partition.id);
            }
        }
        let brokers = by_broker.into_iter().map(async |(broker, partitions)| {
            let offsets = self.replica_offsets(broker, topic, &partitions).await?;
            let bytes = self.replica_bytes(broker, topic).await?;
            Ok::<_, ClusterError>(offsets.into_iter().map(move |(partition, offsets)| {
                let bytes = bytes.get(&partition).copied().unwrap_or_default();
                ((broker, partition), Replica { offsets, bytes })
            }))
        });
        Ok(try_join_all(brokers).await?.into_iter().flatten().collect())
    }

    /// From the first offset to that after the last, of this broker's replicas of a topic, by partition.
    pub(super) async fn replica_offsets(
        &self,
        broker: BrokerId,
        topic: &str,
        partitions: &[i32],
    ) -> Result<BTreeMap<i32, Range<i64>>, ClusterError> {
        let address = self.broker_address(broker)?;
        let found = offsets::of_replicas(address, topic, partitions).await;
        found.map_err(|error| ClusterError::NoBroker(format!("broker {broker}: {error}")))
    }

    /// Bytes of the segments of this broker's replicas of a topic, by partition.
    async fn replica_bytes(
        &self,
        broker: BrokerId,
        topic: &str,
    ) -> Result<BTreeMap<i32, u64>, ClusterError> {
        let data = self.runtime().paths(broker.into()).data();
        let mut bytes = BTreeMap::new();
        for (file, size) in self.runtime().files(broker.into(), &data).await? {
            let folder = file.parent().and_then(|folder| folder.file_name());
            let folder = folder.and_then(|name| name.to_str()).unwrap_or_default();
            let partition = folder.strip_prefix(topic).and_then(|rest| rest.strip_prefix('-'));
            let partition = partition.and_then(|number| number.parse::<i32>().ok());
            if let (Some(partition), Some("log")) =
                (partition, file.extension().and_then(|extension| extension.to_str()))
            {
                *bytes.entry(partition).or_default() += size;
            }
        }
        Ok(bytes)
    }
}
