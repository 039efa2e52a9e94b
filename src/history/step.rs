//! What a line says of an operation: as small as what most lines of a history have, of which there are millions.

use std::borrow::Cow;

use super::line::{Batch, End, Line, Operation, Place, Text};

/// The fields of a line that operations have, as they are in [`Line`].
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Step<'a> {
    pub(super) start: Option<Operation>,
    pub(super) end: Option<End>,
    pub(super) client: Option<&'a str>,
    pub(super) id: Option<u64>,
    pub(super) mono_ns: Option<u64>,
    pub(super) wall_ms: Option<u64>,
    pub(super) transaction: Option<u64>,
    pub(super) topic: Option<&'a str>,
    pub(super) partition: Option<u32>,
    pub(super) offset: Option<u64>,
    pub(super) message: Option<&'a str>,
    pub(super) key: Option<&'a str>,
    pub(super) tombstone: Option<bool>,
    pub(super) digest: Option<u32>,
    pub(super) source: Option<&'a str>,
    pub(super) group: Option<&'a str>,
    pub(super) batches: Cow<'a, [Batch<'a>]>,
    pub(super) partitions: &'a [Place<'a>],
}

impl<'a> Step<'a> {
    /// What a line says.
    pub(super) fn of(line: &'a Line<'_>) -> Self {
        fn text<'a>(text: &'a Option<Text<'_>>) -> Option<&'a str> {
            text.as_deref()
        }
        Self {
            start: line.start,
            end: line.end,
            client: text(&line.client),
            id: line.id,
            mono_ns: line.mono_ns,
            wall_ms: line.wall_ms,
            transaction: line.transaction,
            topic: text(&line.topic),
            partition: line.partition,
            offset: line.offset,
            message: text(&line.message),
            key: text(&line.key),
            tombstone: line.tombstone,
            digest: line.digest,
            source: text(&line.source),
            group: text(&line.group),
            batches: Cow::Borrowed(&line.batches),
            partitions: &line.partitions,
        }
    }
}
