//! What went over a link, in numbers.

use std::fmt;
use std::ops::{Add, Sub};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Counters at a moment, or what was added between two moments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Counts {
    /// Connections made.
    pub connections: u64,
    /// Bytes that arrived.
    pub bytes: u64,
    /// Bytes that were sent into silence; they arrive when it is over.
    pub held: u64,
    /// Bytes that a delay or a limited bandwidth has kept.
    pub delayed: u64,
    /// Connections that got no answer when they were to be made.
    pub unanswered: u64,
    /// Connections reset.
    pub reset: u64,
    /// Closings that the other side noticed late.
    pub late_closes: u64,
    /// Requests or responses that were lost or late.
    pub calls: u64,
}

impl Counts {
    fn both(self, other: Self, op: impl Fn(u64, u64) -> u64) -> Self {
        Self {
            connections: op(self.connections, other.connections),
            bytes: op(self.bytes, other.bytes),
            held: op(self.held, other.held),
            delayed: op(self.delayed, other.delayed),
            unanswered: op(self.unanswered, other.unanswered),
            reset: op(self.reset, other.reset),
            late_closes: op(self.late_closes, other.late_closes),
            calls: op(self.calls, other.calls),
        }
    }
}

impl Add for Counts {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        self.both(other, |left, right| left + right)
    }
}

/// What was added since `other`.
impl Sub for Counts {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self.both(other, u64::saturating_sub)
    }
}

/// What is not zero, for people.
impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = [
            (self.connections, "connections made"),
            (self.bytes, "bytes arrived"),
            (self.held, "bytes sent into silence"),
            (self.delayed, "bytes delayed"),
            (self.unanswered, "connections unanswered"),
            (self.reset, "connections reset"),
            (self.late_closes, "closings reported late"),
            (self.calls, "requests or responses lost or late"),
        ];
        let seen = all.into_iter().filter(|(count, _)| *count > 0);
        let seen: Vec<_> = seen.map(|(count, what)| format!("{count} {what}")).collect();
        f.write_str(if seen.is_empty() { "nothing" } else { "" })?;
        f.write_str(&seen.join(", "))
    }
}
