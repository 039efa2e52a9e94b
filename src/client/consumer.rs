//! A consumer in this process. It reads all the time, so that it stays in its group and keeps what it
//! received in the order of arrival; steps look at that.

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;
use rdkafka::consumer::{CommitMode, Consumer as _, ConsumerGroupMetadata, StreamConsumer};
use rdkafka::{Offset, TopicPartitionList};
use tokio::task::JoinHandle;

use super::error_code::ErrorCode;
use super::message::Received;
use super::position::{Positions, with_statistics};
use super::recording::{declaration, failed_with};
use super::seen::{Seen, places};
use super::settings::Settings;
use super::{ClientError, blocking};
use crate::history::line::{End, Line, Operation};
use crate::history::recorder::{ClientRecorder, monotonic_ns};
use crate::topology::Access;

/// The limit for one question to a broker.
const QUESTION_LIMIT: Duration = Duration::from_secs(10);

/// Offsets that hold no message (markers of transactions, compacted ones) look unread for ever; what is
/// left after this time of silence is taken for such.
const SILENCE: Duration = Duration::from_secs(1);

/// A consumer; closed with [`Consumer::close`], which leaves its group at once.
pub struct Consumer {
    inner: Arc<StreamConsumer<Seen>>,
    group: String,
    pump: JoinHandle<()>,
}

/// The most messages that count as one poll.
const LARGEST_POLL: usize = 500;

/// How long a message can lie unseen when its arrival did not wake the consumer.
const LOOK_AGAIN: Duration = Duration::from_millis(200);

impl Consumer {
    /// A consumer that joins `group` for `topics`, with `settings` over librdkafka's defaults, but for
    /// [`Settings::of_every_client`] and `auto.offset.reset`, which is `earliest`: what a test produces is there
    /// to be read. With a recorder, what it does is recorded.
    ///
    /// # Errors
    /// [`ClientError`] for settings that librdkafka does not take.
    pub async fn subscribed(
        access: &Access,
        group: &str,
        topics: &[&str],
        settings: &Settings,
        recorder: Option<ClientRecorder>,
    ) -> Result<Self, ClientError> {
        let inner = create(access, group, settings, recorder)?;
        let topics: Vec<String> = topics.iter().map(|topic| (*topic).to_owned()).collect();
        let subscriber = Arc::clone(&inner);
        blocking("subscribe", move || {
            subscriber.subscribe(&topics.iter().map(String::as_str).collect::<Vec<_>>())
        })
        .await?;
        Ok(Self::pumping(inner, group))
    }

    /// A consumer outside any group that reads the given partitions of `topic` from their beginning and
    /// commits nothing.
    ///
    /// # Errors
    /// [`ClientError`] for settings that librdkafka does not take.
    pub async fn from_the_beginning(
        access: &Access,
        topic: &str,
        partitions: &[i32],
        settings: &Settings,
        recorder: Option<ClientRecorder>,
    ) -> Result<Self, ClientError> {
        // librdkafka wants a group's name even where no group is joined.
        let group = "trial-without-group";
        let settings = Settings::default().with("enable.auto.commit", "false").and(settings);
        let inner = create(access, group, &settings, recorder)?;
        let mut assignment = TopicPartitionList::new();
        for partition in partitions {
            let added = assignment.add_partition_offset(topic, *partition, Offset::Beginning);
            added.map_err(|error| ClientError::new("assign a partition", &error))?;
        }
        let assigner = Arc::clone(&inner);
        blocking("assign the partitions", move || {
            // librdkafka waits half a second before it starts at a partition whose leader it does not know.
            if let Err(error) = assigner.fetch_metadata(None, QUESTION_LIMIT) {
                tracing::debug!(%error, "the leaders are not known yet");
            }
            assigner.assign(&assignment)
        })
        .await?;
        inner.context().lock().has_assignment = true;
        Ok(Self::pumping(inner, group))
    }

