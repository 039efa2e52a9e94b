//! A producer whose every send, commit and abort is recorded.

use std::sync::{Arc, PoisonError, RwLock, mpsc};
use std::thread;
use std::time::Duration;

use rdkafka::config::ClientConfig;
use rdkafka::consumer::ConsumerGroupMetadata;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};

use super::deliveries::Deliveries;
use super::log::{Log, places};
use super::reader::offset_list;
use super::trouble::{self, Trouble};
use crate::client::coordinator::with_coordinator_sought;
use crate::client::delivery::{LOOK, take_reports_for};
use crate::client::message::Message;
use crate::client::priority::create_producer;
use crate::client::process::task::Task;
use crate::client::recording::key_of;
use crate::client::settings::Settings;
use crate::history::line::{Line, Operation};
use crate::history::recorder::Recorder;
use crate::history::send::Outgoing;

/// How long one attempt at a call may take, and how many attempts there are until the producer is given up. One
/// is not enough: of a process that was paused it may be over before anything was tried.
const CALL_LIMIT: Duration = Duration::from_secs(10);
const ATTEMPTS: usize = 2;

/// How many there are where no other producer could do better: a minute, as long as a cluster may need to find other
/// leaders and coordinators.
const PATIENT_ATTEMPTS: usize = 6;

/// The time beyond its limit for which a call is waited for.
const GRACE: Duration = Duration::from_secs(1);

