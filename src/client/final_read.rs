//! The final read: after a load, a fresh reader reads every partition of a topic to its end, so that what
//! is missing then is lost and not late.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::consumer::{Consumer as _, StreamConsumer};
use rdkafka::error::KafkaError;
use rdkafka::{Offset, TopicPartitionList};

use super::message::Received;
use super::seen::batches;
use super::settings::Settings;
use super::{ClientError, blocking};
use crate::history::line::{Isolation, Line, State};
use crate::history::recorder::{Recorder, monotonic_ns};
use crate::topology::Access;
use crate::wait::{Seen, WaitError, until};

/// How long the markers of transactions may take to arrive in their partitions: the coordinator answers a
/// commit before it has written them.
const SETTLING_LIMIT: Duration = Duration::from_secs(5);

/// The limit for one question to a broker.
const QUESTION_LIMIT: Duration = Duration::from_secs(5);

/// How often ends are asked for while they do not answer or settle.
const INTERVAL: Duration = Duration::from_millis(50);

/// The most messages that are recorded as one poll.
const LARGEST_POLL: usize = 500;

/// What is read.
#[derive(Debug, Clone, Copy)]
pub struct FinalRead<'a> {
    /// `bootstrap.servers`.
    pub access: &'a Access,
    /// Name in the cluster.
    pub topic: &'a str,
    /// Every partition.
    pub partitions: &'a [i32],
    /// Whether there were transactions: then it is read twice, up to the last stable offset as
    /// read_committed and up to the high watermark as read_uncommitted.
    pub transactions: bool,
    /// The limit for all of it.
    pub limit: Duration,
}

/// The beginning and the end of a partition when the reading began.
#[derive(Debug, Clone, Copy, Default)]
struct Bounds {
    first: i64,
    last_stable: i64,
    high_watermark: i64,
}

/// A consumer without a group that asks where partitions end.
pub(super) fn reader(access: &Access, level: &str) -> Result<Arc<StreamConsumer>, ClientError> {
    let config = Settings::of_every_client()
        .at(access)
        // librdkafka wants a group's name even where no group is joined.
        .with("group.id", "trial-without-group")
        .with("enable.auto.commit", "false")
        .with("enable.partition.eof", "true")
        .with("isolation.level", level)
        .config()?;
    let made = config.create().map(Arc::new);
    made.map_err(|error| ClientError::new("start a reader", &error))
}

