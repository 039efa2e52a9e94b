//! Reads what Kafka keeps in ZooKeeper, over ZooKeeper's protocol.
//!
//! The leader of a partition writes there at once which replicas are in sync. What brokers tell about it comes
//! later: until Kafka 2.7 (KIP-497) a leader announces it to the controller up to 7.5 seconds after the change
//! (`ReplicaManager.maybePropagateIsrChanges`), and brokers learn it from the controller.

use std::io;
use std::time::Duration;

use serde::Deserialize;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::cluster::metadata::Reader;
use crate::cluster::talk;
use crate::event::id::BrokerId;
use crate::topology::Address;

/// A ZooKeeper that has not answered by then does not serve.
const LIMIT: Duration = Duration::from_secs(3);

/// So long ZooKeeper keeps the session when nothing is asked, or when its connection is gone; it may choose another.
const SESSION_MS: i32 = 10_000;

/// The longest answer that is read, in bytes: ZooKeeper's own bound for the data of a node, with room for the rest.
const LONGEST: i32 = 2 * 1024 * 1024;

/// The request for what a node holds.
const GET_DATA: i32 = 4;

/// The request for the names of a node's children.
const GET_CHILDREN: i32 = 8;

/// So many requests are sent before their answers are read: fewer than a ZooKeeper holds back for at most
/// (`globalOutstandingLimit`, 1000), which else would read no further.
const AT_ONCE: usize = 500;

/// The node is not there.
const NO_NODE: i32 = -101;

/// A session with one ZooKeeper, which owns nothing there: it may end by its time as well.
#[derive(Debug)]
pub struct Session {
    stream: TcpStream,
    /// Of the last request.
    number: i32,
}

impl Session {
    /// Opens a session.
    ///
    /// # Errors
    /// When the ZooKeeper does not answer within 3 seconds, or has no quorum.
    pub async fn open(zookeeper: &Address) -> io::Result<Self> {
        let opening = async {
            let stream = talk::connect(zookeeper).await?;
            let mut session = Self { stream, number: 0 };
            session.stream.write_all(&talk::frame(&connect_request())?).await?;
            let answer = talk::receive(&mut session.stream, LONGEST).await?;
            let mut answer = Reader(&answer);
            let (_version, granted_ms) = (answer.int32()?, answer.int32()?);
            match granted_ms {
                1.. => Ok(session),
                _ => Err(io::Error::other("the session was refused")),
            }
        };
        talk::within(LIMIT, opening).await
    }

    /// The replicas of partitions that are in sync, as their leaders have written; none where Kafka keeps no state
    /// of a partition. Topics are named as in the cluster.
    ///
    /// # Errors
    /// When the answers are not there within 3 seconds: open another session then.
    pub async fn in_sync(
        &mut self,
        partitions: &[(&str, i32)],
    ) -> io::Result<Vec<Option<Vec<BrokerId>>>> {
        let path = |(topic, partition): &(&str, i32)| {
            format!("/brokers/topics/{topic}/partitions/{partition}/state")
        };
        let paths: Vec<_> = partitions.iter().map(path).collect();
        self.ask(GET_DATA, &paths, in_sync).await
    }

    /// What these nodes hold; none where there is no such node.
    ///
    /// # Errors
    /// As [`Session::in_sync`].
    pub async fn nodes(&mut self, paths: &[String]) -> io::Result<Vec<Option<Node>>> {
        self.ask(GET_DATA, paths, |answer| read_node(&mut Reader(answer))).await
    }

    /// The names of the children of these nodes; none where there is no such node.
    ///
    /// # Errors
    /// As [`Session::in_sync`].
    pub async fn children(&mut self, paths: &[String]) -> io::Result<Vec<Vec<String>>> {
        self.ask(GET_CHILDREN, paths, |answer| read_children(&mut Reader(answer))).await
    }

