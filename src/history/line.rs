//! One line of a history, as it is written and read. `docs/history.schema.json` says the same for
//! other languages; a test holds the two together.

use serde::{Deserialize, Serialize};

use super::record::objects;
pub use super::record::{Batch, Record, Text};

/// One line: exactly one of `format`, `declare`, `start`, `end`, `event` and `state` is there and says
/// what the line is; the other fields belong to it. Times are of the machine that wrote the line.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, bound(deserialize = "'de: 'a"))]
pub struct Line<'a> {
    /// First line of a file: [`super::FORMAT`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<Text<'a>>,
    /// First line of a file: [`super::VERSION`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
    /// First line of a file: files with the same name are parts of one history.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Text<'a>>,

    /// States a setting or a limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub declare: Option<Declare>,
    /// An operation begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<Operation>,
    /// An operation has ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<End>,
    /// Something happened that has no duration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<Happening>,
    /// Something was looked up, mostly after the load has ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<State>,

    /// Name of the client.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client: Option<Text<'a>>,
    /// Number of the operation: ascends within its client; `end` repeats that of its `start`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<u64>,
    /// Monotonic clock of the machine, nanoseconds. Without it a line is 1 ns after the one before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mono_ns: Option<u64>,
    /// Wall clock, milliseconds since 1970 UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wall_ms: Option<u64>,
    /// Number of the client's transaction that the operation belongs to, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transaction: Option<u64>,
    /// Topic.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topic: Option<Text<'a>>,
    /// Partition, from 0; with the end of a send, the one that was chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partition: Option<u32>,
    /// Offset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// Identity of the message: no two sends of a history share one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<Text<'a>>,
    /// Key of the message, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<Text<'a>>,
    /// The message has no value: in a compacted topic it deletes its key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tombstone: Option<bool>,
    /// Checksum of key, value and headers: see [`super::digest`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<u32>,
    /// The message that this message or result was made from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Text<'a>>,
    /// Error of an operation that did not end well, as the client names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Text<'a>>,
    /// Consumer group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<Text<'a>>,
    /// What a poll returned, each partition's records in the order in which they were returned.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "objects")]
    pub batches: Vec<Batch<'a>>,
    /// Records of one replica's log, by ascending offset.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub records: Vec<Record<'a>>,
    /// Partitions assigned or revoked, or offsets to commit.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "objects")]
    pub partitions: Vec<Place<'a>>,

    /// Broker whose replica this is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub broker: Option<i32>,
    /// First offset of a range: of what a replica holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<u64>,
    /// End of a range, exclusive: of what a replica holds, or the offset up to which was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<u64>,
    /// First offset that is still there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_start: Option<u64>,
    /// Last stable offset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_stable: Option<u64>,
    /// High watermark.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub high_watermark: Option<u64>,
    /// A fault, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<Text<'a>>,
    /// What a healed fault was seen to change; empty when nothing was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Text<'a>>,

    /// Client: `isolation.level`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub isolation: Option<Isolation>,
    /// Client: `enable.idempotence`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idempotence: Option<bool>,
    /// Client: `max.in.flight.requests.per.connection`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_in_flight: Option<u32>,
    /// Client: `acks`; -1 means all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acks: Option<i16>,
    /// Client: `transaction.timeout.ms`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transaction_timeout_ms: Option<u64>,
    /// Client: it reads everything after the load has ended; what it sees is "readable at the end".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub final_reader: Option<bool>,
    /// Topic: `min.insync.replicas`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_insync_replicas: Option<u32>,
    /// Topic: `unclean.leader.election.enable`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unclean_election: Option<bool>,
    /// Topic: `message.format.version`, as the version of the record batch: 0, 1 or 2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_format: Option<u8>,
    /// Topic: the id that tells it from others of its name, where the cluster gives one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topic_id: Option<Text<'a>>,
    /// Topic: `cleanup.policy`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cleanup_policy: Option<CleanupPolicy>,
    /// Topic: `retention.ms`; -1 means for ever.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retention_ms: Option<i64>,
    /// Topic: `retention.bytes`; -1 means any number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retention_bytes: Option<i64>,
    /// Topic: `delete.retention.ms`, for which a tombstone stays.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delete_retention_ms: Option<u64>,
    /// How many partitions a topic has from now on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partitions_count: Option<u32>,
    /// Flow: the topic that results are sent to; without it results are `process` events.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to_topic: Option<Text<'a>>,
    /// Flow: offsets are committed in the transaction of the results, or stored with them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exactly_once: Option<bool>,
    /// Limit: the last stable offset moves within this time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stuck_ms: Option<u64>,
    /// Limit: some write succeeds within this time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub writes_unavailable_ms: Option<u64>,
    /// Limit: some read succeeds within this time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reads_unavailable_ms: Option<u64>,
}

