//! What a group, or whoever keeps offsets elsewhere, has not read yet.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::topic_partition_list::TopicPartitionListElem;
use rdkafka::{Message as _, Offset, TopicPartitionList};

use super::message::Place;
use super::settings::Settings;
use super::{ClientError, blocking};

/// How long one question to a broker may take.
const QUESTION_LIMIT: Duration = Duration::from_secs(5);

/// Looks for messages of one topic that a reader of committed messages has not read.
pub struct Backlog {
    consumer: Arc<BaseConsumer>,
    topic: String,
}

/// The offsets up to which messages were read.
#[derive(Debug, Clone)]
pub enum ReadUpTo {
    /// Those that the group has committed.
    Committed,
    /// These, by partition; a partition that is not there was not read at all.
    Kept(Vec<(i32, i64)>),
}

impl Backlog {
    /// The backlog of `group` in a topic; it does not join the group.
    ///
    /// # Errors
    /// When no client can be made.
    pub fn new(servers: &str, group: &str, topic: &str) -> Result<Self, ClientError> {
        let settings = Settings::of_every_client()
            .with("bootstrap.servers", servers)
            .with("group.id", group)
            .with("enable.auto.commit", "false")
            .with("enable.partition.eof", "true")
            .with("auto.offset.reset", "earliest")
            .with("isolation.level", "read_committed");
        let consumer = settings.config()?.create();
        let consumer = consumer.map_err(|error| ClientError::new("start a consumer", &error))?;
        Ok(Self { consumer: Arc::new(consumer), topic: topic.to_owned() })
    }

    /// The first message found that was not read, if there is one.
    ///
    /// # Errors
    /// When the brokers do not tell, as while a transaction with offsets of the group is open.
    pub async fn first(&self, read: ReadUpTo) -> Result<Option<Place>, ClientError> {
        let (consumer, topic) = (Arc::clone(&self.consumer), self.topic.clone());
        blocking("look for unread messages", move || look(&consumer, &topic, &read)).await
    }
}

fn look(
    consumer: &BaseConsumer,
    topic: &str,
    read: &ReadUpTo,
) -> Result<Option<Place>, KafkaError> {
    let metadata = consumer.fetch_metadata(Some(topic), QUESTION_LIMIT)?;
    let partitions = metadata.topics().iter().flat_map(|topic| topic.partitions());
    let mut from = TopicPartitionList::new();
    partitions.for_each(|partition| {
        from.add_partition(topic, partition.id());
    });
    if from.count() == 0 {
        return Err(KafkaError::MetadataFetch(RDKafkaErrorCode::UnknownTopicOrPartition));
    }
    match read {
        ReadUpTo::Committed => from = consumer.committed_offsets(from, QUESTION_LIMIT)?,
        ReadUpTo::Kept(kept) => {
            for (partition, next) in kept {
                from.set_partition_offset(topic, *partition, Offset::Offset(*next))?;
            }
        }
    }
    let unread =
        |element: &TopicPartitionListElem<'_>| !matches!(element.offset(), Offset::Offset(_));
    let unread: Vec<i32> =
        from.elements().iter().filter(|it| unread(it)).map(|it| it.partition()).collect();
    for partition in unread {
        from.set_partition_offset(topic, partition, Offset::Beginning)?;
    }
    consumer.assign(&from)?;
    let found = until_the_ends(consumer, from.count());
    consumer.unassign()?;
    found
}

/// Reads until there is a message, or the end of every partition.
fn until_the_ends(
    consumer: &BaseConsumer,
    mut partitions: usize,
) -> Result<Option<Place>, KafkaError> {
    let began = Instant::now();
    while partitions > 0 {
        let left = QUESTION_LIMIT.saturating_sub(began.elapsed());
        match consumer.poll(left) {
            Some(Ok(message)) => {
                let (partition, offset) = (message.partition(), message.offset());
                return Ok(Some(Place { topic: message.topic().to_owned(), partition, offset }));
            }
            Some(Err(KafkaError::PartitionEOF(_))) => partitions -= 1,
            Some(Err(error)) => return Err(error),
            None => {
                return Err(KafkaError::MessageConsumption(RDKafkaErrorCode::OperationTimedOut));
            }
        }
    }
    Ok(None)
}

impl std::fmt::Debug for Backlog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Backlog").field("topic", &self.topic).finish_non_exhaustive()
    }
}
