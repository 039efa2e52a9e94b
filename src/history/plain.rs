//! Reads lines of the plainest form, of which nearly all of a history consists, several times as fast as serde does.
//!
//! Plain is a line of the commonest operations whose fields are all known here, whose texts have no escapes and whose
//! numbers are whole. Any other line, and any that is wrong, is left to serde: so what serde reads and refuses is what a
//! history may hold, and a field that is new need not be known here. A test holds the two together.

use super::cursor::Cursor;
use super::line::{Batch, End, Line, Operation, Record, Text};

/// Reads the text into an empty line, as serde would, or gives back `None` where serde has to; the line has anything
/// in it then.
pub(super) fn read<'a>(text: &'a str, line: &mut Line<'a>) -> Option<()> {
    // Of the whole line at once, which processors do many bytes at a time.
    if text.bytes().fold(false, |found, byte| found | (byte == b'\\') | (byte < b' ')) {
        return None;
    }
    let mut cursor = Cursor::new(text);
    cursor.list(b'{', b'}', |cursor| {
        let name = cursor.text()?;
        cursor.step(b':')?;
        match name {
            "start" => set(&mut line.start, operation(cursor.text()?)?),
            "end" => set(&mut line.end, end(cursor.text()?)?),
            "client" => set(&mut line.client, cursor.text()?.into()),
            "id" => set(&mut line.id, cursor.number()?),
            "mono_ns" => set(&mut line.mono_ns, cursor.number()?),
            "wall_ms" => set(&mut line.wall_ms, cursor.number()?),
            "transaction" => set(&mut line.transaction, cursor.number()?),
            "topic" => set(&mut line.topic, cursor.text()?.into()),
            "partition" => set(&mut line.partition, cursor.short_number()?),
            "offset" => set(&mut line.offset, cursor.number()?),
            "message" => set(&mut line.message, cursor.text()?.into()),
            "key" => set(&mut line.key, cursor.text()?.into()),
            "digest" => set(&mut line.digest, cursor.short_number()?),
            "source" => set(&mut line.source, cursor.text()?.into()),
            "error" => set(&mut line.error, cursor.text()?.into()),
            // Of lists that are empty it would not be known whether they are there twice.
            "batches" if line.batches.is_empty() => {
                cursor.list(b'[', b']', |cursor| {
                    line.batches.push(batch(cursor)?);
                    Some(())
                })?;
                (!line.batches.is_empty()).then_some(())
            }
            _ => None,
        }
    })?;
    cursor.is_at_end().then_some(())
}

fn operation(name: &str) -> Option<Operation> {
    match name {
        "send" => Some(Operation::Send),
        "poll" => Some(Operation::Poll),
        "begin" => Some(Operation::Begin),
        "commit" => Some(Operation::Commit),
        "abort" => Some(Operation::Abort),
        _ => None,
    }
}

fn end(name: &str) -> Option<End> {
    match name {
        "ok" => Some(End::Ok),
        "failed" => Some(End::Failed),
        "unknown" => Some(End::Unknown),
        _ => None,
    }
}

fn batch<'a>(cursor: &mut Cursor<'a>) -> Option<Batch<'a>> {
    let (mut topic, mut partition, mut records) = (None, None, None);
    cursor.list(b'{', b'}', |cursor| {
        let name = cursor.text()?;
        cursor.step(b':')?;
        match name {
            "topic" => set(&mut topic, Text::from(cursor.text()?)),
            "partition" => set(&mut partition, cursor.short_number()?),
            "records" => {
                let mut list = Vec::new();
                cursor.list(b'[', b']', |cursor| {
                    list.push(record(cursor)?);
                    Some(())
                })?;
                set(&mut records, list)
            }
            _ => None,
        }
    })?;
    Some(Batch { topic: topic?, partition: partition?, records: records? })
}

fn record<'a>(cursor: &mut Cursor<'a>) -> Option<Record<'a>> {
    cursor.step(b'[')?;
    let offset = cursor.number()?;
    cursor.step(b',')?;
    let message = Some(cursor.text()?.into());
    let digest = match cursor.step(b',') {
        Some(()) => Some(cursor.short_number()?),
        None => None,
    };
    cursor.step(b']')?;
    Some(Record { offset, message, digest })
}

