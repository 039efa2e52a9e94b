//! One producer of a load, on a thread of its own.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::DeliveryResult;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _, ProducerContext};
use rdkafka::{ClientContext, Message as _};
use serde::{Deserialize, Serialize};

use super::content::{Content, id_of};
use super::ids::Ids;
use super::probe::{Probe, Sink};
use crate::client::ClientError;
use crate::client::delivery::{LOOK, take_reports_for};
use crate::client::error_code::ErrorCode;
use crate::client::priority::create_producer;
use crate::client::producer::over_defaults;
use crate::client::settings::Settings;
use crate::topology::Access;

/// How long a call that waits for brokers may take: those of transactions.
const CALL_LIMIT: Duration = Duration::from_secs(60);

/// How long a producer whose next message is not due yet leaves delivery reports alone, at most.
const TICK: Duration = Duration::from_millis(1);

/// A producer that sends as fast as it can takes in delivery reports after so many messages.
const LOOK_EVERY: u64 = 128;

/// As many requests as Java's producer has under way on a connection. With librdkafka's own, a million, nothing
/// ever waits for its turn, and batches are as small as what comes in five milliseconds.
const IN_FLIGHT: &str = "5";

/// The messages that each producer of a load sends.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Messages {
    /// Their number; none for as many as fit until it is stopped or its time is over.
    pub number: Option<u64>,
    /// The longest time to send, with the warm-up.
    pub time: Option<Duration>,
    /// Bytes of each value.
    pub size: usize,
    /// Messages per second; none for as fast as it can.
    pub rate: Option<f64>,
    /// Messages sent in this time since the load began are not measured.
    pub warm_up: Duration,
    /// Messages in each transaction; none without transactions.
    pub per_transaction: Option<u64>,
}

impl Messages {
    /// Messages of this size, as fast as can be, until the load is stopped.
    #[must_use]
    pub fn of_size(size: usize) -> Self {
        let (number, time, rate, per_transaction) = (None, None, None, None);
        Self { number, time, size, rate, warm_up: Duration::ZERO, per_transaction }
    }
}

/// The task of a producer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Work {
    /// Where the brokers are.
    pub access: Access,
    /// Name in the cluster.
    pub topic: String,
    /// Its number among the producers of the scenario, from 1.
    pub producer: u32,
    /// The messages that it sends.
    pub messages: Messages,
    /// Settings of librdkafka.
    pub settings: Settings,
    /// Seed of the content.
    pub seed: u64,
    /// When the load began, in milliseconds since 1970: messages carry the time at which they were due.
    pub began_at_ms: i64,
}

/// The result of a producer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sent {
    /// Messages handed to the client library; their numbers are 1 to this.
    pub handed_over: u64,
    /// Messages that the cluster has acknowledged.
    pub acknowledged: Ids,
}

/// Sends until the work is done or `stop` is set, then waits for the delivery reports of all that was handed over.
///
/// Blocks. Every message ends as done or failed at the probe.
///
/// # Errors
/// When the producer cannot be made, or cannot go on: a fatal error, a transaction that cannot be committed.
pub fn send<S: Sink>(work: &Work, probe: Probe<S>, stop: &AtomicBool) -> Result<Sent, ClientError> {
    let settings = over_defaults(&work.access, &work.settings);
    let config = settings.with_default_in_flight(IN_FLIGHT).config()?;
    let reports = Reports(Mutex::new(Journal { probe, acknowledged: Ids::default() }));
    let producer: BaseProducer<Reports<S>> = create_producer(&config, reports)
        .map_err(|error| ClientError::new("start the producer", &error))?;
    let mut sender = Sender { work, producer: &producer, handed_over: 0 };
    sender.run(stop)?;
    let handed_over = sender.handed_over;
    let acknowledged = std::mem::take(&mut producer.context().lock().acknowledged);
    Ok(Sent { handed_over, acknowledged })
}

struct Sender<'a, S: Sink> {
    work: &'a Work,
    producer: &'a BaseProducer<Reports<S>>,
    handed_over: u64,
}

