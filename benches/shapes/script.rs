//! Writes a history line by line.

use std::collections::HashMap;
use std::fmt::Write as _;

/// A history in the making; every line is a microsecond after the one before.
pub(super) struct Script {
    text: String,
    ids: HashMap<String, u64>,
    now_ns: u64,
    messages: u64,
}

/// One that was sent and stored.
#[derive(Clone, Copy)]
pub(super) struct Message {
    number: u64,
    partition: u64,
    offset: u64,
}

impl Message {
    /// It is named `m-` and this.
    pub(super) fn number(self) -> u64 {
        self.number
    }
}

impl Script {
    pub(super) fn new() -> Self {
        Self::named("h")
    }

    /// A part of the history of this name.
    pub(super) fn named(name: &str) -> Self {
        let header =
            format!("{{\"format\":\"kafka-trial-history\",\"version\":1,\"name\":\"{name}\"}}\n");
        Self { text: header, ids: HashMap::new(), now_ns: 1_000_000, messages: 0 }
    }

    /// The texts of its files.
    pub(super) fn files(self) -> Vec<String> {
        vec![self.text]
    }

    pub(super) fn text(self) -> String {
        self.text
    }

    /// Time passes.
    pub(super) fn wait(&mut self, ms: u64) {
        self.now_ns += ms * 1_000_000;
    }

    /// A line with these fields; it gets its time.
    pub(super) fn line(&mut self, fields: &str) {
        self.now_ns += 1_000;
        writeln!(self.text, "{{{fields},\"mono_ns\":{}}}", self.now_ns).expect("a text");
    }

    /// An operation that begins with these fields and ends with those.
    pub(super) fn operation(&mut self, client: &str, start: &str, end: &str) {
        let id = self.begin(client, start);
        self.end(client, id, end);
    }

    /// An operation that begins; its number.
    pub(super) fn begin(&mut self, client: &str, start: &str) -> u64 {
        if !self.ids.contains_key(client) {
            self.ids.insert(client.to_owned(), 0);
        }
        let id = self.ids.get_mut(client).map_or(0, |id| {
            *id += 1;
            *id
        });
        self.line(&format!("\"start\":{start},\"client\":\"{client}\",\"id\":{id}"));
        id
    }

    pub(super) fn end(&mut self, client: &str, id: u64, end: &str) {
        self.line(&format!("\"end\":{end},\"client\":\"{client}\",\"id\":{id}"));
    }

    /// A message that is acknowledged; `more` are further fields of the start, each behind a comma.
    pub(super) fn send(
        &mut self,
        client: &str,
        topic: &str,
        (partition, offset): (u64, u64),
        more: &str,
    ) -> Message {
        self.messages += 1;
        let number = self.messages;
        let start = format!(
            "\"send\",\"topic\":\"{topic}\",\"partition\":{partition},\"message\":\"m-{number}\"{more}"
        );
        self.operation(client, &start, &format!("\"ok\",\"offset\":{offset}"));
        Message { number, partition, offset }
    }

    /// A message that is polled.
    pub(super) fn read(&mut self, client: &str, topic: &str, message: Message, more: &str) {
        self.poll(client, topic, &[message], more);
    }

    /// Messages of one partition that are polled.
    pub(super) fn poll(&mut self, client: &str, topic: &str, messages: &[Message], more: &str) {
        let Some(first) = messages.first() else { return };
        let records: Vec<String> = messages
            .iter()
            .map(|message| format!("[{},\"m-{}\"]", message.offset, message.number))
            .collect();
        let end = format!(
            "\"ok\",\"batches\":[{{\"topic\":\"{topic}\",\"partition\":{},\"records\":[{}]}}]",
            first.partition,
            records.join(",")
        );
        self.operation(client, &format!("\"poll\"{more}"), &end);
    }

    /// A transaction's begin, commit or abort.
    pub(super) fn control(&mut self, client: &str, what: &str, transaction: u64) {
        let start = format!("\"{what}\",\"transaction\":{transaction}");
        self.operation(client, &start, "\"ok\"");
    }

    /// A partition was read up to its end.
    pub(super) fn final_read(&mut self, topic: &str, partition: u64, end: u64) {
        self.line(&format!(
            "\"state\":\"final-read\",\"topic\":\"{topic}\",\"partition\":{partition},\"to\":{end},\"high_watermark\":{end}"
        ));
    }
}