/// A field that is there twice is an error, which serde words.
fn set<T>(field: &mut Option<T>, value: T) -> Option<()> {
    field.replace(value).is_none().then_some(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn plain(text: &str) -> Option<Line<'_>> {
        let mut line = Line::default();
        read(text, &mut line).map(|()| line)
    }

    /// What is plain has to be what serde reads, in every byte; what serde refuses cannot be plain.
    fn agrees_with_serde(text: &str) {
        if let Some(line) = plain(text) {
            let read = serde_json::from_str::<Line<'_>>(text);
            assert_eq!(read.ok(), Some(line), "{text}");
        }
    }

    const SEND: &str = r#"{"start":"send","client":"p1","id":7,"mono_ns":81234567890,"wall_ms":1795384687123,"transaction":3,"topic":"orders","partition":0,"message":"p1-7","key":"k","digest":3735928559,"source":"c1-7"}"#;
    const SENT: &str = r#"{"end":"ok","client":"p1","id":7,"mono_ns":81236567890,"wall_ms":1795384687125,"partition":0,"offset":42}"#;
    const POLLED: &str = r#"{"end":"ok","client":"c1","id":3,"batches":[{"topic":"orders","partition":0,"records":[[42,"p1-7",3735928559],[43,"ä"]]},{"topic":"orders","partition":1,"records":[]}]}"#;

    #[test]
    fn lines_as_recorders_write_them_are_plain() {
        let begin = r#"{"start":"begin","client":"p1","id":7,"transaction":1}"#;
        let failed = r#"{"end":"failed","client":"p1","id":7,"error":"MESSAGE_TOO_LARGE"}"#;
        for line in [SEND, SENT, POLLED, begin, failed] {
            // As Python's json writes it.
            let spaced = line.replace("\":", "\": ").replace(",\"", ", \"");
            for text in [line, &spaced] {
                let read = serde_json::from_str(text).expect("a line");
                assert_eq!(plain(text), Some(read), "{text}");
            }
        }
    }

    #[test]
    fn numbers_of_every_length_are_read_as_they_are() {
        let digits = "12345678901234567890123";
        for length in 1..=digits.len() {
            for behind in ["}", ",\"client\":\"c\"}", " }", ".5}", "e3}", "x}", ""] {
                for number in [&digits[..length], "0", "00", "07", "-1", "18446744073709551615"] {
                    let text = format!("{{\"id\":{number}{behind}");
                    agrees_with_serde(&text);
                    let whole = behind.ends_with('}') && !behind.starts_with(['.', 'e', 'x']);
                    let read = serde_json::from_str::<Line<'_>>(&text).is_ok();
                    assert_eq!(
                        plain(&text).is_some(),
                        whole && read && number.len() < 20,
                        "{text}"
                    );
                }
            }
        }
    }

    #[test]
    fn what_is_wrong_or_rare_is_left_to_serde() {
        let lines = [
            "",
            "{}",
            "{,}",
            "{\"id\":1,}",
            "{\"id\":1}}",
            "{\"id\":1,\"id\":1}",
            "{\"id\":null}",
            "{\"nonsense\":1}",
            "{\" id\":1}",
            "{\"client\":\"a\\u0041\"}",
            "{\"client\":\"a\tb\"}",
            "{\"batches\":[]}",
            "{\"batches\":[{}]}",
            "{\"batches\":[{\"topic\":\"t\",\"partition\":0}]}",
            "{\"batches\":[{\"topic\":\"t\",\"partition\":0,\"records\":[[1]]}]}",
            "{\"batches\":[{\"topic\":\"t\",\"partition\":0,\"records\":[[1,\"m\",2,3]]}]}",
            "{\"batches\":[{\"topic\":\"t\",\"partition\":4294967296,\"records\":[]}]}",
            "{\"digest\":4294967296}",
            "[1]",
        ];
        for text in lines {
            agrees_with_serde(text);
            assert!(text == "{}" || plain(text).is_none(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn agrees_with_serde_whatever_a_line_is_made_into(
            line in prop::sample::select(vec![SEND, SENT, POLLED]),
            changes in prop::collection::vec(
                (any::<prop::sample::Index>(), 0..3_u8, prop::sample::select(
                    "{}[]\",:0129-. \\\tnulléidkeytopicbatchesrecords".chars().collect::<Vec<_>>(),
                )),
                0..4,
            ),
            cut in any::<prop::sample::Index>(),
        ) {
            let mut text: Vec<char> = line.chars().collect();
            for (at, change, with) in changes {
                let at = at.index(text.len());
                match change {
                    0 => text[at] = with,
                    1 => text.insert(at, with),
                    _ => drop(text.remove(at)),
                }
            }
            let text: String = text.into_iter().collect();
            agrees_with_serde(&text);
            let cut = (0..=cut.index(text.len())).rev().find(|at| text.is_char_boundary(*at));
            agrees_with_serde(&text[..cut.unwrap_or(0)]);
        }
    }
}
