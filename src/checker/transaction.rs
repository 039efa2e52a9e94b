//! Transactions of a history, and what became of them.

use super::history::{ClientId, End};

/// One transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transaction {
    /// The producer.
    pub client: ClientId,
    /// The client's number for it.
    pub number: u64,
    /// Its beginning was recorded.
    pub begun: bool,
    /// Monotonic time when it began.
    pub begin_ns: u64,
    /// When its first send, of a message or of offsets, began, or [`NEVER`](super::history::NEVER).
    pub first_start_ns: u64,
    /// When the first operation in it that reached the cluster was done, or [`NEVER`](super::history::NEVER).
    pub first_done_ns: u64,
    /// When its first commit began that did not fail, or [`NEVER`](super::history::NEVER).
    pub commit_start_ns: u64,
    /// When its first abort began that did not fail, or [`NEVER`](super::history::NEVER).
    pub abort_start_ns: u64,
    /// When the last operation in it that took effect began, 0 where there was none.
    pub alive_ns: u64,
    /// When its commit or abort ended with ok, or [`NEVER`](super::history::NEVER).
    pub end_ns: u64,
    /// How its commits ended: the strongest of ok, unknown, failed; `None` when none was tried.
    pub commit: Option<End>,
    /// How its aborts ended, likewise.
    pub abort: Option<End>,
}

/// What became of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// A commit ended with ok.
    Committed,
    /// A commit may have happened.
    Unknown,
    /// No commit can have happened, and it was given up: aborted, or its commit refused.
    Aborted,
    /// Nobody has tried to commit or abort it.
    Open,
}

impl Transaction {
    /// What became of it.
    pub fn fate(&self) -> Fate {
        match (self.commit, self.abort) {
            (Some(End::Ok), _) => Fate::Committed,
            // The coordinator refuses to abort what it has begun to commit.
            (Some(End::Unknown), Some(End::Ok)) => Fate::Aborted,
            (Some(End::Unknown), _) => Fate::Unknown,
            (Some(End::Failed), _) | (None, Some(_)) => Fate::Aborted,
            (None, None) => Fate::Open,
        }
    }
}
