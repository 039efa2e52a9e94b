//! A producer that keeps sending in the background, at a steady rate, until it is stopped.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures::stream::FuturesUnordered;
use futures::{FutureExt as _, StreamExt as _};
use rdkafka::types::RDKafkaErrorCode;
use tokio::task::JoinHandle;

use super::ClientError;
use super::error_code::ErrorCode;
use super::message::Message;
use super::producer::Producer;
use crate::wait;

/// The time between two rounds in which messages that are due are handed over.
const TICK: Duration = Duration::from_millis(5);

/// The number of attempts at a commit of which nothing is known.
const COMMIT_ATTEMPTS: usize = 3;

/// The messages to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Load {
    /// Name of the topic in the cluster.
    pub topic: String,
    /// Messages in a second.
    pub rate: u64,
    /// The number of keys that take turns; none for messages without a key.
    pub keys: Option<u64>,
    /// Messages in each transaction; without it there are none.
    pub transaction: Option<u64>,
}

/// The results of messages so far.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tally {
    /// Handed to the producer.
    pub sent: u64,
    /// Acknowledged.
    pub acknowledged: u64,
    /// The number of times that each error came, by its name.
    pub errors: BTreeMap<String, u64>,
}

/// As in `; 25 × INVALID_RECORD`; nothing without errors.
impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { sent, acknowledged, errors } = self;
        write!(f, "{sent} messages sent, {acknowledged} of them acknowledged")?;
        errors.iter().try_for_each(|(error, count)| write!(f, "; {count} × {error}"))
    }
}

/// A producer that sends in the background. Dropping it ends the sending without waiting for reports.
#[derive(Debug)]
pub struct Sending {
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Shared {
    stopping: AtomicBool,
    sent: AtomicU64,
    acknowledged: AtomicU64,
    errors: Mutex<BTreeMap<String, u64>>,
}

impl Sending {
    /// Begins to send messages with the values 1, 2, 3 …
    pub fn start(producer: Producer, load: Load) -> Self {
        let shared = Arc::new(Shared::default());
        let task = tokio::spawn(Worker::new(producer, load, Arc::clone(&shared)).run());
        Self { shared, task }
    }

    /// The number of messages acknowledged so far.
    pub fn acknowledged(&self) -> u64 {
        self.shared.acknowledged.load(Ordering::Relaxed)
    }

    /// Sends no more, and waits for the delivery report of everything that was sent; an open transaction is
    /// committed.
    pub async fn stop(mut self) -> Tally {
        self.shared.stopping.store(true, Ordering::Relaxed);
        let ended = (&mut self.task).await;
        if let Err(error) = ended {
            self.shared.count(error.to_string());
        }
        self.tally()
    }

    /// The results of messages so far.
    pub fn tally(&self) -> Tally {
        Tally {
            sent: self.shared.sent.load(Ordering::Relaxed),
            acknowledged: self.acknowledged(),
            errors: self.shared.errors.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        }
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shared {
    fn count(&self, error: String) {
        let mut errors = self.errors.lock().unwrap_or_else(PoisonError::into_inner);
        *errors.entry(error).or_default() += 1;
    }
}

/// The task that sends.
struct Worker {
    producer: Producer,
    load: Load,
    shared: Arc<Shared>,
    under_way: FuturesUnordered<futures::future::BoxFuture<'static, Result<(), ClientError>>>,
}

impl Worker {
    fn new(producer: Producer, load: Load, shared: Arc<Shared>) -> Self {
        Self { producer, load, shared, under_way: FuturesUnordered::new() }
    }

    /// Sends until it is stopped, or until the producer is of no use any more.
    async fn run(mut self) {
        let start = Instant::now();
        let mut number = 0;
        while !self.shared.stopping.load(Ordering::Relaxed) && self.producer.fatal_error().is_none()
        {
            while let Some(Some(report)) = self.under_way.next().now_or_never() {
                self.reported(report);
            }
            let due = start.elapsed().as_secs_f64() * self.load.rate as f64;
            if (number as f64) < due {
                number += 1;
                self.send(number).await;
            } else {
                wait::pause(TICK).await;
            }
        }
        if self.producer.is_in_transaction().await {
            self.end_transaction().await;
        }
        while let Some(report) = self.under_way.next().await {
            self.reported(report);
        }
    }

    async fn send(&mut self, number: u64) {
        if self.load.transaction.is_some() && !self.producer.is_in_transaction().await {
            let begun = self.producer.begin_transaction().await;
            self.note(begun.err());
        }
        let key = self.load.keys.map(|keys| turn(number, keys).into_bytes());
        let message = Message { key, ..Message::of(number.to_string()) };
        self.shared.sent.fetch_add(1, Ordering::Relaxed);
        match self.producer.hand_over(&self.load.topic, &message).await {
            Ok(under_way) => {
                self.under_way.push(under_way.delivered().map(|it| it.map(drop)).boxed());
            }
            Err(error) => self.note(Some(error)),
        }
        if self.load.transaction.is_some_and(|size| number.is_multiple_of(size.max(1))) {
            self.end_transaction().await;
        }
    }

    /// Commits; what cannot be committed is aborted, as the client library's manual says.
    async fn end_transaction(&mut self) {
        for _ in 0..COMMIT_ATTEMPTS {
            match self.producer.commit_transaction().await {
                Ok(()) => return,
                // Not known: the same commit is tried again.
                Err(error) if error.code() == Some(timed_out()) => self.note(Some(error)),
                Err(error) => {
                    self.note(Some(error));
                    break;
                }
            }
        }
        if self.producer.fatal_error().is_none() {
            let aborted = self.producer.abort_transaction().await;
            self.note(aborted.err());
        }
    }

    fn reported(&self, report: Result<(), ClientError>) {
        match report {
            Ok(()) => {
                self.shared.acknowledged.fetch_add(1, Ordering::Relaxed);
            }
            Err(error) => self.note(Some(error)),
        }
    }

    fn note(&self, error: Option<ClientError>) {
        if let Some(error) = error {
            self.shared.count(error.code().map_or_else(|| error.to_string(), ErrorCode::name));
        }
    }
}

/// The key of the message with this number, where so many keys take turns.
pub fn turn(number: u64, keys: u64) -> String {
    format!("key {}", (number - 1) % keys.max(1) + 1)
}

fn timed_out() -> ErrorCode {
    RDKafkaErrorCode::OperationTimedOut.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_take_turns() {
        let keys: Vec<_> = (1..=4).map(|number| turn(number, 3)).collect();
        assert_eq!(keys, ["key 1", "key 2", "key 3", "key 1"]);
    }
}
