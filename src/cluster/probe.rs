//! The message that proves a cluster: sent with acks=all to a topic on several replicas and read back.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::KafkaError;
use rdkafka::message::Message as _;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};
use rdkafka::types::RDKafkaErrorCode;
use rdkafka::{Offset, TopicPartitionList};

use super::ClusterError;
use super::health::LOOK;
use super::metadata::{Topics, described};
use crate::topology::Access;
use crate::wait::{Seen, until};

/// Deleted again once it has served; two underscores mark it as not an author's topic.
pub(super) const TOPIC: &str = "__trial_probe";
const VALUE: &str = "up";
/// What a controller answers that is slow, has just been elected, or whose session has just ended, and not later.
pub const PASSING: [RDKafkaErrorCode; 5] = [
    RDKafkaErrorCode::Unknown,
    RDKafkaErrorCode::RequestTimedOut,
    RDKafkaErrorCode::NotController,
    RDKafkaErrorCode::LeaderNotAvailable,
    RDKafkaErrorCode::BrokerNotAvailable,
];

/// One attempt to create the topic, or to ask a broker what there is.
const ATTEMPT: Duration = Duration::from_secs(5);

/// Sends a message with acks=all to a topic on so many replicas and reads it back; the topic is then deleted.
///
/// # Errors
/// [`ClusterError::Probe`] when that was not possible, [`ClusterError::Waited`] when the topic could not be
/// created within `limit`.
pub async fn round_trip(
    access: &Access,
    replicas: usize,
    limit: Duration,
) -> Result<(), ClusterError> {
    let (asked, replicas) = (replicas, i32::try_from(replicas).map_err(probe)?);
    let config = client(access);
    let admin: AdminClient<DefaultClientContext> = config.create().map_err(probe)?;
    let admin = Arc::new(admin);
    let attempt = Some(ATTEMPT.min(limit));
    let attempt = AdminOptions::new().operation_timeout(attempt).request_timeout(attempt);
    let create = async || {
        let listed = brokers(Arc::clone(&admin)).await?;
        if listed < asked {
            return Ok(Seen::NotYet(format!("a broker lists {listed} of {asked} brokers")));
        }
        let topic = NewTopic::new(TOPIC, 1, TopicReplication::Fixed(replicas));
        let created = match admin.create_topics([&topic], &attempt).await {
            Ok(created) => created,
            // The controller has changed, or is slow.
            Err(error @ KafkaError::AdminOp(RDKafkaErrorCode::OperationTimedOut)) => {
                return Ok(Seen::NotYet(format!("creating topic {TOPIC}: {error}")));
            }
            Err(error) => return Err(probe(error)),
        };
        match created.into_iter().next() {
            // A controller that has just been elected does not know every registered broker yet.
            Some(Err((_, code)))
                if code == RDKafkaErrorCode::InvalidReplicationFactor
                    || PASSING.contains(&code) =>
            {
                Ok(Seen::NotYet(format!("creating topic {TOPIC}: {code}")))
            }
            // By an attempt whose answer came too late.
            Some(Err((_, RDKafkaErrorCode::TopicAlreadyExists))) => Ok(Seen::Ready(())),
            Some(Err((_, code))) => Err(ClusterError::Probe(format!("{TOPIC}: {code}"))),
            Some(Ok(_)) | None => Ok(Seen::Ready(())),
        }
    };
    until(limit, LOOK, create).await?;
    blocking(move || send_and_read(&config, limit)).await?;
    let options = AdminOptions::new().operation_timeout(Some(limit)).request_timeout(Some(limit));
    // One that stays does no harm; no author sees it.
    if let Err(error) = admin.delete_topics(&[TOPIC], &options).await {
        tracing::debug!(%error, "the topic of the probe is not deleted");
    }
    Ok(())
}

/// How many brokers the broker lists that is asked. One that has just started lists none and does not know
/// the controller either; librdkafka, told so, does not ask again for minutes, and requests to the
/// controller hang. Asking here makes it learn the controller too.
async fn brokers(admin: Arc<AdminClient<DefaultClientContext>>) -> Result<usize, ClusterError> {
    blocking(move || match admin.inner().fetch_metadata(None, ATTEMPT) {
        Ok(metadata) => Ok(metadata.brokers().len()),
        Err(error) => {
            tracing::debug!(%error, "the probe has no answer yet");
            Ok(0)
        }
    })
    .await
}

/// Every topic as a broker tells of it that knows so many brokers.
///
/// # Errors
/// [`ClusterError::NoBroker`] when none does.
pub(super) async fn topics(access: &Access, brokers: usize) -> Result<Topics, ClusterError> {
    let config = client(access);
    let asked = move || {
        let told = |error: KafkaError| ClusterError::NoBroker(error.to_string());
        let consumer: BaseConsumer = config.create().map_err(told)?;
        let metadata = consumer.fetch_metadata(None, ATTEMPT).map_err(told)?;
        let listed = metadata.brokers().len();
        if listed < brokers {
            let why = format!("one lists {listed} of {brokers} brokers");
            return Err(ClusterError::NoBroker(why));
        }
        Ok(metadata.topics().iter().map(described).collect())
    };
    blocking(asked).await
}

fn client(access: &Access) -> ClientConfig {
    let mut config = ClientConfig::new();
    config.extend(access.settings().map(|(name, value)| (name.to_owned(), value)));
    config.set("reconnect.backoff.ms", "20").set("reconnect.backoff.max.ms", "200");
    config.set("log_level", "2");
    config
}

fn send_and_read(config: &ClientConfig, limit: Duration) -> Result<(), ClusterError> {
    let mut config = config.clone();
    let millis = limit.as_millis().to_string();
    let producer: BaseProducer = config
        .clone()
        .set("acks", "all")
        .set("linger.ms", "0")
        .set("message.timeout.ms", &millis)
        .create()
        .map_err(probe)?;
    let record = BaseRecord::<str, str>::to(TOPIC).partition(0).payload(VALUE);
    producer.send(record).map_err(|(error, _)| probe(error))?;
    producer.flush(limit).map_err(probe)?;
    config.set("group.id", "__trial_probe").set("enable.auto.commit", "false");
    config.set("fetch.wait.max.ms", "50");
    let consumer: BaseConsumer = config.create().map_err(probe)?;
    let mut start = TopicPartitionList::new();
    // The first message of a new topic. For `Offset::Beginning`, librdkafka would ask the leader, and it
    // waits half a second where it does not know the leader yet.
    start.add_partition_offset(TOPIC, 0, Offset::Offset(0)).map_err(probe)?;
    consumer.assign(&start).map_err(probe)?;
    let began = Instant::now();
    while began.elapsed() < limit {
        match consumer.poll(Duration::from_millis(100)) {
            Some(Ok(message)) if message.payload() == Some(VALUE.as_bytes()) => return Ok(()),
            Some(Ok(_)) => return Err(ClusterError::Probe("another message was read".into())),
            // Errors of a cluster that is coming up pass; the limit ends them.
            Some(Err(error)) => tracing::debug!(%error, "the probe is not read yet"),
            None => {}
        }
    }
    Err(ClusterError::Probe(format!(
        "nothing was read within {}",
        humantime::format_duration(limit)
    )))
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ClusterError> + Send + 'static,
) -> Result<T, ClusterError> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(probe(error)))
}

fn probe(error: impl std::fmt::Display) -> ClusterError {
    ClusterError::Probe(error.to_string())
}
