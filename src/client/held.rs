//! What a topic holds: the messages that a read-committed consumer finds in it now.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::consumer::{Consumer as _, StreamConsumer};
use rdkafka::error::KafkaError;
use rdkafka::{Message as _, Offset, TopicPartitionList};

use super::final_read::reader;
use super::{ClientError, blocking};
use crate::topology::Access;
use crate::wait::pause;

/// The markers of a transaction are written after its commit is acknowledged, and a high watermark follows the last
/// acknowledgement.
const SETTLING_LIMIT: Duration = Duration::from_secs(5);

/// How often ends are asked for until then.
const INTERVAL: Duration = Duration::from_millis(100);

/// How long one question to a broker, or one message, may take.
const QUESTION_LIMIT: Duration = Duration::from_secs(30);

/// The readers of a topic.
pub struct Held {
    topic: String,
    partitions: Vec<i32>,
    committed: Arc<StreamConsumer>,
    uncommitted: Arc<StreamConsumer>,
}

/// How many messages each partition holds, and in which a transaction is open.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counted {
    messages: BTreeMap<i32, usize>,
    open: Vec<i32>,
}

/// Where a partition begins, and ends for a read-committed consumer and for any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Bounds {
    first: i64,
    last_stable: i64,
    high_watermark: i64,
}

impl Held {
    /// Readers of these partitions of a topic.
    ///
    /// # Errors
    /// When librdkafka cannot make them.
    pub async fn new(
        access: &Access,
        topic: &str,
        partitions: &[i32],
    ) -> Result<Self, ClientError> {
        Ok(Self {
            topic: topic.to_owned(),
            partitions: partitions.to_vec(),
            committed: reader(access, "read_committed")?,
            uncommitted: reader(access, "read_uncommitted")?,
        })
    }

    /// Counts until there are so many messages and no transaction is being ended, at most for some seconds; what was
    /// counted last.
    ///
    /// # Errors
    /// When a partition cannot be read.
    pub async fn settled(self, expected: usize) -> Result<Counted, ClientError> {
        let settled_by = Instant::now() + SETTLING_LIMIT;
        let mut before = None;
        let mut counted = Counted::default();
        loop {
            let bounds = match self.bounds().await {
                Ok(bounds) => bounds,
                // Its leader may be another one in a moment.
                Err(_) if Instant::now() < settled_by => {
                    pause(INTERVAL).await;
                    continue;
                }
                Err(error) => return Err(error),
            };
            if before.as_ref() != Some(&bounds) {
                counted = self.count(&bounds).await?;
            }
            let done = counted.open.is_empty() && counted.messages() == expected;
            if done || Instant::now() >= settled_by {
                break;
            }
            before = Some(bounds);
            pause(INTERVAL).await;
        }
        // Dropping a consumer waits for its threads.
        blocking("close the readers", move || {
            drop(self);
            Ok(())
        })
        .await?;
        Ok(counted)
    }

    async fn bounds(&self) -> Result<BTreeMap<i32, Bounds>, ClientError> {
        let mut all = BTreeMap::new();
        for partition in &self.partitions {
            let (first, high_watermark) = self.watermarks(&self.uncommitted, *partition).await?;
            let (_, last_stable) = self.watermarks(&self.committed, *partition).await?;
            all.insert(*partition, Bounds { first, last_stable, high_watermark });
        }
        Ok(all)
    }

    async fn watermarks(
        &self,
        consumer: &Arc<StreamConsumer>,
        partition: i32,
    ) -> Result<(i64, i64), ClientError> {
        let (consumer, topic) = (Arc::clone(consumer), self.topic.clone());
        blocking("ask for the end of a partition", move || {
            consumer.fetch_watermarks(&topic, partition, QUESTION_LIMIT)
        })
        .await
    }

    async fn count(&self, bounds: &BTreeMap<i32, Bounds>) -> Result<Counted, ClientError> {
        let open = bounds.iter().filter(|(_, it)| it.last_stable < it.high_watermark);
        let open = open.map(|(partition, _)| *partition).collect();
        let mut messages: BTreeMap<i32, usize> = bounds.keys().map(|it| (*it, 0)).collect();
        let mut left: BTreeMap<i32, i64> = bounds
            .iter()
            .filter(|(_, it)| it.first < it.last_stable)
            .map(|(partition, it)| (*partition, it.last_stable))
            .collect();
        let mut list = TopicPartitionList::new();
        for partition in left.keys() {
            let first = Offset::Offset(bounds.get(partition).map_or(0, |it| it.first));
            let added = list.add_partition_offset(&self.topic, *partition, first);
            added.map_err(|error| ClientError::new("assign a partition", &error))?;
        }
        let consumer = Arc::clone(&self.committed);
        blocking("assign the partitions", move || consumer.assign(&list)).await?;
        let mut last_error = None;
        let mut until = Instant::now() + QUESTION_LIMIT;
        while !left.is_empty() {
            let time = until.saturating_duration_since(Instant::now());
            match tokio::time::timeout(time, self.committed.recv()).await {
                Ok(Ok(message)) => {
                    until = Instant::now() + QUESTION_LIMIT;
                    let (partition, offset) = (message.partition(), message.offset());
                    let Some(end) = left.get(&partition) else { continue };
                    if offset < *end {
                        *messages.entry(partition).or_default() += 1;
                    }
                    if offset + 1 >= *end {
                        left.remove(&partition);
                    }
                }
                Ok(Err(KafkaError::PartitionEOF(partition))) => {
                    left.remove(&partition);
                }
                // librdkafka also reports a broker that is down while others answer.
                Ok(Err(error)) => last_error = Some(error),
                Err(_) => {
                    return Err(last_error.map_or_else(
                        || ClientError::Failed {
                            doing: "read the topic".into(),
                            why: "nothing arrives".into(),
                        },
                        |error| ClientError::new("read the topic", &error),
                    ));
                }
            }
        }
        Ok(Counted { messages, open })
    }
}

impl Counted {
    /// All of them.
    pub fn messages(&self) -> usize {
        self.messages.values().sum()
    }
}

/// As in `3 in partition 0, 2 in partition 1; in partition 1 a transaction is open, whose messages do not count`.
impl fmt::Display for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let each = self.messages.iter().map(|(id, count)| format!("{count} in partition {id}"));
        f.write_str(&each.collect::<Vec<_>>().join(", "))?;
        if self.open.is_empty() {
            return Ok(());
        }
        let open: Vec<_> = self.open.iter().map(|id| format!("partition {id}")).collect();
        write!(f, "; in {} a transaction is open, whose messages do not count", open.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_open_transaction_is_told() {
        let counted = Counted { messages: [(0, 3), (1, 2)].into(), open: vec![1] };
        assert_eq!(counted.messages(), 5);
        assert_eq!(
            counted.to_string(),
            "3 in partition 0, 2 in partition 1; in partition 1 a transaction is open, whose messages do not count"
        );
    }
}
