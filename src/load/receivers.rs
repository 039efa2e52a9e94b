//! The consumers of a load together.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::oneshot;

use super::book::Book;
use super::measured::Measured;
use super::meter::Meter;
use super::receive::{Reading, receive};
use crate::client::ClientError;
use crate::client::settings::Settings;

/// What all consumers together may fetch ahead, in KiB.
const QUEUES_KIB: u32 = 24 * 1024;

/// Consumers at work. Dropping it stops them, without waiting.
#[derive(Debug)]
pub struct Receivers {
    meter: Arc<Meter>,
    book: Arc<Book>,
    stop: Arc<AtomicBool>,
    consumers: Vec<oneshot::Receiver<Result<(), ClientError>>>,
}

impl Receivers {
    /// Starts so many consumers, at least 1, that read alike, all members of one group.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn start(consumers: u32, reading: &Reading) -> Result<Self, ClientError> {
        let settings = frugal(consumers).and(&reading.settings);
        let reading = Arc::new(Reading { settings, ..reading.clone() });
        let (book, stop) = (Arc::default(), Arc::default());
        let meter = Meter::new(Duration::ZERO);
        let mut receivers = Self { meter, book, stop, consumers: Vec::new() };
        for number in 1..=consumers {
            let ended = receivers.spawn(number, Arc::clone(&reading));
            let ended = ended.map_err(|error| ClientError::Failed {
                doing: format!("start a thread for consumer {number}"),
                why: error.to_string(),
            })?;
            receivers.consumers.push(ended);
        }
        Ok(receivers)
    }

    fn spawn(
        &self,
        number: u32,
        reading: Arc<Reading>,
    ) -> std::io::Result<oneshot::Receiver<Result<(), ClientError>>> {
        let (tell, ended) = oneshot::channel();
        let (probe, book, stop) =
            (self.meter.probe(), Arc::clone(&self.book), Arc::clone(&self.stop));
        let thread = std::thread::Builder::new().name(format!("consumer-{number}"));
        thread.spawn(move || {
            // Nobody listens any more once the load was dropped.
            tell.send(receive(&reading, probe, &book, &stop)).ok();
        })?;
        Ok(ended)
    }

    /// What they have received.
    pub fn book(&self) -> &Arc<Book> {
        &self.book
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.consumers.len()
    }

    /// The error of a consumer that has ended by itself; none while all are at work.
    pub fn failure(&mut self) -> Option<ClientError> {
        self.consumers.iter_mut().find_map(|ended| ended.try_recv().ok()?.err())
    }

    /// Counts and latencies so far.
    pub fn measured(&self) -> Measured {
        self.meter.measured()
    }

    /// Stops every consumer and waits until it has left its group.
    ///
    /// # Errors
    /// Why the first consumer that could not read could not.
    pub async fn end(mut self) -> Result<Measured, ClientError> {
        self.stop.store(true, Ordering::Relaxed);
        let mut result = Ok(());
        for ended in std::mem::take(&mut self.consumers) {
            let ended = ended.await.unwrap_or_else(|_| {
                let (doing, why) = ("read".into(), "a consumer panicked".into());
                Err(ClientError::Failed { doing, why })
            });
            result = result.and(ended);
        }
        result.map(|()| self.meter.measured())
    }
}

impl Drop for Receivers {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// Limits that keep this many consumers in little memory together; each fetches from several brokers at once.
fn frugal(consumers: u32) -> Settings {
    let kib = (QUEUES_KIB / consumers).clamp(512, 16 * 1024);
    let fetched = (kib * 1024 / 2).max(1024 * 1024);
    Settings::default()
        .with("queued.max.messages.kbytes", kib.to_string())
        .with("queued.min.messages", "10000")
        // Once a queue is full, librdkafka would not fetch for a second.
        .with("fetch.queue.backoff.ms", "5")
        .with("fetch.message.max.bytes", "1048576")
        .with("fetch.max.bytes", fetched.to_string())
        // Or librdkafka raises fetch.max.bytes to this.
        .with("message.max.bytes", "1000000")
}
