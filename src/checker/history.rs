//! A history in memory: columns of small numbers, one row for each operation, about 70 bytes for a message
//! that was sent and read. Rows stand in the order in which things happened, as far as one client sees.

use rustc_hash::FxHashMap;

pub use super::clock::{NEVER, clock_of, is_after, is_before};
use super::intern::{Interner, TextId};
pub use super::looked_up::{FinalRead, GroupOffset, OffsetKind, Replica, ReplicaRecord, Watermark};
pub use super::messages::{Poll, Reads, Sends};
pub use super::topics::{LogStart, Partition, Topic, TopicLife, TopicSettings};
pub use super::transaction::{Fate, Transaction};
pub use crate::history::line::{CleanupPolicy, End, Isolation};

/// Row of a client in [`History::clients`].
pub type ClientId = u32;
/// Row of a partition in [`History::partitions`].
pub type PartitionId = u32;
/// Number of a message in [`History::messages`].
pub type MessageId = u32;
/// Row in [`History::sends`].
pub type SendRow = u32;
/// Row in [`History::reads`]; a record that a poll returned.
pub type ReadRow = u32;
/// Row in [`History::transactions`].
pub type TransactionId = u32;

/// In any column of row numbers: there is none.
pub const NONE: u32 = u32::MAX;
/// In a column of offsets: not known.
pub const NO_OFFSET: u64 = u64::MAX;

/// Everything that was recorded.
#[derive(Debug, Default)]
pub struct History {
    /// Identities of messages.
    pub messages: Interner,
    /// All other names: clients, topics, groups, keys, errors, faults.
    pub names: Interner,
    /// Clients, in order of appearance.
    pub clients: Vec<Client>,
    /// Topics, in order of appearance.
    pub topics: Vec<Topic>,
    /// What was declared of topics, each from its time on.
    pub topic_settings: Vec<TopicSettings>,
    /// When topics were created and deleted.
    pub topic_lives: Vec<TopicLife>,
    /// Where somebody deleted records.
    pub log_starts: Vec<LogStart>,
    /// Partitions, in order of appearance.
    pub partitions: Vec<Partition>,
    /// Every send.
    pub sends: Sends,
    /// For each message the send that made it, or [`NONE`].
    pub send_of: Vec<SendRow>,
    /// Every poll that returned something or failed.
    pub polls: Vec<Poll>,
    /// Every record that a poll returned.
    pub reads: Reads,
    /// Every transaction.
    pub transactions: Vec<Transaction>,
    /// What changed a consumer's position from outside of its polls.
    pub turns: Vec<Turn>,
    /// Clients whose processes died, and when.
    pub crashes: Vec<(ClientId, u64)>,
    /// Offsets that were committed, in transactions or not, and observed.
    pub group_offsets: Vec<GroupOffset>,
    /// Copiers and standalone consumers.
    pub flows: Vec<Flow>,
    /// Results that went elsewhere than to Kafka.
    pub results: Vec<Stored>,
    /// What fresh readers found at the end.
    pub final_reads: Vec<FinalRead>,
    /// Samples of partitions' ends.
    pub watermarks: Vec<Watermark>,
    /// Ranges of replicas' logs that were dumped.
    pub replicas: Vec<Replica>,
    /// The records of these dumps, in order.
    pub replica_records: Vec<ReplicaRecord>,
    /// Faults.
    pub faults: Vec<Fault>,
    /// What the scenario allows; a limit without a topic is for all.
    pub limits: Vec<Limits>,
    /// Polls that returned nothing, those of one client that follow each other joined.
    pub empty_polls: Vec<EmptyPolls>,
    /// Where each file begins.
    pub parts: Vec<PartStart>,
    /// What there is to say about the reading: truncated lines, operations without an end.
    pub notes: Vec<String>,
    /// Lines that cannot all be true.
    pub contradictions: Vec<String>,
    /// Wall clock minus monotonic clock, in milliseconds, where a line had both.
    pub wall_offset_ms: Option<i64>,
}

/// A client and its settings. What it did not declare has the value that promises most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Client {
    /// Name of the client.
    pub name: TextId,
    /// `isolation.level`.
    pub isolation: Isolation,
    /// `enable.idempotence`.
    pub idempotence: bool,
    /// `max.in.flight.requests.per.connection`.
    pub max_in_flight: u32,
    /// `acks`; -1 means all.
    pub acks: i16,
    /// `transaction.timeout.ms`.
    pub transaction_timeout_ms: u64,
    /// What it sees is "readable at the end".
    pub final_reader: bool,
}

