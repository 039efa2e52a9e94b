//! Moves bytes in one direction of a connection, as the link's condition says.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

use super::call::{Calls, Chosen, Exchange, Fate};
use super::frame::{Frames, Head, Next};
use super::queue::{Content, Queue};
use super::{Condition, HitCount, Link};
use crate::wait;

/// How much is read at once.
pub(super) const CHUNK: usize = 64 * 1024;

/// A direction of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    /// From the side that has opened it.
    There,
    /// To the side that has opened it.
    Back,
}

/// Why a connection ended other than by being closed.
#[derive(Debug, Error)]
pub(super) enum Stopped {
    /// A fault has reset it.
    #[error("reset by a fault")]
    ByFault,
    /// A fault has reset it, and this request arrives all the same.
    #[error("reset by a fault; a request arrives after {}", humantime::format_duration(*after))]
    Before {
        /// The frame.
        request: Vec<u8>,
        /// Those that it belongs to.
        calls: Chosen,
        /// How much later.
        after: Duration,
    },
    /// One of its sides did.
    #[error(transparent)]
    Broken(#[from] io::Error),
}

/// A request that arrives after its connection is reset.
struct Late {
    request: Vec<u8>,
    calls: Chosen,
    after: Duration,
}

impl Late {
    fn of(calls: &Arc<Calls>) -> Option<Self> {
        let Fate::AfterReset(after) = calls.fate else { return None };
        Some(Self { request: Vec::new(), calls: Chosen::new(Arc::clone(calls)), after })
    }
}

/// One direction of one connection.
pub(super) struct Pump<'a> {
    link: &'a Link,
    direction: Direction,
    exchange: &'a Exchange,
    /// Where Kafka is spoken, its frames.
    frames: Option<Frames>,
    queue: Queue<'a>,
    /// A request that arrives after the connection is reset, as far as it has come.
    late: Option<Late>,
    knows_client: bool,
    is_open: bool,
}

impl<'a> Pump<'a> {
    pub(super) fn new(
        link: &'a Link,
        direction: Direction,
        exchange: &'a Exchange,
        speaks_kafka: bool,
    ) -> Self {
        let frames = speaks_kafka.then(|| match direction {
            Direction::There => Frames::of_requests(),
            Direction::Back => Frames::of_responses(),
        });
        let (queue, late) = (Queue::new(link), None);
        Self { link, direction, exchange, frames, queue, late, knows_client: false, is_open: true }
    }

    /// Moves bytes until the reader has ended and everything has arrived.
    pub(super) async fn run(
        mut self,
        mut reader: impl AsyncRead + Unpin,
        mut writer: impl AsyncWrite + Unpin,
    ) -> Result<(), Stopped> {
        let mut effects = self.link.effects.subscribe();
        self.look_at_link();
        let mut chunk = vec![0; CHUNK];
        // Bytes at the front of the chunk that are not sent yet: the beginning of a frame.
        let mut kept = 0;
        loop {
            let room = self.queue.room().min(CHUNK - kept);
            let (next, late) = (self.queue.next_due(), self.queue.late());
            tokio::select! {
                // The change of a link affects everything that is read after it.
                biased;
                // The link is held by the connection, so the sender is there.
                _ = effects.changed() => self.look_at_link(),
                calls = first_over(&late), if !late.is_empty() => self.queue.release(&calls),
                () = until_due(next.unwrap_or_default()), if next.is_some() => {
                    match self.queue.take() {
                        None => {}
                        Some(Content::Bytes(bytes)) => self.write(&mut writer, &bytes).await?,
                        Some(Content::Close) => {
                            // A side that is gone need not know.
                            writer.shutdown().await.ok();
                            return Ok(());
                        }
                        Some(Content::Stop(why)) => {
                            if !matches!(why, Stopped::Broken(_)) {
                                self.link.traffic().reset();
                            }
                            return Err(why);
                        }
                    }
                }
                read = reader.read(&mut chunk[kept..kept + room]), if self.is_open && room > 0 => {
                    match read {
                        Ok(0) => {
                            self.pass(&chunk[..kept], &mut writer).await?;
                            self.end(Content::Close);
                        }
                        Ok(count) => {
                            let end = kept + count;
                            let sent = self.send(&chunk[..end], &mut writer).await?;
                            chunk.copy_within(sent..end, 0);
                            kept = end - sent;
                        }
                        Err(error) => self.end(Content::Stop(error.into())),
                    }
                }
            }
        }
    }