impl FinalRead<'_> {
    /// Reads, and records what was found.
    ///
    /// # Errors
    /// When a partition cannot be read to its end within the limit; the text says which and why.
    pub async fn record(self, recorder: &Recorder) -> Result<(), WaitError<ClientError>> {
        let deadline = Instant::now() + self.limit;
        let committed = reader(self.access, "read_committed").map_err(WaitError::Failed)?;
        let uncommitted = reader(self.access, "read_uncommitted").map_err(WaitError::Failed)?;
        // Messages acknowledged from here on may lie beyond the ends in the answer.
        let asked_ns = monotonic_ns();
        let bounds = self.bounds(&committed, &uncommitted).await?;
        let asked = (asked_ns, &bounds);
        self.read(recorder, &committed, Isolation::ReadCommitted, asked, deadline).await?;
        if self.transactions {
            let level = Isolation::ReadUncommitted;
            self.read(recorder, &uncommitted, level, asked, deadline).await?;
        }
        // Dropping a consumer waits for its threads.
        blocking("close the readers", move || {
            drop((committed, uncommitted));
            Ok(())
        })
        .await
        .map_err(WaitError::Failed)
    }

    /// Asks for the bounds of every partition, until the last stable offsets have come to the high watermarks
    /// or seem not to.
    async fn bounds(
        &self,
        committed: &Arc<StreamConsumer>,
        uncommitted: &Arc<StreamConsumer>,
    ) -> Result<BTreeMap<i32, Bounds>, WaitError<ClientError>> {
        let settled_by = Instant::now() + SETTLING_LIMIT;
        until(self.limit, INTERVAL, || async {
            let mut all = BTreeMap::new();
            for partition in self.partitions {
                let high = self.watermarks(uncommitted, *partition).await;
                let stable = match self.transactions {
                    true => self.watermarks(committed, *partition).await,
                    false => high.clone(),
                };
                let (Ok((first, high_watermark)), Ok((_, last_stable))) = (&high, &stable) else {
                    let error = high.err().or(stable.err());
                    let why = error.map(|error| error.to_string()).unwrap_or_default();
                    return Ok(Seen::NotYet(format!("partition {partition}: {why}")));
                };
                let bounds = Bounds {
                    first: *first,
                    last_stable: *last_stable,
                    high_watermark: *high_watermark,
                };
                all.insert(*partition, bounds);
            }
            let unsettled = all.values().any(|it| it.last_stable < it.high_watermark);
            if unsettled && Instant::now() < settled_by {
                return Ok(Seen::NotYet("transactions are still being ended".into()));
            }
            Ok(Seen::Ready(all))
        })
        .await
    }

    async fn watermarks(
        &self,
        consumer: &Arc<StreamConsumer>,
        partition: i32,
    ) -> Result<(i64, i64), ClientError> {
        let (consumer, topic) = (Arc::clone(consumer), self.topic.to_owned());
        blocking("ask for the end of a partition", move || {
            consumer.fetch_watermarks(&topic, partition, QUESTION_LIMIT)
        })
        .await
    }

    async fn read(
        &self,
        recorder: &Recorder,
        consumer: &Arc<StreamConsumer>,
        isolation: Isolation,
        (asked_ns, bounds): (u64, &BTreeMap<i32, Bounds>),
        deadline: Instant,
    ) -> Result<(), WaitError<ClientError>> {
        let (level, end): (_, fn(&Bounds) -> i64) = match isolation {
            Isolation::ReadCommitted => ("read_committed", |it| it.last_stable),
            Isolation::ReadUncommitted => ("read_uncommitted", |it| it.high_watermark),
        };
        let name = format!("final reader of {} ({level})", self.topic);
        let settings =
            Line { isolation: Some(isolation), final_reader: Some(true), ..Line::default() };
        let mut client = recorder.client(&name, settings);
        let mut left: BTreeMap<i32, i64> = bounds
            .iter()
            .filter(|(_, it)| it.first < end(it))
            .map(|(partition, it)| (*partition, end(it)))
            .collect();
        self.assign(consumer, left.keys().copied()).await.map_err(WaitError::Failed)?;
        let mut messages = Vec::new();
        let mut began_ns = asked_ns;
        let mut last_error = None;
        while !left.is_empty() {
            let time = deadline.saturating_duration_since(Instant::now());
            if time.is_zero() {
                return Err(self.overdue(&left, last_error));
            }
            match tokio::time::timeout(time.min(INTERVAL), consumer.recv()).await {
                Ok(Ok(message)) => {
                    let message = Received::from_borrowed(&message);
                    let (partition, next) = (message.place.partition, message.place.offset + 1);
                    messages.push(message);
                    if left.get(&partition).is_some_and(|end| next >= *end) {
                        left.remove(&partition);
                    }
                }
                Ok(Err(KafkaError::PartitionEOF(partition))) => {
                    left.remove(&partition);
                }
                Ok(Err(error)) => last_error = Some(error),
                // Nothing has arrived.
                Err(_) => {}
            }
            if messages.len() >= LARGEST_POLL || left.is_empty() {
                if !messages.is_empty() {
                    client.polled(began_ns, batches(&messages));
                }
                messages.clear();
                began_ns = monotonic_ns();
            }
        }
        for (partition, it) in bounds {
            let offset = |offset: i64| u64::try_from(offset).ok();
            recorder.state(
                State::FinalRead,
                Line {
                    client: Some(client.name().into()),
                    topic: Some(self.topic.into()),
                    partition: u32::try_from(*partition).ok(),
                    to: offset(end(it)),
                    log_start: offset(it.first),
                    last_stable: offset(it.last_stable),
                    high_watermark: offset(it.high_watermark),
                    ..Line::default()
                },
            );
        }
        Ok(())
    }

    async fn assign(
        &self,
        consumer: &Arc<StreamConsumer>,
        partitions: impl Iterator<Item = i32>,
    ) -> Result<(), ClientError> {
        let mut list = TopicPartitionList::new();
        for partition in partitions {
            let added = list.add_partition_offset(self.topic, partition, Offset::Beginning);
            added.map_err(|error| ClientError::new("assign a partition", &error))?;
        }
        let consumer = Arc::clone(consumer);
        blocking("assign the partitions", move || consumer.assign(&list)).await
    }

    fn overdue(
        &self,
        left: &BTreeMap<i32, i64>,
        error: Option<KafkaError>,
    ) -> WaitError<ClientError> {
        let error = error.map(|error| format!(": {error}")).unwrap_or_default();
        let left: Vec<_> = left.keys().map(ToString::to_string).collect();
        let seen = format!(
            "partitions {} of topic {:?} were not read to their ends{error}",
            left.join(", "),
            self.topic
        );
        WaitError::TimedOut { limit: self.limit, seen }
    }
}
