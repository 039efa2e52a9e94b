//! A producer whose every send, commit and abort is recorded.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rdkafka::ClientContext;
use rdkafka::consumer::ConsumerGroupMetadata;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{BaseProducer, BaseRecord, DeliveryResult, Producer as _, ProducerContext};

use super::log::{self, Log, places};
use super::reader::offset_list;
use super::trouble::{self, Trouble};
use crate::client::coordinator::{IDLE, with_coordinator_sought};
use crate::client::delivery::{LOOK, take_reports_for};
use crate::client::message::Message;
use crate::client::priority::create_producer;
use crate::client::process::task::Task;
use crate::client::settings::Settings;
use crate::history::line::{End, Line, Operation};
use crate::history::recorder::{OperationId, Recorder};

/// How long one attempt at a call of a transaction may take, and how many attempts there are: as long as a
/// cluster may need to find another coordinator.
const CALL_LIMIT: Duration = Duration::from_secs(20);
const ATTEMPTS: usize = 3;

/// A producer.
pub struct Sender {
    producer: BaseProducer<Deliveries>,
}

impl Sender {
    /// Starts the producer. With a transactional id every other producer that has it is fenced, and the
    /// transaction that it may have had open is aborted.
    pub fn start(
        task: &Task,
        recorder: &Recorder,
        transactional_id: Option<&str>,
    ) -> Result<Self, Trouble> {
        let config = settings(task, transactional_id).config();
        let config = config.map_err(|error| Trouble::Failed(error.to_string()))?;
        let context = Deliveries {
            recorder: recorder.clone(),
            client: task.client.clone(),
            delivered: AtomicU64::new(0),
            failed: AtomicU64::new(0),
        };
        let producer: BaseProducer<Deliveries> = create_producer(&config, context)
            .map_err(|error| trouble::failed("start the producer", &error))?;
        let sender = Self { producer };
        if transactional_id.is_some() {
            let ready = sender.attempt(|| sender.producer.init_transactions(CALL_LIMIT));
            ready.map_err(|error| sender.trouble("start with its transactional id", &error))?;
        }
        Ok(sender)
    }

