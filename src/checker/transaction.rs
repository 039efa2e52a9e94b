//! Transactions of a history, and what became of them.

use super::history::{ClientId, End};

/// One transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transaction {
    /// Whose.
    pub client: ClientId,
    /// The client's number for it.
    pub number: u64,
    /// Monotonic time when it began.
    pub begin_ns: u64,
    /// When its first commit began, or [`NEVER`](super::history::NEVER).
    pub commit_start_ns: u64,
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
            (Some(End::Unknown), _) => Fate::Unknown,
            (Some(End::Failed), _) | (None, Some(_)) => Fate::Aborted,
            (None, None) => Fate::Open,
        }
    }
}