    fn pumping(inner: Arc<StreamConsumer<Seen>>, group: &str) -> Self {
        let reader = Arc::clone(&inner);
        let pump = tokio::spawn(async move {
            loop {
                let began_ns = monotonic_ns();
                // Messages that arrive all at once at an idle consumer now and then do not wake it; so it looks
                // again by itself.
                let first = tokio::time::timeout(LOOK_AGAIN, reader.recv()).await;
                // What has arrived together is one poll, as other clients have it.
                let mut next = first.ok();
                let mut count = 0;
                while let Some(read) = next {
                    let read = read.map(|message| Received::from_borrowed(&message));
                    reader.context().lock().returned(read, began_ns);
                    count += 1;
                    next = if count < LARGEST_POLL { reader.recv().now_or_never() } else { None };
                }
                reader.context().lock().record_poll();
            }
        });
        Self { inner, group: group.to_owned(), pump }
    }

    /// Everything received so far, in the order of arrival.
    pub fn received(&self) -> Vec<Received> {
        self.inner.context().lock().messages.clone()
    }

    /// The number of messages received so far.
    pub fn count(&self) -> usize {
        self.inner.context().lock().messages.len()
    }

    /// Whether the group has given it its share of partitions, which may be none.
    pub fn has_assignment(&self) -> bool {
        self.inner.context().lock().has_assignment
    }

    /// Whether what is sent from now on is received, as far as it is in its partitions: where it begins at the end of
    /// the log, it knows the end of each.
    ///
    /// # Errors
    /// When librdkafka does not say which partitions it has.
    pub async fn has_positions(&self) -> Result<bool, ClientError> {
        let inner = Arc::clone(&self.inner);
        let assigned = blocking("look at the assignment", move || inner.assignment()).await?;
        Ok(self.inner.context().positions.has_all(&assigned))
    }

    /// Whether it begins at the end of partitions from which its group has read nothing.
    pub fn begins_at_end(&self) -> bool {
        self.inner.context().positions.matter()
    }

    /// When its group last gave it partitions, or took some from it.
    pub fn last_turn(&self) -> Option<jiff::Timestamp> {
        self.inner.context().lock().last_turn
    }

    /// The last complaint of the client library, such as a broker that cannot be reached.
    pub fn last_error(&self) -> Option<ErrorCode> {
        self.inner.context().lock().last_error
    }

    /// Topic and partition that it reads now.
    ///
    /// # Errors
    /// When librdkafka does not say.
    pub async fn partitions(&self) -> Result<Vec<(String, i32)>, ClientError> {
        let inner = Arc::clone(&self.inner);
        let assigned = blocking("look at the assignment", move || inner.assignment()).await?;
        let partitions = assigned.elements().into_iter();
        Ok(partitions.map(|element| (element.topic().to_owned(), element.partition())).collect())
    }

    /// Has it ask for the partitions of a topic now: by itself it does when its metadata is due.
    ///
    /// # Errors
    /// When no broker answers.
    pub async fn look_at(&self, topic: &str) -> Result<(), ClientError> {
        let (inner, topic) = (Arc::clone(&self.inner), topic.to_owned());
        blocking("look at a topic", move || {
            inner.fetch_metadata(Some(&topic), QUESTION_LIMIT).map(drop)
        })
        .await
    }

    /// The group that it is in.
    pub fn group(&self) -> &str {
        &self.group
    }

    /// The name under which it is recorded.
    pub fn recorded_as(&self) -> Option<String> {
        self.inner.context().lock().recorded_as()
    }

    /// Everything that a producer needs to commit offsets for the group.
    pub fn group_metadata(&self) -> Option<ConsumerGroupMetadata> {
        self.inner.group_metadata()
    }

    /// For each partition that it has, and has read from, the offset of the next message to read.
    ///
    /// # Errors
    /// When librdkafka does not say.
    pub async fn positions(&self) -> Result<TopicPartitionList, ClientError> {
        let inner = Arc::clone(&self.inner);
        let positions = blocking("look at the positions", move || inner.position()).await?;
        let mut known = TopicPartitionList::new();
        for element in positions.elements() {
            if let Offset::Offset(_) = element.offset() {
                let (topic, partition) = (element.topic(), element.partition());
                let added = known.add_partition_offset(topic, partition, element.offset());
                added.map_err(|error| ClientError::new("look at the positions", &error))?;
            }
        }
        Ok(known)
    }

