//! Where connections come in.

use std::io;
use std::net::{IpAddr, SocketAddrV4};
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};

use super::{Destination, Link, connection};

/// The links that a connection goes over.
#[derive(Debug, Clone)]
pub struct Way {
    /// The link for what the source sends: the side that has opened the connection.
    pub there: Arc<Link>,
    /// The link for what the source gets.
    pub back: Arc<Link>,
}

/// An address at which connections come in, each of which is forwarded over its way to the target. It listens
/// as long as the value is there.
#[derive(Debug)]
pub struct Entry {
    listen: SocketAddrV4,
    task: JoinHandle<()>,
}

impl Entry {
    /// Listens at `listen`, where port 0 lets the system choose one, and forwards to `target` what comes from
    /// where `way` knows a way; everything else is reset.
    ///
    /// # Errors
    /// When `listen` cannot be bound, for example because another process has the port.
    pub async fn open(
        listen: SocketAddrV4,
        target: Destination,
        way: impl Fn(IpAddr) -> Option<Way> + Send + 'static,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(listen).await?;
        let port = listener.local_addr()?.port();
        let task = tokio::spawn(accept(listener, target, way));
        Ok(Self { listen: SocketAddrV4::new(*listen.ip(), port), task })
    }

    /// Where it listens.
    pub fn listen(&self) -> SocketAddrV4 {
        self.listen
    }
}

impl Drop for Entry {
    /// Closes the listener and every connection that came in.
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Accepts connections until dropped, which also closes them all.
async fn accept(
    listener: TcpListener,
    target: Destination,
    way: impl Fn(IpAddr) -> Option<Way> + Send,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((source, peer)) => match way(peer.ip()) {
                    Some(way) => {
                        connections.spawn(connection::forward(source, target.clone(), way));
                    }
                    None => {
                        tracing::warn!(%peer, %target, "a connection from a stranger to the cluster was reset");
                        connection::reset(&source);
                    }
                },
                Err(error) => tracing::warn!(%target, %error, "a link could not accept a connection"),
            },
            Some(_) = connections.join_next() => {}
        }
    }
}
