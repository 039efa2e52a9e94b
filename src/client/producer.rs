//! A producer in this process. What it does goes into the history of its scenario; its transactions are in
//! `transaction.rs`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::channel::oneshot;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::Message as _;
use rdkafka::producer::{
    BaseRecord, DeliveryResult, Producer as _, ProducerContext, ThreadedProducer,
};
use rdkafka::{ClientConfig, ClientContext};
use tokio::sync::Mutex;

use super::message::{Message, Place};
use super::priority::create_producer;
use super::recording::{declaration, digest_of, failed_with, is_single_attempt, key_of, stored};
use super::settings::Settings;
use super::{ClientError, blocking};
use crate::history::line::{End, Line};
use crate::history::recorder::{ClientRecorder, OperationId, Recorder};
use crate::history::send::Outgoing;
use crate::topology::Access;
use crate::wait;

/// A message is given up when it was not delivered after this time, unless the settings say otherwise.
pub const DELIVERY_LIMIT: Duration = Duration::from_secs(30);

/// The limit for one question to a broker.
const QUESTION_LIMIT: Duration = Duration::from_secs(10);

/// How long closing waits for messages that are still under way.
const FLUSH_LIMIT: Duration = Duration::from_secs(10);

/// The result of one message: where it is, or why not.
pub type Outcome = Result<Place, ClientError>;

/// A producer; cheap to clone, closed with [`Producer::close`].
#[derive(Clone)]
pub struct Producer {
    pub(super) inner: Arc<ThreadedProducer<Reports>>,
    pub(super) diary: Arc<Mutex<Diary>>,
    settings: Settings,
}

/// `settings` over what every producer has: those of every client, [`DELIVERY_LIMIT`], and
/// [`Settings::with_safe_retries`].
pub fn over_defaults(access: &Access, settings: &Settings) -> Settings {
    defaults(settings).at(access)
}

/// As [`over_defaults`], without brokers.
pub(super) fn defaults(settings: &Settings) -> Settings {
    let mut defaults = Settings::of_every_client();
    // A transaction bounds the delivery by itself, and librdkafka refuses a limit beyond it.
    if settings.get("message.timeout.ms").or(settings.get("transactional.id")).is_none() {
        defaults = defaults.with("delivery.timeout.ms", DELIVERY_LIMIT.as_millis().to_string());
    }
    defaults.and(settings).with_safe_retries()
}

/// What a producer has done. It is locked while something is handed to the library, so that the history has
/// sends in that order.
#[derive(Debug, Default)]
pub(super) struct Diary {
    pub(super) recorder: Option<ClientRecorder>,
    /// Messages handed over so far.
    sent: u64,
    /// Transactions begun so far.
    pub(super) transactions: u64,
    /// Whether the last of them is open.
    pub(super) in_transaction: bool,
    /// Whether another producer has registered the same transactional id since.
    pub(super) taken_over: bool,
}

/// A message whose delivery report has not come yet.
#[derive(Debug)]
pub struct UnderWay {
    topic: String,
    report: oneshot::Receiver<Result<(i32, i64), KafkaError>>,
}

impl Producer {
    /// A producer with `settings` over librdkafka's defaults, but for `delivery.timeout.ms`
    /// ([`DELIVERY_LIMIT`]). With a recorder, what it does is recorded.
    ///
    /// # Errors
    /// [`ClientError::Setting`] for settings that librdkafka does not take.
    pub fn new(
        access: &Access,
        settings: &Settings,
        recorder: Option<ClientRecorder>,
    ) -> Result<Self, ClientError> {
        let config = over_defaults(access, settings).config()?;
        if let Some(recorder) = &recorder {
            recorder.declare(declaration(&config)?);
        }
        let inner = create_producer(&config, Reports::new(&config, recorder.as_ref()));
        let inner = inner.map_err(|error| ClientError::new("start the producer", &error))?;
        let diary = Mutex::new(Diary { recorder, ..Diary::default() });
        Ok(Self { inner: Arc::new(inner), diary: Arc::new(diary), settings: settings.clone() })
    }

    /// The settings that it was started with, over the defaults.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Has it ask for the partitions of a topic now: by itself it does when its metadata is due.
    ///
    /// # Errors
    /// When no broker answers.
    pub async fn look_at(&self, topic: &str) -> Result<(), ClientError> {
        let (inner, topic) = (Arc::clone(&self.inner), topic.to_owned());
        blocking("look at a topic", move || {
            inner.client().fetch_metadata(Some(&topic), QUESTION_LIMIT).map(drop)
        })
        .await
    }

    /// Sends messages in their order and waits for the delivery report of each.
    ///
    /// The outcomes are in the order of the messages.
    pub async fn send(&self, topic: &str, messages: &[Message]) -> Vec<Outcome> {
        let mut under_way = Vec::with_capacity(messages.len());
        for message in messages {
            under_way.push(self.hand_over(topic, message).await);
        }
        let mut outcomes = Vec::with_capacity(messages.len());
        for handed_over in under_way {
            outcomes.push(match handed_over {
                Ok(under_way) => under_way.delivered().await,
                Err(error) => Err(error),
            });
        }
        outcomes
    }

