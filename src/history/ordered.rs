//! Reads plain lines that have their fields in the order of [`super::line::Line`] and no space between them, as every
//! recorder of this program writes them: what comes next is compared with the few things that can, not looked for.
//! Any other line is left to [`super::plain`].

use std::borrow::Cow;

use super::cursor::Cursor;
use super::line::{Batch, End, Operation, Record};
use super::step::Step;

/// A poll mostly returns several records.
const RECORDS: usize = 32;

/// Reads what the text says into an empty step, as serde would, or gives back `None` where another reader has to; the
/// step has anything in it then.
pub(super) fn read<'a>(text: &'a str, step: &mut Step<'a>) -> Option<()> {
    let mut cursor = Cursor::new(text);
    if cursor.skip("{\"start\":\"") {
        step.start = Some(operation(&mut cursor)?);
    } else {
        cursor.expect("{\"end\":\"")?;
        step.end = Some(end(&mut cursor)?);
    }
    step.client = cursor.behind(",\"client\":\"", |it| it.rest_of_text())?;
    step.id = cursor.behind(",\"id\":", |it| it.number())?;
    step.mono_ns = cursor.behind(",\"mono_ns\":", |it| it.number())?;
    step.wall_ms = cursor.behind(",\"wall_ms\":", |it| it.number())?;
    step.transaction = cursor.behind(",\"transaction\":", |it| it.number())?;
    step.topic = cursor.behind(",\"topic\":\"", |it| it.rest_of_text())?;
    step.partition = cursor.behind(",\"partition\":", |it| it.short_number())?;
    step.offset = cursor.behind(",\"offset\":", |it| it.number())?;
    step.message = cursor.behind(",\"message\":\"", |it| it.rest_of_text())?;
    step.key = cursor.behind(",\"key\":\"", |it| it.rest_of_text())?;
    step.digest = cursor.behind(",\"digest\":", |it| it.short_number())?;
    step.source = cursor.behind(",\"source\":\"", |it| it.rest_of_text())?;
    cursor.behind(",\"error\":\"", |it| it.rest_of_text())?;
    if let Some(batches) = cursor.behind(",\"batches\":[", batches)? {
        step.batches = Cow::Owned(batches);
    }
    cursor.expect("}")?;
    cursor.is_at_end().then_some(())
}

fn operation(cursor: &mut Cursor<'_>) -> Option<Operation> {
    let operations = [
        ("send\"", Operation::Send),
        ("poll\"", Operation::Poll),
        ("begin\"", Operation::Begin),
        ("commit\"", Operation::Commit),
        ("abort\"", Operation::Abort),
    ];
    operations.into_iter().find(|(name, _)| cursor.skip(name)).map(|(_, operation)| operation)
}

fn end(cursor: &mut Cursor<'_>) -> Option<End> {
    let ends = [("ok\"", End::Ok), ("failed\"", End::Failed), ("unknown\"", End::Unknown)];
    ends.into_iter().find(|(name, _)| cursor.skip(name)).map(|(_, end)| end)
}

/// The batches behind the bracket that opens them; there is at least one.
fn batches<'a>(cursor: &mut Cursor<'a>) -> Option<Vec<Batch<'a>>> {
    let mut batches = Vec::new();
    loop {
        cursor.expect("{\"topic\":\"")?;
        let topic = cursor.rest_of_text()?.into();
        cursor.expect(",\"partition\":")?;
        let partition = cursor.short_number()?;
        cursor.expect(",\"records\":[")?;
        batches.push(Batch { topic, partition, records: records(cursor)? });
        cursor.expect("}")?;
        if !cursor.skip(",") {
            cursor.expect("]")?;
            return Some(batches);
        }
    }
}

/// The records behind the bracket that opens them.
fn records<'a>(cursor: &mut Cursor<'a>) -> Option<Vec<Record<'a>>> {
    if cursor.skip("]") {
        return Some(Vec::new());
    }
    let mut records = Vec::with_capacity(RECORDS);
    loop {
        cursor.expect("[")?;
        let offset = cursor.number()?;
        cursor.expect(",\"")?;
        let message = Some(cursor.rest_of_text()?.into());
        let digest = cursor.behind(",", |it| it.short_number())?;
        cursor.expect("]")?;
        records.push(Record { offset, message, digest });
        if !cursor.skip(",") {
            cursor.expect("]")?;
            return Some(records);
        }
    }
}