    /// Whether it has read all that its partitions hold now: up to the last stable offset for a
    /// read-committed consumer, up to the high watermark for others.
    ///
    /// # Errors
    /// When a broker does not answer where a partition ends.
    pub async fn has_read_everything(&self) -> Result<bool, ClientError> {
        let (next, silent_for) = {
            let seen = self.inner.context().lock();
            (seen.next.clone(), seen.last_message.elapsed())
        };
        if silent_for > SILENCE {
            return Ok(true);
        }
        let inner = Arc::clone(&self.inner);
        blocking("ask for the end of the partitions", move || {
            let committed = inner.committed(QUESTION_LIMIT)?;
            for element in inner.assignment()?.elements() {
                let (topic, partition) = (element.topic(), element.partition());
                let (low, high) = inner.fetch_watermarks(topic, partition, QUESTION_LIMIT)?;
                let start = committed.find_partition(topic, partition);
                let start = start.and_then(|start| start.offset().to_raw()).unwrap_or(low);
                let next = next.get(&(topic.to_owned(), partition)).copied();
                if next.unwrap_or(start.max(low)) < high {
                    return Ok(false);
                }
            }
            Ok(true)
        })
        .await
    }

    /// Commits the offsets of everything received so far and waits for the broker's answer.
    ///
    /// # Errors
    /// [`ClientError::Refused`] with `_NO_OFFSET` when nothing was received.
    pub async fn commit(&self) -> Result<(), ClientError> {
        let positions = self.positions().await?;
        let line = Line {
            group: Some(self.group.as_str().into()),
            partitions: places(&positions),
            ..Line::default()
        };
        let operation = (positions.count() > 0)
            .then(|| self.inner.context().lock().start(Operation::CommitOffsets, line))
            .flatten();
        let inner = Arc::clone(&self.inner);
        // Off the executor, where the raw error says more for the history than that for people.
        let result = blocking("commit offsets", move || {
            let result = if positions.count() > 0 {
                inner.commit(&positions, CommitMode::Sync)
            } else {
                inner.commit_consumer_state(CommitMode::Sync)
            };
            if let Some(operation) = operation {
                let (end, error) = match &result {
                    Ok(()) => (End::Ok, None),
                    Err(error) => {
                        let (end, name) = failed_with(error, true);
                        (end, Some(name.into()))
                    }
                };
                inner.context().lock().end(operation, end, Line { error, ..Line::default() });
            }
            result
        });
        result.await
    }

    /// Leaves the group, having committed if the settings say so, and ends the consumer.
    ///
    /// # Errors
    /// When the reading task panicked.
    pub async fn close(mut self) -> Result<(), ClientError> {
        self.pump.abort();
        let ended = (&mut self.pump).await;
        let inner = Arc::clone(&self.inner);
        drop(self);
        // The last reference: dropping it closes the consumer, which waits for the group's coordinator.
        blocking("close the consumer", move || {
            drop(inner);
            Ok(())
        })
        .await?;
        match ended {
            Err(error) if error.is_panic() => {
                Err(ClientError::Failed { doing: "read messages".into(), why: error.to_string() })
            }
            _ => Ok(()),
        }
    }
}

impl Drop for Consumer {
    fn drop(&mut self) {
        self.pump.abort();
    }
}

impl std::fmt::Debug for Consumer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Consumer").field("received", &self.count()).finish()
    }
}

/// `settings` over what every consumer of a group has, without brokers.
pub(super) fn defaults(group: &str, settings: &Settings) -> Settings {
    let defaults =
        Settings::of_every_client().with("group.id", group).with("auto.offset.reset", "earliest");
    with_statistics(defaults.and(settings))
}

fn create(
    access: &Access,
    group: &str,
    settings: &Settings,
    recorder: Option<ClientRecorder>,
) -> Result<Arc<StreamConsumer<Seen>>, ClientError> {
    let settings = defaults(group, settings).at(access);
    let config = settings.config()?;
    if let Some(recorder) = &recorder {
        recorder.declare(declaration(&config)?);
    }
    let consumer = config.create_with_context(Seen::new(recorder, group, Positions::of(&settings)));
    consumer.map(Arc::new).map_err(|error| ClientError::new("start the consumer", &error))
}
