//! What all threads of a load have done: in all, by seconds, and by tenths of seconds.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

use super::latencies::{curve, percentiles};
use super::probe::{Portion, Probe, Sink, histogram};
use crate::event::measured::{Amount, Measured, Second};

/// How long the latencies of a second are open to threads that hand over late.
const OPEN_SECONDS: u64 = 3;

/// Collects the portions of all threads of a load; a load of any length takes a few bytes for each second.
#[derive(Debug)]
pub struct Meter {
    began: Instant,
    began_at: jiff::Timestamp,
    warm_up: Duration,
    totals: Mutex<Totals>,
}

#[derive(Debug)]
struct Totals {
    tenths: Vec<u64>,
    seconds: Vec<Second>,
    open: BTreeMap<u64, Histogram<u32>>,
    latencies: Histogram<u32>,
    bytes: u64,
    failed: BTreeMap<String, u64>,
    partitions: BTreeMap<i32, Amount>,
    span: Option<(Duration, Duration)>,
}

impl Meter {
    /// A meter that begins now. Messages in the warm-up are counted, but not measured.
    pub fn new(warm_up: Duration) -> Arc<Self> {
        Arc::new(Self {
            began: Instant::now(),
            began_at: jiff::Timestamp::now(),
            warm_up,
            totals: Mutex::new(Totals {
                tenths: Vec::new(),
                seconds: Vec::new(),
                open: BTreeMap::new(),
                latencies: histogram(),
                bytes: 0,
                failed: BTreeMap::new(),
                partitions: BTreeMap::new(),
                span: None,
            }),
        })
    }

    /// When it began.
    pub fn began(&self) -> Instant {
        self.began
    }

    /// When it began, for people and other processes.
    pub fn began_at(&self) -> jiff::Timestamp {
        self.began_at
    }

    /// A probe for a thread of this process.
    pub fn probe(self: &Arc<Self>) -> Probe<Arc<Self>> {
        Probe::new(self.began, self.warm_up, Arc::clone(self))
    }

    /// Messages that are done.
    pub fn messages(&self) -> u64 {
        self.lock().tenths.iter().sum()
    }

    /// Everything measured so far.
    pub fn measured(&self) -> Measured {
        let mut totals = self.lock();
        totals.close_seconds_before(u64::MAX);
        let warm_up = usize::try_from(self.warm_up.as_millis() / 100).unwrap_or(usize::MAX);
        let (before, after) = totals.tenths.split_at(warm_up.min(totals.tenths.len()));
        // From the first message, or the end of the warm-up, to the last.
        let took = totals.span.map_or(Duration::ZERO, |(first, last)| {
            last.saturating_sub(if warm_up > 0 { first.max(self.warm_up) } else { Duration::ZERO })
        });
        Measured {
            began: self.began_at,
            messages: after.iter().sum(),
            warm_up_messages: before.iter().sum(),
            bytes: totals.bytes,
            took,
            failed: totals.failed.clone(),
            latency: percentiles(&totals.latencies),
            distribution: curve(&totals.latencies),
            seconds: totals.seconds.clone(),
            tenths: totals.tenths.clone(),
            latencies: Some(Arc::new(totals.latencies.clone())),
            partitions: totals.partitions.clone(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Totals> {
        self.totals.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sink for Arc<Meter> {
    fn take(&mut self, portion: Portion) {
        self.lock().add(portion);
    }
}

impl Totals {
    fn add(&mut self, portion: Portion) {
        let index = usize::try_from(portion.tenth).unwrap_or(usize::MAX);
        if index >= self.tenths.len() {
            self.tenths.resize(index + 1, 0);
        }
        self.tenths[index] += portion.messages;
        self.bytes += portion.bytes;
        if let Some((first, last)) = portion.span {
            let (known_first, known_last) = self.span.unwrap_or((first, last));
            self.span = Some((known_first.min(first), known_last.max(last)));
        }
        for (partition, count) in portion.partitions {
            *self.partitions.entry(partition).or_default() += count;
        }
        let number = portion.tenth / 10;
        let second = self.second(number);
        second.messages += portion.messages;
        second.failed += portion.failed.values().sum::<u64>();
        for (error, count) in portion.failed {
            *self.failed.entry(error).or_default() += count;
        }
        if !portion.latencies.is_empty() {
            let open = self.open.entry(number).or_insert_with(histogram);
            for (micros, count) in portion.latencies {
                open.saturating_record_n(micros, count);
                self.latencies.saturating_record_n(micros, count);
            }
        }
        self.close_seconds_before(number.saturating_sub(OPEN_SECONDS));
    }

    fn second(&mut self, number: u64) -> &mut Second {
        let index = usize::try_from(number).unwrap_or(usize::MAX);
        if index >= self.seconds.len() {
            self.seconds.resize_with(index + 1, Second::default);
        }
        &mut self.seconds[index]
    }

    /// Keeps no more than the percentiles of seconds before this one.
    fn close_seconds_before(&mut self, number: u64) {
        while let Some(entry) = self.open.first_entry().filter(|entry| *entry.key() < number) {
            let (number, latencies) = entry.remove_entry();
            self.second(number).latency = percentiles(&latencies);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn portion(tenth: u64, messages: u32, micros: u64) -> Portion {
        let at = Duration::from_millis(tenth * 100 + 50);
        Portion {
            tenth,
            messages: messages.into(),
            bytes: u64::from(messages) * 1000,
            span: Some((at, at)),
            latencies: vec![(micros, messages)],
            partitions: [(0, Amount { messages: messages.into(), bytes: 0 })].into(),
            ..Portion::default()
        }
    }

    #[test]
    fn adds_what_threads_hand_over_in_any_order() {
        let mut meter = Meter::new(Duration::ZERO);
        meter.take(portion(11, 30, 2000));
        meter.take(portion(3, 60, 1000));
        meter.take(portion(3, 10, 9000));
        let measured = meter.measured();
        assert_eq!((measured.messages, measured.bytes), (100, 100_000));
        assert_eq!(measured.seconds.iter().map(|it| it.messages).collect::<Vec<_>>(), [70, 30]);
        assert_eq!(measured.tenths[3], 70);
        assert_eq!(measured.took, Duration::from_millis(1150));
        let worst = measured.seconds[0].latency.expect("latencies").max_us;
        assert!((9000..9010).contains(&worst), "{worst}");
        let at = |share| measured.latency_at(share).map(|it| it.as_millis());
        assert_eq!((at(0.6), at(0.61), at(1.0)), (Some(1), Some(2), Some(9)));
    }

    #[test]
    fn a_warm_up_is_counted_and_not_measured() {
        let mut meter = Meter::new(Duration::from_secs(1));
        meter.take(Portion { latencies: vec![], ..portion(5, 500, 0) });
        meter.take(portion(15, 40, 1000));
        meter.take(portion(19, 40, 1000));
        let measured = meter.measured();
        assert_eq!((measured.warm_up_messages, measured.messages), (500, 80));
        assert_eq!(measured.took, Duration::from_millis(950));
    }

    #[test]
    fn a_late_thread_still_counts() {
        let mut meter = Meter::new(Duration::ZERO);
        meter.take(portion(95, 1, 1000));
        meter.take(portion(2, 1, 1000));
        assert_eq!(meter.measured().seconds[0].messages, 1);
    }
}
