//! The ledger of a history: for each partition what was sent, and how far it came.

use rustc_hash::FxHashSet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::history::{End, Fate, History, Isolation, NONE};
use super::index::Index;
use super::presence::Presence;

/// What became of the messages of one partition.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct LedgerRow {
    /// Topic.
    pub topic: String,
    /// Partition; none for messages of which it is not known which one they would have gone to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partition: Option<u32>,
    /// Messages sent.
    pub sent: u64,
    /// Of these, sends that were acknowledged.
    pub acknowledged: u64,
    /// Of these, sends that certainly failed.
    pub failed: u64,
    /// Of these, sends that may have happened.
    pub unknown: u64,
    /// Of the acknowledged, those that must be there: sent outside of transactions, or in one that was
    /// committed.
    pub committed: u64,
    /// Of the acknowledged, those of transactions that were aborted.
    pub aborted: u64,
    /// Different messages that were read here by read_committed consumers.
    pub read: u64,
    /// Different messages that were read here by anybody.
    pub read_by_anybody: u64,
    /// Of the committed, those that are not there at the end, whoever has read them before, though nobody was to
    /// remove them; without a final read those that nobody has read.
    pub missing: u64,
    /// High watermark at the end, where somebody looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high_watermark: Option<u64>,
}

/// One row for each partition, by topic and number.
pub fn ledger(history: &History) -> Vec<LedgerRow> {
    let rows = history.partitions.iter().map(|partition| LedgerRow {
        topic: history.names.get(history.topics[partition.topic as usize].name).to_owned(),
        partition: partition.number,
        ..LedgerRow::default()
    });
    let mut rows: Vec<_> = rows.collect();
    let mut seen = [FxHashSet::default(), FxHashSet::default()];
    let index = Index::new(history);
    for (row, message) in history.reads.message.iter().enumerate() {
        let partition = history.reads.partition[row];
        let line = &mut rows[partition as usize];
        let reader = history.reader_of(u32::try_from(row).unwrap_or(NONE));
        let committed = reader.isolation == Isolation::ReadCommitted;
        line.read += u64::from(committed && seen[0].insert((*message, partition)));
        line.read_by_anybody += u64::from(seen[1].insert((*message, partition)));
    }
    for send in 0..history.sends.len() {
        let line = &mut rows[history.sends.partition[send] as usize];
        line.sent += 1;
        match history.sends.outcome[send] {
            End::Ok => line.acknowledged += 1,
            End::Failed => line.failed += 1,
            End::Unknown => line.unknown += 1,
        }
        let row = u32::try_from(send).unwrap_or(NONE);
        let effective = history.is_effective(row);
        line.committed += u64::from(effective);
        let is_there = |presence| matches!(presence, Presence::There | Presence::Removed);
        line.missing += u64::from(effective && !is_there(index.presence(row)));
        let aborted = history.fate_of_send(row) == Some(Fate::Aborted);
        line.aborted += u64::from(aborted && history.sends.outcome[send] == End::Ok);
    }
    for end in &history.final_reads {
        let known = &mut rows[end.partition as usize].high_watermark;
        *known = (*known).max(Some(end.high_watermark));
    }
    rows.sort_by(|one, other| {
        let key = |row: &LedgerRow| (row.topic.clone(), row.partition.is_none(), row.partition);
        key(one).cmp(&key(other))
    });
    rows
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::history::load::Loader;

    #[test]
    fn counts_how_far_messages_came() {
        let lines = r#"{"format":"kafka-trial-history","version":1}
{"start":"begin","client":"p","id":1,"transaction":1}
{"end":"ok","client":"p","id":1}
{"start":"send","client":"p","id":2,"transaction":1,"topic":"t","message":"a"}
{"end":"ok","client":"p","id":2,"partition":0,"offset":0}
{"start":"abort","client":"p","id":3,"transaction":1}
{"end":"ok","client":"p","id":3}
{"start":"send","client":"p","id":4,"topic":"t","message":"b"}
{"end":"ok","client":"p","id":4,"partition":0,"offset":2}
{"start":"send","client":"p","id":5,"topic":"t","message":"c"}
{"end":"ok","client":"p","id":5,"partition":0,"offset":3}
{"start":"send","client":"p","id":6,"topic":"t","message":"d"}
{"end":"failed","client":"p","id":6}
{"start":"poll","client":"c","id":1}
{"end":"ok","client":"c","id":1,"batches":[{"topic":"t","partition":0,"records":[[2,"b"],[2,"b"]]}]}
"#;
        let mut loader = Loader::default();
        loader.read(Path::new("h"), lines.as_bytes()).expect("readable");
        let rows = ledger(&loader.finish());
        let first = LedgerRow {
            topic: "t".into(),
            partition: Some(0),
            sent: 3,
            acknowledged: 3,
            committed: 2,
            aborted: 1,
            read: 1,
            read_by_anybody: 1,
            missing: 1,
            ..LedgerRow::default()
        };
        let nowhere = LedgerRow { topic: "t".into(), sent: 1, failed: 1, ..LedgerRow::default() };
        assert_eq!(rows, [first, nowhere]);
    }

    #[test]
    fn what_was_read_and_is_gone_at_the_end_is_missing() {
        let lines = r#"{"format":"kafka-trial-history","version":1}
{"start":"send","client":"p","id":1,"topic":"t","partition":0,"message":"a"}
{"end":"ok","client":"p","id":1,"partition":0,"offset":0}
{"start":"send","client":"p","id":2,"topic":"t","partition":0,"message":"b"}
{"end":"ok","client":"p","id":2,"partition":0,"offset":1}
{"start":"poll","client":"early","id":1}
{"end":"ok","client":"early","id":1,"batches":[{"topic":"t","partition":0,"records":[[0,"a"],[1,"b"]]}]}
{"declare":"client","client":"final","isolation":"read_committed","final_reader":true}
{"start":"poll","client":"final","id":1}
{"end":"ok","client":"final","id":1,"batches":[{"topic":"t","partition":0,"records":[[0,"a"]]}]}
{"state":"final-read","topic":"t","partition":0,"to":1,"log_start":0,"last_stable":1,"high_watermark":1}
"#;
        let mut loader = Loader::default();
        loader.read(Path::new("h"), lines.as_bytes()).expect("readable");
        let rows = ledger(&loader.finish());
        assert_eq!((rows[0].committed, rows[0].read, rows[0].missing), (2, 2, 1));
    }
}
