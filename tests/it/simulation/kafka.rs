//! Logs, transactions and groups, as Kafka keeps them. What is appended is replicated at once, so the high
//! watermark is the end of the log.

use std::collections::{BTreeMap, BTreeSet};

/// Row in [`Kafka::logs`].
pub type LogId = usize;
/// Row in [`super::world::World::messages`].
pub type MessageId = usize;
/// Row in [`Kafka::transactions`].
pub type TransactionId = usize;
/// Row in [`Kafka::topics`].
pub type TopicId = usize;

/// One offset that holds something.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    pub offset: u64,
    /// `None` for a marker.
    pub message: Option<MessageId>,
    pub transaction: Option<TransactionId>,
}

/// The log of one partition.
#[derive(Debug, Clone, Default)]
pub struct Log {
    pub topic: TopicId,
    pub number: u32,
    pub entries: Vec<Entry>,
    pub start: u64,
    pub end: u64,
    /// Below this offset nothing gets lost.
    pub safe: u64,
    /// Transactions that are open here, and where each began.
    open: BTreeMap<TransactionId, u64>,
}

#[derive(Debug, Clone)]
pub struct Topic {
    pub name: &'static str,
    /// Its partitions, as they are now.
    pub logs: Vec<LogId>,
    /// How often it was made.
    pub incarnation: u32,
    pub compacted: bool,
    /// `min.insync.replicas` is 1, or unclean elections are on: its end may get lost.
    pub unsafe_now: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Open,
    Committed,
    Aborted,
}

#[derive(Debug, Clone)]
pub struct Transaction {
    pub client: String,
    pub number: u64,
    pub fate: Fate,
    /// Where it wrote.
    pub logs: BTreeSet<LogId>,
    /// Offsets that go with it.
    pub offsets: Vec<(&'static str, LogId, u64)>,
    /// How many markers are not yet written; counts the one of the groups' coordinator.
    pub unwritten: usize,
}

#[derive(Debug, Default)]
pub struct Kafka {
    pub topics: Vec<Topic>,
    pub logs: Vec<Log>,
    pub transactions: Vec<Transaction>,
    /// What groups have committed.
    pub committed: BTreeMap<(&'static str, LogId), u64>,
}

impl Log {
    pub fn last_stable(&self) -> u64 {
        self.open.values().min().copied().unwrap_or(self.end)
    }

    pub fn append(&mut self, message: MessageId, transaction: Option<TransactionId>) -> u64 {
        let offset = self.end;
        if let Some(id) = transaction {
            self.open.entry(id).or_insert(offset);
        }
        self.entries.push(Entry { offset, message: Some(message), transaction });
        self.end += 1;
        offset
    }

    pub fn mark(&mut self, transaction: TransactionId) {
        if self.open.remove(&transaction).is_some() {
            let offset = self.end;
            self.entries.push(Entry { offset, message: None, transaction: Some(transaction) });
            self.end += 1;
        }
    }

    /// What is before an offset is deleted.
    pub fn delete_before(&mut self, offset: u64) {
        self.start = self.start.max(offset.min(self.last_stable()));
        self.entries.retain(|entry| entry.offset >= self.start);
    }

    /// The last records get lost with the leader that had them. A transaction's marker does not get lost without
    /// its records: it would be open for ever.
    pub fn truncate(&mut self, count: u64) {
        let mut end = self.end.saturating_sub(count).max(self.start);

        while let Some(first) = self.first_of_cut(end).filter(|first| *first < end) {
            end = first;
        }
        if end < self.safe {
            return;
        }
        self.entries.retain(|entry| entry.offset < end);
        self.open.retain(|_, first| *first < end);
        self.end = end;
    }

    /// Where the transactions begin that have something at an offset or behind it.
    fn first_of_cut(&self, end: u64) -> Option<u64> {
        let cut = self.entries.iter().filter(|entry| entry.offset >= end);
        let cut: BTreeSet<_> = cut.filter_map(|entry| entry.transaction).collect();
        let of_cut = |entry: &&Entry| entry.transaction.is_some_and(|id| cut.contains(&id));
        self.entries.iter().filter(of_cut).map(|entry| entry.offset).min()
    }
}

impl Kafka {
    /// Makes a partition.
    pub fn add_log(&mut self, topic: TopicId) {
        let number = u32::try_from(self.topics[topic].logs.len()).expect("few partitions");
        self.topics[topic].logs.push(self.logs.len());
        self.logs.push(Log { topic, number, ..Log::default() });
    }

    /// The coordinator writes down what becomes of a transaction, unless it has done so before. Markers follow.
    pub fn decide(&mut self, id: TransactionId, fate: Fate) -> bool {
        let transaction = &mut self.transactions[id];
        if transaction.fate != Fate::Open {
            return false;
        }
        transaction.fate = fate;
        transaction.unwritten = transaction.logs.len() + 1;
        true
    }

    /// A marker is written, in a log or, without one, in the groups' coordinator.
    pub fn mark(&mut self, id: TransactionId, log: Option<LogId>) {
        self.transactions[id].unwritten -= 1;
        match log {
            Some(log) => self.logs[log].mark(id),
            None if self.transactions[id].fate == Fate::Committed => {
                for (group, log, offset) in self.transactions[id].offsets.clone() {
                    self.committed.insert((group, log), offset);
                }
            }
            None => {}
        }
    }

    /// Whether all markers are written, so that the producer may begin anew.
    pub fn is_over(&self, id: TransactionId) -> bool {
        self.transactions[id].fate != Fate::Open && self.transactions[id].unwritten == 0
    }

    /// What a consumer gets from an offset on, and where it is then.
    pub fn fetch(
        &self,
        log: LogId,
        from: u64,
        committed: bool,
        limit: usize,
    ) -> (Vec<(u64, MessageId)>, u64) {
        let log = &self.logs[log];
        let to = if committed { log.last_stable() } else { log.end };
        let mut found = Vec::new();
        for entry in log.entries.iter().filter(|entry| (from..to).contains(&entry.offset)) {
            if found.len() == limit {
                return (found, entry.offset);
            }
            let aborted = |id: TransactionId| self.transactions[id].fate != Fate::Committed;
            let hidden = committed && entry.transaction.is_some_and(aborted);
            if let Some(message) = entry.message.filter(|_| !hidden) {
                found.push((entry.offset, message));
            }
        }
        (found, to.max(from))
    }

    /// The cleaner goes over a log: of each key the last record stays, of aborted ones none. `key` tells a message's
    /// key, and whether it goes even as the last one.
    pub fn compact(&mut self, log: LogId, key: impl Fn(MessageId) -> (u32, bool)) {
        let to = self.logs[log].last_stable();
        let transactions = &self.transactions;
        let aborted = |entry: &Entry| {
            entry.transaction.is_some_and(|id| transactions[id].fate == Fate::Aborted)
        };
        let mut last = BTreeMap::new();
        for entry in self.logs[log].entries.iter().filter(|entry| !aborted(entry)) {
            if let Some(message) = entry.message.filter(|_| entry.offset < to) {
                last.insert(key(message).0, entry.offset);
            }
        }
        self.logs[log].entries.retain(|entry| {
            let Some(message) = entry.message.filter(|_| entry.offset < to) else { return true };
            let (key, goes) = key(message);
            !aborted(entry) && last[&key] == entry.offset && !goes
        });
    }
}