    /// Asks the same of each of these nodes.
    async fn ask<T>(
        &mut self,
        what: i32,
        paths: &[String],
        read: impl Fn(&[u8]) -> io::Result<T>,
    ) -> io::Result<Vec<T>> {
        talk::within(LIMIT, async {
            let mut found = Vec::new();
            for some in paths.chunks(AT_ONCE) {
                let mut requests = Vec::new();
                for path in some {
                    requests.extend(talk::frame(&self.request(what, path)?)?);
                }
                self.stream.write_all(&requests).await?;
                for _ in some {
                    found.push(read(&talk::receive(&mut self.stream, LONGEST).await?)?);
                }
            }
            Ok(found)
        })
        .await
    }

    /// `GetDataRequest`, `GetChildrenRequest`
    fn request(&mut self, what: i32, path: &str) -> io::Result<Vec<u8>> {
        self.number += 1;
        let length = i32::try_from(path.len()).map_err(io::Error::other)?;
        let mut request = Vec::new();
        for number in [self.number, what, length] {
            request.extend(number.to_be_bytes());
        }
        request.extend(path.as_bytes());
        request.push(0); // nobody waits for its next change
        Ok(request)
    }
}

/// What a node holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Its data.
    pub data: Vec<u8>,
    /// The transaction that made it: another node of the same path has another.
    pub created: i64,
    /// When it was made, by the ZooKeeper's wall clock, in milliseconds since 1970.
    pub created_ms: i64,
    /// When its data were last written, likewise.
    pub written_ms: i64,
    /// How often its data were written since it was made.
    pub version: i32,
}

/// What Kafka keeps of a partition, as far as it is read here.
#[derive(Debug, Deserialize)]
struct PartitionState {
    isr: Vec<i32>,
}

/// `ConnectRequest`: of a new session, which has no number and no password yet.
fn connect_request() -> Vec<u8> {
    const PASSWORD: usize = 16;
    let mut request = Vec::new();
    request.extend(0_i32.to_be_bytes()); // the version of the protocol
    request.extend(0_i64.to_be_bytes()); // the last transaction seen
    request.extend(SESSION_MS.to_be_bytes());
    request.extend(0_i64.to_be_bytes());
    request.extend((PASSWORD as i32).to_be_bytes());
    request.extend([0; PASSWORD]);
    request.push(0); // a ZooKeeper that may only be read will not do
    request
}

/// What the answer to the request for a partition's state says.
fn in_sync(answer: &[u8]) -> io::Result<Option<Vec<BrokerId>>> {
    let Some(node) = read_node(&mut Reader(answer))? else { return Ok(None) };
    let state: PartitionState = serde_json::from_slice(&node.data).map_err(io::Error::other)?;
    Ok(Some(state.isr.into_iter().map(BrokerId).collect()))
}

/// The node in the answer to a `GetDataRequest`.
fn read_node(answer: &mut Reader<'_>) -> io::Result<Option<Node>> {
    if !is_there(answer)? {
        return Ok(None);
    }
    let length = usize::try_from(answer.int32()?).unwrap_or(0);
    let data = answer.bytes(length)?.to_vec();
    let (created, _written) = (answer.int64()?, answer.int64()?);
    let (created_ms, written_ms) = (answer.int64()?, answer.int64()?);
    let version = answer.int32()?;
    Ok(Some(Node { data, created, created_ms, written_ms, version }))
}

/// The names in the answer to a `GetChildrenRequest`.
fn read_children(answer: &mut Reader<'_>) -> io::Result<Vec<String>> {
    if !is_there(answer)? {
        return Ok(Vec::new());
    }
    let mut names = Vec::new();
    for _ in 0..answer.int32()? {
        let length = usize::try_from(answer.int32()?).unwrap_or(0);
        names.push(String::from_utf8_lossy(answer.bytes(length)?).into_owned());
    }
    Ok(names)
}