    /// Hands a message over. A full queue is waited for.
    pub fn send(
        &self,
        log: &mut Log,
        topic: &str,
        message: &Message,
        identity: &Identity<'_>,
    ) -> Result<(), Trouble> {
        let start = Line {
            topic: Some(topic.into()),
            message: Some(identity.message.into()),
            source: identity.source.map(Into::into),
            transaction: identity.transaction,
            ..Line::default()
        };
        let operation = log.start(Operation::Send, start);
        let opaque = usize::try_from(operation.0).unwrap_or(usize::MAX);
        let mut record = BaseRecord::<[u8], [u8], usize>::with_opaque_to(topic, opaque);
        record.key = message.key.as_deref();
        record.payload = message.value.as_deref();
        record.headers = message.owned_headers(Some(identity.message));
        loop {
            match self.producer.send(record) {
                Ok(()) => break,
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), unsent)) => {
                    self.let_pass(LOOK);
                    record = unsent;
                }
                Err((error, _)) => {
                    log.end(operation, &Err(error.clone()));
                    return Err(self.trouble("send", &error));
                }
            }
        }
        self.producer.poll(Duration::ZERO);
        Ok(())
    }

    /// Lets this time pass while delivery reports come in.
    pub fn let_pass(&self, time: Duration) {
        take_reports_for(&self.producer, time);
    }

    /// How many messages were delivered.
    pub fn delivered(&self) -> u64 {
        self.producer.context().delivered.load(Ordering::Relaxed)
    }

    /// Waits until every message was delivered.
    pub fn flush(&self) -> Result<(), Trouble> {
        let failed_before = self.producer.context().failed.load(Ordering::Relaxed);
        let flushed = self.producer.flush(CALL_LIMIT * 3);
        flushed.map_err(|error| self.trouble("deliver", &error))?;
        match self.producer.context().failed.load(Ordering::Relaxed) - failed_before {
            0 => Ok(()),
            failed => {
                let error = KafkaError::MessageProduction(RDKafkaErrorCode::Fail);
                match self.trouble("deliver", &error) {
                    Trouble::Refused(_) => {
                        Err(Trouble::Refused(format!("{failed} messages were not delivered")))
                    }
                    fatal => Err(fatal),
                }
            }
        }
    }

    /// Begins a transaction and returns its number.
    pub fn begin(&self, log: &mut Log) -> Result<u64, Trouble> {
        let number = log.next_transaction();
        let operation = log.start(Operation::Begin, of(number));
        let begun = self.producer.begin_transaction();
        log.end(operation, &begun);
        begun.map_err(|error| self.trouble("begin a transaction", &error))?;
        Ok(number)
    }

    /// Adds offsets to the transaction.
    pub fn send_offsets(
        &self,
        log: &mut Log,
        transaction: u64,
        group: &str,
        next: &[(String, i32, i64)],
        member: &ConsumerGroupMetadata,
    ) -> Result<(), Trouble> {
        let list = offset_list(next)?;
        let named: Vec<_> =
            next.iter().map(|(topic, id, next)| (topic.clone(), *id, Some(*next))).collect();
        let fields =
            Line { group: Some(group.into()), partitions: places(&named), ..of(transaction) };
        let operation = log.start(Operation::SendOffsets, fields);
        let send = || self.producer.send_offsets_to_transaction(&list, member, CALL_LIMIT);
        let client = self.producer.client();
        let sent = with_coordinator_sought(client, group, || self.attempt(send));
        log.end(operation, &sent);
        sent.map_err(|error| self.trouble("add offsets to a transaction", &error))
    }

    /// Commits the transaction.
    pub fn commit(&self, log: &mut Log, transaction: u64) -> Result<(), Trouble> {
        let operation = log.start(Operation::Commit, of(transaction));
        let committed = self.attempt(|| self.producer.commit_transaction(CALL_LIMIT));
        log.end(operation, &committed);
        committed.map_err(|error| self.trouble("commit a transaction", &error))
    }

    /// Aborts the transaction.
    pub fn abort(&self, log: &mut Log, transaction: u64) -> Result<(), Trouble> {
        let operation = log.start(Operation::Abort, of(transaction));
        let aborted = self.attempt(|| self.producer.abort_transaction(CALL_LIMIT));
        log.end(operation, &aborted);
        aborted.map_err(|error| match self.trouble("abort a transaction", &error) {
            Trouble::Refused(why) => Trouble::Failed(why),
            other => other,
        })
    }

    fn attempt(&self, call: impl Fn() -> Result<(), KafkaError>) -> Result<(), KafkaError> {
        let mut attempts = 1;
        loop {
            match call() {
                Err(KafkaError::Transaction(error))
                    if error.is_retriable() && attempts < ATTEMPTS =>
                {
                    attempts += 1;
                }
                done => return done,
            }
        }
    }

    fn trouble(&self, doing: &str, error: &KafkaError) -> Trouble {
        trouble::of_producer(self.producer.client(), doing, error)
    }
}

/// What makes a message what it is.
#[derive(Debug, Clone, Copy)]
pub struct Identity<'a> {
    /// Its identity.
    pub message: &'a str,
    /// That of the message that it was made from.
    pub source: Option<&'a str>,
    /// The transaction that it belongs to.
    pub transaction: Option<u64>,
}

fn of(transaction: u64) -> Line<'static> {
    Line { transaction: Some(transaction), ..Line::default() }
}

fn settings(task: &Task, transactional_id: Option<&str>) -> Settings {
    let settings = Settings::of_every_client()
        .with("bootstrap.servers", &task.servers)
        .with("client.id", &task.client)
        .with("enable.idempotence", "true")
        .with("acks", "all")
        .with(IDLE.0, IDLE.1)
        .and(&task.settings);
    match transactional_id {
        Some(id) => settings.with("transactional.id", id),
        None => settings,
    }
}

/// Records what becomes of each message.
struct Deliveries {
    recorder: Recorder,
    client: String,
    delivered: AtomicU64,
    failed: AtomicU64,
}

impl ClientContext for Deliveries {}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = usize;

    fn delivery(&self, result: &DeliveryResult<'_>, operation: usize) {
        use rdkafka::Message as _;
        let operation = OperationId(operation as u64);
        match result {
            Ok(message) => {
                self.delivered.fetch_add(1, Ordering::Relaxed);
                let place = Line {
                    partition: u32::try_from(message.partition()).ok(),
                    offset: u64::try_from(message.offset()).ok(),
                    ..Line::default()
                };
                self.recorder.end(&self.client, operation, End::Ok, place);
            }
            Err((error, _)) => {
                self.failed.fetch_add(1, Ordering::Relaxed);
                let fields = log::with_error(error);
                self.recorder.end(&self.client, operation, log::end(error), fields);
            }
        }
    }
}