    fn look_at_link(&mut self) {
        let client = self.exchange.client();
        self.knows_client = client.is_some();
        self.queue.set(Condition::of(&self.link.effects.borrow(), client));
    }

    fn end(&mut self, how: Content) {
        self.is_open = false;
        self.queue.end(how);
    }

    /// Sends bytes frame by frame, and says how many; what is left is the beginning of a frame.
    async fn send(
        &mut self,
        bytes: &[u8],
        writer: &mut (impl AsyncWrite + Unpin),
    ) -> Result<usize, Stopped> {
        if !self.knows_client && self.exchange.client().is_some() {
            self.look_at_link();
        }
        let Some(mut frames) = self.frames.take() else {
            self.pass(bytes, writer).await?;
            return Ok(bytes.len());
        };
        let (mut start, mut at) = (0, 0);
        while self.is_open {
            match frames.look(&bytes[at..]) {
                Next::More => break,
                Next::Rest(count) => {
                    frames.passed(count);
                    at += count;
                    if let Some(late) = &mut self.late {
                        late.request.extend_from_slice(&bytes[start..at]);
                        start = at;
                        if !frames.is_inside() {
                            self.end_late();
                        }
                    }
                }
                Next::Frame(head) => {
                    let calls = self.calls(head);
                    frames.enter(&bytes[at..]);
                    if calls.is_none() && self.is_open {
                        continue;
                    }
                    // Made before anything can fail, as it gives the call back.
                    let late = calls.as_ref().and_then(Late::of);
                    self.pass(&bytes[start..at], writer).await?;
                    start = at;
                    let Some(calls) = calls else { continue };
                    match calls.fate {
                        Fate::Lost => self.end(Content::Stop(Stopped::ByFault)),
                        Fate::Late(time) => self.queue.hold(time, calls),
                        Fate::AfterReset(_) => self.late = late,
                    }
                }
            }
        }
        self.frames = Some(frames);
        if self.is_open {
            self.pass(&bytes[start..at], writer).await?;
        }
        Ok(at)
    }

    /// The calls that the beginning frame belongs to.
    fn calls(&mut self, head: Head) -> Option<Arc<Calls>> {
        let calls = match head {
            Head::Request { api, correlation, client } => {
                if !self.knows_client {
                    self.exchange.learn(client);
                    self.look_at_link();
                    if self.queue.condition().resets() {
                        self.queue.condition().resets.iter().for_each(HitCount::add);
                        self.end(Content::Stop(Stopped::ByFault));
                        return None;
                    }
                }
                self.exchange.request(api, correlation, &self.queue.condition().calls)
            }
            Head::Response { correlation } => self.exchange.response(correlation),
        };
        if calls.is_some() {
            self.link.traffic().called();
        }
        calls
    }

    fn end_late(&mut self) {
        if let Some(Late { request, calls, after }) = self.late.take() {
            self.end(Content::Stop(Stopped::Before { request, calls, after }));
        }
    }

    /// Sends bytes as the link's condition says.
    async fn pass(
        &mut self,
        bytes: &[u8],
        writer: &mut (impl AsyncWrite + Unpin),
    ) -> Result<(), Stopped> {
        if bytes.is_empty() {
            return Ok(());
        }
        if self.queue.is_direct() {
            return self.write(writer, bytes).await;
        }
        self.is_open &= self.queue.send(bytes);
        Ok(())
    }

    /// Lets bytes arrive. If the side that has opened the connection is gone, answers go nowhere. What it has sent
    /// before still arrives, as in a network.
    async fn write(
        &mut self,
        writer: &mut (impl AsyncWrite + Unpin),
        bytes: &[u8],
    ) -> Result<(), Stopped> {
        match writer.write_all(bytes).await {
            Ok(()) => self.link.traffic().arrived(bytes.len()),
            Err(_) if self.direction == Direction::Back => {}
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }
}

/// Waits until one of these is over.
async fn first_over(late: &[Arc<Calls>]) -> Arc<Calls> {
    let each = late.iter().map(|calls| {
        Box::pin(async move {
            calls.ended().await;
            Arc::clone(calls)
        })
    });
    futures::future::select_all(each).await.0
}

/// Even a pause of no time lasts until the next tick of the clock.
async fn until_due(left: Duration) {
    if !left.is_zero() {
        wait::pause(left).await;
    }
}