/// Reads the head of an answer: whether the node is there.
fn is_there(answer: &mut Reader<'_>) -> io::Result<bool> {
    let (_number, _transaction, error) = (answer.int32()?, answer.int64()?, answer.int32()?);
    match error {
        0 => Ok(true),
        NO_NODE => Ok(false),
        code => Err(io::Error::other(format!("ZooKeeper refused with error {code}"))),
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    /// The answer to request `number`, with this error, and the rest.
    fn answer(number: i32, error: i32, rest: &[u8]) -> Vec<u8> {
        [&number.to_be_bytes()[..], &7_i64.to_be_bytes(), &error.to_be_bytes(), rest].concat()
    }

    async fn request(peer: &mut TcpStream) -> Vec<u8> {
        talk::receive(peer, LONGEST).await.expect("a request")
    }

    async fn answered(peer: &mut TcpStream, answer: &[u8]) {
        let frame = talk::frame(answer).expect("a frame");
        peer.write_all(&frame).await.expect("sent");
    }

    #[test]
    fn reads_data_and_tells_a_missing_node_from_a_refusal() {
        let data = [&3_i32.to_be_bytes()[..], b"{}\n", &[0; 68]].concat();
        let found = read_node(&mut Reader(&answer(1, 0, &data))).expect("data");
        assert_eq!(found.map(|node| node.data).as_deref(), Some(&b"{}\n"[..]));
        assert_eq!(read_node(&mut Reader(&answer(1, NO_NODE, &[]))).expect("an answer"), None);
        assert!(read_node(&mut Reader(&answer(1, -4, &[]))).is_err());
        assert!(read_node(&mut Reader(&answer(1, 0, &9_i32.to_be_bytes()))).is_err());
    }

    #[test]
    fn reads_when_a_node_was_made_and_the_names_of_children() {
        let stat = [&5_i64.to_be_bytes()[..], &6_i64.to_be_bytes(), &700_i64.to_be_bytes()];
        let stat = [&stat.concat()[..], &800_i64.to_be_bytes(), &2_i32.to_be_bytes(), &[0; 32]];
        let data = [&0_i32.to_be_bytes()[..], &stat.concat()].concat();
        let found = read_node(&mut Reader(&answer(1, 0, &data))).expect("data").expect("a node");
        let expected =
            Node { data: vec![], created: 5, created_ms: 700, written_ms: 800, version: 2 };
        assert_eq!(found, expected);
        let names = [&2_i32.to_be_bytes()[..], &1_i32.to_be_bytes(), b"1"].concat();
        let names = [&names[..], &9_i32.to_be_bytes(), b"<default>"].concat();
        let found = read_children(&mut Reader(&answer(1, 0, &names))).expect("names");
        assert_eq!(found, ["1", "<default>"]);
        assert!(read_children(&mut Reader(&answer(1, NO_NODE, &[]))).expect("none").is_empty());
    }

    #[tokio::test]
    async fn a_session_asks_for_the_states_of_partitions() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let served = tokio::spawn(async move {
            let (mut peer, _) = listener.accept().await.expect("a connection");
            assert_eq!(request(&mut peer).await.len(), 45);
            answered(&mut peer, &[0, 0, 0, 0, 0, 0, 0x27, 0x10]).await;
            let asked = request(&mut peer).await;
            request(&mut peer).await;
            let state =
                br#"{"controller_epoch":1,"leader":1,"version":1,"leader_epoch":0,"isr":[1,3]}"#;
            let data = [&(state.len() as i32).to_be_bytes()[..], state, &[0; 68]].concat();
            answered(&mut peer, &answer(1, 0, &data)).await;
            answered(&mut peer, &answer(2, NO_NODE, &[])).await;
            asked
        });
        let address = Address { host: "127.0.0.1".into(), port };
        let mut session = Session::open(&address).await.expect("a session");
        let in_sync = session.in_sync(&[("orders", 4), ("gone", 0)]).await.expect("answers");
        assert_eq!(in_sync, [Some(vec![BrokerId(1), BrokerId(3)]), None]);
        let asked = served.await.expect("a peer");
        assert!(asked.windows(42).any(|it| it == b"/brokers/topics/orders/partitions/4/state\0"));
    }

    #[tokio::test]
    async fn a_zookeeper_without_quorum_gives_no_session() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let closed = tokio::spawn(async move { drop(listener.accept().await) });
        let address = Address { host: "127.0.0.1".into(), port };
        assert!(Session::open(&address).await.is_err());
        closed.await.expect("a peer");
    }
}
