//! Calls of Kafka's protocol to one node that trial chooses, in the newest version that both know. The crate
//! kafka-protocol has the messages, made from Kafka's own descriptions.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use kafka_protocol::messages::{ApiVersionsRequest, RequestHeader, ResponseHeader};
use kafka_protocol::protocol::{Decodable as _, Encodable as _, HeaderVersion as _};
use kafka_protocol::protocol::{Request, VersionRange};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use super::talk;
use crate::topology::Address;

/// A node that has not answered by then does not count.
const LIMIT: Duration = Duration::from_secs(3);

/// The largest answer that is read, in bytes.
const LONGEST: i32 = 64 * 1024 * 1024;

/// A connection to a node, and the versions of each call that it knows.
#[derive(Debug)]
pub(super) struct Caller {
    stream: TcpStream,
    versions: BTreeMap<i16, VersionRange>,
}

impl Caller {
    /// Connects, and asks which versions the node knows.
    ///
    /// # Errors
    /// When the node does not answer within 3 seconds.
    pub(super) async fn open(node: &Address) -> io::Result<Self> {
        let opened = async {
            let stream = talk::connect(node).await?;
            let mut caller = Self { stream, versions: BTreeMap::new() };
            // Version 0, which every node knows.
            let known = caller.send(&ApiVersionsRequest::default(), 0).await?;
            caller.versions = known
                .api_keys
                .iter()
                .map(|it| (it.api_key, VersionRange { min: it.min_version, max: it.max_version }))
                .collect();
            Ok(caller)
        };
        talk::within(LIMIT, opened).await
    }

    /// The answer to a request.
    ///
    /// # Errors
    /// When the node does not know the call, or does not answer within 3 seconds.
    pub(super) async fn call<R: Request>(&mut self, request: &R) -> io::Result<R::Response> {
        let known = self.versions.get(&R::KEY).map(|node| node.intersect(&R::VERSIONS));
        match known.filter(|both| !both.is_empty()) {
            Some(both) => talk::within(LIMIT, self.send(request, both.max)).await,
            None => Err(io::Error::new(
                io::ErrorKind::Unsupported,
                format!("the node knows no version of call {} that trial knows", R::KEY),
            )),
        }
    }

    async fn send<R: Request>(&mut self, request: &R, version: i16) -> io::Result<R::Response> {
        let mut bytes = BytesMut::new();
        let header = RequestHeader::default()
            .with_request_api_key(R::KEY)
            .with_request_api_version(version)
            .with_client_id(Some("trial".into()));
        header.encode(&mut bytes, R::header_version(version)).map_err(io::Error::other)?;
        request.encode(&mut bytes, version).map_err(io::Error::other)?;
        self.stream.write_all(&talk::frame(&bytes)?).await?;
        let mut answer = Bytes::from(talk::receive(&mut self.stream, LONGEST).await?);
        ResponseHeader::decode(&mut answer, R::Response::header_version(version))
            .map_err(io::Error::other)?;
        R::Response::decode(&mut answer, version).map_err(io::Error::other)
    }
}
