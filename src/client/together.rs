//! Whether settings go together, each of which librdkafka takes: it says so when a client is made with them.

use rdkafka::ClientConfig;
use rdkafka::config::FromClientConfig;
use rdkafka::consumer::BaseConsumer;
use rdkafka::producer::{BaseProducer, DefaultProducerContext};

use super::process::child::{reader, sender};
use super::settings::{SettingError, Settings};
use super::{consumer, producer};

/// A kind of client, as its settings are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A producer, of a load as well.
    Producer,
    /// A producer with a transactional id.
    Transactional,
    /// A consumer of a group.
    Consumer,
    /// A copier: a producer with a transactional id, and a consumer.
    Copier,
    /// A standalone consumer.
    Standalone,
}

/// Makes a client with `settings` over those that its kind has by default, and closes it. It knows no broker, so it
/// connects to nobody.
///
/// # Errors
/// Librdkafka's message about settings that do not go together.
pub fn check(kind: Kind, settings: &Settings) -> Result<(), SettingError> {
    match kind {
        Kind::Producer => producer(&producer::defaults(settings)),
        Kind::Transactional => {
            producer(&producer::defaults(&settings.clone().with("transactional.id", CHECKED)))
        }
        Kind::Consumer => consumer(&consumer::defaults(CHECKED, settings)),
        Kind::Copier => {
            producer(&sender::defaults(Some(CHECKED), settings))?;
            consumer(&reader::defaults(CHECKED, settings))
        }
        Kind::Standalone => consumer(&reader::defaults(CHECKED, settings)),
    }
}

/// The group and the transactional id of clients that are made to be looked at.
const CHECKED: &str = "checked";

fn producer(settings: &Settings) -> Result<(), SettingError> {
    make::<BaseProducer<DefaultProducerContext>>(settings)
}

fn consumer(settings: &Settings) -> Result<(), SettingError> {
    make::<BaseConsumer>(settings)
}

fn make<C: FromClientConfig>(settings: &Settings) -> Result<(), SettingError> {
    let config: ClientConfig = settings.config()?;
    C::from_config(&config).map(drop).map_err(|error| SettingError::from(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn why(kind: Kind, pairs: &[(&str, &str)]) -> Option<String> {
        let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        check(kind, &pairs.collect()).err().map(|error| error.to_string())
    }

    #[test]
    fn settings_that_contradict_each_other_are_refused() {
        let idempotent = ("enable.idempotence", "true");
        for (kind, pairs) in [
            (Kind::Producer, &[idempotent, ("acks", "1")][..]),
            (Kind::Producer, &[idempotent, ("max.in.flight", "6")]),
            (Kind::Producer, &[("linger.ms", "60000")]),
            (Kind::Transactional, &[("acks", "0")]),
            (Kind::Transactional, &[("message.timeout.ms", "90000")]),
            (Kind::Consumer, &[("session.timeout.ms", "60000"), ("max.poll.interval.ms", "30000")]),
            (Kind::Copier, &[("acks", "1")]),
            (Kind::Copier, &[("max.poll.interval.ms", "5000")]),
            (Kind::Standalone, &[("max.poll.interval.ms", "5000")]),
        ] {
            let why = why(kind, pairs).unwrap_or_else(|| panic!("{kind:?} {pairs:?} is taken"));
            assert!(pairs.iter().any(|(name, _)| why.contains(name)), "{pairs:?}: {why}");
        }
    }

    #[test]
    fn settings_that_go_together_are_taken() {
        for (kind, pairs) in [
            (Kind::Producer, &[][..]),
            (Kind::Producer, &[("enable.idempotence", "true"), ("acks", "all")]),
            (Kind::Producer, &[("acks", "1"), ("linger.ms", "100")]),
            (Kind::Transactional, &[("transaction.timeout.ms", "5000")]),
            (Kind::Copier, &[("max.poll.interval.ms", "6000"), ("transaction.timeout.ms", "5000")]),
            (Kind::Standalone, &[("max.poll.interval.ms", "7000")]),
            (Kind::Consumer, &[("session.timeout.ms", "6000"), ("auto.offset.reset", "latest")]),
        ] {
            assert_eq!(why(kind, pairs), None, "{kind:?} {pairs:?}");
        }
    }
}