impl<S: Sink> Sender<'_, S> {
    fn run(&mut self, stop: &AtomicBool) -> Result<(), ClientError> {
        let Work { producer, messages: Messages { size, per_transaction, .. }, seed, .. } =
            *self.work;
        let mut content = Content::new(producer, size, seed);
        if per_transaction.is_some() {
            let ready = self.producer.init_transactions(CALL_LIMIT);
            ready.map_err(|error| ClientError::new("initialize transactions", &error))?;
        }
        let began = self.producer.context().lock().probe.now();
        let mut in_transaction = 0;
        while !stop.load(Ordering::Relaxed) && !self.is_done(began) {
            let Some(due) = self.await_turn(began) else { continue };
            if per_transaction.is_some() && in_transaction == 0 {
                let begun = self.producer.begin_transaction();
                begun.map_err(|error| ClientError::new("begin a transaction", &error))?;
            }
            if !self.hand_over(content.value(self.handed_over + 1), due, stop)? {
                break;
            }
            in_transaction += u64::from(per_transaction.is_some());
            if per_transaction == Some(in_transaction) {
                self.commit()?;
                in_transaction = 0;
            }
        }
        if in_transaction > 0 {
            self.commit()?;
        }
        self.await_reports();
        Ok(())
    }

    fn is_done(&self, began: Duration) -> bool {
        let now = || self.producer.context().lock().probe.now();
        self.work.messages.number.is_some_and(|all| self.handed_over >= all)
            || self.work.messages.time.is_some_and(|time| now() - began >= time)
    }

    /// The time when the next message is due, if that has come; none before, so that the caller can look around.
    fn await_turn(&self, began: Duration) -> Option<Duration> {
        let now = self.producer.context().lock().probe.now();
        let Some(rate) = self.work.messages.rate else {
            if self.handed_over.is_multiple_of(LOOK_EVERY) {
                self.producer.poll(Duration::ZERO);
            }
            return Some(now);
        };
        let due = began + Duration::from_secs_f64(self.handed_over as f64 / rate);
        if due <= now {
            return Some(due);
        }
        self.take_reports_for((due - now).min(TICK));
        None
    }

    /// Hands a message to the library; a full queue is back-pressure. False when it was stopped meanwhile.
    fn hand_over(
        &mut self,
        value: &[u8],
        due: Duration,
        stop: &AtomicBool,
    ) -> Result<bool, ClientError> {
        let created = self.work.began_at_ms + i64::try_from(due.as_millis()).unwrap_or(i64::MAX);
        let due = usize::try_from(due.as_micros()).unwrap_or(usize::MAX);
        let record = BaseRecord::<[u8], [u8], usize>::with_opaque_to(&self.work.topic, due);
        let mut record = record.payload(value).timestamp(created);
        loop {
            match self.producer.send(record) {
                Ok(()) => {
                    self.handed_over += 1;
                    return Ok(true);
                }
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), returned)) => {
                    if stop.load(Ordering::Relaxed) {
                        return Ok(false);
                    }
                    record = returned;
                    self.take_reports_for(LOOK);
                }
                Err((error, _)) => return Err(ClientError::new("send a message", &error)),
            }
        }
    }

    fn commit(&self) -> Result<(), ClientError> {
        // Reports are only taken in by this thread, and a commit waits for all of them.
        self.await_reports();
        let committed = self.producer.commit_transaction(CALL_LIMIT);
        committed.map_err(|error| ClientError::new("commit a transaction", &error))
    }

    /// The library gives every message up at the end of its own time-out, so this ends.
    fn await_reports(&self) {
        while self.producer.in_flight_count() > 0 {
            self.take_reports_for(LOOK);
        }
    }

    /// Lets time pass and takes in the delivery reports.
    fn take_reports_for(&self, time: Duration) {
        take_reports_for(self.producer, time);
        self.producer.context().lock().probe.turn();
    }
}

/// Takes down the library's delivery reports.
struct Reports<S: Sink>(Mutex<Journal<S>>);

struct Journal<S: Sink> {
    probe: Probe<S>,
    acknowledged: Ids,
}

impl<S: Sink> Reports<S> {
    fn lock(&self) -> MutexGuard<'_, Journal<S>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: Sink> ClientContext for Reports<S> {}

impl<S: Sink> ProducerContext for Reports<S> {
    /// When the message should have been sent, in microseconds since the load began.
    type DeliveryOpaque = usize;

    fn delivery(&self, result: &DeliveryResult<'_>, due: usize) {
        let mut journal = self.lock();
        let now = journal.probe.now();
        match result {
            Ok(message) => {
                let latency = now.saturating_sub(Duration::from_micros(due as u64));
                let value = message.payload().unwrap_or_default();
                journal.probe.done(now, Some(latency), value.len(), message.partition());
                if let Some(id) = id_of(value) {
                    journal.acknowledged.add(id);
                }
            }
            Err((error, _)) => {
                let code = ErrorCode::of(error);
                let name = code.map_or_else(|| error.to_string(), ErrorCode::name);
                journal.probe.failed(now, name);
            }
        }
    }
}
