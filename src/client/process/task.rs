//! The orders to a client process and its reports: one line of JSON each. The first line on its standard
//! input is its [`Task`], every later one an [`Order`]; every line on its standard output is a [`Report`].

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::client::settings::Settings;
use crate::topology::Access;

/// The task of a client process until it is stopped.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// Its name in the history, which no other client has.
    pub client: String,
    /// The name of the history.
    pub history: String,
    /// Its file of the history, to be created.
    pub file: PathBuf,
    /// `bootstrap.servers`.
    pub access: Access,
    /// Settings of its producers and consumers, over those that its work brings along.
    pub settings: Settings,
    /// Its work.
    pub work: Work,
}

/// The work of a client process.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Work {
    /// Sends numbered messages.
    Produce(Produce),
    /// Writes what it reads from one topic to another.
    Copy(Copy),
    /// Reads, and commits what it has read.
    Consume(Consume),
    /// Stores a result of each message that it reads.
    Process(Process),
}

/// Sends messages whose values are the numbers from 1, with idempotence, then waits to be stopped.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Produce {
    /// The topic that it writes to.
    pub topic: String,
    /// The last number.
    pub count: u64,
    /// Messages a second; none is as many as possible.
    pub rate: Option<u64>,
    /// Sends in transactions.
    pub transactions: Option<Transactions>,
}

/// In which transactions a producer sends.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Transactions {
    /// `transactional.id`.
    pub id: String,
    /// Messages in each.
    pub size: u64,
}

/// Consumes, transforms, produces: key and value stay as they are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Copy {
    /// The topic that it reads from.
    pub from: String,
    /// The topic that it writes to.
    pub to: String,
    /// `group.id`.
    pub group: String,
    /// `transactional.id`, or what it begins with where there is one for each partition.
    pub transactional_id: String,
    /// How results and offsets are committed.
    pub copying: Copying,
}

/// How a copier commits results and offsets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Copying {
    /// Offsets are part of the transaction that writes the results; the coordinator learns which member of
    /// which generation of the group commits, and refuses one of the past from Kafka 2.5 on (KIP-447).
    InTransactions,
    /// The same, but the coordinator learns only the group: what clients did before KIP-447.
    ByGroupIdAlone,
    /// The same, with a producer for each partition of the input. Its transactional id belongs to the
    /// partition, so whoever takes the partition over fences the one who had it: what was safe before KIP-447.
    ProducerPerPartition,
    /// The consumer commits the offsets after the transaction with the results.
    OutsideTransactions,
}

/// Reads a topic in a group, and commits the offsets of each batch to Kafka after it has read it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Consume {
    /// The topic that it reads from.
    pub topic: String,
    /// `group.id`.
    pub group: String,
}

/// Stores a result of each message of a topic in a database of its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Process {
    /// The topic that it reads from.
    pub topic: String,
    /// `group.id`.
    pub group: String,
    /// The database, an SQLite file.
    pub store: PathBuf,
    /// When offsets are committed.
    pub offsets: Offsets,
}

/// When a standalone consumer commits its offsets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Offsets {
    /// To Kafka, after the results are stored.
    AfterProcessing,
    /// To Kafka, before anything is processed.
    BeforeProcessing,
    /// To its own database, in the transaction that stores the results.
    WithResults,
}

/// An order of the run to a process that works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// Halt halfway through the next batch and report [`Report::Halted`].
    Halt,
    /// Go on, now or once it has halted.
    GoOn,
    /// End in an orderly way: finish the batch, leave the group.
    Stop,
}

/// A report of a process to the run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Report {
    /// Its producer is ready.
    Ready,
    /// It reads these partitions now.
    Assigned(Vec<i32>),
    /// So many messages were acknowledged or committed since it was started.
    Done(u64),
    /// Every message is sent and acknowledged or committed.
    Finished,
    /// It has halted halfway through a batch.
    Halted,
    /// Kafka refused what it wanted to commit, and it goes on.
    Refused(String),
    /// Another producer with its transactional id was started, so it ends.
    Fenced(String),
    /// No client can be made with its settings, so it ends.
    Unfit(String),
    /// It cannot go on, so it ends.
    Failed(String),
}

impl Copying {
    /// Whether it promises that each message has one result, also while instances take partitions over from
    /// each other.
    pub fn is_exactly_once(self, coordinator_knows_generations: bool) -> bool {
        match self {
            Self::InTransactions => coordinator_knows_generations,
            Self::ProducerPerPartition => true,
            Self::ByGroupIdAlone | Self::OutsideTransactions => false,
        }
    }
}

/// A task for tests.
#[cfg(test)]
pub(super) fn example(settings: Settings) -> Task {
    Task {
        client: "cp (2)".into(),
        history: "h".into(),
        file: "h/client-cp-2.ndjson".into(),
        access: Access::plaintext("127.0.0.1:1"),
        settings,
        work: Work::Copy(Copy {
            from: "topic1".into(),
            to: "topic2".into(),
            group: "cp".into(),
            transactional_id: "cp".into(),
            copying: Copying::ProducerPerPartition,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_survives_the_way_to_the_process() {
        let task = example(Settings::default().with("max.poll.interval.ms", "7000"));
        let line = serde_json::to_string(&task).expect("JSON");
        assert!(!line.contains('\n'));
        assert_eq!(serde_json::from_str::<Task>(&line).expect("reads back"), task);
    }
}
