//! What is under way in one direction of a connection, and when it arrives.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use super::call::Calls;
use super::effect::{Bandwidth, Delay, Limit};
use super::pump::{CHUNK, Stopped};
use super::{Condition, HitCount, Link};

/// How much may be under way on a slow link; the sender's writes stall beyond it, as they do when TCP's window
/// is full.
const UNDER_WAY: usize = 16 * 1024 * 1024;
/// On a link of limited bandwidth no more is under way than passes in this time. A connection that is given up does not
/// keep others waiting for longer.
const WINDOW: Duration = Duration::from_secs(1);
/// Bytes that a limited bandwidth keeps for less time do not count as kept.
const NOTICEABLE: Duration = Duration::from_millis(1);
/// On a link of limited bandwidth, so much is moved at once that it takes this long.
const SLICE: Duration = Duration::from_millis(20);

/// What is under way, in order, under the link's condition.
pub(super) struct Queue<'a> {
    link: &'a Link,
    condition: Condition,
    dice: StdRng,
    parcels: VecDeque<Parcel>,
    bytes: usize,
    /// What is left of each limit after which the connection is reset.
    left: Vec<Limit>,
    /// The calls that are late.
    holds: Vec<Hold>,
}

/// A late call, and when it and all behind it arrive at the earliest.
struct Hold {
    until: Instant,
    calls: Arc<Calls>,
}

/// Something under way, and when it arrives at the earliest.
struct Parcel {
    due: Instant,
    what: Content,
    /// The late calls that keep it.
    held_by: Option<Arc<Calls>>,
}

/// What arrives.
pub(super) enum Content {
    /// These bytes.
    Bytes(Vec<u8>),
    /// The news that the sender has closed its side.
    Close,
    /// The connection ends here.
    Stop(Stopped),
}

impl<'a> Queue<'a> {
    pub(super) fn new(link: &'a Link) -> Self {
        Self {
            link,
            condition: Condition::default(),
            dice: StdRng::seed_from_u64(0),
            parcels: VecDeque::new(),
            bytes: 0,
            left: Vec::new(),
            holds: Vec::new(),
        }
    }

    pub(super) fn condition(&self) -> &Condition {
        &self.condition
    }

    /// The condition of the link has changed.
    pub(super) fn set(&mut self, condition: Condition) {
        let known = std::mem::take(&mut self.left);
        self.left = condition.limits.clone();
        for limit in &mut self.left {
            if let Some(before) = known.iter().find(|known| known.fault == limit.fault) {
                limit.bytes = before.bytes;
            }
        }
        if condition.delays != self.condition.delays {
            let seed = condition.delays.iter().fold(0, |seed, delay| seed ^ delay.seed);
            self.dice = StdRng::seed_from_u64(seed);
        }
        if condition.is_whole() && !self.condition.is_whole() {
            self.go_on(|parcel| parcel.held_by.is_none());
        }
        if !self.parcels.is_empty() {
            let is_new = |hits: &&HitCount| !self.condition.silences.contains(hits);
            condition.silences.iter().filter(is_new).for_each(HitCount::add);
        }
        self.condition = condition;
    }

    /// Sends at once what was kept.
    fn go_on(&mut self, is_meant: impl Fn(&Parcel) -> bool) {
        let now = Instant::now();
        for parcel in self.parcels.iter_mut().filter(|parcel| is_meant(parcel)) {
            parcel.due = parcel.due.min(now);
        }
    }

    /// How much may be put on its way now.
    pub(super) fn room(&self) -> usize {
        // A silent link takes one chunk, to see that something was sent. The rest waits with the sender.
        let limit = if self.condition.is_silent() { CHUNK } else { UNDER_WAY };
        let Some(Bandwidth { rate, .. }) = &self.condition.bandwidth else {
            return limit.saturating_sub(self.bytes).min(CHUNK);
        };
        let passes_in = |time: Duration| *rate as f64 * time.as_secs_f64();
        let slice = passes_in(SLICE).clamp(512.0, CHUNK as f64) as usize;
        let window = passes_in(WINDOW).clamp(1024.0, UNDER_WAY as f64) as usize;
        limit.min(window).saturating_sub(self.bytes).min(slice)
    }

    /// Whether bytes need not wait for anything.
    pub(super) fn is_direct(&self) -> bool {
        self.parcels.is_empty() && self.holds.is_empty() && self.condition.lets_pass()
    }

