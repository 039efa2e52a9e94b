//! Settings of Kafka's own clients, as far as they can be known without one: every name that some version has. The
//! client itself refuses what its version does not have, and values that are wrong.

use thiserror::Error;

use crate::client::suggestion;
use crate::nearest::nearest;

/// Every setting of producers in kafka-clients 0.11.0.3, 2.5.0, 3.9.2 and 4.4.0, from its `ProducerConfig`.
const OF_PRODUCERS: &str = include_str!("producer_settings.txt");

/// Every setting of consumers, from its `ConsumerConfig`.
const OF_CONSUMERS: &str = include_str!("consumer_settings.txt");

/// The settings that say in which shape messages come: bytes.
const SHAPES: [&str; 4] =
    ["key.serializer", "value.serializer", "key.deserializer", "value.deserializer"];

/// A kind of Java client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A producer.
    Producer,
    /// A consumer.
    Consumer,
    /// A copier: a producer and a consumer.
    Copier,
}

/// A setting that a kind of client cannot have.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SettingError {
    /// There is no such setting.
    #[error("Kafka's Java client has no setting {name:?}{}", suggestion(.nearest))]
    Unknown {
        /// As given.
        name: String,
        /// The most similar name, if one is similar.
        nearest: Option<String>,
    },
    /// Messages are bytes here.
    #[error("{0} is set by trial itself; leave it out")]
    Own(String),
}

/// Whether there is a setting of this name for this kind of client.
///
/// # Errors
/// Why not.
pub fn check(kind: Kind, name: &str) -> Result<(), SettingError> {
    if SHAPES.contains(&name) {
        return Err(SettingError::Own(name.to_owned()));
    }
    let known = || {
        let (producers, consumers) = match kind {
            Kind::Producer => (OF_PRODUCERS, ""),
            Kind::Consumer => ("", OF_CONSUMERS),
            Kind::Copier => (OF_PRODUCERS, OF_CONSUMERS),
        };
        producers.lines().chain(consumers.lines())
    };
    if known().any(|it| it == name) {
        return Ok(());
    }
    let nearest = nearest(name, known()).map(str::to_owned);
    Err(SettingError::Unknown { name: name.to_owned(), nearest })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_those_of_the_kind() {
        assert_eq!(check(Kind::Producer, "linger.ms"), Ok(()));
        assert_eq!(check(Kind::Copier, "linger.ms"), Ok(()));
        assert_eq!(check(Kind::Copier, "max.poll.records"), Ok(()));
        assert!(check(Kind::Consumer, "linger.ms").is_err());
        assert!(check(Kind::Producer, "max.poll.records").is_err());
        // It is librdkafka's.
        assert!(check(Kind::Producer, "message.timeout.ms").is_err());
    }

    #[test]
    fn a_slip_of_the_pen_is_reported_with_what_was_meant() {
        let error = check(Kind::Producer, "delivery.timeout").unwrap_err().to_string();
        assert_eq!(
            error,
            "Kafka's Java client has no setting \"delivery.timeout\"; did you mean \"delivery.timeout.ms\"?"
        );
        let own = check(Kind::Consumer, "key.deserializer").unwrap_err().to_string();
        assert_eq!(own, "key.deserializer is set by trial itself; leave it out");
    }
}
