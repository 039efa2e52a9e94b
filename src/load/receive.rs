//! One consumer of a load, on a thread of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer as _, ConsumerContext, Rebalance};
use rdkafka::message::BorrowedMessage;
use rdkafka::{ClientContext, Message as _};
use serde::{Deserialize, Serialize};

use super::book::Ledger;
use super::content::id_of;
use super::ids::Id;
use super::probe::{Probe, Sink};
use crate::client::ClientError;
use crate::client::error_code::ErrorCode;
use crate::client::position::{Positions, with_statistics};
use crate::client::settings::Settings;
use crate::topology::Access;
use crate::wait::pause_thread;

/// The longest wait of a poll for a message. A consumer sees within this time that it must stop.
const POLL: Duration = Duration::from_millis(50);

/// Messages that are entered together, so that consumers do not wait for each other at every one.
const ENTERED_TOGETHER: usize = 256;

/// A consumer with a rate that was kept waiting may make up for so much time.
const CATCH_UP: Duration = Duration::from_millis(100);

/// The task of each consumer of a load.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Reading {
    /// Where the brokers are.
    pub access: Access,
    /// Name in the cluster.
    pub topic: String,
    /// Name in the cluster.
    pub group: String,
    /// Settings of librdkafka.
    pub settings: Settings,
    /// Whether it reads while messages are sent, so that there is a latency to measure.
    pub follows: bool,
    /// Messages per second at most; none for as fast as it can.
    pub rate: Option<f64>,
    /// Messages received in this time since the load began are not measured.
    pub warm_up: Duration,
}

/// Reads until `stop` is set; enters what it read into the ledger, and counts it at the probe.
///
/// Blocks. Latency is from the time that a message carries, which is when it was due, in milliseconds.
///
/// # Errors
/// When the consumer cannot be made or cannot subscribe. The ledger keeps other complaints of the library.
pub fn receive<S: Sink, L: Ledger>(
    reading: &Reading,
    mut probe: Probe<S>,
    ledger: &Arc<L>,
    stop: &AtomicBool,
) -> Result<(), ClientError> {
    let settings = Settings::of_every_client()
        .at(&reading.access)
        .with("group.id", &reading.group)
        .with("auto.offset.reset", "earliest")
        .and(&reading.settings);
    let settings = with_statistics(settings);
    let config = settings.config()?;
    let member = Member {
        ledger: Arc::clone(ledger),
        has_share: AtomicBool::new(false),
        awaits_positions: AtomicBool::new(false),
        positions: Positions::of(&settings),
    };
    let consumer: BaseConsumer<Member<L>> = config
        .create_with_context(member)
        .map_err(|error| ClientError::new("start the consumer", &error))?;
    let subscribed = consumer.subscribe(&[&reading.topic]);
    subscribed.map_err(|error| ClientError::new("subscribe", &error))?;
    let mut entries = Vec::with_capacity(ENTERED_TOGETHER);
    let mut pace = reading.rate.map(|rate| Pace::new(rate, probe.now()));
    while !stop.load(Ordering::Relaxed) {
        consumer.context().count_share(&consumer);
        if let Some(wait) = pace.as_mut().and_then(|pace| pace.wait(probe.now())) {
            ledger.enter(&mut entries);
            probe.turn();
            pause_thread(wait.min(POLL));
            continue;
        }
        match consumer.poll(if entries.is_empty() { POLL } else { Duration::ZERO }) {
            Some(Ok(message)) => {
                entries.push(count(&message, &mut probe, reading.follows));
                if let Some(pace) = &mut pace {
                    pace.took_one(probe.now());
                }
            }
            Some(Err(error)) => {
                let code = ErrorCode::of(&error);
                ledger.complain(code.map_or_else(|| error.to_string(), ErrorCode::name));
            }
            None => {
                ledger.enter(&mut entries);
                probe.turn();
            }
        }
        if entries.len() == ENTERED_TOGETHER {
            ledger.enter(&mut entries);
        }
    }
    ledger.enter(&mut entries);
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

/// The time when a consumer with a rate may take its next message.
struct Pace {
    each: Duration,
    next: Duration,
}

impl Pace {
    fn new(rate: f64, now: Duration) -> Self {
        Self { each: Duration::from_secs_f64(1.0 / rate), next: now }
    }

    /// The time to wait; none when a message is due.
    fn wait(&self, now: Duration) -> Option<Duration> {
        self.next.checked_sub(now).filter(|wait| !wait.is_zero())
    }

    fn took_one(&mut self, now: Duration) {
        self.next = self.next.max(now.saturating_sub(CATCH_UP)) + self.each;
    }
}

/// A consumer as a member of its group.
struct Member<L> {
    ledger: Arc<L>,
    has_share: AtomicBool,
    /// It was given partitions and does not know yet where to begin in all of them.
    awaits_positions: AtomicBool,
    positions: Positions,
}

impl<L: Ledger> Member<L> {
    /// Counts the share that the group has given it, once it knows where to begin.
    fn count_share(&self, consumer: &BaseConsumer<Self>) {
        if !self.awaits_positions.load(Ordering::Relaxed) {
            return;
        }
        let assigned = consumer.assignment();
        if assigned.is_ok_and(|assigned| self.positions.has_all(&assigned)) {
            self.awaits_positions.store(false, Ordering::Relaxed);
            self.set_share(true);
        }
    }

    fn set_share(&self, share: bool) {
        if self.has_share.swap(share, Ordering::Relaxed) != share {
            self.ledger.count_share(share);
        }
    }
}

impl<L: Ledger> ClientContext for Member<L> {
    fn stats_raw(&self, statistics: &[u8]) {
        self.positions.take_in(statistics);
    }
}

impl<L: Ledger> ConsumerContext for Member<L> {
    fn pre_rebalance(&self, _: &BaseConsumer<Self>, _: &Rebalance<'_>) {
        self.positions.forget();
    }

    fn post_rebalance(&self, consumer: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        let share = matches!(rebalance, Rebalance::Assign(_));
        self.awaits_positions.store(share, Ordering::Relaxed);
        match share {
            true => self.count_share(consumer),
            false => self.set_share(false),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pace_is_kept_over_short_waits_and_no_stall_is_made_up_for() {
        let ms = Duration::from_millis;
        let mut pace = Pace::new(100.0, ms(0));
        assert_eq!(pace.wait(ms(0)), None);
        pace.took_one(ms(0));
        assert_eq!(pace.wait(ms(4)), Some(ms(6)));
        // Two are due by then.
        pace.took_one(ms(25));
        assert_eq!(pace.wait(ms(25)), None);
        pace.took_one(ms(25));
        assert_eq!(pace.wait(ms(25)), Some(ms(5)));
        let mut burst = 0;
        while pace.wait(ms(10_000)).is_none() {
            pace.took_one(ms(10_000));
            burst += 1;
        }
        assert_eq!(burst, 11, "100 ms of messages at 100 a second, and the one that is due");
    }
}
