//! The producers of a load together.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::{oneshot, watch};

use super::ids::Ids;
use super::meter::Meter;
use super::probe::Sink as _;
use super::process::{self, Home};
use super::send::{Messages, Sent, Work, send};
use super::task::{LoadReport, LoadTask};
use crate::client::ClientError;
use crate::client::settings::Settings;
use crate::event::measured::Measured;
use crate::owned::run_folder::RunFolder;
use crate::topology::Access;

/// The most that many producers together may queue, in KiB. One alone has twice as much, which makes it some percent
/// faster. While a message is under way, librdkafka has it twice: in its queue and in its request.
const QUEUES_KIB: u32 = 16 * 1024;

/// The most messages that all producers together may queue: each takes some 200 bytes beside its value.
const QUEUED_MESSAGES: u32 = 160_000;

/// A load of producers.
#[derive(Debug, Clone, PartialEq)]
pub struct Sending {
    /// The number of producers, at least 1.
    pub producers: u32,
    /// The messages that each of them sends.
    pub each: Messages,
    /// Settings of librdkafka, for every producer; a transactional id gets the number of its producer.
    pub settings: Settings,
}

/// Where a load sends.
#[derive(Debug, Clone)]
pub struct Destination {
    /// Where the brokers are.
    pub access: Access,
    /// Name in the cluster.
    pub topic: String,
    /// Number of the load's first producer in the scenario, from 1, so that the ids of loads differ.
    pub first_producer: u32,
    /// Seed of the content.
    pub seed: u64,
}

/// The result of a load.
#[derive(Debug, Clone)]
pub struct SendingEnded {
    /// Counts and latencies.
    pub measured: Measured,
    /// Messages handed to the client library.
    pub handed_over: Ids,
    /// Messages that the cluster has acknowledged.
    pub acknowledged: Ids,
}

/// Producers at work. Dropping it stops them, without waiting.
#[derive(Debug)]
pub struct Senders {
    meter: Arc<Meter>,
    stop: Arc<AtomicBool>,
    stop_processes: watch::Sender<bool>,
    /// Number of each producer, and how it ends.
    producers: Vec<(u32, oneshot::Receiver<Result<Sent, ClientError>>)>,
}

impl Senders {
    /// Starts every producer.
    ///
    /// # Errors
    /// When a thread or a process cannot be started.
    pub fn start(sending: &Sending, to: &Destination, home: &Home) -> Result<Self, ClientError> {
        let meter = Meter::new(sending.each.warm_up);
        let stop = Arc::new(AtomicBool::new(false));
        let (stop_processes, _) = watch::channel(false);
        let mut senders = Self { meter, stop, stop_processes, producers: Vec::new() };
        for producer in to.first_producer..to.first_producer + sending.producers {
            let work = work(sending, to, producer, senders.meter.began_at());
            let ended = match home {
                Home::Threads => senders.spawn(work),
                Home::Processes(run) => senders.spawn_process(work, run),
            };
            let ended = ended.map_err(|error| ClientError::Failed {
                doing: format!("start producer {producer}"),
                why: error.to_string(),
            })?;
            senders.producers.push((producer, ended));
        }
        Ok(senders)
    }

    fn spawn(&self, work: Work) -> std::io::Result<oneshot::Receiver<Result<Sent, ClientError>>> {
        let (tell, ended) = oneshot::channel();
        let (probe, stop) = (self.meter.probe(), Arc::clone(&self.stop));
        let thread = std::thread::Builder::new().name(format!("producer-{}", work.producer));
        thread.spawn(move || {
            // Nobody listens when the load was dropped.
            tell.send(send(&work, probe, &stop)).ok();
        })?;
        Ok(ended)
    }

    fn spawn_process(
        &self,
        work: Work,
        run: &RunFolder,
    ) -> std::io::Result<oneshot::Receiver<Result<Sent, ClientError>>> {
        let (mut meter, producer) = (self.meter.clone(), work.producer);
        let (client, stop) = (format!("producer {producer}"), self.stop_processes.subscribe());
        process::spawn(client, LoadTask::Send(work), run, stop, move |report| match report {
            LoadReport::Done(portion) => {
                meter.take(portion);
                None
            }
            LoadReport::Sent(handed_over, ranges) => {
                Some(Sent::told(producer, handed_over, ranges))
            }
            // Of consumers.
            _ => None,
        })
    }

