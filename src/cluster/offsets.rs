//! The offsets that one replica holds, asked of its broker, whether it leads or follows.

use std::collections::BTreeMap;
use std::io;
use std::ops::Range;

use super::metadata::{Reader, ask};
use crate::topology::Address;

/// Who asks: not a consumer, which followers do not answer, but Kafka's own
/// `ReplicaVerificationTool` (`ListOffsetsRequest.DEBUGGING_REPLICA_ID`).
const DEBUGGER: i32 = -2;

/// The time that stands for the end of the log, and the one for its start.
const LATEST: i64 = -1;
const EARLIEST: i64 = -2;

/// From the first offset to that after the last, of this broker's replicas of a topic, by partition.
///
/// # Errors
/// When the broker does not answer within a second, or has no replica of one of the partitions.
pub async fn of_replicas(
    broker: &Address,
    topic: &str,
    partitions: &[i32],
) -> io::Result<BTreeMap<i32, Range<i64>>> {
    let starts = at(broker, topic, partitions, EARLIEST).await?;
    let ends = at(broker, topic, partitions, LATEST).await?;
    let pairs = starts.into_iter().zip(ends.into_values());
    Ok(pairs.map(|((partition, start), end)| (partition, start..end)).collect())
}

async fn at(
    broker: &Address,
    topic: &str,
    partitions: &[i32],
    time: i64,
) -> io::Result<BTreeMap<i32, i64>> {
    // ListOffsets, version 1: the first that answers with one offset; all of Kafka 0.11 to 3.9 know it.
    let answer = ask(broker, 2, 1, &request(topic, partitions, time)?).await?;
    read(&mut Reader(&answer))
}

fn request(topic: &str, partitions: &[i32], time: i64) -> io::Result<Vec<u8>> {
    let mut body = DEBUGGER.to_be_bytes().to_vec();
    body.extend(1_i32.to_be_bytes());
    body.extend(i16::try_from(topic.len()).map_err(io::Error::other)?.to_be_bytes());
    body.extend(topic.as_bytes());
    body.extend(i32::try_from(partitions.len()).map_err(io::Error::other)?.to_be_bytes());
    for partition in partitions {
        body.extend(partition.to_be_bytes());
        body.extend(time.to_be_bytes());
    }
    Ok(body)
}

fn read(answer: &mut Reader<'_>) -> io::Result<BTreeMap<i32, i64>> {
    let mut offsets = BTreeMap::new();
    for _ in 0..answer.int32()? {
        let _topic = answer.string()?;
        for _ in 0..answer.int32()? {
            let partition = answer.int32()?;
            let error = answer.int16()?;
            let _time = answer.int64()?;
            let offset = answer.int64()?;
            if error != 0 {
                let what = format!("error {error} for the replica of partition {partition}");
                return Err(io::Error::other(what));
            }
            offsets.insert(partition, offset);
        }
    }
    Ok(offsets)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(error: i16) -> Vec<u8> {
        let mut bytes = 1_i32.to_be_bytes().to_vec();
        bytes.extend(1_i16.to_be_bytes());
        bytes.extend(b"t");
        bytes.extend(2_i32.to_be_bytes());
        for (partition, offset) in [(1_i32, 7_i64), (0, 5)] {
            bytes.extend(partition.to_be_bytes());
            bytes.extend(error.to_be_bytes());
            bytes.extend((-1_i64).to_be_bytes());
            bytes.extend(offset.to_be_bytes());
        }
        bytes
    }

    #[test]
    fn reads_the_offset_of_each_partition() {
        let offsets = read(&mut Reader(&answer(0))).expect("an answer");
        assert_eq!(offsets, BTreeMap::from([(0, 5), (1, 7)]));
    }

    #[test]
    fn a_partition_that_is_not_there_is_an_error() {
        assert!(read(&mut Reader(&answer(3))).is_err());
    }
}
