//! Faults of clocks: a broker's clock goes before or after.
//!
//! The runtime starts such a broker with libfaketime, which looks once a second into a file that says by how
//! much the clock is off. Waiting is by another clock, which goes on as it does.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use async_trait::async_trait;
use cucumber::Parameter;

use super::hit::Hit;
use super::{FaultError, Scope, evidence, node};
use crate::cluster::ClusterError;
use crate::cluster::render::time_of_line;
use crate::event::evidence::Evidence;
use crate::event::id::{BrokerId, NodeId};
use crate::event::node_state::NodeState;
use crate::runtime::log_mark::LogMark;
use crate::wait::{EFFECT_LOOK, Seen, WaitError, until};

/// libfaketime looks into its file every second.
const BITE_LIMIT: Duration = Duration::from_secs(10);

/// Clocks this close are the same: logs have a line's time, and asking takes its own.
const CLOSE: i64 = 3;

/// A smaller difference looks like clocks that are the same.
const LEAST_SECONDS: f64 = 10.0;

/// More is a slip of the pen.
const MOST_SECONDS: f64 = 10.0 * 365.0 * 86_400.0;

/// By how much a clock is moved: `1 hour forward`, `30 seconds back`, `8 days forward`; at least 10 seconds, at most 10
/// years.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Parameter)]
#[param(
    name = "shift",
    regex = r"\d+(?:\.\d+)? (?:seconds?|minutes?|hours?|days?) (?:forward|back)"
)]
pub struct Shift {
    /// In seconds; forward is more.
    pub seconds: i64,
}

/// How far a clock is from the right time: `1 hour ahead`, `30 seconds behind`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Parameter)]
#[param(
    name = "offset",
    regex = r"\d+(?:\.\d+)? (?:seconds?|minutes?|hours?|days?) (?:ahead|behind)"
)]
pub struct Offset {
    /// In seconds; ahead is more.
    seconds: i64,
}

impl Shift {
    /// The brokers whose clocks are meant.
    ///
    /// # Errors
    /// [`FaultError::NoTarget`] when a node has no clock that can be moved; [`FaultError::State`] when a broker
    /// does not run, and so never looks at its clock.
    pub(super) async fn find(
        self,
        scope: Scope<'_>,
        nodes: Vec<NodeId>,
    ) -> Result<HitClocks, FaultError> {
        let brokers = scope.cluster.spec().brokers();
        let mut clocks = Vec::new();
        for node in &nodes {
            match node {
                NodeId::Broker(id) if brokers.get(id).is_some_and(|it| it.movable_clock) => {
                    clocks.push(*id);
                }
                _ => {
                    return Err(FaultError::NoTarget(format!(
                        "the clock of {node} cannot be moved; `movable_clock: true` in the fixture lets a \
                         broker have one that can"
                    )));
                }
            }
        }
        for node in &nodes {
            node::check_runs(scope, *node, "given another time").await?;
        }
        Ok(HitClocks { by: self, nodes, clocks })
    }
}

/// Brokers whose clocks a fault moves.
#[derive(Debug)]
pub(super) struct HitClocks {
    by: Shift,
    nodes: Vec<NodeId>,
    clocks: Vec<BrokerId>,
}

#[async_trait]
impl Hit for HitClocks {
    fn nodes(&self) -> &[NodeId] {
        &self.nodes
    }

    /// Moves the clocks, and waits until each broker has another time.
    async fn act(&self, scope: Scope<'_>) -> Result<(), FaultError> {
        for id in &self.clocks {
            let before = offset(scope, *id).await?;
            let after = before + self.by.seconds;
            // Otherwise the clock could have the new time without being moved.
            await_time(scope, *id, before, BITE_LIMIT).await?;
            set(scope, *id, after).await?;
            await_time(scope, *id, after, BITE_LIMIT).await?;
        }
        Ok(())
    }

    async fn look(&self, scope: Scope<'_>, evidence: &mut Evidence) {
        evidence::look_at_nodes(scope, &self.nodes, evidence).await;
        for id in &self.clocks {
            if let Ok(Some(ahead)) = ahead(scope, *id).await {
                evidence.clocks.insert(*id, ahead);
            }
        }
    }

    /// Sets the clocks right again. One that cannot be does not keep the others from it. No further scenario gets
    /// the cluster: a fetcher of replicas puts off a partition that failed until a time of day (Kafka's
    /// `DelayedItem`), which may be days away by now.
    async fn heal(&self, scope: Scope<'_>) -> Result<(), FaultError> {
        let mut healed = Ok(());
        if scope.acts() {
            if let Some(id) = self.clocks.first() {
                let why = "a broker may wait for a time of day that it has seen once";
                scope.cluster.give_up(format!("the clock of broker {id} was moved, and {why}"));
            }
            for id in &self.clocks {
                healed = healed.and(set(scope, *id, 0).await);
            }
            for id in &self.clocks {
                healed = healed.and(is_right(scope, *id).await);
            }
        }
        healed
    }

    fn is_healed(&self, evidence: &Evidence) -> bool {
        let is_right = |id| evidence.clocks.get(id).is_some_and(|ahead| ahead.abs() <= CLOSE);
        self.clocks.iter().all(is_right)
    }

    fn shows_effect(&self, before: &Evidence, after: &Evidence) -> bool {
        self.clocks.iter().any(|id| match (before.clocks.get(id), after.clocks.get(id)) {
            (Some(before), Some(after)) => (after - before).abs() > CLOSE,
            _ => false,
        })
    }
}

/// Waits until a broker that runs has the right time. One that was started to heal it may not log at once.
async fn is_right(scope: Scope<'_>, id: BrokerId) -> Result<(), FaultError> {
    match scope.cluster.state(id.into()).await? {
        NodeState::Running { .. } => {
            await_time(scope, id, 0, scope.cluster.spec().start_limit()).await
        }
        _ => Ok(()),
    }
}

