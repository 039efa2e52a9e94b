//! What one broker knows of the cluster, asked of that broker itself over Kafka's protocol.
//!
//! A client library asks whichever broker it likes and waits for its answer, also when that broker is
//! paused or cut off. Here the caller chooses the broker, and an answer that does not come within 3 seconds
//! is none. The requests and their versions are understood by every Kafka from 0.11 to 3.9.

use std::collections::BTreeMap;
use std::time::Duration;
use std::{fmt, io};

use rdkafka::metadata::{MetadataPartition, MetadataTopic};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::talk;
use crate::event::id::BrokerId;
use crate::topology::Address;

/// A broker that has not answered by then does not count. One that collects garbage on a busy machine was seen
/// to be silent for more than a second.
const LIMIT: Duration = Duration::from_secs(3);

/// The largest answer that is read, in bytes; what is longer is no answer of a broker.
const LONGEST: i32 = 64 * 1024 * 1024;

/// `COORDINATOR_NOT_AVAILABLE`: the internal topic is being made, or has no leader.
const COORDINATOR_NOT_AVAILABLE: i16 = 15;

/// A partition as a broker describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partition {
    /// From 0.
    pub id: i32,
    /// None while it has no leader.
    pub leader: Option<BrokerId>,
    /// Every replica, the preferred leader first.
    pub replicas: Vec<BrokerId>,
    /// The replicas in sync; see [`Cluster::correct_in_sync`](super::Cluster::correct_in_sync).
    pub isr: Vec<BrokerId>,
}

impl Partition {
    /// Whether it has a leader and all its replicas are in sync.
    pub fn is_well(&self) -> bool {
        self.leader.is_some() && self.replicas.iter().all(|replica| self.isr.contains(replica))
    }
}

/// As librdkafka describes it.
impl From<&MetadataPartition> for Partition {
    fn from(told: &MetadataPartition) -> Self {
        let brokers = |ids: &[i32]| ids.iter().copied().map(BrokerId).collect();
        Self {
            id: told.id(),
            leader: (told.leader() >= 0).then(|| BrokerId(told.leader())),
            replicas: brokers(told.replicas()),
            isr: brokers(told.isr()),
        }
    }
}

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let leader = self.leader.map_or_else(|| "none".into(), |leader| leader.to_string());
        let (replicas, isr) = (BrokerId::listed(&self.replicas), BrokerId::listed(&self.isr));
        write!(f, "partition {}: leader {leader}, replicas {replicas}, in sync {isr}", self.id)
    }
}

/// A topic with its partitions in order, as librdkafka describes it.
pub fn described(topic: &MetadataTopic) -> (String, Vec<Partition>) {
    let mut partitions: Vec<_> = topic.partitions().iter().map(Partition::from).collect();
    partitions.sort_by_key(|partition| partition.id);
    (topic.name().to_owned(), partitions)
}

/// Topics by their names in the cluster, each with its partitions in order.
pub type Topics = BTreeMap<String, Vec<Partition>>;

/// The owner of the coordinator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CoordinatorOf {
    /// A group of consumers.
    Group = 0,
    /// A transactional id.
    TransactionalId = 1,
}

/// Every topic, as the broker at this address knows it.
///
/// # Errors
/// When it does not answer within 3 seconds.
pub async fn topics(broker: &Address) -> io::Result<Topics> {
    // Metadata, version 1; a null array asks for all topics and creates none.
    let answer = ask(broker, 3, 1, &(-1_i32).to_be_bytes()).await?;
    read_topics(&mut Reader(&answer))
}

/// Sends what is no request, which the broker logs, with the time by its own clock, before it closes the
/// connection.
///
/// # Errors
/// When it does not close it within 3 seconds.
pub async fn provoke_log_line(broker: &Address) -> io::Result<()> {
    let talk = async {
        let mut stream = talk::connect(broker).await?;
        // Longer than any request may be.
        stream.write_all(&i32::MAX.to_be_bytes()).await?;
        stream.read_to_end(&mut Vec::new()).await
    };
    match tokio::time::timeout(LIMIT, talk).await {
        // It may as well reset the connection.
        Ok(_) => Ok(()),
        Err(_) => Err(io::ErrorKind::TimedOut.into()),
    }
}

/// The broker that coordinates a group or a transactional id, which this broker finds out; none while
/// there is none.
///
/// # Errors
/// When it does not answer within 3 seconds, or refuses.
pub async fn coordinator(
    broker: &Address,
    of: CoordinatorOf,
    name: &str,
) -> io::Result<Option<BrokerId>> {
    let length = i16::try_from(name.len()).map_err(io::Error::other)?;
    let mut body = length.to_be_bytes().to_vec();
    body.extend_from_slice(name.as_bytes());
    body.push(of as u8);
    // FindCoordinator, version 1: the first that knows transactions.
    let answer = ask(broker, 10, 1, &body).await?;
    let mut answer = Reader(&answer);
    let _throttled_ms = answer.int32()?;
    let error = answer.int16()?;
    let _message = answer.string()?;
    match error {
        0 => Ok(Some(BrokerId(answer.int32()?))),
        COORDINATOR_NOT_AVAILABLE => Ok(None),
        code => Err(io::Error::other(format!("the broker refused with error {code}"))),
    }
}

