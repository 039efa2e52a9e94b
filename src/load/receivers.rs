//! The consumers of a load together.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::{oneshot, watch};

use super::book::{Book, Ledger as _};
use super::meter::Meter;
use super::probe::Sink as _;
use super::process::{self, Home};
use super::receive::{Reading, receive};
use super::task::{LoadReport, LoadTask};
use crate::client::ClientError;
use crate::client::settings::Settings;
use crate::event::measured::Measured;
use crate::owned::run_folder::RunFolder;

/// The most that all consumers together may fetch ahead, in KiB.
const QUEUES_KIB: u32 = 16 * 1024;

/// Consumers at work. Dropping it stops them, without waiting.
#[derive(Debug)]
pub struct Receivers {
    meter: Arc<Meter>,
    book: Arc<Book>,
    stop: Arc<AtomicBool>,
    stop_processes: watch::Sender<bool>,
    count: u32,
    consumers: Vec<Ending>,
    /// Why the first consumer that has ended by itself did so.
    failure: Option<ClientError>,
}

/// How a consumer ends.
type Ending = oneshot::Receiver<Result<(), ClientError>>;

impl Receivers {
    /// Starts so many consumers, at least 1, that read alike, all members of one group.
    ///
    /// # Errors
    /// When a thread or a process cannot be started.
    pub fn start(consumers: u32, reading: &Reading, home: &Home) -> Result<Self, ClientError> {
        let settings = frugal(consumers).and(&reading.settings);
        let reading = Reading { settings, ..reading.clone() };
        let (book, stop) = (Arc::default(), Arc::default());
        let (stop_processes, _) = watch::channel(false);
        let meter = Meter::new(reading.warm_up);
        let mut receivers = Self {
            meter,
            book,
            stop,
            stop_processes,
            count: consumers,
            consumers: Vec::new(),
            failure: None,
        };
        for number in 1..=consumers {
            let ended = match home {
                Home::Threads => receivers.spawn(number, reading.clone()),
                Home::Processes(run) => receivers.spawn_process(number, reading.clone(), run),
            };
            let ended = ended.map_err(|error| ClientError::Failed {
                doing: format!("start consumer {number}"),
                why: error.to_string(),
            })?;
            receivers.consumers.push(ended);
        }
        Ok(receivers)
    }

    fn spawn(&self, number: u32, reading: Reading) -> std::io::Result<Ending> {
        let (tell, ended) = oneshot::channel();
        let (probe, book, stop) =
            (self.meter.probe(), Arc::clone(&self.book), Arc::clone(&self.stop));
        let thread = std::thread::Builder::new().name(format!("consumer-{number}"));
        thread.spawn(move || {
            // Nobody listens when the load was dropped.
            tell.send(receive(&reading, probe, &book, &stop)).ok();
        })?;
        Ok(ended)
    }

    fn spawn_process(
        &self,
        number: u32,
        reading: Reading,
        run: &RunFolder,
    ) -> std::io::Result<Ending> {
        let (mut meter, book) = (self.meter.clone(), Arc::clone(&self.book));
        let (client, stop) = (format!("consumer {number}"), self.stop_processes.subscribe());
        let began_at_ms = self.meter.began_at().as_millisecond();
        let task = LoadTask::Receive { reading, began_at_ms };
        process::spawn(client, task, run, stop, move |report| {
            match report {
                LoadReport::Done(portion) => meter.take(portion),
                LoadReport::Read(read) => book.enter(&mut read.entries()),
                LoadReport::Share(given) => book.count_share(given),
                LoadReport::Complaint(error) => book.complain(error),
                LoadReport::Left => return Some(()),
                // Of producers, and what the watcher of the process has taken.
                LoadReport::Sent(..) | LoadReport::Failed(_) => {}
            }
            None
        })
    }

    /// Everything they have received.
    pub fn book(&self) -> &Arc<Book> {
        &self.book
    }

    /// The number of consumers.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// The error of a consumer that has ended by itself; none while all are at work.
    pub fn failure(&mut self) -> Option<&ClientError> {
        let Self { consumers, failure, .. } = self;
        // A consumer says only once how it ended.
        consumers.retain_mut(|ended| match ended.try_recv() {
            Ok(ended) => {
                *failure = failure.take().or(ended.err());
                false
            }
            Err(_) => true,
        });
        failure.as_ref()
    }

    /// Counts and latencies so far.
    pub fn measured(&self) -> Measured {
        self.meter.measured()
    }

    /// Stops every consumer and waits until it has left its group.
    ///
    /// # Errors
    /// The error of the first consumer that could not read.
    pub async fn end(mut self) -> Result<Measured, ClientError> {
        self.stop();
        let mut result = self.failure.take().map_or(Ok(()), Err);
        for ended in std::mem::take(&mut self.consumers) {
            let ended = ended.await.unwrap_or_else(|_| {
                let (doing, why) = ("read".into(), "a consumer panicked".into());
                Err(ClientError::Failed { doing, why })
            });
            result = result.and(ended);
        }
        result.map(|()| self.meter.measured())
    }

    fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
        self.stop_processes.send_replace(true);
    }
}

impl Drop for Receivers {
    fn drop(&mut self) {
        self.stop();
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
