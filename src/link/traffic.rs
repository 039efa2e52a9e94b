//! What went over a link, and what did not.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::event::link_counts::Counts;

/// Counters of one direction; they only grow.
#[derive(Debug, Default)]
pub struct Traffic {
    connections: AtomicU64,
    bytes: AtomicU64,
    held: AtomicU64,
    delayed: AtomicU64,
    unanswered: AtomicU64,
    reset: AtomicU64,
    late_closes: AtomicU64,
    calls: AtomicU64,
}

impl Traffic {
    /// The counters now.
    pub fn counts(&self) -> Counts {
        let now = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counts {
            connections: now(&self.connections),
            bytes: now(&self.bytes),
            held: now(&self.held),
            delayed: now(&self.delayed),
            unanswered: now(&self.unanswered),
            reset: now(&self.reset),
            late_closes: now(&self.late_closes),
            calls: now(&self.calls),
        }
    }

    pub(super) fn connected(&self) {
        self.connections.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn arrived(&self, bytes: usize) {
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(super) fn held(&self, bytes: usize) {
        self.held.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(super) fn delayed(&self, bytes: usize) {
        self.delayed.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(super) fn unanswered(&self) {
        self.unanswered.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn reset(&self) {
        self.reset.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn called(&self) {
        self.calls.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn closed_late(&self) {
        self.late_closes.fetch_add(1, Ordering::Relaxed);
    }
}
