//! Puts what was found into words, with everything that helps to find it in the cluster.

use super::clock::{clock_of, is_on_clock};
use super::findings::Example;
use super::history::{
    ClientId, Fault, MessageId, NEVER, NO_OFFSET, NONE, PartitionId, ReadRow, SendRow,
    TransactionId, is_before,
};
use super::index::Index;

impl Index<'_> {
    /// An example about a send.
    pub fn example_of_send(&self, send: SendRow, text: String) -> Example {
        let sends = &self.history.sends;
        let row = send as usize;
        let offset = sends.offset[row];
        Example {
            offset: (offset != NO_OFFSET).then_some(offset),
            message: Some(self.message(sends.message[row]).to_owned()),
            key: self.key(sends.message[row]),
            ..self.example(sends.partition[row], sends.start_ns[row], sends.end_ns[row], text)
        }
    }

    /// An example of a message that was acknowledged and is gone. What was done to its log afterwards may be why.
    pub fn example_of_gone(&self, send: SendRow, text: String) -> Example {
        let gone_since = Some(self.history.sends.end_ns[send as usize]);
        Example { gone_since, ..self.example_of_send(send, text) }
    }

    /// An example about a record that was read.
    pub fn example_of_read(&self, read: ReadRow, text: String) -> Example {
        let (partition, offset) = self.history.reads.place(read);
        let poll = self.history.polls[self.history.reads.poll[read as usize] as usize];
        let message = self.history.reads.message[read as usize];
        Example {
            offset: Some(offset),
            message: Some(self.message(message).to_owned()),
            key: self.key(message),
            ..self.example(partition, poll.start_ns, poll.end_ns, text)
        }
    }

    /// An example about a partition in a span of time, which names the faults that were active in it.
    pub fn example(
        &self,
        partition: PartitionId,
        from_ns: u64,
        to_ns: u64,
        text: String,
    ) -> Example {
        let place = self.history.partitions[partition as usize];
        Example {
            text,
            topic: Some(self.name(self.history.topics[place.topic as usize].name).to_owned()),
            partition: place.number,
            ..self.example_at(from_ns, to_ns)
        }
    }

    /// An example of which only the time is known yet.
    pub fn example_at(&self, from_ns: u64, to_ns: u64) -> Example {
        let to_ns = if to_ns == NEVER { from_ns } else { to_ns };
        let wall = |offset: i64| offset.saturating_add_unsigned(from_ns / 1_000_000);
        Example {
            mono_ns: is_on_clock(from_ns).then_some(from_ns),
            wall_ms: self
                .history
                .wall_offset_ms
                .filter(|_| is_on_clock(from_ns))
                .and_then(|offset| u64::try_from(wall(offset)).ok()),
            span: Some((from_ns, to_ns)),
            ..Example::default()
        }
    }

    /// Names the faults of an example: of one that is kept, as there may be many faults, and many that are not.
    pub fn name_faults(&self, example: &mut Example) {
        if let Some((from_ns, to_ns)) = example.span.take() {
            example.faults = self.faults(|fault| {
                let alike = clock_of(fault.from_ns) == clock_of(from_ns);
                alike && fault.from_ns <= to_ns && from_ns <= fault.to_ns
            });
        }
        if let Some(since_ns) = example.gone_since.take() {
            example.later_faults = self.faults(|fault| is_before(since_ns, fault.from_ns));
        }
    }

    /// Names of the faults of which this is true.
    fn faults(&self, which: impl Fn(&Fault) -> bool) -> Vec<String> {
        let faults = self.history.faults.iter().filter(|fault| which(fault));
        faults.map(|fault| self.name(fault.what).to_owned()).collect()
    }

    /// A name.
    pub fn name(&self, id: u32) -> &str {
        self.history.names.get(id)
    }

    /// A message's identity.
    pub fn message(&self, id: MessageId) -> &str {
        self.history.messages.get(id)
    }

    /// A client's name.
    pub fn client(&self, id: ClientId) -> &str {
        self.name(self.history.clients[id as usize].name)
    }

    /// The client that read a record.
    pub fn reader(&self, read: ReadRow) -> &str {
        self.name(self.history.reader_of(read).name)
    }

    /// The client that sent a message.
    pub fn producer(&self, send: SendRow) -> &str {
        self.client(self.history.sends.client[send as usize])
    }

    /// `transaction 3 of p1`.
    pub fn transaction(&self, id: TransactionId) -> String {
        let transaction = self.history.transactions[id as usize];
        format!("transaction {} of {}", transaction.number, self.client(transaction.client))
    }

    /// `orders/0`, or `orders` when the partition is not known.
    pub fn partition(&self, id: PartitionId) -> String {
        let partition = self.history.partitions[id as usize];
        let topic = self.name(self.history.topics[partition.topic as usize].name);
        partition.number.map_or_else(|| topic.to_owned(), |number| format!("{topic}/{number}"))
    }

    /// `orders/0 at offset 42`.
    pub fn place(&self, partition: PartitionId, offset: u64) -> String {
        let partition = self.partition(partition);
        if offset == NO_OFFSET { partition } else { format!("{partition} at offset {offset}") }
    }

    fn key(&self, message: MessageId) -> Option<String> {
        let send = self.history.send_of[message as usize];
        let key = self.history.sends.key.get(send as usize).copied().filter(|key| *key != NONE)?;
        Some(self.name(key).to_owned())
    }
}
