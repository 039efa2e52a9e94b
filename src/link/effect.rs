//! What can be wrong with a link.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use humantime::format_duration;

use super::call::Calls;

/// Something that is wrong with a link.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Packets vanish: what is sent waits and arrives when this is over, as TCP sends it again; nobody is told
    /// that a connection was closed; new connections get no answer.
    Silence,
    /// Connections are reset, those that are open and those to come.
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
    /// Who is at the other end learns this much later that a connection was closed.
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
}

/// All that is wrong with a link, for one connection.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Condition {
    /// See [`Effect::Silence`].
    pub silent: bool,
    /// See [`Effect::Reset`].
    pub reset: bool,
    /// Time, jitter and seed of each delay; they add up.
    pub delays: Vec<(Duration, Duration, u64)>,
    /// The lowest bandwidth, in bytes a second.
    pub bandwidth: Option<u64>,
    /// Fault and bytes of each limit after which a connection is reset.
    pub reset_after: Vec<(usize, u64)>,
    /// How much later closing is told.
    pub late_close: Duration,
    /// See [`Effect::Calls`].
    pub calls: Vec<Arc<Calls>>,
}

impl Condition {
    /// What the effects mean for a connection of the client with this `client.id`, if that is known yet.
    pub fn of(effects: &[Applied], client: Option<&str>) -> Self {
        let mut condition = Self::default();
        let meant = |it: &&Applied| it.client.is_none() || it.client.as_deref() == client;
        for applied in effects.iter().filter(meant) {
            match &applied.effect {
                Effect::Silence => condition.silent = true,
                Effect::Reset => condition.reset = true,
                Effect::Delay { time, jitter, seed } => {
                    condition.delays.push((*time, *jitter, *seed))
                }
                Effect::Bandwidth(rate) => {
                    let lowest = condition.bandwidth.map_or(*rate, |known| known.min(*rate));
                    condition.bandwidth = Some(lowest);
                }
                Effect::ResetAfter(bytes) => condition.reset_after.push((applied.fault, *bytes)),
                Effect::LateClose(time) => condition.late_close += *time,
                Effect::Calls(calls) => condition.calls.push(Arc::clone(calls)),
            }
        }
        condition
    }

    /// Whether bytes pass as if nothing were wrong.
    pub fn lets_pass(&self) -> bool {
        let Self { silent, reset, delays, bandwidth, reset_after, .. } = self;
        !silent && !reset && delays.is_empty() && bandwidth.is_none() && reset_after.is_empty()
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
        Applied { fault: 1, effect, client: client.map(str::to_owned) }
    }

    #[test]
    fn effects_of_a_client_are_for_its_connections_only() {
        let effects = [applied(Effect::Silence, Some("p")), applied(Effect::Bandwidth(9), None)];
        let of = |client| Condition::of(&effects, client);
        assert!(of(Some("p")).silent);
        assert!(!of(Some("q")).silent && !of(None).silent);
        assert_eq!(of(None).bandwidth, Some(9));
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
        assert_eq!((condition.bandwidth, condition.delays.len()), (Some(5), 2));
    }
}
