//! What is in a replica's segments (`*.log`): its batches, as they lie on the broker's disk.
//!
//! The layouts are those of Kafka's documentation, "Record Batch" for version 2 and "Old Message Format" for
//! versions 0 and 1, whose batches are messages, or wrappers of compressed ones.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::{Cluster, ClusterError};
use crate::event::id::BrokerId;

/// Offset and length come before what the length counts, in every version.
const BEFORE_LENGTH: usize = 12;

/// From the beginning of a batch to the end of what is read, in version 2.
const HEADER: usize = 27;

/// The same in versions 0 and 1.
const OLD_HEADER: usize = 18;

/// The bit of a batch's attributes that makes it a transaction's marker.
const CONTROL: i16 = 1 << 5;

/// A batch in a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Batch {
    /// First offset; of an old wrapper the last.
    pub first: u64,
    /// Last offset.
    pub last: u64,
    /// The epoch of the leader that appended it; none before version 2.
    pub leader_epoch: Option<i32>,
    /// Whether it is a transaction's marker.
    pub marker: bool,
    /// Its checksum, which the leader has made over its content: the same on all replicas.
    pub checksum: u32,
}

impl Cluster {
    /// The batches of a broker's replicas of a topic, by partition and in the order of their offsets. A batch
    /// that is being written is left out.
    ///
    /// # Errors
    /// When the broker is down, or a segment is not one.
    pub async fn batches(
        &self,
        broker: BrokerId,
        topic: &str,
    ) -> Result<BTreeMap<i32, Vec<Batch>>, ClusterError> {
        let data = self.runtime().paths(broker.into()).data();
        let mut batches: BTreeMap<i32, Vec<Batch>> = BTreeMap::new();
        // By name, which is the first offset in twenty digits.
        let files = self.runtime().files(broker.into(), &data).await?;
        for (partition, file) in segments(files.into_keys(), topic) {
            let bytes = self.runtime().read(broker.into(), &file).await?;
            let read = read(&bytes).map_err(|at| {
                let file = file.display();
                ClusterError::Segment(format!(
                    "{file} of broker {broker} has no batch at byte {at}"
                ))
            })?;
            batches.entry(partition).or_default().extend(read);
        }
        Ok(batches)
    }
}

/// The segments of a topic among files, with their partitions.
pub(super) fn segments(files: impl Iterator<Item = PathBuf>, topic: &str) -> Vec<(i32, PathBuf)> {
    let segments = files.filter_map(|file| {
        let folder = file.parent()?.file_name()?.to_str()?;
        let partition = folder.strip_prefix(topic)?.strip_prefix('-')?.parse().ok()?;
        (file.extension()? == "log").then_some((partition, file))
    });
    let mut segments: Vec<_> = segments.collect();
    segments.sort();
    segments
}

/// The whole batches of a segment; the error is the place of something else.
fn read(segment: &[u8]) -> Result<Vec<Batch>, usize> {
    let mut batches = Vec::new();
    let mut at = 0;
    while let Some(length) = number(segment, at + 8) {
        let length = usize::try_from(i32::from_be_bytes(length)).map_err(|_| at)?;
        let Some(bytes) = segment.get(at..at + BEFORE_LENGTH + length) else { break };
        batches.push(Batch::read(bytes).ok_or(at)?);
        at += bytes.len();
    }
    Ok(batches)
}

impl Batch {
    fn read(bytes: &[u8]) -> Option<Self> {
        let first = u64::try_from(i64::from_be_bytes(number(bytes, 0)?)).ok()?;
        // The version is at the same place in all of them.
        match bytes.get(16)? {
            0 | 1 if bytes.len() >= OLD_HEADER => Some(Self {
                first,
                last: first,
                leader_epoch: None,
                marker: false,
                checksum: u32::from_be_bytes(number(bytes, 12)?),
            }),
            2 if bytes.len() >= HEADER => Some(Self {
                first,
                last: first + u64::try_from(i32::from_be_bytes(number(bytes, 23)?)).ok()?,
                leader_epoch: Some(i32::from_be_bytes(number(bytes, 12)?)),
                marker: i16::from_be_bytes(number(bytes, 21)?) & CONTROL != 0,
                checksum: u32::from_be_bytes(number(bytes, 17)?),
            }),
            _ => None,
        }
    }
}

/// The bytes of a number.
fn number<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at + N)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A batch of version 2 without records.
    fn batch(first: i64, last_delta: i32, epoch: i32, attributes: i16) -> Vec<u8> {
        let mut bytes = first.to_be_bytes().to_vec();
        let mut rest = epoch.to_be_bytes().to_vec();
        rest.push(2);
        rest.extend(0xabcd_u32.to_be_bytes());
        rest.extend(attributes.to_be_bytes());
        rest.extend(last_delta.to_be_bytes());
        rest.extend([0; 34]);
        bytes.extend(i32::try_from(rest.len()).expect("short").to_be_bytes());
        bytes.extend(rest);
        bytes
    }

    #[test]
    fn reads_batches_one_after_the_other() {
        let segment = [batch(0, 9, 3, 0), batch(10, 0, 4, 0x30)].concat();
        let batches = read(&segment).expect("batches");
        let first =
            Batch { first: 0, last: 9, leader_epoch: Some(3), marker: false, checksum: 0xabcd };
        assert_eq!(batches[0], first);
        assert_eq!((batches[1].first, batches[1].last, batches[1].marker), (10, 10, true));
    }

    #[test]
    fn reads_messages_of_old_formats() {
        let mut segment = 7_i64.to_be_bytes().to_vec();
        segment.extend(14_i32.to_be_bytes());
        segment.extend(0xfeed_u32.to_be_bytes());
        segment.extend([1, 0]);
        segment.extend([0; 8]);
        let batches = read(&segment).expect("a message");
        assert_eq!((batches[0].last, batches[0].leader_epoch), (7, None));
        assert_eq!(batches[0].checksum, 0xfeed);
    }

    #[test]
    fn what_is_being_written_is_left_out() {
        let mut segment = [batch(0, 0, 0, 0), batch(1, 0, 0, 0)].concat();
        segment.truncate(segment.len() - 1);
        assert_eq!(read(&segment).expect("one batch").len(), 1);
        assert_eq!(read(&segment[..5]), Ok(vec![]));
    }

    #[test]
    fn what_is_no_batch_has_its_place_told() {
        let good = batch(0, 0, 0, 0);
        let mut bad = batch(1, 0, 0, 0);
        bad[16] = 9;
        assert_eq!(read(&[good.clone(), bad].concat()), Err(good.len()));
        assert_eq!(read(&[0xff; 40]), Err(0));
        assert_eq!(read(&[0; 40]), Err(0), "shorter than a header");
    }

    #[test]
    fn finds_the_segments_of_a_topic() {
        let files =
            ["/d/t-10/1.log", "/d/t-10/0.log", "/d/t-x-0/0.log", "/d/t-10/0.index", "/d/0.log"];
        let found = segments(files.iter().map(PathBuf::from), "t");
        assert_eq!(found, [(10, "/d/t-10/0.log".into()), (10, "/d/t-10/1.log".into())]);
    }
}