    /// Hands a message to the library, in the open transaction if there is one; a full queue is
    /// back-pressure, not an error.
    ///
    /// # Errors
    /// When the library refuses the message; nothing is sent then.
    pub async fn hand_over(&self, topic: &str, message: &Message) -> Result<UnderWay, ClientError> {
        let mut diary = self.diary.lock().await;
        let (identity, operation) = diary.start_send(topic, message);
        let start = Instant::now();
        loop {
            let (report, receiver) = oneshot::channel();
            let record = BaseRecord {
                topic,
                partition: message.partition,
                payload: message.value.as_deref(),
                key: message.key.as_deref(),
                timestamp: None,
                headers: message.owned_headers(identity.as_deref()),
                delivery_opaque: Box::new(Sent { operation, report }),
            };
            match self.inner.send::<[u8], [u8]>(record) {
                Ok(()) => return Ok(UnderWay { topic: topic.to_owned(), report: receiver }),
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), _))
                    if start.elapsed() < DELIVERY_LIMIT =>
                {
                    wait::pause(Duration::from_millis(5)).await;
                }
                Err((error, _)) => {
                    if let (Some(recorder), Some(operation)) = (&diary.recorder, operation) {
                        // The library refused the call, so nothing was sent, whatever the reason.
                        let (_, name) = failed_with(&error, true);
                        recorder.end(operation, End::Failed, told(name));
                    }
                    return Err(ClientError::new("send the message", &error));
                }
            }
        }
    }

    /// Waits for messages under way, then ends the producer.
    ///
    /// # Errors
    /// When messages are still under way after ten seconds.
    pub async fn close(self) -> Result<(), ClientError> {
        blocking("close the producer", move || self.inner.flush(FLUSH_LIMIT)).await
    }
}

impl UnderWay {
    /// Waits for the delivery report.
    ///
    /// # Errors
    /// When the message was not delivered, or nothing is known of it.
    pub async fn delivered(self) -> Outcome {
        let Self { topic, report } = self;
        match report.await {
            Ok(Ok((partition, offset))) => Ok(Place { topic, partition, offset }),
            Ok(Err(error)) => Err(ClientError::new("deliver the message", &error)),
            Err(_) => Err(ClientError::Failed {
                doing: "deliver the message".into(),
                why: "the producer was closed before its delivery report".into(),
            }),
        }
    }
}

impl Diary {
    /// The number of the open transaction.
    pub(super) fn transaction(&self) -> Option<u64> {
        self.in_transaction.then_some(self.transactions)
    }

    /// Records that a message is about to be sent; returns the identity that travels with it.
    fn start_send(
        &mut self,
        topic: &str,
        message: &Message,
    ) -> (Option<String>, Option<OperationId>) {
        let transaction = self.transaction();
        let Some(recorder) = &mut self.recorder else { return (None, None) };
        self.sent += 1;
        let identity = format!("{}-{}", recorder.name(), self.sent);
        let key = key_of(message);
        let operation = recorder.start_send(&Outgoing {
            topic,
            partition: message.partition.and_then(|partition| u32::try_from(partition).ok()),
            transaction,
            message: &identity,
            key: key.as_deref(),
            tombstone: message.value.is_none().then_some(true),
            digest: Some(digest_of(message)),
            source: None,
        });
        (Some(identity), Some(operation))
    }
}

impl std::fmt::Debug for Producer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let under_way = self.inner.in_flight_count();
        f.debug_struct("Producer").field("under_way", &under_way).finish()
    }
}

/// What the library keeps with a message until its delivery report.
pub(super) struct Sent {
    operation: Option<OperationId>,
    report: oneshot::Sender<Result<(i32, i64), KafkaError>>,
}

/// Takes delivery reports, on the producer's own thread.
pub(super) struct Reports {
    /// The recorder, and the client's name there.
    recorder: Option<(Recorder, String)>,
    single_attempt: bool,
}

impl Reports {
    fn new(config: &ClientConfig, recorder: Option<&ClientRecorder>) -> Self {
        let recorder = recorder.map(|client| (client.recorder().clone(), client.name().to_owned()));
        Self { recorder, single_attempt: is_single_attempt(config) }
    }
}

impl ClientContext for Reports {
    fn error(&self, error: KafkaError, reason: &str) {
        tracing::debug!(%error, reason, "a producer complains");
    }
}

impl ProducerContext for Reports {
    type DeliveryOpaque = Box<Sent>;

    fn delivery(&self, result: &DeliveryResult<'_>, sent: Box<Sent>) {
        let Sent { operation, report } = *sent;
        let recorded = self.recorder.as_ref().zip(operation);
        let result = match result {
            Ok(message) => {
                if let Some(((recorder, client), operation)) = recorded {
                    recorder.sent(client, operation, stored(message));
                }
                Ok((message.partition(), message.offset()))
            }
            Err((error, _)) => {
                if let Some(((recorder, client), operation)) = recorded {
                    let (end, name) = failed_with(error, self.single_attempt);
                    recorder.end(client, operation, end, told(name));
                }
                Err(error.clone())
            }
        };
        // Nobody may wait for it any more.
        report.send(result).ok();
    }
}

/// The end of an operation that did not end well.
pub(super) fn told(error: String) -> Line<'static> {
    Line { error: Some(error.into()), ..Line::default() }
}
