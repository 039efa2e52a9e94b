//! How far the log cleaner of each broker has come: what compacts topics.
//!
//! The cleaner never touches the active segment, the last one. Up to where it has cleaned below that, it notes in
//! `cleaner-offset-checkpoint` of the log directory (`LogCleanerManager.updateCheckpoints`).

use std::collections::BTreeMap;
use std::path::Path;

use super::segment::segments;
use super::{Cluster, ClusterError};
use crate::event::id::BrokerId;

const CHECKPOINT: &str = "cleaner-offset-checkpoint";

/// A replica as its cleaner sees it, by offsets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cleaned {
    /// Where its first segment begins.
    pub first: i64,
    /// Where its active segment begins.
    pub active: i64,
    /// The offset that its next message gets.
    pub end: i64,
    /// Below this it is clean; none where the cleaner has not been yet.
    pub clean_to: Option<i64>,
}

impl Cluster {
    /// The replicas of a topic on this broker, by partition.
    ///
    /// # Errors
    /// When the broker is down, or does not answer.
    pub async fn cleaned(
        &self,
        broker: BrokerId,
        topic: &str,
    ) -> Result<BTreeMap<i32, Cleaned>, ClusterError> {
        let data = self.runtime().paths(broker.into()).data();
        let files = self.runtime().files(broker.into(), &data).await?;
        let mut replicas: BTreeMap<i32, Cleaned> = BTreeMap::new();
        let mut checkpoints = BTreeMap::new();
        // In the order of their names, which are their first offsets.
        for (partition, file) in segments(files.keys().cloned(), topic) {
            let Some(base) = base(&file) else { continue };
            let new = Cleaned { first: base, active: base, end: base, clean_to: None };
            let replica = replicas.entry(partition).or_insert(new);
            replica.active = base;
            let log_dir = file.parent().and_then(Path::parent).map(Path::to_owned);
            let checkpoint = log_dir.map(|log_dir| log_dir.join(CHECKPOINT));
            if let Some(checkpoint) = checkpoint.filter(|it| files.contains_key(it)) {
                checkpoints.insert(partition, checkpoint);
            }
        }
        for (partition, checkpoint) in checkpoints {
            let text = self.runtime().read(broker.into(), &checkpoint).await?;
            if let Some(replica) = replicas.get_mut(&partition) {
                replica.clean_to = noted(&String::from_utf8_lossy(&text), topic, partition);
            }
        }
        let partitions: Vec<_> = replicas.keys().copied().collect();
        for (partition, offsets) in self.replica_offsets(broker, topic, &partitions).await? {
            if let Some(replica) = replicas.get_mut(&partition) {
                replica.end = offsets.end;
            }
        }
        Ok(replicas)
    }
}

/// The first offset of a segment.
fn base(segment: &Path) -> Option<i64> {
    segment.file_stem()?.to_str()?.parse().ok()
}

/// What a checkpoint notes of a partition; its lines are a version, a number of lines, and topic, partition, offset.
fn noted(checkpoint: &str, topic: &str, partition: i32) -> Option<i64> {
    let start = format!("{topic} {partition} ");
    checkpoint.lines().find_map(|line| line.strip_prefix(&start)?.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_notes_offsets_by_partition() {
        let checkpoint = "0\n3\norders 1 7\norders 10 8\nmy orders 0 9\n";
        assert_eq!(noted(checkpoint, "orders", 1), Some(7));
        assert_eq!(noted(checkpoint, "orders", 10), Some(8));
        assert_eq!(noted(checkpoint, "orders", 0), None);
        assert_eq!(noted("", "orders", 0), None);
    }

    #[test]
    fn a_segment_is_named_by_its_first_offset() {
        let segment = Path::new("/data/log-dir-1/orders-0/00000000000000000400.log");
        assert_eq!(base(segment), Some(400));
        assert_eq!(base(Path::new("/data/orders-0/leader.log")), None);
    }
}
