//! How far a group is behind in topics, by what it has committed.

use std::sync::Arc;
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::{Offset, TopicPartitionList};

use super::settings::Settings;
use super::{ClientError, blocking};
use crate::topology::Access;

/// The limit for one question to a broker.
const QUESTION_LIMIT: Duration = Duration::from_secs(5);

/// The part of a partition that a group has not read, by its offsets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionLag {
    /// Name in the cluster.
    pub topic: String,
    /// From 0.
    pub partition: i32,
    /// The offset that the group has committed; none where it has not.
    pub committed: Option<i64>,
    /// From where it has to read to the end. What a transaction has left open is not there to be read yet.
    pub offsets: u64,
}

/// Asks for what a group has committed; it does not join the group.
pub struct GroupLag {
    consumer: Arc<BaseConsumer>,
}

impl GroupLag {
    /// For this group.
    ///
    /// # Errors
    /// When no client can be made.
    pub fn new(access: &Access, group: &str) -> Result<Self, ClientError> {
        let settings = Settings::of_every_client()
            .at(access)
            .with("group.id", group)
            .with("enable.auto.commit", "false")
            .with("isolation.level", "read_committed");
        let consumer = settings.config()?.create();
        let consumer = consumer.map_err(|error| ClientError::new("start a consumer", &error))?;
        Ok(Self { consumer: Arc::new(consumer) })
    }

    /// The part of each partition of a topic that the group has not read.
    ///
    /// # Errors
    /// When the brokers do not answer, as while a transaction with offsets of the group is open.
    pub async fn of_topic(&self, topic: &str) -> Result<Vec<PartitionLag>, ClientError> {
        let (consumer, topic) = (Arc::clone(&self.consumer), topic.to_owned());
        blocking("ask how far the group has come", move || of_topic(&consumer, &topic)).await
    }

    /// Ends the client, which waits for its threads.
    ///
    /// # Errors
    /// When one of them panicked.
    pub async fn close(self) -> Result<(), ClientError> {
        blocking("close the consumer", move || {
            drop(self);
            Ok(())
        })
        .await
    }
}

fn of_topic(consumer: &BaseConsumer, topic: &str) -> Result<Vec<PartitionLag>, KafkaError> {
    let metadata = consumer.fetch_metadata(Some(topic), QUESTION_LIMIT)?;
    let mut partitions = TopicPartitionList::new();
    for partition in metadata.topics().iter().flat_map(|topic| topic.partitions()) {
        partitions.add_partition(topic, partition.id());
    }
    if partitions.count() == 0 {
        return Err(KafkaError::MetadataFetch(RDKafkaErrorCode::UnknownTopicOrPartition));
    }
    let committed = consumer.committed_offsets(partitions, QUESTION_LIMIT)?;
    let mut lags = Vec::new();
    for element in committed.elements() {
        element.error()?;
        let partition = element.partition();
        let (low, high) = consumer.fetch_watermarks(topic, partition, QUESTION_LIMIT)?;
        let committed = match element.offset() {
            Offset::Offset(offset) => Some(offset),
            _ => None,
        };
        let next = committed.unwrap_or(low).max(low);
        let offsets = u64::try_from(high - next).unwrap_or(0);
        lags.push(PartitionLag { topic: topic.to_owned(), partition, committed, offsets });
    }
    Ok(lags)
}

impl std::fmt::Debug for GroupLag {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("GroupLag")
    }
}