    /// Counts and latencies so far.
    pub fn meter(&self) -> &Arc<Meter> {
        &self.meter
    }

    /// Has every producer end once its messages under way are reported on.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
        self.stop_processes.send_replace(true);
    }

    /// Waits until every producer has ended. Where one cannot go on, the others are stopped.
    ///
    /// # Errors
    /// The error of the first producer that ended badly.
    pub async fn end(mut self) -> Result<SendingEnded, ClientError> {
        let (mut handed_over, mut acknowledged) = (Ids::default(), Ids::default());
        let mut failed = None;
        for (producer, ended) in std::mem::take(&mut self.producers) {
            match ended.await {
                Ok(Ok(sent)) => {
                    if sent.handed_over > 0 {
                        handed_over.add_range(producer, 1..=sent.handed_over);
                    }
                    acknowledged.add_all(&sent.acknowledged);
                }
                Ok(Err(error)) => {
                    self.stop();
                    failed.get_or_insert(error);
                }
                Err(_) => {
                    self.stop();
                    let (doing, why) = ("send".into(), format!("producer {producer} panicked"));
                    failed.get_or_insert(ClientError::Failed { doing, why });
                }
            }
        }
        match failed {
            None => Ok(SendingEnded { measured: self.meter.measured(), handed_over, acknowledged }),
            Some(error) => Err(error),
        }
    }
}

impl Drop for Senders {
    fn drop(&mut self) {
        self.stop();
    }
}

fn work(sending: &Sending, to: &Destination, producer: u32, began_at: jiff::Timestamp) -> Work {
    let mut settings = frugal(sending.producers, sending.each.size).and(&sending.settings);
    if let Some(id) = sending.settings.get("transactional.id") {
        let id = format!("{id}-{producer}");
        settings = settings.with("transactional.id", id);
    }
    Work {
        access: to.access.clone(),
        topic: to.topic.clone(),
        producer,
        messages: sending.each.clone(),
        settings,
        seed: to.seed,
        began_at_ms: began_at.as_millisecond(),
    }
}

/// Limits that keep this many producers in little memory together: librdkafka's own would let each of
/// them queue a gigabyte.
fn frugal(producers: u32, size: usize) -> Settings {
    let largest = u32::try_from(size / 1024).unwrap_or(u32::MAX).saturating_mul(2);
    let together = QUEUES_KIB + QUEUES_KIB / producers;
    let kib = (together / producers).max(128).max(largest);
    let messages = (QUEUED_MESSAGES / producers).clamp(500, 100_000);
    Settings::default()
        .with("queue.buffering.max.kbytes", kib.to_string())
        .with("queue.buffering.max.messages", messages.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_setting_that_is_wrong_ends_the_load() {
        let sending = Sending {
            producers: 3,
            each: Messages { number: Some(10), ..Messages::of_size(100) },
            settings: Settings::default().with("linger.msec", "5"),
        };
        let to = Destination {
            access: Access::plaintext("127.0.0.1:1"),
            topic: "t".into(),
            first_producer: 1,
            seed: 1,
        };
        let ended = Senders::start(&sending, &to, &Home::Threads).expect("threads").end().await;
        assert!(matches!(ended, Err(ClientError::Setting(_))), "{ended:?}");
    }

    #[test]
    fn the_author_wins_over_limits_of_memory() {
        let own = Settings::default().with("queue.buffering.max.kbytes", "1048576");
        let limit =
            |settings: &Settings| settings.get("queue.buffering.max.kbytes").map(str::to_owned);
        assert_eq!(limit(&frugal(16, 1000).and(&own)).as_deref(), Some("1048576"));
        assert_eq!(limit(&frugal(1, 1000)).as_deref(), Some("32768"));
        assert_eq!(limit(&frugal(16, 1000)).as_deref(), Some("1088"));
        assert_eq!(limit(&frugal(256, 1_024_000)).as_deref(), Some("2000"), "a message must fit");
    }
}