impl Client {
    /// A client that has declared nothing.
    pub fn new(name: TextId) -> Self {
        Self {
            name,
            isolation: Isolation::ReadCommitted,
            idempotence: true,
            max_in_flight: 5,
            acks: -1,
            transaction_timeout_ms: 60_000,
            final_reader: false,
        }
    }
}

/// Something other than a poll changed a consumer's position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    /// It happened before this row of [`History::reads`]; [`NONE`] where that is not known.
    pub before: ReadRow,
    /// Time of the turn.
    pub at_ns: u64,
    /// In which file it was recorded.
    pub part: u32,
    /// Whose position.
    pub client: ClientId,
    /// In which partition; [`NONE`] means all.
    pub partition: PartitionId,
    /// A seek, not a rebalance.
    pub seek: bool,
}

/// From where to where a copier or standalone consumer works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flow {
    /// Topic that is read.
    pub from: u32,
    /// Topic that is written; `None` when results are [`History::results`].
    pub to: Option<u32>,
    /// Group whose offsets say how far it came.
    pub group: TextId,
    /// Its settings promise exactly once.
    pub exactly_once: bool,
}

/// A standalone consumer stored a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stored {
    /// The message it was made from.
    pub source: MessageId,
    /// Who stored it.
    pub client: ClientId,
    /// For which group, or [`NONE`] where the line does not say.
    pub group: TextId,
    /// Time of the line.
    pub at_ns: u64,
}

/// One fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// What it is, in words.
    pub what: TextId,
    /// Monotonic time when it began.
    pub from_ns: u64,
    /// When it was healed, or [`NEVER`].
    pub to_ns: u64,
    /// It was healed, and nothing was seen to change.
    pub without_effect: bool,
}

/// A client polled in vain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EmptyPolls {
    /// The consumer.
    pub client: ClientId,
    /// Monotonic time when the first began.
    pub start_ns: u64,
    /// When the last ended.
    pub end_ns: u64,
}

/// The rows that were there when a file began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartStart {
    /// In [`History::sends`].
    pub sends: SendRow,
    /// In [`History::reads`].
    pub reads: ReadRow,
}

/// What the scenario allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Limits {
    /// For which topic; `None` for all.
    pub topic: Option<u32>,
    /// Last stable offset.
    pub stuck_ms: Option<u64>,
    /// Writes.
    pub writes_unavailable_ms: Option<u64>,
    /// Reads.
    pub reads_unavailable_ms: Option<u64>,
}

impl History {
    /// What became of a send's transaction; `None` outside of transactions.
    pub fn fate_of_send(&self, send: SendRow) -> Option<Fate> {
        let transaction = self.sends.transaction[send as usize];
        (transaction != NONE).then(|| self.transactions[transaction as usize].fate())
    }

    /// The topic that a partition belongs to.
    pub fn topic_of(&self, partition: PartitionId) -> &Topic {
        &self.topics[self.partitions[partition as usize].topic as usize]
    }

    /// Which file a send is in.
    pub fn part_of_send(&self, send: SendRow) -> usize {
        self.parts.partition_point(|part| part.sends <= send)
    }

    /// The client that read a record.
    pub fn reader_of(&self, read: ReadRow) -> &Client {
        let poll = self.reads.poll[read as usize];
        &self.clients[self.polls[poll as usize].client as usize]
    }

    /// Whether the send took effect for certain: acknowledged, and its transaction, if any, committed.
    pub fn is_effective(&self, send: SendRow) -> bool {
        self.sends.outcome[send as usize] == End::Ok
            && matches!(self.fate_of_send(send), None | Some(Fate::Committed))
    }

    /// For each topic the strictest limit of one kind.
    pub fn strictest_limits(&self, of: impl Fn(&Limits) -> Option<u64>) -> Vec<Option<u64>> {
        let stricter = |one: Option<u64>, other: Option<u64>| one.into_iter().chain(other).min();
        let mut of_all = None;
        let mut of_name: FxHashMap<TextId, Option<u64>> = FxHashMap::default();
        for limits in &self.limits {
            let limit = match limits.topic {
                None => &mut of_all,
                Some(topic) => of_name.entry(self.topics[topic as usize].name).or_default(),
            };
            *limit = stricter(*limit, of(limits));
        }
        let of_topic = |topic: &Topic| of_name.get(&topic.name).copied().flatten();
        self.topics.iter().map(|topic| stricter(of_topic(topic), of_all)).collect()
    }

    /// The poll that returned a record.
    pub fn poll_of(&self, read: ReadRow) -> &Poll {
        &self.polls[self.reads.poll[read as usize] as usize]
    }
}
