//! How clients in this process appear in a history: their settings, the identity of their messages, the
//! ends of their operations.

use std::borrow::Cow;

use rdkafka::config::{ClientConfig, NativeClientConfig};
use rdkafka::error::{KafkaError, KafkaResult};

use super::ClientError;
use super::error_code::ErrorCode;
use super::message::Message;
use crate::history::digest::digest;
use crate::history::errors::end_of;
use crate::history::line::{End, Isolation, Line};
use crate::history::send::Stored;

/// What a history holds of a client's settings: those in force, also where they are defaults.
///
/// # Errors
/// When librdkafka does not return them.
pub fn declaration(config: &ClientConfig) -> Result<Line<'static>, ClientError> {
    let native = config.create_native_config();
    let native = native.map_err(|error| ClientError::new("read the settings", &error))?;
    let get = |name: &str| {
        let value = native.get(name);
        let value = value.map_err(|error| ClientError::new("read the settings", &error))?;
        Ok::<_, ClientError>(value.trim_end_matches('\0').to_owned())
    };
    let idempotent = is_idempotent(config, &native);
    let idempotent = idempotent.map_err(|error| ClientError::new("read the settings", &error))?;
    let in_flight = get("max.in.flight.requests.per.connection")?.parse().ok();
    Ok(Line {
        isolation: Some(match get("isolation.level")?.as_str() {
            "read_uncommitted" => Isolation::ReadUncommitted,
            _ => Isolation::ReadCommitted,
        }),
        idempotence: Some(idempotent),
        // For an idempotent producer librdkafka lowers its default to 5 and refuses more.
        max_in_flight: if idempotent { in_flight.map(|more: u32| more.min(5)) } else { in_flight },
        acks: if idempotent { Some(-1) } else { acks(config) },
        transaction_timeout_ms: get("transaction.timeout.ms")?.parse().ok(),
        ..Line::default()
    })
}

/// Whether a producer with these settings is idempotent, as each is that has a transactional id.
pub(super) fn is_idempotent(
    config: &ClientConfig,
    native: &NativeClientConfig,
) -> KafkaResult<bool> {
    // It has no default, and the native configuration has only what is set.
    let transactional = config.get("transactional.id").is_some_and(|id| !id.is_empty());
    Ok(transactional || native.get("enable.idempotence")?.trim_end_matches('\0') == "true")
}

/// -1 is all, which is librdkafka's default. A setting of topics, so the native configuration has it only
/// where some setting of topics is set.
fn acks(config: &ClientConfig) -> Option<i16> {
    let given = ["acks", "request.required.acks"].into_iter().find_map(|name| config.get(name));
    match given {
        None | Some("all") => Some(-1),
        Some(number) => number.parse().ok(),
    }
}

/// Whether the client library never sends a request again by itself.
pub fn is_single_attempt(config: &ClientConfig) -> bool {
    let retries = ["retries", "message.send.max.retries"].map(|name| config.get(name));
    retries.contains(&Some("0"))
}

/// How an operation ended that ended with this error, and the error's name.
pub fn failed_with(error: &KafkaError, single_attempt: bool) -> (End, String) {
    match ErrorCode::of(error) {
        Some(code) => (end_of(code.number(), single_attempt), code.name()),
        // Nothing is known.
        None => (End::Unknown, error.to_string()),
    }
}

/// Where a message was stored, as its delivery report has it.
pub fn stored(message: &impl rdkafka::Message) -> Stored {
    Stored {
        partition: u32::try_from(message.partition()).ok(),
        // With acks=0 there is none.
        offset: u64::try_from(message.offset()).ok(),
    }
}

/// A key as a history has it, to know which messages replace each other: as text, or else as its bytes.
pub fn key_of(message: &Message) -> Option<Cow<'_, str>> {
    let key = message.key.as_deref()?;
    Some(match std::str::from_utf8(key) {
        Ok(key) => Cow::Borrowed(key),
        Err(_) => {
            Cow::Owned(key.iter().fold("0x".to_owned(), |text, byte| format!("{text}{byte:02x}")))
        }
    })
}

/// The checksum of what a message holds beside its identity.
pub fn digest_of(message: &Message) -> u32 {
    let headers = message.headers.iter().map(|(name, value)| (name.as_str(), value.as_deref()));
    digest(message.key.as_deref(), message.value.as_deref(), headers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::settings::Settings;

    fn declared(settings: &[(&str, &str)]) -> Line<'static> {
        let pairs = settings.iter().map(|(name, value)| ((*name).into(), (*value).into()));
        let config = pairs.collect::<Settings>().config().expect("settings");
        declaration(&config).expect("declared")
    }

    #[test]
    fn declares_defaults_as_the_library_has_them() {
        let line = declared(&[]);
        assert_eq!((line.acks, line.idempotence), (Some(-1), Some(false)));
        assert_eq!(line.max_in_flight, Some(1_000_000));
        assert_eq!(line.isolation, Some(Isolation::ReadCommitted));
        assert_eq!(declared(&[("acks", "1")]).acks, Some(1));
    }

    #[test]
    fn keys_that_differ_are_told_apart() {
        let of = |key: &[u8]| {
            let message = Message { key: Some(key.into()), ..Message::default() };
            key_of(&message).map(Cow::into_owned)
        };
        assert_eq!(of(b"ada").as_deref(), Some("ada"));
        assert_eq!(of(b"\xff\x00").as_deref(), Some("0xff00"));
        assert_eq!(key_of(&Message::default()), None);
    }

    #[test]
    fn declares_what_idempotence_brings_along() {
        for setting in [("enable.idempotence", "true"), ("transactional.id", "tx")] {
            let line = declared(&[setting]);
            assert_eq!((line.acks, line.idempotence), (Some(-1), Some(true)));
            assert_eq!(line.max_in_flight, Some(5));
        }
    }
}
