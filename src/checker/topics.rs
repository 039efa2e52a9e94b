//! Topics of a history, what was declared of them, and how long they lived.

use super::clock::NEVER;
use super::history::{CleanupPolicy, PartitionId};
use super::intern::TextId;

/// A topic. One that is deleted and made anew is two topics of one name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Topic {
    /// Name of the topic.
    pub name: TextId,
    /// Monotonic time at which it was deleted, with all that was in it; [`NEVER`] where it was not.
    pub deleted_ns: u64,
}

impl Topic {
    /// A topic that is not deleted.
    pub fn new(name: TextId) -> Self {
        Self { name, deleted_ns: NEVER }
    }

    /// Whether it was deleted before the end.
    pub fn is_deleted(&self) -> bool {
        self.deleted_ns != NEVER
    }
}

/// What one line declares of a topic; what it does not say stays as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TopicSettings {
    /// The topic's name.
    pub topic: TextId,
    /// Row in [`History::topics`](super::history::History::topics).
    pub log: u32,
    /// The topic's id.
    pub id: Option<TextId>,
    /// Monotonic time from which on it holds.
    pub at_ns: u64,
    /// `min.insync.replicas`.
    pub min_insync_replicas: Option<u32>,
    /// `unclean.leader.election.enable`.
    pub unclean_election: Option<bool>,
    /// Version of the record batches on disk.
    pub message_format: Option<u8>,
    /// `cleanup.policy`.
    pub cleanup_policy: Option<CleanupPolicy>,
    /// `retention.ms`.
    pub retention_ms: Option<i64>,
    /// `retention.bytes`.
    pub retention_bytes: Option<i64>,
    /// `delete.retention.ms`.
    pub delete_retention_ms: Option<u64>,
}

/// A topic was created or deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TopicLife {
    /// The topic's name.
    pub topic: TextId,
    /// The topic's id.
    pub id: Option<TextId>,
    /// Monotonic time.
    pub at_ns: u64,
    /// It was created; otherwise deleted.
    pub created: bool,
}

/// Records of a partition below an offset were deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogStart {
    /// Which partition.
    pub partition: PartitionId,
    /// Monotonic time from which on they are gone.
    pub at_ns: u64,
    /// The first offset that is left.
    pub offset: u64,
}

/// A partition of a topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Partition {
    /// Row in [`History::topics`].
    pub topic: u32,
    /// Number of the partition; `None` stands for "not known which".
    pub number: Option<u32>,
}