/// What a declaration is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Declare {
    /// Settings of a client.
    Client,
    /// Settings of a topic.
    Topic,
    /// From which topic to where a copier or standalone consumer works.
    Flow,
    /// What the scenario allows, for one topic or all.
    Limits,
}

/// Operations with a start and an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Operation {
    /// One message is handed to the producer; ends with its delivery report.
    Send,
    /// The consumer is asked for records.
    Poll,
    /// A transaction begins.
    Begin,
    /// A transaction is committed.
    Commit,
    /// A transaction is aborted.
    Abort,
    /// Offsets are added to a transaction.
    SendOffsets,
    /// Offsets are committed outside of transactions.
    CommitOffsets,
}

/// How an operation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// It took effect.
    Ok,
    /// It certainly had no effect and never will.
    Failed,
    /// It may have had its effect, or may still have it.
    Unknown,
}

/// Events without duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Happening {
    /// The group gave partitions to the client.
    Assign,
    /// The group took partitions from the client; none named means all.
    Revoke,
    /// The client set its position by itself.
    Seek,
    /// Somebody reset the committed offsets of a group.
    Reset,
    /// The client's process died.
    Crash,
    /// A standalone consumer stored the result of one message.
    Process,
    /// A fault begins.
    Fault,
    /// A fault has ended.
    Heal,
    /// A topic was created: what is under its name from now on is a log of its own.
    TopicCreated,
    /// A topic was deleted, with all that was in it.
    TopicDeleted,
    /// Somebody deleted the records of a partition below an offset.
    RecordsDeleted,
    /// A topic got more partitions.
    PartitionsAdded,
}

/// `cleanup.policy`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum CleanupPolicy {
    /// Retention removes what is old.
    #[serde(rename = "delete")]
    Delete,
    /// The cleaner removes what later messages of the same key replace.
    #[serde(rename = "compact")]
    Compact,
    /// Both.
    #[serde(rename = "compact,delete", alias = "delete,compact")]
    CompactAndDelete,
}

/// What was looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// A fresh reader has read a partition up to `to`; its polls stand beside this line.
    FinalRead,
    /// Last stable offset and high watermark at this time.
    Watermarks,
    /// A group's committed offset, as the broker or the consumer's own store has it.
    GroupOffset,
    /// Records of one replica's log.
    Replica,
}

/// `isolation.level`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Isolation {
    /// Sees everything up to the high watermark.
    ReadUncommitted,
    /// Sees committed messages up to the last stable offset.
    ReadCommitted,
}

/// A partition, with an offset where one is meant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound(deserialize = "'de: 'a"))]
pub struct Place<'a> {
    /// Topic.
    pub topic: Text<'a>,
    /// Partition.
    pub partition: u32,
    /// The offset to commit: that of the next message to read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_poll_survives_the_way_through_a_line() {
        let line = Line {
            end: Some(End::Ok),
            client: Some("c".into()),
            id: Some(7),
            batches: vec![Batch {
                topic: "orders".into(),
                partition: 2,
                records: vec![
                    Record { offset: 5, message: Some("p-1".into()), digest: Some(9) },
                    Record { offset: 6, message: Some("p-\"2\"".into()), digest: None },
                ],
            }],
            ..Line::default()
        };
        let text = serde_json::to_string(&line).expect("a line is JSON");
        assert_eq!(
            text,
            r#"{"end":"ok","client":"c","id":7,"batches":[{"topic":"orders","partition":2,"records":[[5,"p-1",9],[6,"p-\"2\""]]}]}"#
        );
        assert_eq!(serde_json::from_str::<Line<'_>>(&text).expect("reads back"), line);
    }

    #[test]
    fn the_schema_names_every_field_and_no_other() {
        let schema: serde_json::Value =
            serde_json::from_str(include_str!("../../docs/history.schema.json")).expect("JSON");
        let documented: Vec<&String> =
            schema["properties"].as_object().expect("properties").keys().collect();
        for field in &documented {
            let line = format!("{{\"{field}\":null}}");
            let result = serde_json::from_str::<Line<'_>>(&line);
            let unknown = result.is_err_and(|error| error.to_string().contains("unknown field"));
            assert!(!unknown, "the schema has {field}, which no line has");
        }
        let message = serde_json::from_str::<Line<'_>>("{\"?\":0}").unwrap_err().to_string();
        let known: Vec<&str> = message.split('`').skip(3).step_by(2).collect();
        assert!(known.len() > 40, "{message}");
        for field in known {
            assert!(documented.iter().any(|name| *name == field), "{field} is not in the schema");
        }
    }
}
