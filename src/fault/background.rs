//! Faults in the background: one fault again and again, while the steps of the scenario go on.
//!
//! The run's seed draws the time and the target of each before the first one comes, and the schedule is reported. The
//! same seed draws the same schedule.

use std::fmt;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rand::RngExt as _;
use rand::rngs::StdRng;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::link::{LinkTarget, Side};
use super::{Fault, FaultError, Faults, NodeFault, Scope, Target, evidence};
use crate::event::evidence::Evidence;
use crate::event::failure::FailureKind;
use crate::event::id::BrokerId;
use crate::event::stream::millis;
use crate::event::{Event, Scheduled};
use crate::link::Effect;
use crate::scenario::context::Context;
use crate::scenario::failure::StepFailure;
use crate::wait;

/// Distinguishes chance in the background from chance of other faults.
const DICE: u64 = 1 << 60;

/// How often something happens, and how long that goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rhythm {
    /// From the beginning of one fault to that of the next, unless the first takes longer.
    pub every: RangeInclusive<Duration>,
    /// No fault is due after this time; those that are late still come.
    pub length: Duration,
}

/// What is done again and again, and undone each time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recurring {
    /// A fault of nodes that undoes itself.
    Node(NodeFault),
    /// A pause of the nodes, of this length.
    Pause(Duration),
    /// Silence between the nodes and somebody else.
    CutOff {
        /// The other side.
        from: Side,
        /// For how long.
        time: Duration,
    },
}

/// Faults in the background of a scenario. Its owner calls [`Background::stop`] in every ending; dropped, it
/// ends without healing.
#[derive(Debug)]
pub struct Background {
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<Result<(), FaultError>>,
    before: Evidence,
    /// Whether somebody has asked how it ended.
    ended: bool,
}

impl Background {
    /// Draws the schedule, reports it, and begins. `number` tells the schedules of a scenario apart.
    ///
    /// # Errors
    /// [`FaultError::NoTarget`] when there is no room for a single fault.
    pub async fn start(
        context: Arc<Context>,
        number: usize,
        rhythm: Rhythm,
        what: Recurring,
        target: &Target,
        mut faults: Faults,
    ) -> Result<Self, FaultError> {
        let mut dice = Scope::of(&context).dice(DICE + number as u64);
        let schedule = draw(&rhythm, target, &context.cluster.brokers(), &mut dice);
        if schedule.is_empty() {
            return Err(FaultError::NoTarget(
                "the time is over before the first fault: make it longer".into(),
            ));
        }
        let drawn = schedule.iter().map(|(after, target)| Scheduled {
            after_ms: millis(*after),
            target: target.to_string(),
        });
        context.events.emit(Event::FaultsScheduled {
            scenario: context.scenario.clone(),
            kind: what.to_string(),
            target: target.to_string(),
            schedule: drawn.collect(),
        });
        let before = evidence::of_all(Scope::of(&context)).await;
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(async move {
            let scope = Scope::of(&context);
            let injected = tokio::select! {
                injected = inject_all(scope, schedule, &what, &mut faults) => injected,
                _ = stopped => Ok(()),
            };
            let injected = match faults.all().is_empty() {
                true => injected.and(Err(FaultError::NoEffect("none has begun".into()))),
                false => injected,
            };
            faults.report_interrupted(scope).await;
            // Something is left only of a fault that was interrupted or that failed.
            let healed = match faults.any_left() {
                true => faults.heal_all(scope).await,
                false => Ok(()),
            };
            injected.and(healed)
        });
        Ok(Self { stop: Some(stop), task, before, ended: false })
    }

    /// What the cluster, with all its nodes, was like when it began.
    pub fn before(&self) -> &Evidence {
        &self.before
    }

    /// Waits until every fault was injected and undone.
    ///
    /// # Errors
    /// The first failure of a fault; expectation, when the limit passes.
    pub async fn ended(&mut self, limit: Duration) -> Result<(), StepFailure> {
        if self.ended {
            return Ok(());
        }
        let Ok(ended) = tokio::time::timeout(limit, &mut self.task).await else {
            return Err(StepFailure::expectation("the faults in the background have not ended"));
        };
        self.ended = true;
        let ended = ended.map_err(|error| StepFailure {
            kind: FailureKind::Bug,
            message: format!("the task of the faults in the background has panicked: {error}"),
        })?;
        Ok(ended?)
    }

