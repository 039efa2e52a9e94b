//! Talking to nodes over TCP: with a limit, and in frames, which begin with their length.

use std::io;
use std::time::Duration;

use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;

use crate::topology::Address;

/// A connection of its own.
///
/// # Errors
/// When nobody listens there.
pub(super) async fn connect(node: &Address) -> io::Result<TcpStream> {
    TcpStream::connect((node.host.as_str(), node.port)).await
}

/// The end of a talk.
///
/// # Errors
/// When it has not ended by then.
pub(super) async fn within<T>(
    limit: Duration,
    talk: impl Future<Output = io::Result<T>>,
) -> io::Result<T> {
    tokio::time::timeout(limit, talk).await.unwrap_or_else(|_| {
        let why = format!("no answer within {} s", limit.as_secs());
        Err(io::Error::new(io::ErrorKind::TimedOut, why))
    })
}

/// A frame with this content.
///
/// # Errors
/// When it is longer than a frame can tell.
pub(super) fn frame(content: &[u8]) -> io::Result<Vec<u8>> {
    let length = i32::try_from(content.len()).map_err(io::Error::other)?;
    Ok([&length.to_be_bytes(), content].concat())
}

/// The content of the next frame, of at most so many bytes.
///
/// # Errors
/// When the node closes the connection, or sends something else.
pub(super) async fn receive(stream: &mut TcpStream, longest: i32) -> io::Result<Vec<u8>> {
    let length = stream.read_i32().await?;
    if !(0..=longest).contains(&length) {
        return Err(io::Error::other("the answer is not of the node's protocol"));
    }
    let mut content = vec![0; length as usize];
    stream.read_exact(&mut content).await?;
    Ok(content)
}
