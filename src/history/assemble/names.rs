//! Names as rows: each new name gets a row of its own.

use super::{Assembler, missing, need, row_number};
use crate::checker::history::{
    Client, ClientId, MessageId, NEVER, NONE, Partition, PartitionId, Topic, Transaction,
    TransactionId,
};
use crate::history::line::Line;

impl Assembler {
    pub(super) fn client(&mut self, name: &str) -> ClientId {
        // Every line of an operation has one, mostly one that was named a moment ago.
        let place = usize::from(name.as_bytes().last().map_or(0, |last| last % 16));
        let recent = self.recent_clients[place];
        if (recent as usize) < self.clients.len() && self.clients.get(recent) == name {
            return recent;
        }
        let id = self.clients.intern(name);
        self.recent_clients[place] = id;
        if id as usize == self.history.clients.len() {
            let name = self.history.names.intern(name);
            self.history.clients.push(Client::new(name));
            self.last_id.push((0, 0));
            self.in_vain.push(NONE);
        }
        id
    }

    pub(super) fn topic(&mut self, name: &str) -> u32 {
        // Most lines are of the topic that the line before was of.
        let last = self.history.topics.get(self.last_topic as usize);
        if last.is_some_and(|topic| self.history.names.get(topic.name) == name) {
            return self.last_topic;
        }
        let name = self.history.names.intern(name);
        let topics = &mut self.history.topics;
        self.last_topic = *self.topics.entry(name).or_insert_with(|| {
            topics.push(Topic::new(name));
            count(topics.len() - 1)
        });
        self.last_topic
    }

    pub(super) fn partition(&mut self, topic: &str, number: Option<u32>) -> PartitionId {
        let topic = self.topic(topic);
        self.partition_of(topic, number)
    }

    pub(super) fn partition_of(&mut self, topic: u32, number: Option<u32>) -> PartitionId {
        let partitions = &mut self.history.partitions;
        let recent = &mut self.recent_partitions[number.map_or(0, |number| number as usize % 16)];
        if partitions.get(*recent as usize) != Some(&Partition { topic, number }) {
            *recent = *self.partitions.entry((topic, number)).or_insert_with(|| {
                partitions.push(Partition { topic, number });
                count(partitions.len() - 1)
            });
        }
        *recent
    }

    /// The partition that a line's `topic` and `partition` name.
    pub(super) fn place(&mut self, line: &Line<'_>) -> Result<PartitionId, String> {
        let number = line.partition.ok_or_else(|| missing("partition"))?;
        Ok(self.partition(need(line.topic.as_deref(), "topic")?, Some(number)))
    }

    pub(super) fn message(&mut self, name: &str) -> Result<MessageId, String> {
        let id = self.history.messages.intern(name);
        row_number(id as usize)?;
        if id as usize == self.history.send_of.len() {
            self.history.send_of.push(NONE);
        }
        Ok(id)
    }

    pub(super) fn begin(&mut self, client: ClientId, number: u64) -> Result<TransactionId, String> {
        let (id, now_ns) = (self.transaction(client, number), self.now_ns);
        let row = &mut self.history.transactions[id as usize];
        if std::mem::replace(&mut row.begun, true) {
            return Err(format!("transaction {number} of this client has begun before"));
        }
        // What was polled for it may stand before it.
        row.begin_ns = now_ns;
        Ok(id)
    }

    pub(super) fn transaction(&mut self, client: ClientId, number: u64) -> TransactionId {
        let (transactions, begin_ns) = (&mut self.history.transactions, self.now_ns);
        *self.transactions.entry((client, number)).or_insert_with(|| {
            transactions.push(Transaction {
                client,
                number,
                begun: false,
                begin_ns,
                first_start_ns: NEVER,
                first_done_ns: NEVER,
                commit_start_ns: NEVER,
                abort_start_ns: NEVER,
                alive_ns: 0,
                end_ns: NEVER,
                commit: None,
                abort: None,
            });
            count(transactions.len() - 1)
        })
    }
}

/// The number of a name; names were checked to be fewer than rows by the rows that bear them.
fn count(row: usize) -> u32 {
    u32::try_from(row).unwrap_or(NONE - 1)
}
