//! The identity of a message: it travels in a header, so that whoever reads the message knows which send
//! it comes from.

use std::fmt::Display;

use rdkafka::message::{BorrowedMessage, Headers as _, Message as _};

use super::message::{Place, Received};

/// The header's name, short as it is stored with every message. Steps never see it.
pub const HEADER: &str = "trial";

/// The longest value that is taken for an identity, in bytes.
const LONGEST_VALUE: usize = 200;

/// The identity of a message that was read: its header, or the value where that is a short text, or else the
/// place, a text that nobody has sent.
pub fn of(message: &BorrowedMessage<'_>) -> String {
    let header = message.headers().and_then(|headers| {
        headers.iter().find(|header| header.key == HEADER).and_then(|header| header.value)
    });
    let header = header.map(|value| String::from_utf8_lossy(value).into_owned());
    let (partition, offset) = (message.partition(), message.offset());
    let place = || Place { topic: message.topic().to_owned(), partition, offset };
    choose(header, message.payload(), place)
}

/// As [`of`], for a message that was copied.
pub fn of_received(received: &Received) -> String {
    choose(received.identity.clone(), received.message.value.as_deref(), || &received.place)
}

fn choose<P: Display>(
    header: Option<String>,
    value: Option<&[u8]>,
    place: impl FnOnce() -> P,
) -> String {
    let value = || {
        let short = value.filter(|value| value.len() <= LONGEST_VALUE)?;
        std::str::from_utf8(short).ok().map(str::to_owned)
    };
    header.or_else(value).unwrap_or_else(|| place().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::message::Message;

    #[test]
    fn a_message_without_header_is_known_by_its_value() {
        let place = Place { topic: "t".into(), partition: 1, offset: 7 };
        let received = |value: Vec<u8>, identity: Option<&str>| {
            of_received(&Received {
                place: place.clone(),
                identity: identity.map(Into::into),
                message: Message::of(value),
            })
        };
        assert_eq!(received(b"v".to_vec(), Some("p-1")), "p-1");
        assert_eq!(received(b"v".to_vec(), None), "v");
        let nobody_sent = "partition 1 offset 7 of topic \"t\"";
        assert_eq!(received(vec![0xff], None), nobody_sent);
        assert_eq!(received(vec![b'x'; 300], None), nobody_sent);
    }
}
