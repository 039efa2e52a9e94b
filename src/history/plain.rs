//! Reads lines of the plainest form, of which nearly all of a history consists, several times as fast as serde does.
//!
//! Plain is a line of the commonest operations whose fields are all known here, whose texts have no escapes and whose
//! numbers are whole. Any other line, and any that is wrong, is left to serde: so what serde reads and refuses is what a
//! history may hold, and a field that is new need not be known here. A test holds the two together.

use super::cursor::Cursor;
use super::line::{Batch, End, Operation, Record, Text};
use super::step::Step;

/// Reads what the text says into a step, as serde would, or gives back `None` where serde has to; the step has anything
/// in it then, as it may have before.
pub(super) fn read<'a>(text: &'a str, step: &mut Step<'a>) -> Option<()> {
    *step = Step::default();
    let mut cursor = Cursor::new(text);
    let mut error = None;
    cursor.list("{", "}", |cursor| {
        let name = cursor.text()?;
        cursor.step(":")?;
        match name {
            "start" => set(&mut step.start, operation(cursor.text()?)?),
            "end" => set(&mut step.end, end(cursor.text()?)?),
            "client" => set(&mut step.client, cursor.text()?),
            "id" => set(&mut step.id, cursor.number()?),
            "mono_ns" => set(&mut step.mono_ns, cursor.number()?),
            "wall_ms" => set(&mut step.wall_ms, cursor.number()?),
            "transaction" => set(&mut step.transaction, cursor.number()?),
            "topic" => set(&mut step.topic, cursor.text()?),
            "partition" => set(&mut step.partition, cursor.short_number()?),
            "offset" => set(&mut step.offset, cursor.number()?),
            "message" => set(&mut step.message, cursor.text()?),
            "key" => set(&mut step.key, cursor.text()?),
            "digest" => set(&mut step.digest, cursor.short_number()?),
            "source" => set(&mut step.source, cursor.text()?),
            "error" => set(&mut error, cursor.text()?),
            // Of lists that are empty it would not be known whether they are there twice.
            "batches" if step.batches.is_empty() => {
                let mut batches = Vec::new();
                cursor.list("[", "]", |cursor| {
                    batches.push(batch(cursor)?);
                    Some(())
                })?;
                step.batches = batches.into();
                (!step.batches.is_empty()).then_some(())
            }
            _ => None,
        }
    })?;
    (cursor.is_at_end() && step.start.is_some() != step.end.is_some()).then_some(())
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
    cursor.list("{", "}", |cursor| {
        let name = cursor.text()?;
        cursor.step(":")?;
        match name {
            "topic" => set(&mut topic, Text::from(cursor.text()?)),
            "partition" => set(&mut partition, cursor.short_number()?),
            "records" => {
                let mut list = Vec::new();
                cursor.list("[", "]", |cursor| {
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
    cursor.step("[")?;
    let offset = cursor.number()?;
    cursor.step(",")?;
    let message = Some(cursor.text()?.into());
    let digest = match cursor.step(",") {
        Some(()) => Some(cursor.short_number()?),
        None => None,
    };
    cursor.step("]")?;
    Some(Record { offset, message, digest })
}

/// A field that is there twice is an error, which serde words.
fn set<T>(field: &mut Option<T>, value: T) -> Option<()> {
    field.replace(value).is_none().then_some(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::line::Line;
    use super::super::ordered;
    use super::*;

    fn plain(text: &str) -> Option<Step<'_>> {
        let mut step = Step::default();
        read(text, &mut step).map(|()| step)
    }

    fn ordered(text: &str) -> Option<Step<'_>> {
        let mut step = Step::default();
        ordered::read(text, &mut step).map(|()| step)
    }

    /// What is plain has to be what serde reads, in every byte; what serde refuses cannot be plain.
    fn agrees_with_serde(text: &str) {
        let serde = serde_json::from_str::<Line<'_>>(text).ok();
        for read in [plain(text), ordered(text)].into_iter().flatten() {
            assert_eq!(serde.as_ref().map(Step::of), Some(read), "{text}");
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
                let serde = serde_json::from_str(text).expect("a line");
                assert_eq!(plain(text), Some(Step::of(&serde)), "{text}");
            }
            assert_eq!(ordered(line), plain(line), "{line}");
            assert_eq!(ordered(&spaced), None, "{spaced}");
        }
    }

    #[test]
    fn numbers_of_every_length_are_read_as_they_are() {
        let digits = "12345678901234567890123";
        for length in 1..=digits.len() {
            for behind in ["}", ",\"client\":\"c\"}", " }", ".5}", "e3}", "x}", ""] {
                for number in [&digits[..length], "0", "00", "07", "-1", "18446744073709551615"] {
                    let text = format!("{{\"end\":\"ok\",\"id\":{number}{behind}");
                    agrees_with_serde(&text);
                    let whole = behind.ends_with('}') && !behind.starts_with(['.', 'e', 'x']);
                    let right = serde_json::from_str::<Line<'_>>(&text).is_ok();
                    let is_plain = whole && right && number.len() < 20;
                    assert_eq!(plain(&text).is_some(), is_plain, "{text}");
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
            "{\"start\":\"poll\",\"end\":\"ok\"}",
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
            for text in [text, &text.replacen('{', "{\"end\":\"ok\",", 1)] {
                agrees_with_serde(text);
                assert!(plain(text).is_none() && ordered(text).is_none(), "{text}");
            }
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
