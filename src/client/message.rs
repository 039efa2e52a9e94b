//! Messages as clients send and receive them.

use std::fmt;

use rdkafka::Message as _;
use rdkafka::message::{Header, Headers as _, OwnedHeaders};

use super::identity;

/// A header's name and its value, which may be null.
pub type HeaderPair = (String, Option<Vec<u8>>);

/// A message to be sent. `None` is null, an empty vector is empty: Kafka distinguishes them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Message {
    /// Key.
    pub key: Option<Vec<u8>>,
    /// Value.
    pub value: Option<Vec<u8>>,
    /// Headers in order; a name may occur more than once.
    pub headers: Vec<HeaderPair>,
    /// The partition, where the sender chooses it.
    pub partition: Option<i32>,
}

impl Message {
    /// A message with a value and nothing else.
    pub fn of(value: impl Into<Vec<u8>>) -> Self {
        Self { value: Some(value.into()), ..Self::default() }
    }

    /// The headers in the shape that rdkafka takes, the identity last.
    pub(super) fn owned_headers(&self, identity: Option<&str>) -> Option<OwnedHeaders> {
        let identity = identity.map(|identity| (identity::HEADER, Some(identity.as_bytes())));
        let headers = self.headers.iter();
        let headers = headers.map(|(key, value)| (key.as_str(), value.as_deref())).chain(identity);
        let count = self.headers.len() + 1;
        headers.fold(None, |headers, (key, value)| {
            let headers = headers.unwrap_or_else(|| OwnedHeaders::new_with_capacity(count));
            Some(headers.insert(Header { key, value }))
        })
    }
}

/// Where a message is in the cluster. `topic` is the name in the cluster.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Name in the cluster.
    pub topic: String,
    /// From 0.
    pub partition: i32,
    /// From 0.
    pub offset: i64,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "partition {} offset {} of topic \"{}\"", self.partition, self.offset, self.topic)
    }
}

/// A message that a consumer received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The place where it was read.
    pub place: Place,
    /// Its producer, and its number among the messages of that one: the header that trial's own producers add.
    pub identity: Option<String>,
    /// Key, value and all other headers; the partition is that of the place.
    pub message: Message,
}

impl Received {
    /// Copies what a consumer lends.
    pub(super) fn from_borrowed(message: &rdkafka::message::BorrowedMessage<'_>) -> Self {
        let mut identity = None;
        let mut headers = Vec::new();
        for header in message.headers().into_iter().flat_map(|headers| headers.iter()) {
            if header.key == identity::HEADER {
                let value = String::from_utf8_lossy(header.value.unwrap_or_default());
                identity = Some(value.into_owned());
            } else {
                headers.push((header.key.to_owned(), header.value.map(<[u8]>::to_vec)));
            }
        }
        Self {
            identity,
            place: Place {
                topic: message.topic().to_owned(),
                partition: message.partition(),
                offset: message.offset(),
            },
            message: Message {
                key: message.key().map(<[u8]>::to_vec),
                value: message.payload().map(<[u8]>::to_vec),
                headers,
                partition: Some(message.partition()),
            },
        }
    }
}

/// Bytes for people: quoted text, `null`, or the beginning and the length of something long.
pub fn shown(bytes: Option<&[u8]>) -> String {
    const LONGEST: usize = 60;
    let Some(bytes) = bytes else { return "null".into() };
    let text = String::from_utf8_lossy(bytes);
    if text.chars().count() <= LONGEST {
        return format!("{text:?}");
    }
    let start: String = text.chars().take(LONGEST).collect();
    format!("{start:?}… ({} bytes)", bytes.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_null_and_empty_apart() {
        assert_eq!(shown(None), "null");
        assert_eq!(shown(Some(b"")), "\"\"");
    }

    #[test]
    fn cuts_what_is_long() {
        assert!(shown(Some(&[b'x'; 1000])).ends_with("… (1000 bytes)"));
    }
}