/// A producer, and what it takes to put another one in its place: librdkafka (2.12, issues 5456 and 5511) can wait
/// for a coordinator that was killed, and for good.
pub struct Sender {
    producer: RwLock<Arc<BaseProducer<Deliveries>>>,
    config: ClientConfig,
    deliveries: Deliveries,
    is_transactional: bool,
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
        let deliveries = Deliveries::new(recorder, &task.client);
        let is_transactional = transactional_id.is_some();
        let producer = start(&config, &deliveries, is_transactional)?;
        let producer = RwLock::new(Arc::new(producer));
        Ok(Self { producer, config, deliveries, is_transactional })
    }

    /// Starts another producer with the same transactional id, which ends the transaction of the one before: it is
    /// aborted unless its commit has already reached the coordinator.
    pub fn start_anew(&self) -> Result<(), Trouble> {
        let new = Arc::new(start(&self.config, &self.deliveries, self.is_transactional)?);
        let mut place = self.producer.write().unwrap_or_else(PoisonError::into_inner);
        let stuck = std::mem::replace(&mut *place, new);
        // It may be long in ending, or never end.
        thread::spawn(move || drop(stuck));
        Ok(())
    }

    /// Hands a message over. A full queue is waited for.
    pub fn send(
        &self,
        log: &mut Log,
        topic: &str,
        message: &Message,
        identity: &Identity<'_>,
    ) -> Result<(), Trouble> {
        let key = key_of(message);
        let operation = log.start_send(&Outgoing {
            topic,
            message: identity.message,
            key: key.as_deref(),
            tombstone: message.value.is_none().then_some(true),
            source: identity.source,
            transaction: identity.transaction,
            ..Outgoing::default()
        });
        let opaque = usize::try_from(operation.0).unwrap_or(usize::MAX);
        let mut record = BaseRecord::<[u8], [u8], usize>::with_opaque_to(topic, opaque);
        record.key = message.key.as_deref();
        record.payload = message.value.as_deref();
        record.headers = message.owned_headers(Some(identity.message));
        let producer = self.producer();
        loop {
            match producer.send(record) {
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
        producer.poll(Duration::ZERO);
        Ok(())
    }

    /// Lets this time pass while delivery reports come in.
    pub fn let_pass(&self, time: Duration) {
        take_reports_for(&*self.producer(), time);
    }

    /// The number of messages delivered.
    pub fn delivered(&self) -> u64 {
        self.deliveries.delivered()
    }

    /// Waits until every message was delivered.
    pub fn flush(&self) -> Result<(), Trouble> {
        let (producer, failed_before) = (self.producer(), self.deliveries.failed());
        let attempts = if self.is_transactional { ATTEMPTS } else { PATIENT_ATTEMPTS };
        let flushed = repeated(attempts, || producer.flush(CALL_LIMIT));
        flushed.map_err(|error| self.trouble("deliver", &error))?;
        match self.deliveries.failed() - failed_before {
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
        let begun = self.producer().begin_transaction();
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
        member: ConsumerGroupMetadata,
    ) -> Result<(), Trouble> {
        let list = offset_list(next)?;
        let named: Vec<_> =
            next.iter().map(|(topic, id, next)| (topic.clone(), *id, Some(*next))).collect();
        let fields =
            Line { group: Some(group.into()), partitions: places(&named), ..of(transaction) };
        let operation = log.start(Operation::SendOffsets, fields);
        let group = group.to_owned();
        let sent = self.attempt(move |producer| {
            let send = || producer.send_offsets_to_transaction(&list, &member, CALL_LIMIT);
            with_coordinator_sought(producer.client(), &group, send)
        });
        log.end(operation, &sent);
        sent.map_err(|error| self.trouble("add offsets to a transaction", &error))
    }

    /// Commits the transaction.
    pub fn commit(&self, log: &mut Log, transaction: u64) -> Result<(), Trouble> {
        let operation = log.start(Operation::Commit, of(transaction));
        let committed = self.attempt(|producer| producer.commit_transaction(CALL_LIMIT));
        log.end(operation, &committed);
        committed.map_err(|error| self.trouble("commit a transaction", &error))
    }

    /// Aborts the transaction.
    pub fn abort(&self, log: &mut Log, transaction: u64) -> Result<(), Trouble> {
        let operation = log.start(Operation::Abort, of(transaction));
        let aborted = self.attempt(|producer| producer.abort_transaction(CALL_LIMIT));
        log.end(operation, &aborted);
        aborted.map_err(|error| match self.trouble("abort a transaction", &error) {
            Trouble::Refused(why) => Trouble::Failed(why),
            other => other,
        })
    }

    /// Makes a call of librdkafka until it has succeeded or failed for good, or has timed out too often. One that
    /// does not return after its time counts as timed out, and is left to itself.
    fn attempt(
        &self,
        call: impl Fn(&BaseProducer<Deliveries>) -> Result<(), KafkaError> + Send + 'static,
    ) -> Result<(), KafkaError> {
        let producer = self.producer();
        let (tell, result) = mpsc::channel();
        thread::spawn(move || {
            // Nobody listens any more where it took too long.
            tell.send(repeated(ATTEMPTS, || call(&producer))).ok();
        });
        let timed_out = |_| KafkaError::Flush(RDKafkaErrorCode::OperationTimedOut);
        let wait = || result.recv_timeout(CALL_LIMIT + GRACE).map_err(timed_out);
        repeated(ATTEMPTS, wait)?
    }

    fn producer(&self) -> Arc<BaseProducer<Deliveries>> {
        Arc::clone(&self.producer.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn trouble(&self, doing: &str, error: &KafkaError) -> Trouble {
        trouble::of_producer(self.producer().client(), doing, error)
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

/// Starts a producer, and registers its transactional id if it has one.
fn start(
    config: &ClientConfig,
    deliveries: &Deliveries,
    is_transactional: bool,
) -> Result<BaseProducer<Deliveries>, Trouble> {
    let producer: BaseProducer<Deliveries> = create_producer(config, deliveries.clone())
        .map_err(|error| trouble::failed("start the producer", &error))?;
    if is_transactional {
        let ready = repeated(PATIENT_ATTEMPTS, || producer.init_transactions(CALL_LIMIT));
        let doing = "start with its transactional id";
        ready.map_err(|error| trouble::of_producer(producer.client(), doing, &error))?;
    }
    Ok(producer)
}

/// Makes a call again while it times out, so many times at most.
fn repeated<T>(attempts: usize, call: impl Fn() -> Result<T, KafkaError>) -> Result<T, KafkaError> {
    let mut made = 1;
    loop {
        match call() {
            Err(error) if trouble::is_passing(&error) && made < attempts => made += 1,
            done => return done,
        }
    }
}

fn of(transaction: u64) -> Line<'static> {
    Line { transaction: Some(transaction), ..Line::default() }
}

fn settings(task: &Task, transactional_id: Option<&str>) -> Settings {
    // Its own settings may say by which id brokers and links know it.
    Settings::default()
        .at(&task.access)
        .with("client.id", &task.client)
        .and(&defaults(transactional_id, &task.settings))
}

/// `settings` over what every producer in a process has, without brokers.
pub(in crate::client) fn defaults(transactional_id: Option<&str>, settings: &Settings) -> Settings {
    let settings = Settings::of_every_client()
        .with("enable.idempotence", "true")
        .with("acks", "all")
        .and(settings);
    match transactional_id {
        Some(id) => settings.with("transactional.id", id),
        None => settings.with_safe_retries(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::process::task;

    #[test]
    fn its_own_settings_say_by_which_id_brokers_know_it() {
        let own = Settings::default().with("client.id", "copier-cp-of-this-scenario");
        let task = task::example(own);
        let settings = settings(&task, Some("tx"));
        assert_eq!(settings.get("client.id"), Some("copier-cp-of-this-scenario"));
        assert_eq!(settings.get("bootstrap.servers"), Some("127.0.0.1:1"));
    }
}
