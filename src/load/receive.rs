//! One consumer of a load, on a thread of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer as _, ConsumerContext, Rebalance};
use rdkafka::message::BorrowedMessage;
use rdkafka::{ClientContext, Message as _};

use super::book::Book;
use super::content::id_of;
use super::ids::Id;
use super::probe::{Probe, Sink};
use crate::client::ClientError;
use crate::client::error_code::ErrorCode;
use crate::client::settings::Settings;

/// How long a poll waits for a message at most, and so how soon a consumer sees that it is to stop.
const POLL: Duration = Duration::from_millis(50);

/// Messages that are entered together, so that consumers do not wait for each other at every one.
const ENTERED_TOGETHER: usize = 256;

/// What a consumer has to do.
#[derive(Debug, Clone)]
pub struct Reading {
    /// Where the brokers are.
    pub bootstrap_servers: String,
    /// Name in the cluster.
    pub topic: String,
    /// Name in the cluster.
    pub group: String,
    /// Settings of librdkafka.
    pub settings: Settings,
    /// Whether it reads while messages are sent, so that the time from the one to the other means something.
    pub follows: bool,
}

/// Reads until `stop` is set; enters what it read into the book, and counts it at the probe.
///
/// Blocks. Latency is from the time that a message carries, which is when it was due, in milliseconds.
///
/// # Errors
/// When the consumer cannot be made or cannot subscribe. What else the library complains of is kept in the
/// book.
pub fn receive<S: Sink>(
    reading: &Reading,
    mut probe: Probe<S>,
    book: &Arc<Book>,
    stop: &AtomicBool,
) -> Result<(), ClientError> {
    let config = Settings::of_every_client()
        .with("bootstrap.servers", &reading.bootstrap_servers)
        .with("group.id", &reading.group)
        .with("auto.offset.reset", "earliest")
        .and(&reading.settings)
        .config()?;
    let member = Member { book: Arc::clone(book), has_share: AtomicBool::new(false) };
    let consumer: BaseConsumer<Member> = config
        .create_with_context(member)
        .map_err(|error| ClientError::new("start the consumer", &error))?;
    let subscribed = consumer.subscribe(&[&reading.topic]);
    subscribed.map_err(|error| ClientError::new("subscribe", &error))?;
    let mut entries = Vec::with_capacity(ENTERED_TOGETHER);
    while !stop.load(Ordering::Relaxed) {
        match consumer.poll(if entries.is_empty() { POLL } else { Duration::ZERO }) {
            Some(Ok(message)) => entries.push(count(&message, &mut probe, reading.follows)),
            Some(Err(error)) => {
                let code = ErrorCode::of(&error);
                book.complain(code.map_or_else(|| error.to_string(), ErrorCode::name));
            }
            None => {
                book.enter(&mut entries);
                probe.turn();
            }
        }
        if entries.len() == ENTERED_TOGETHER {
            book.enter(&mut entries);
        }
    }
    book.enter(&mut entries);
    Ok(())
}

fn count<S: Sink>(
    message: &BorrowedMessage<'_>,
    probe: &mut Probe<S>,
    follows: bool,
) -> Option<Id> {
    let now = probe.now();
    let created = message.timestamp().to_millis().filter(|_| follows);
    let latency = created.and_then(|created| {
        let late = jiff::Timestamp::now().as_millisecond() - created;
        u64::try_from(late).ok().map(Duration::from_millis)
    });
    let value = message.payload().unwrap_or_default();
    probe.done(now, latency, value.len(), message.partition());
    id_of(value)
}

/// A consumer as a member of its group.
struct Member {
    book: Arc<Book>,
    has_share: AtomicBool,
}

impl ClientContext for Member {}

impl ConsumerContext for Member {
    fn post_rebalance(&self, _: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        let share = matches!(rebalance, Rebalance::Assign(_));
        if self.has_share.swap(share, Ordering::Relaxed) != share {
            self.book.count_share(share);
        }
    }
}
