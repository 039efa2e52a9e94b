//! Where an entry leads.

use std::net::SocketAddrV4;
use std::sync::Arc;
use std::time::Duration;
use std::{fmt, io};

use tokio::net::TcpStream;

use super::WaysBack;
use crate::topology::Protocol;
use crate::wait::{Seen, WaitError, until};

/// The time between two attempts to reach a target that does not listen yet.
const INTERVAL: Duration = Duration::from_millis(10);

/// How long a ZooKeeper may take from its election as leader until it listens for followers.
const QUORUM_PATIENCE: Duration = Duration::from_secs(2);

/// An address that connections are forwarded to, and for how long one that it refuses is tried again.
///
/// A link has accepted a connection before it knows whether the target does. A peer that is refused tries
/// again. A peer whose connection is made and then lost may give up more than that. A ZooKeeper that reaches its new
/// leader before the leader listens for followers begins another election, which can take 20 seconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    address: SocketAddrV4,
    protocol: Protocol,
    patience: Duration,
    ways_back: Arc<WaysBack>,
}

impl Destination {
    /// An address and what is spoken there.
    pub fn new(protocol: Protocol, address: SocketAddrV4) -> Self {
        let patience = match protocol {
            Protocol::Quorum | Protocol::Election => QUORUM_PATIENCE,
            Protocol::Kafka | Protocol::ZooKeeper => Duration::ZERO,
        };
        Self { address, protocol, patience, ways_back: Arc::default() }
    }

    /// The same; it gets these addresses in place of those that its peers send of themselves.
    #[must_use]
    pub fn calling_back(self, ways_back: WaysBack) -> Self {
        Self { ways_back: Arc::new(ways_back), ..self }
    }

    /// Where it reaches its peers in elections over links.
    pub(super) fn ways_back(&self) -> Option<&WaysBack> {
        self.protocol.calls_back().then_some(&*self.ways_back)
    }

    /// Whether Kafka's protocol is spoken there.
    pub(super) fn speaks_kafka(&self) -> bool {
        self.protocol == Protocol::Kafka
    }

    /// Connects.
    ///
    /// # Errors
    /// The result of the last attempt, when the time for them is over.
    pub(super) async fn connect(&self) -> io::Result<TcpStream> {
        let first = TcpStream::connect(self.address).await;
        if first.is_ok() || self.patience.is_zero() {
            return first;
        }
        let connected = until(self.patience, INTERVAL, || async {
            Ok::<_, io::Error>(match TcpStream::connect(self.address).await {
                Ok(stream) => Seen::Ready(stream),
                Err(error) => Seen::NotYet(error.to_string()),
            })
        });
        connected.await.map_err(|error| match error {
            WaitError::Failed(error) => error,
            late @ WaitError::TimedOut { .. } => io::Error::other(late.to_string()),
        })
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.address.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, SocketAddr, TcpListener};

    use super::*;

    fn free() -> SocketAddrV4 {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let SocketAddr::V4(address) = listener.local_addr().unwrap() else { unreachable!() };
        address
    }

    fn within(patience: Duration, address: SocketAddrV4) -> Destination {
        Destination { patience, ..Destination::new(Protocol::Quorum, address) }
    }

    #[tokio::test]
    async fn a_target_that_listens_a_moment_later_is_reached_by_those_who_wait() {
        let address = free();
        assert!(Destination::new(Protocol::Kafka, address).connect().await.is_err());
        let patient = within(Duration::from_secs(20), address);
        let connecting = tokio::spawn(async move { patient.connect().await });
        let _listener = tokio::net::TcpListener::bind(address).await.unwrap();
        assert!(connecting.await.unwrap().is_ok());
    }

    #[tokio::test]
    async fn patience_ends() {
        let brief = within(Duration::from_millis(50), free());
        let error = brief.connect().await.unwrap_err();
        assert!(error.to_string().contains("refused"), "{error}");
    }
}
