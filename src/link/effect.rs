//! What can be wrong with a link.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use humantime::format_duration;

use super::call::Calls;
use super::hit_count::HitCount;

/// Something that is wrong with a link.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Packets vanish: what is sent waits and arrives when this is over, as TCP sends it again. Nobody learns
    /// that a connection was closed. New connections get no answer.
    Silence,
    /// Connections are reset: those that are open and those to come.
    Reset,
    /// Everything arrives this much later, in its order.
    Delay {
        /// For every piece.
        time: Duration,
        /// Up to this much more, by chance.
        jitter: Duration,
        /// Seed of that chance.
        seed: u64,
    },
    /// All connections together carry at most so many bytes a second.
    Bandwidth(u64),
    /// Each connection is reset when it has carried so many bytes more.
    ResetAfter(u64),
    /// The other end learns this much later that a connection was closed.
    LateClose(Duration),
    /// Calls of Kafka's protocol go wrong; put on the link that the requests take.
    Calls(Arc<Calls>),
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Silence => f.write_str("silence"),
            Self::Reset => f.write_str("reset"),
            Self::Delay { time, jitter, .. } => {
                write!(f, "delay of {}", format_duration(*time))?;
                if jitter.is_zero() {
                    Ok(())
                } else {
                    write!(f, " to {}", format_duration(*time + *jitter))
                }
            }
            Self::Bandwidth(rate) => write!(f, "bandwidth of {rate} bytes a second"),
            Self::ResetAfter(bytes) => write!(f, "reset after {bytes} bytes"),
            Self::LateClose(time) => write!(f, "close {} late", format_duration(*time)),
            Self::Calls(calls) => calls.fmt(f),
        }
    }
}

/// An effect that a fault has put on a link.
#[derive(Debug, Clone, PartialEq)]
pub struct Applied {
    /// The number of the fault in its scenario.
    pub fault: usize,
    /// What is wrong.
    pub effect: Effect,
    /// Only for connections of the client with this `client.id`.
    pub client: Option<String>,
    /// Counts what the fault has affected.
    pub hits: HitCount,
}

/// A delay of everything, see [`Effect::Delay`].
#[derive(Debug, Clone, PartialEq)]
pub struct Delay {
    /// For every piece.
    pub time: Duration,
    /// Up to this much more, by chance.
    pub jitter: Duration,
    /// Seed of that chance.
    pub seed: u64,
    /// Counts what it has affected.
    pub hits: HitCount,
}

/// A limit after which a connection is reset, see [`Effect::ResetAfter`].
#[derive(Debug, Clone, PartialEq)]
pub struct Limit {
    /// The number of its fault.
    pub fault: usize,
    /// Bytes that pass, on each connection.
    pub bytes: u64,
    /// Counts what it has affected.
    pub hits: HitCount,
}

/// A limit of bandwidth, see [`Effect::Bandwidth`].
#[derive(Debug, Clone, PartialEq)]
pub struct Bandwidth {
    /// The number of its fault.
    pub fault: usize,
    /// Bytes a second.
    pub rate: u64,
    /// Counts what it has affected.
    pub hits: HitCount,
}

/// All that is wrong with a link, for one connection.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Condition {
    /// Each [`Effect::Silence`].
    pub silences: Vec<HitCount>,
    /// Each [`Effect::Reset`].
    pub resets: Vec<HitCount>,
    /// They add up.
    pub delays: Vec<Delay>,
    /// The lowest.
    pub bandwidth: Option<Bandwidth>,
    /// The first that is reached counts.
    pub limits: Vec<Limit>,
    /// How much later the other end learns of a closing; they add up.
    pub late_closes: Vec<(Duration, HitCount)>,
    /// See [`Effect::Calls`].
    pub calls: Vec<Arc<Calls>>,
}

impl Condition {
    /// What the effects mean for a connection of the client with this `client.id`, if that is known yet.
    pub fn of(effects: &[Applied], client: Option<&str>) -> Self {
        let mut condition = Self::default();
        let meant = |it: &&Applied| it.client.is_none() || it.client.as_deref() == client;
        for applied in effects.iter().filter(meant) {
            let hits = applied.hits.clone();
            match &applied.effect {
                Effect::Silence => condition.silences.push(hits),
                Effect::Reset => condition.resets.push(hits),
                Effect::Delay { time, jitter, seed } => {
                    let (time, jitter, seed) = (*time, *jitter, *seed);
                    condition.delays.push(Delay { time, jitter, seed, hits });
                }
                Effect::Bandwidth(rate) => {
                    let (fault, rate) = (applied.fault, *rate);
                    if condition.bandwidth.as_ref().is_none_or(|lowest| rate < lowest.rate) {
                        condition.bandwidth = Some(Bandwidth { fault, rate, hits });
                    }
                }
                Effect::ResetAfter(bytes) => {
                    condition.limits.push(Limit { fault: applied.fault, bytes: *bytes, hits });
                }
                Effect::LateClose(time) => condition.late_closes.push((*time, hits)),
                Effect::Calls(calls) => condition.calls.push(Arc::clone(calls)),
            }
        }
        condition
    }

    /// Whether bytes pass as if nothing were wrong.
    pub fn lets_pass(&self) -> bool {
        let Self { silences, resets, delays, bandwidth, limits, .. } = self;
        let waits = !silences.is_empty() || !delays.is_empty() || bandwidth.is_some();
        !waits && resets.is_empty() && limits.is_empty()
    }

    /// Whether nothing arrives, see [`Effect::Silence`].
    pub fn is_silent(&self) -> bool {
        !self.silences.is_empty()
    }

    /// Whether connections are reset, see [`Effect::Reset`].
    pub fn resets(&self) -> bool {
        !self.resets.is_empty()
    }

    /// Whether nothing is wrong.
    pub fn is_whole(&self) -> bool {
        *self == Self::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(effect: Effect, client: Option<&str>) -> Applied {
        Applied { fault: 1, effect, client: client.map(str::to_owned), hits: HitCount::default() }
    }

    #[test]
    fn effects_of_a_client_are_for_its_connections_only() {
        let effects = [applied(Effect::Silence, Some("p")), applied(Effect::Bandwidth(9), None)];
        let of = |client| Condition::of(&effects, client);
        assert!(of(Some("p")).is_silent());
        assert!(!of(Some("q")).is_silent() && !of(None).is_silent());
        assert_eq!(of(None).bandwidth.map(|it| it.rate), Some(9));
        assert!(Condition::of(&effects[..1], None).is_whole());
    }

    #[test]
    fn the_lowest_bandwidth_counts_and_delays_add_up() {
        let delay = |millis| Effect::Delay {
            time: Duration::from_millis(millis),
            jitter: Duration::ZERO,
            seed: 0,
        };
        let effects = [Effect::Bandwidth(9), Effect::Bandwidth(5), delay(1), delay(2)];
        let condition = Condition::of(&effects.map(|effect| applied(effect, None)), None);
        let lowest = condition.bandwidth.map(|it| it.rate);
        assert_eq!((lowest, condition.delays.len()), (Some(5), 2));
    }
}
