//! librdkafka through the rdkafka crate and as little else as can be.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use kafka_trial::client::settings::Settings;
use kafka_trial::error::UserError;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::DeliveryResult;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _, ProducerContext};
use rdkafka::{ClientConfig, ClientContext};

use crate::SIZE;
use crate::failed::failed;

/// Counts delivery reports without an error.
#[derive(Default)]
struct Reports(AtomicU64);

impl ClientContext for Reports {}

impl ProducerContext for Reports {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        self.0.fetch_add(u64::from(result.is_ok()), Ordering::Relaxed);
    }
}

/// Sends from so many threads; the number of messages that were acknowledged.
pub fn produce(
    servers: &str,
    topic: &str,
    producers: u32,
    messages: u64,
    settings: &Settings,
) -> Result<u64, UserError> {
    let config = settings.clone().with("bootstrap.servers", servers).config();
    let config = config.map_err(|error| failed("start a producer", error))?;
    let sent = std::thread::scope(|scope| {
        let threads: Vec<_> =
            (0..producers).map(|_| scope.spawn(|| one(&config, topic, messages))).collect();
        let ended = threads.into_iter().map(|thread| thread.join());
        ended.map(|ended| ended.unwrap_or(Err(KafkaError::Canceled))).sum::<Result<u64, _>>()
    });
    sent.map_err(|error| failed("send", error))
}

fn one(config: &ClientConfig, topic: &str, messages: u64) -> Result<u64, KafkaError> {
    let producer: BaseProducer<Reports> = config.create_with_context(Reports::default())?;
    let value = vec![b'x'; SIZE];
    for number in 0..messages {
        loop {
            match producer.send(BaseRecord::<[u8], [u8]>::to(topic).payload(&value)) {
                Ok(()) => break,
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), _)) => {
                    producer.poll(Duration::from_millis(1));
                }
                Err((error, _)) => return Err(error),
            }
        }
        if number % 128 == 0 {
            producer.poll(Duration::ZERO);
        }
    }
    while producer.in_flight_count() > 0 {
        producer.poll(Duration::from_millis(1));
    }
    Ok(producer.context().0.load(Ordering::Relaxed))
}

/// Reads so many messages with one consumer.
pub fn consume(servers: &str, topic: &str, messages: u64) -> Result<(), UserError> {
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", servers)
        .set("group.id", format!("{topic}-bare"))
        .set("auto.offset.reset", "earliest")
        .create()
        .map_err(|error| failed("start a consumer", error))?;
    consumer.subscribe(&[topic]).map_err(|error| failed("subscribe", error))?;
    let mut read = 0;
    while read < messages {
        read += u64::from(matches!(consumer.poll(Duration::from_millis(100)), Some(Ok(_))));
    }
    Ok(())
}