/// Sends one request on a connection of its own and reads the body of the answer.
pub(super) async fn ask(
    broker: &Address,
    api: i16,
    version: i16,
    body: &[u8],
) -> io::Result<Vec<u8>> {
    const CLIENT: &[u8] = b"trial";
    /// Bytes of the number that an answer has of its request, and begins with.
    const CORRELATION: usize = 4;
    let mut request = Vec::new();
    request.extend_from_slice(&api.to_be_bytes());
    request.extend_from_slice(&version.to_be_bytes());
    request.extend_from_slice(&1_i32.to_be_bytes());
    request.extend_from_slice(&(CLIENT.len() as i16).to_be_bytes());
    request.extend_from_slice(CLIENT);
    request.extend_from_slice(body);
    let talk = async {
        let mut stream = talk::connect(broker).await?;
        stream.write_all(&talk::frame(&request)?).await?;
        let mut answer = talk::receive(&mut stream, LONGEST).await?;
        if answer.len() < CORRELATION {
            return Err(cut_short());
        }
        Ok(answer.split_off(CORRELATION))
    };
    talk::within(LIMIT, talk).await
}

fn read_topics(answer: &mut Reader<'_>) -> io::Result<Topics> {
    for _ in 0..answer.int32()? {
        answer.int32()?;
        answer.string()?;
        answer.int32()?;
        answer.string()?;
    }
    let _controller = answer.int32()?;
    let mut topics = Topics::new();
    for _ in 0..answer.int32()? {
        let _error = answer.int16()?;
        let name = answer.string()?.unwrap_or_default();
        let _internal = answer.take::<1>()?;
        let mut partitions = Vec::new();
        for _ in 0..answer.int32()? {
            let _error = answer.int16()?;
            let id = answer.int32()?;
            let leader = answer.int32()?;
            let (replicas, isr) = (answer.brokers()?, answer.brokers()?);
            let leader = (leader >= 0).then_some(BrokerId(leader));
            partitions.push(Partition { id, leader, replicas, isr });
        }
        partitions.sort_by_key(|partition| partition.id);
        topics.insert(name, partitions);
    }
    Ok(topics)
}

/// Reads the primitive types of the protocol, all big-endian.
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let (head, rest) = self.0.split_first_chunk::<N>().ok_or_else(cut_short)?;
        self.0 = rest;
        Ok(*head)
    }

    pub(super) fn int8(&mut self) -> io::Result<i8> {
        self.take().map(i8::from_be_bytes)
    }

    pub(super) fn int16(&mut self) -> io::Result<i16> {
        self.take().map(i16::from_be_bytes)
    }

    pub(super) fn int32(&mut self) -> io::Result<i32> {
        self.take().map(i32::from_be_bytes)
    }

    pub(super) fn int64(&mut self) -> io::Result<i64> {
        self.take().map(i64::from_be_bytes)
    }

    /// A string, which may be null.
    pub(super) fn string(&mut self) -> io::Result<Option<String>> {
        let Ok(length) = usize::try_from(self.int16()?) else { return Ok(None) };
        Ok(Some(String::from_utf8_lossy(self.bytes(length)?).into_owned()))
    }

    pub(super) fn bytes(&mut self, length: usize) -> io::Result<&[u8]> {
        let (head, rest) = self.0.split_at_checked(length).ok_or_else(cut_short)?;
        self.0 = rest;
        Ok(head)
    }

    fn brokers(&mut self) -> io::Result<Vec<BrokerId>> {
        (0..self.int32()?).map(|_| self.int32().map(BrokerId)).collect()
    }
}

fn cut_short() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "the answer is cut short")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One broker, one topic with one partition that has no leader, replicas 2 and 1, in sync 2.
    fn answer() -> Vec<u8> {
        let mut bytes = Vec::new();
        let int32 = |value: i32, bytes: &mut Vec<u8>| bytes.extend(value.to_be_bytes());
        let string = |text: &str, bytes: &mut Vec<u8>| {
            bytes.extend((text.len() as i16).to_be_bytes());
            bytes.extend(text.as_bytes());
        };
        int32(1, &mut bytes);
        int32(2, &mut bytes);
        string("broker-2", &mut bytes);
        int32(9092, &mut bytes);
        bytes.extend((-1_i16).to_be_bytes());
        int32(2, &mut bytes);
        int32(1, &mut bytes);
        bytes.extend(0_i16.to_be_bytes());
        string("orders", &mut bytes);
        bytes.push(0);
        int32(1, &mut bytes);
        bytes.extend(5_i16.to_be_bytes());
        for value in [0, -1, 2, 2, 1, 1, 2] {
            int32(value, &mut bytes);
        }
        bytes
    }

    #[test]
    fn reads_leader_replicas_and_isr() {
        let topics = read_topics(&mut Reader(&answer())).expect("an answer");
        let expected = Partition {
            id: 0,
            leader: None,
            replicas: vec![BrokerId(2), BrokerId(1)],
            isr: vec![BrokerId(2)],
        };
        assert_eq!(topics, Topics::from([("orders".to_owned(), vec![expected])]));
    }

    #[test]
    fn an_answer_that_is_cut_short_is_an_error() {
        let answer = answer();
        for length in 0..answer.len() {
            assert!(read_topics(&mut Reader(&answer[..length])).is_err(), "{length} bytes");
        }
    }
}
