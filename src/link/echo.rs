//! For tests: a server that sends back what it gets, behind links.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::{Applied, Destination, Effect, Entry, HitCount, Link, Way, WaysBack};
use crate::topology::Protocol;

/// A server that sends back what it gets, and links to it.
pub(super) struct Echo {
    pub(super) entry: Entry,
    pub(super) way: Way,
}

impl Echo {
    pub(super) async fn start() -> Self {
        Self::of(Protocol::ZooKeeper).await
    }

    pub(super) async fn of(protocol: Protocol) -> Self {
        Self::calling_back(protocol, WaysBack::new()).await
    }

    pub(super) async fn calling_back(protocol: Protocol, ways_back: WaysBack) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let SocketAddr::V4(target) = listener.local_addr().unwrap() else { unreachable!() };
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let (mut read, mut write) = stream.split();
                    tokio::io::copy(&mut read, &mut write).await.ok();
                });
            }
        });
        let link = |name: &str| Arc::new(Link::new(name.into(), false));
        let (there, back) = (link("a → b"), link("b → a"));
        let way = Way { there, back };
        let (known, listen) = (way.clone(), SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0));
        let target = Destination::new(protocol, target).calling_back(ways_back);
        let entry = Entry::open(listen, target, move |_| Some(known.clone())).await.unwrap();
        Self { entry, way }
    }

    pub(super) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.entry.listen()).await.unwrap()
    }
}

/// Sends text, and expects it back.
pub(super) async fn say(stream: &mut TcpStream, text: &[u8]) -> io::Result<()> {
    stream.write_all(text).await?;
    let mut answer = vec![0; text.len()];
    stream.read_exact(&mut answer).await?;
    assert_eq!(answer, text);
    Ok(())
}

/// Puts an effect on a link as fault 1.
pub(super) fn apply(link: &Link, effect: Effect) -> HitCount {
    let hits = HitCount::default();
    link.apply(Applied { fault: 1, effect, client: None, hits: hits.clone() });
    hits
}

/// Nothing shows that something will not come, so this waits a moment for it.
pub(super) async fn stays_silent(stream: &mut TcpStream) {
    let mut byte = [0];
    let heard = tokio::time::timeout(Duration::from_millis(50), stream.read(&mut byte)).await;
    assert!(heard.is_err(), "{heard:?}");
}
