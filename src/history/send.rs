//! The two lines of which most histories consist, without the fields of all others: a producer at full speed
//! writes a hundred thousand of them in a second.

use serde::Serialize;

use super::line::{End, Operation};
use super::recorder::{ClientRecorder, OperationId, Recorder, monotonic_ns, wall_ms};

/// A message that is about to be sent; the fields are those of [`super::line::Line`].
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct Outgoing<'a> {
    /// Number of the client's transaction.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transaction: Option<u64>,
    /// Topic.
    pub topic: &'a str,
    /// The partition, where the sender chooses it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partition: Option<u32>,
    /// Identity of the message.
    pub message: &'a str,
    /// Key of the message, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<&'a str>,
    /// The message has no value: in a compacted topic it deletes its key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tombstone: Option<bool>,
    /// Checksum of key, value and headers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<u32>,
    /// The message that this one was made from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<&'a str>,
}

/// Where a message was stored.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct Stored {
    /// Partition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partition: Option<u32>,
    /// Offset; with acks=0 there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
}

#[derive(Serialize)]
struct Start<'a> {
    start: Operation,
    client: &'a str,
    id: u64,
    mono_ns: u64,
    wall_ms: u64,
    #[serde(flatten)]
    message: &'a Outgoing<'a>,
}

/// Without the wall clock, which its start has.
#[derive(Serialize)]
struct Acknowledged<'a> {
    end: End,
    client: &'a str,
    id: u64,
    mono_ns: u64,
    #[serde(flatten)]
    stored: Stored,
}

impl ClientRecorder {
    /// Records that a message is about to be handed to the client library; to be called before it is.
    pub fn start_send(&mut self, message: &Outgoing<'_>) -> OperationId {
        let id = self.next();
        self.recorder().take(&Start {
            start: Operation::Send,
            client: self.name(),
            id: id.0,
            mono_ns: monotonic_ns(),
            wall_ms: wall_ms(),
            message,
        });
        id
    }
}

impl Recorder {
    /// Records that the brokers have acknowledged a message of this client.
    pub fn sent(&self, client: &str, operation: OperationId, stored: Stored) {
        let OperationId(id) = operation;
        self.take(&Acknowledged { end: End::Ok, client, id, mono_ns: monotonic_ns(), stored });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::line::Line;
    use crate::history::recorder::Flush;

    #[test]
    fn lines_are_those_that_any_other_operation_would_have() {
        let folder = tempfile::tempdir().expect("a folder");
        let written = |name: &str, write: &dyn Fn(&mut ClientRecorder)| {
            let path = folder.path().join(name);
            let recorder = Recorder::create(&path, None, Flush::Always).expect("created");
            write(&mut recorder.client("p", Line::default()));
            let text = std::fs::read_to_string(path).expect("readable");
            let lines = text.lines().skip(2).map(|line| {
                let line: Line<'_> = serde_json::from_str(line).expect("a line");
                assert!(line.mono_ns.is_some() && line.wall_ms.is_some() == line.start.is_some());
                let without_times = Line { mono_ns: None, wall_ms: None, ..line };
                serde_json::to_string(&without_times).expect("JSON")
            });
            lines.collect::<Vec<_>>()
        };
        let short = written("short", &|client| {
            let some = Outgoing {
                transaction: Some(2),
                topic: "t",
                partition: Some(1),
                message: "\"p\"-1",
                key: Some("k"),
                tombstone: Some(true),
                digest: Some(9),
                source: Some("q-1"),
            };
            let id = client.start_send(&some);
            client.recorder().sent("p", id, Stored { partition: Some(1), offset: Some(7) });
            let id =
                client.start_send(&Outgoing { topic: "t", message: "p-2", ..Outgoing::default() });
            client.recorder().sent("p", id, Stored::default());
        });
        assert_eq!(
            short,
            [
                r#"{"start":"send","client":"p","id":1,"transaction":2,"topic":"t","partition":1,"message":"\"p\"-1","key":"k","tombstone":true,"digest":9,"source":"q-1"}"#,
                r#"{"end":"ok","client":"p","id":1,"partition":1,"offset":7}"#,
                r#"{"start":"send","client":"p","id":2,"topic":"t","message":"p-2"}"#,
                r#"{"end":"ok","client":"p","id":2}"#,
            ]
        );
    }
}