async fn await_time(
    scope: Scope<'_>,
    id: BrokerId,
    seconds: i64,
    limit: Duration,
) -> Result<(), FaultError> {
    let looked: Result<(), WaitError<FaultError>> = until(limit, EFFECT_LOOK, || async {
        let ahead = ahead(scope, id).await?;
        Ok(match ahead.map(|ahead| (ahead - seconds).abs() <= CLOSE) {
            Some(true) => Seen::Ready(()),
            _ => Seen::NotYet(format!("the clock of broker {id} is {ahead:?} seconds ahead")),
        })
    })
    .await;
    Ok(looked?)
}

async fn set(scope: Scope<'_>, id: BrokerId, seconds: i64) -> Result<(), FaultError> {
    // Renamed, as the file may be read at any moment.
    const SCRIPT: &str = r#"echo "$1" >clock.new && mv clock.new clock"#;
    shell(scope, id, SCRIPT, &[format!("{seconds:+}")]).await.map(drop)
}

/// By how many seconds the clock is moved; a file that is not there moves nothing.
async fn offset(scope: Scope<'_>, id: BrokerId) -> Result<i64, FaultError> {
    let said = shell(scope, id, "[ ! -f clock ] || cat clock", &[]).await?;
    Ok(said.trim().parse().unwrap_or_default())
}

async fn shell(
    scope: Scope<'_>,
    id: BrokerId,
    script: &str,
    arguments: &[String],
) -> Result<String, FaultError> {
    scope.shell(id.into(), &format!("move the clock of broker {id}"), script, arguments).await
}

/// By how many seconds the broker's own clock is ahead of this machine's. The broker logs a line when it is asked,
/// which has the time; none when it logs none.
///
/// # Errors
/// When the node cannot be looked at.
pub async fn ahead(scope: Scope<'_>, id: BrokerId) -> Result<Option<i64>, FaultError> {
    let mark = LogMark::at_end(scope.cluster.runtime(), id.into()).await?;
    if let Err(ClusterError::NoBroker(error)) = scope.cluster.provoke_log_line(id).await {
        tracing::debug!(%id, error, "a broker does not answer, so its clock is unknown");
        return Ok(None);
    }
    let looked: Result<i64, WaitError<FaultError>> =
        until(Duration::from_secs(2), EFFECT_LOOK, || async {
            let new = mark.later(scope.cluster.runtime()).await?;
            let mut times = new.lines().rev().filter_map(time_of_line);
            let now = jiff::Timestamp::now().as_second();
            Ok(match times.next() {
                Some(time) => Seen::Ready(time.as_second() - now),
                None => Seen::NotYet("it has logged nothing".into()),
            })
        })
        .await;
    match looked {
        Ok(ahead) => Ok(Some(ahead)),
        Err(WaitError::TimedOut { .. }) => Ok(None),
        Err(WaitError::Failed(error)) => Err(error),
    }
}

impl Offset {
    /// Whether a clock that is this many seconds ahead is off by that much.
    pub fn is_close_to(self, ahead: i64) -> bool {
        (ahead - self.seconds).abs() <= CLOSE
    }
}

impl FromStr for Shift {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let seconds =
            seconds(text).ok_or("a clock is moved by at least 10 seconds and at most 10 years")?;
        Ok(Self { seconds: if text.ends_with("back") { -seconds } else { seconds } })
    }
}

impl FromStr for Offset {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let seconds =
            seconds(text).ok_or("a clock is off by at least 10 seconds and at most 10 years")?;
        Ok(Self { seconds: if text.ends_with("behind") { -seconds } else { seconds } })
    }
}

/// The seconds of a time such as `8 days …`; none of too little or too much.
fn seconds(text: &str) -> Option<i64> {
    let mut words = text.split(' ');
    let number: f64 = words.next()?.parse().ok()?;
    let unit = match words.next()?.trim_end_matches('s') {
        "second" => 1.0,
        "minute" => 60.0,
        "hour" => 3600.0,
        _ => 86_400.0,
    };
    let seconds = Some(number * unit);
    Some(seconds.filter(|seconds| (LEAST_SECONDS..=MOST_SECONDS).contains(seconds))? as i64)
}

impl fmt::Display for Shift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = humantime::format_duration(Duration::from_secs(self.seconds.unsigned_abs()));
        write!(f, "clock {time} {}", if self.seconds < 0 { "back" } else { "forward" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_shifts() {
        for (text, seconds) in
            [("30 seconds back", -30), ("1.5 hours forward", 5400), ("8 days forward", 691_200)]
        {
            assert_eq!(text.parse(), Ok(Shift { seconds }));
        }
        for absurd in ["0 seconds back", "9 seconds forward", "4000 days back"] {
            assert!(absurd.parse::<Shift>().is_err(), "{absurd}");
        }
    }
    #[test]
    fn a_clock_is_healed_when_it_was_asked_and_is_right() {
        let hit =
            HitClocks { by: Shift { seconds: 3600 }, nodes: vec![], clocks: vec![BrokerId(1)] };
        let ahead =
            |seconds| Evidence { clocks: [(BrokerId(1), seconds)].into(), ..Evidence::default() };
        assert!(hit.is_healed(&ahead(-2)), "a line has its time in seconds");
        assert!(!hit.is_healed(&ahead(3600)));
        assert!(!hit.is_healed(&Evidence::default()), "the broker did not answer");
        assert!(hit.shows_effect(&ahead(0), &ahead(3600)));
        assert!(!hit.shows_effect(&ahead(0), &ahead(1)));
    }
}