    /// Injects no further fault and heals what is left of one.
    ///
    /// # Errors
    /// Inconclusive, unless [`Background::ended`] has returned it: not one fault had begun, one has failed, or
    /// something cannot be healed.
    pub async fn stop(mut self) -> Result<(), StepFailure> {
        if self.ended {
            return Ok(());
        }
        // If nobody listens any more, it has ended by itself.
        self.stop.take().map(|stop| stop.send(()));
        let ended = (&mut self.task).await.map_err(|error| error.to_string());
        let ended = ended.and_then(|ended| ended.map_err(|error| error.to_string()));
        ended.map_err(|why| {
            StepFailure::inconclusive(format!("the faults in the background: {why}"))
        })
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The time of each fault, counted from now, and its target.
fn draw(
    rhythm: &Rhythm,
    target: &Target,
    brokers: &[BrokerId],
    dice: &mut StdRng,
) -> Vec<(Duration, Target)> {
    let mut schedule = Vec::new();
    let mut after = Duration::ZERO;
    loop {
        after += dice.random_range(rhythm.every.clone());
        if after > rhythm.length {
            return schedule;
        }
        schedule.push((after, target.drawn(brokers, dice)));
    }
}

/// Injects the faults at their times. A fault that takes longer delays the next one. A failure does not keep the others
/// from coming; the first one is returned.
async fn inject_all(
    scope: Scope<'_>,
    schedule: Vec<(Duration, Target)>,
    what: &Recurring,
    faults: &mut Faults,
) -> Result<(), FaultError> {
    let began = Instant::now();
    let mut failed = Ok(());
    for (after, target) in schedule {
        wait::pause(after.saturating_sub(began.elapsed())).await;
        failed = failed.and(inject(scope, target, what, faults).await);
    }
    failed
}

/// Injects one fault, and waits until it is undone.
async fn inject(
    scope: Scope<'_>,
    target: Target,
    what: &Recurring,
    faults: &mut Faults,
) -> Result<(), FaultError> {
    let (fault, time) = match what {
        Recurring::Node(what) => {
            return faults.inject(scope, Fault::Node { what: *what, target }).await.map(drop);
        }
        Recurring::Pause(time) => (Fault::Node { what: NodeFault::Pause, target }, *time),
        Recurring::CutOff { from, time } => {
            let target = LinkTarget::Between(target.into(), from.clone());
            (Fault::Link { effect: Effect::Silence, target }, *time)
        }
    };
    let injected = faults.inject_for(scope, fault, time).await;
    // A fault that had no effect is undone before the next one as well.
    let healed = faults.heal_last(scope).await;
    injected.and(healed).and(faults.without_effect().map_or(Ok(()), Err))
}

impl fmt::Display for Recurring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Node(what) => what.fmt(f),
            Self::Pause(time) => write!(f, "pause for {}", humantime::format_duration(*time)),
            Self::CutOff { from, time } => {
                write!(f, "cut-off from {from} for {}", humantime::format_duration(*time))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;

    use super::*;

    fn drawn(seed: u64) -> Vec<(Duration, Target)> {
        let seconds = Duration::from_secs;
        let rhythm = Rhythm { every: seconds(5)..=seconds(10), length: seconds(60) };
        let target: Target = "a random broker".parse().expect("a target");
        draw(&rhythm, &target, &[1, 2, 3].map(BrokerId), &mut StdRng::seed_from_u64(seed))
    }

    #[test]
    fn the_same_seed_draws_the_same_schedule() {
        assert_eq!(drawn(7), drawn(7));
        assert_ne!(drawn(7), drawn(8));
    }

    #[test]
    fn faults_keep_their_distance_and_their_end() {
        for seed in 0..50 {
            let schedule = drawn(seed);
            assert!((6..=12).contains(&schedule.len()), "{schedule:?}");
            let times: Vec<_> = schedule.iter().map(|(after, _)| after.as_secs_f64()).collect();
            let starts = [0.0].iter().chain(&times);
            assert!(starts.zip(&times).all(|(one, next)| (5.0..=10.0).contains(&(next - one))));
            assert!(times.iter().all(|time| *time <= 60.0));
        }
    }

    #[test]
    fn chance_has_chosen_before_the_first_fault() {
        let targets: std::collections::BTreeSet<_> =
            (0..20).flat_map(drawn).map(|(_, target)| target.to_string()).collect();
        assert_eq!(targets.into_iter().collect::<Vec<_>>(), ["broker 1", "broker 2", "broker 3"]);
    }
}