    /// How long until the first parcel arrives; none if there is none, or it does not.
    pub(super) fn next_due(&self) -> Option<Duration> {
        let first = self.parcels.front().filter(|_| !self.condition.is_silent())?;
        Some(first.due.saturating_duration_since(Instant::now()))
    }

    /// What arrives first.
    pub(super) fn take(&mut self) -> Option<Content> {
        let parcel = self.parcels.pop_front()?;
        if let Content::Bytes(bytes) = &parcel.what {
            self.bytes -= bytes.len();
        }
        let now = Instant::now();
        self.holds.retain(|hold| hold.until > now);
        Some(parcel.what)
    }

    /// What comes from now on arrives after this time, or when these calls are over.
    pub(super) fn hold(&mut self, time: Duration, calls: Arc<Calls>) {
        self.holds.push(Hold { until: Instant::now() + time, calls });
    }

    /// The calls that are late.
    pub(super) fn late(&self) -> Vec<Arc<Calls>> {
        self.holds.iter().map(|hold| Arc::clone(&hold.calls)).collect()
    }

    /// Late calls are over. This sends at once what only they have kept.
    pub(super) fn release(&mut self, calls: &Arc<Calls>) {
        self.holds.retain(|hold| !Arc::ptr_eq(&hold.calls, calls));
        let is_kept =
            |by: &Option<Arc<Calls>>| by.as_ref().is_some_and(|by| Arc::ptr_eq(by, calls));
        self.go_on(|parcel| is_kept(&parcel.held_by));
        let kept = self.parcels.iter_mut().filter(|parcel| is_kept(&parcel.held_by));
        kept.for_each(|parcel| parcel.held_by = None);
    }

    /// Puts bytes on their way; false if the connection ends with them.
    pub(super) fn send(&mut self, bytes: &[u8]) -> bool {
        let traffic = self.link.traffic();
        let (count, over) = self.within_limits(bytes.len());
        let bytes = &bytes[..count];
        if self.condition.is_silent() {
            traffic.held(bytes.len());
            self.condition.silences.iter().for_each(HitCount::add);
        }
        let mut due = Instant::now();
        if let Some(Bandwidth { fault, rate, hits }) = &self.condition.bandwidth {
            let passed = self.link.passed_at(*fault, bytes.len(), *rate);
            if passed.saturating_duration_since(due) >= NOTICEABLE {
                hits.add();
            }
            due = passed;
        }
        due += self.delay();
        if due > Instant::now() {
            traffic.delayed(bytes.len());
        }
        self.bytes += bytes.len();
        self.push(due, Content::Bytes(bytes.to_vec()));
        if over {
            self.push(due, Content::Stop(Stopped::ByFault));
        }
        !over
    }

    /// The sender has ended, which the receiver learns after what was sent before.
    pub(super) fn end(&mut self, how: Content) {
        let mut late = Duration::ZERO;
        if matches!(how, Content::Close) && !self.condition.late_closes.is_empty() {
            self.link.traffic().closed_late();
            for (time, hits) in &self.condition.late_closes {
                late += *time;
                hits.add();
            }
        }
        let due = Instant::now() + self.delay() + late;
        self.push(due, how);
    }

    /// How many of these bytes pass before the connection is reset, and whether it is reset.
    fn within_limits(&mut self, count: usize) -> (usize, bool) {
        let left = self.left.iter().map(|limit| limit.bytes).min();
        let passing = left.map_or(count, |left| count.min(usize::try_from(left).unwrap_or(count)));
        let mut over = false;
        for limit in &mut self.left {
            limit.bytes -= passing as u64;
            if limit.bytes == 0 {
                limit.hits.add();
                over = true;
            }
        }
        (passing, over)
    }

    fn delay(&mut self) -> Duration {
        let mut sum = Duration::ZERO;
        for Delay { time, jitter, hits, .. } in &self.condition.delays {
            sum += *time + jitter.mul_f64(self.dice.random::<f64>());
            hits.add();
        }
        sum
    }

    /// Nothing overtakes what was sent before.
    fn push(&mut self, due: Instant, what: Content) {
        let longest = self.holds.iter().max_by_key(|hold| hold.until);
        let longest = longest.filter(|hold| hold.until > due);
        let due = longest.map_or(due, |hold| hold.until);
        let held_by = longest.map(|hold| Arc::clone(&hold.calls));
        let due = self.parcels.back().map_or(due, |last| due.max(last.due));
        self.parcels.push_back(Parcel { due, what, held_by });
    }
}
