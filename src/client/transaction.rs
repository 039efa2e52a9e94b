//! Transactions of a producer in this process. Each call blocks in librdkafka, so it runs off the executor.

use std::time::Duration;

use rdkafka::TopicPartitionList;
use rdkafka::consumer::ConsumerGroupMetadata;
use rdkafka::error::KafkaError;
use rdkafka::producer::Producer as _;

use super::consumer::Consumer;
use super::coordinator::with_coordinator_sought;
use super::error_code::ErrorCode;
use super::producer::{Diary, Producer, told};
use super::recording::failed_with;
use super::seen::places;
use super::{ClientError, blocking};
use crate::history::line::{End, Line, Operation};

/// The limit for one call: a coordinator may have to be elected first.
pub const TRANSACTION_LIMIT: Duration = Duration::from_secs(30);

/// The longest wait for librdkafka, which may forget its own limit.
const RETURN_LIMIT: Duration = Duration::from_secs(40);

/// Offsets that a consumer has come to, and the group that they are of.
pub struct Progress {
    offsets: TopicPartitionList,
    group: ConsumerGroupMetadata,
    /// The group's name in the cluster.
    name: String,
}

impl Progress {
    /// The offsets that a consumer has reached; `None` when it has read nothing since it was given its partitions.
    ///
    /// # Errors
    /// When librdkafka does not say.
    pub async fn of(consumer: &Consumer) -> Result<Option<Self>, ClientError> {
        let offsets = consumer.positions().await?;
        let group = consumer.group_metadata();
        let (Some(group), true) = (group, offsets.count() > 0) else { return Ok(None) };
        Ok(Some(Self { offsets, group, name: consumer.group().to_owned() }))
    }
}

impl Producer {
    /// Registers the transactional id: a producer that had it before is fenced, its open transaction aborted.
    ///
    /// # Errors
    /// When the coordinator refuses or does not answer in time.
    pub async fn init_transactions(&self) -> Result<(), ClientError> {
        let inner = self.inner.clone();
        blocking("initialise transactions", move || inner.init_transactions(TRANSACTION_LIMIT))
            .await
    }

    /// Begins a transaction; what is sent from now on belongs to it.
    ///
    /// # Errors
    /// When one is open, or the producer was fenced.
    pub async fn begin_transaction(&self) -> Result<(), ClientError> {
        let mut diary = self.diary.lock().await;
        diary.transactions += 1;
        let number = Some(diary.transactions);
        let line = Line { transaction: number, ..Line::default() };
        let operation = diary.recorder.as_mut().map(|it| it.start(Operation::Begin, line));
        // A local call: the coordinator hears of the transaction with the first message.
        let begun = self.inner.begin_transaction();
        diary.in_transaction |= begun.is_ok();
        if let (Some(recorder), Some(operation)) = (&diary.recorder, operation) {
            let (end, line) = ending(begun.as_ref().err(), true);
            recorder.end(operation, end, line);
        }
        begun.map_err(|error| ClientError::new("begin a transaction", &error))
    }

    /// Waits for the messages of the open transaction, then commits it.
    ///
    /// # Errors
    /// When it was not committed, or that is not known.
    pub async fn commit_transaction(&self) -> Result<(), ClientError> {
        let inner = self.inner.clone();
        let commit = move || inner.commit_transaction(TRANSACTION_LIMIT);
        self.end_transaction(Operation::Commit, "commit the transaction", commit).await
    }

    /// Gives up messages that are still under way and aborts the open transaction.
    ///
    /// # Errors
    /// When it was not aborted, or that is not known.
    pub async fn abort_transaction(&self) -> Result<(), ClientError> {
        let inner = self.inner.clone();
        let abort = move || inner.abort_transaction(TRANSACTION_LIMIT);
        self.end_transaction(Operation::Abort, "abort the transaction", abort).await
    }

    /// Adds offsets of a consumer to the open transaction: they are committed with it.
    ///
    /// # Errors
    /// When the coordinator refuses or does not answer in time.
    pub async fn send_offsets(&self, progress: Progress) -> Result<(), ClientError> {
        let Progress { offsets, group, name } = progress;
        let line = Line {
            group: Some(name.clone().into()),
            partitions: places(&offsets),
            ..Line::default()
        };
        let inner = self.inner.clone();
        let send = move || {
            let send = || inner.send_offsets_to_transaction(&offsets, &group, TRANSACTION_LIMIT);
            with_coordinator_sought(inner.client(), &name, send)
        };
        let mut diary = self.diary.lock().await;
        self.recorded(&mut diary, Operation::SendOffsets, line, "send the offsets", send).await
    }

    /// Notes that another producer has registered its transactional id: what it fails to do from now on
    /// has certainly not happened.
    pub async fn is_taken_over(&self) {
        self.diary.lock().await.taken_over = true;
    }

    /// Whether a transaction is open, as far as this producer knows.
    pub async fn is_in_transaction(&self) -> bool {
        self.diary.lock().await.in_transaction
    }

    /// The error after which the producer is of no use, such as being fenced.
    pub fn fatal_error(&self) -> Option<ErrorCode> {
        self.inner.client().fatal_error().map(|(code, _)| code.into())
    }

    async fn end_transaction(
        &self,
        operation: Operation,
        doing: &str,
        call: impl FnOnce() -> Result<(), KafkaError> + Send + 'static,
    ) -> Result<(), ClientError> {
        let mut diary = self.diary.lock().await;
        let ended = self.recorded(&mut diary, operation, Line::default(), doing, call).await;
        // One that may be committed later is still to be ended; a fenced producer cannot.
        diary.in_transaction &= ended.is_err() && self.fatal_error().is_none();
        ended
    }

    /// Makes a call about the open transaction and records it.
    async fn recorded(
        &self,
        diary: &mut Diary,
        operation: Operation,
        line: Line<'_>,
        doing: &str,
        call: impl FnOnce() -> Result<(), KafkaError> + Send + 'static,
    ) -> Result<(), ClientError> {
        let line = Line { transaction: Some(diary.transactions), ..line };
        let operation = diary.recorder.as_mut().map(|it| it.start(operation, line));
        // After a fatal error the library sends nothing any more, and once another producer has registered its
        // transactional id the coordinator refuses every request of this one.
        let certain = self.fatal_error().is_some() || diary.taken_over;
        let failed = |why| ClientError::Failed { doing: doing.into(), why };
        let returned = tokio::time::timeout(RETURN_LIMIT, tokio::task::spawn_blocking(call)).await;
        let Ok(result) = returned else {
            // Without an end the operation counts as unknown.
            return Err(failed(format!("librdkafka has not returned within {RETURN_LIMIT:?}")));
        };
        let result = result.map_err(|panic| failed(panic.to_string()))?;
        if let (Some(recorder), Some(operation)) = (&diary.recorder, operation) {
            let (end, line) = ending(result.as_ref().err(), certain);
            recorder.end(operation, end, line);
        }
        result.map_err(|error| ClientError::new(doing, &error))
    }
}

/// How an operation ended, and the line that says so.
fn ending(error: Option<&KafkaError>, certain: bool) -> (End, Line<'static>) {
    let Some(error) = error else { return (End::Ok, Line::default()) };
    let (end, name) = failed_with(error, false);
    (if certain { End::Failed } else { end }, told(name))
}
