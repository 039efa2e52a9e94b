//! Counts what one thread of a load does, and hands it over ten times a second.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::event::measured::Amount;
use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

/// Longer latencies are counted as this long.
const LONGEST_MICROS: u64 = 3_600_000_000;

/// So many digits of a latency are kept.
const DIGITS: u8 = 3;

/// How latencies are counted, in microseconds.
///
/// Memory: about 100 KB, however many there are.
#[expect(
    clippy::expect_used,
    reason = "the bounds are constants, and such that the crate takes them"
)]
pub fn histogram() -> Histogram<u32> {
    Histogram::new_with_bounds(1, LONGEST_MICROS, DIGITS).expect("bounds that the crate takes")
}

/// The work of a thread in a tenth of a second.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Portion {
    /// The number of the tenth of a second, from 0.
    pub tenth: u64,
    /// Messages that are done.
    pub messages: u64,
    /// Bytes of their values.
    pub bytes: u64,
    /// When the first and the last was done, since the load began.
    pub span: Option<(Duration, Duration)>,
    /// The number of messages with each latency, in microseconds; without those of the warm-up.
    pub latencies: Vec<(u64, u32)>,
    /// Messages that failed, by the name of the error.
    pub failed: BTreeMap<String, u64>,
    /// Messages that are done, by partition.
    pub partitions: BTreeMap<i32, Amount>,
}

/// Takes what threads hand over.
pub trait Sink: Send + 'static {
    /// Takes a portion.
    fn take(&mut self, portion: Portion);
}

/// Counts for one thread.
pub struct Probe<S: Sink> {
    began: Instant,
    warm_up: Duration,
    latencies: Histogram<u32>,
    portion: Portion,
    sink: S,
}

impl<S: Sink> Probe<S> {
    /// Counts from `began` on; latencies in the warm-up are not kept.
    pub fn new(began: Instant, warm_up: Duration, sink: S) -> Self {
        Self { began, warm_up, latencies: histogram(), portion: Portion::default(), sink }
    }

    /// Time since the load began.
    pub fn now(&self) -> Duration {
        self.began.elapsed()
    }

    /// A message of this many bytes is done at `now`, after `latency` if there is one to measure.
    pub fn done(&mut self, now: Duration, latency: Option<Duration>, bytes: usize, partition: i32) {
        self.turn_to(now);
        let portion = &mut self.portion;
        portion.messages += 1;
        portion.bytes += bytes as u64;
        *portion.partitions.entry(partition).or_default() +=
            Amount { messages: 1, bytes: bytes as u64 };
        portion.span = Some((portion.span.map_or(now, |(first, _)| first), now));
        if let Some(latency) = latency.filter(|_| now >= self.warm_up) {
            self.latencies.saturating_record(micros(latency));
        }
    }

    /// A message has failed at `now`.
    pub fn failed(&mut self, now: Duration, error: String) {
        self.turn_to(now);
        *self.portion.failed.entry(error).or_default() += 1;
    }

    /// Hands over the earlier tenths of a second. Call it while nothing happens.
    pub fn turn(&mut self) {
        self.turn_to(self.now());
    }

    fn turn_to(&mut self, now: Duration) {
        let tenth = u64::try_from(now.as_millis() / 100).unwrap_or(u64::MAX);
        if tenth != self.portion.tenth {
            self.hand_over();
            self.portion.tenth = tenth;
        }
    }

    fn hand_over(&mut self) {
        let mut portion = std::mem::take(&mut self.portion);
        if portion.messages == 0 && portion.failed.is_empty() {
            return;
        }
        let recorded = self.latencies.iter_recorded();
        portion.latencies =
            recorded.map(|step| (step.value_iterated_to(), step.count_at_value())).collect();
        self.latencies.reset();
        self.sink.take(portion);
    }
}

impl<S: Sink> Drop for Probe<S> {
    fn drop(&mut self) {
        self.hand_over();
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<Portion>>>);

    impl Sink for Kept {
        fn take(&mut self, portion: Portion) {
            self.0.lock().expect("no panic").push(portion);
        }
    }

    #[test]
    fn hands_over_by_tenths_of_seconds() {
        let kept = Kept::default();
        let ms = Duration::from_millis;
        let mut probe = Probe::new(Instant::now(), ms(100), kept.clone());
        probe.done(ms(50), Some(ms(5)), 10, 0);
        probe.done(ms(120), Some(ms(7)), 10, 0);
        probe.done(ms(130), Some(ms(7)), 10, 1);
        probe.failed(ms(350), "_MSG_TIMED_OUT".into());
        drop(probe);
        let kept = kept.0.lock().expect("no panic");
        let [warm_up, second, last] = kept.as_slice() else { panic!("{kept:?}") };
        assert_eq!((warm_up.tenth, warm_up.messages, warm_up.latencies.len()), (0, 1, 0));
        assert_eq!((second.tenth, second.messages, second.bytes), (1, 2, 20));
        assert_eq!(second.span, Some((ms(120), ms(130))));
        let one = Amount { messages: 1, bytes: 10 };
        assert_eq!(second.partitions, [(0, one), (1, one)].into());
        let [(latency, 2)] = second.latencies[..] else { panic!("{second:?}") };
        assert!((7000..7010).contains(&latency), "{latency}");
        assert_eq!((last.tenth, last.messages, last.failed["_MSG_TIMED_OUT"]), (3, 0, 1));
    }
}
