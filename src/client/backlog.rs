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
use crate::topology::Access;

/// The limit for one question to a broker.
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
    pub fn new(access: &Access, group: &str, topic: &str) -> Result<Self, ClientError> {
        let settings = Settings::of_every_client()
            .at(access)
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
    /// When the brokers do not answer, as while a transaction with offsets of the group is open.
    pub async fn first(&self, read: ReadUpTo) -> Result<Option<Place>, ClientError> {
        let (consumer, topic) = (Arc::clone(&self.consumer), self.topic.clone());
        let found = blocking("look for unread messages", move || look(&consumer, &topic, &read, 1));
        Ok(found.await?.first)
    }

    /// How many messages were not read, counted up to this number: markers of transactions, and what was aborted or
    /// removed, are none.
    ///
    /// # Errors
    /// As [`Backlog::first`].
    pub async fn count(&self, read: ReadUpTo, up_to: u64) -> Result<u64, ClientError> {
        let (consumer, topic) = (Arc::clone(&self.consumer), self.topic.clone());
        let found =
            blocking("count unread messages", move || look(&consumer, &topic, &read, up_to));
        Ok(found.await?.count)
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

/// What was found.
#[derive(Debug, Default)]
struct Unread {
    first: Option<Place>,
    count: u64,
}

fn look(
    consumer: &BaseConsumer,
    topic: &str,
    read: &ReadUpTo,
    up_to: u64,
) -> Result<Unread, KafkaError> {
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
    let found = until_the_ends(consumer, from.count(), up_to);
    consumer.unassign()?;
    found
}

/// Reads until there are so many messages, or to the end of every partition.
fn until_the_ends(
    consumer: &BaseConsumer,
    mut partitions: usize,
    up_to: u64,
) -> Result<Unread, KafkaError> {
    let began = Instant::now();
    let mut found = Unread::default();
    while partitions > 0 && found.count < up_to {
        let left = QUESTION_LIMIT.saturating_sub(began.elapsed());
        match consumer.poll(left) {
            Some(Ok(message)) => {
                let (partition, offset) = (message.partition(), message.offset());
                let place = || Place { topic: message.topic().to_owned(), partition, offset };
                found.first.get_or_insert_with(place);
                found.count += 1;
            }
            Some(Err(KafkaError::PartitionEOF(_))) => partitions -= 1,
            Some(Err(error)) => return Err(error),
            None => {
                return Err(KafkaError::MessageConsumption(RDKafkaErrorCode::OperationTimedOut));
            }
        }
    }
    Ok(found)
}

impl std::fmt::Debug for Backlog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Backlog").field("topic", &self.topic).finish_non_exhaustive()
    }
}
