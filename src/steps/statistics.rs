//! What the machine, the nodes and trial itself use.

use std::sync::Arc;
use std::time::Duration;

use cucumber::{given, then, when};

use super::parameter::{Interval, Period, Several, Size};
use super::world::World;
use crate::event::Event;
use crate::fault::Target;
use crate::scenario::failure::StepFailure;
use crate::statistics::sampler::{Sampler, Taken};
use crate::wait::{Seen, until};

/// How often it is looked whether a snapshot was taken.
const LOOK: Duration = Duration::from_millis(50);

/// Takes statistics until the scenario ends. Of the machine: CPU of each core (user, system, wait), memory, disks,
/// network, and the processes that use most CPU. Of every node and of trial itself: CPU, memory, disk and (docker)
/// network. They are kept in `statistics/` of the results, in the format of nmon.
///
/// ```gherkin
/// Given statistics are taken every 2 seconds
/// ```
#[given(expr = "statistics are taken every {interval}")]
#[when(expr = "statistics are taken every {interval}")]
async fn take(world: &mut World, interval: Interval) -> Result<(), StepFailure> {
    start(world, interval, None)
}

/// Takes statistics so many times, in the background; see `statistics are taken every 2 seconds`.
///
/// ```gherkin
/// Given statistics are taken every 2 seconds, 30 times
/// ```
#[given(expr = "statistics are taken every {interval}, {several} time(s)")]
#[when(expr = "statistics are taken every {interval}, {several} time(s)")]
async fn take_times(
    world: &mut World,
    interval: Interval,
    times: Several,
) -> Result<(), StepFailure> {
    start(world, interval, Some(times.as_u32()))
}

/// Expects so many snapshots of the statistics, or more, before the time is over.
///
/// ```gherkin
/// Then within 60 seconds 30 snapshots of the statistics were taken
/// ```
#[when(expr = "within {duration} {several} snapshot(s) of the statistics was/were taken")]
#[then(expr = "within {duration} {several} snapshot(s) of the statistics was/were taken")]
async fn were_taken(world: &mut World, limit: Period, number: Several) -> Result<(), StepFailure> {
    let sampler = sampler(world)?;
    until(limit.0, LOOK, || {
        let Taken { snapshots, failed, .. } = sampler.taken();
        std::future::ready(match failed {
            Some(why) => {
                Err(StepFailure::environment(format!("no statistics can be taken: {why}")))
            }
            None if u64::from(snapshots) >= number.0 => Ok(Seen::Ready(())),
            None => Ok(Seen::NotYet(format!("{snapshots} snapshots were taken"))),
        })
    })
    .await?;
    Ok(())
}

/// Expects nodes, each by itself, not to have had more memory than this in any snapshot of the statistics so
/// far: resident memory, of a container without the page cache. Nodes are named as in `broker 2 is killed`.
///
/// ```gherkin
/// Then broker 1 used at most 800 MB of memory
/// ```
#[then(expr = "{target} used at most {size} of memory")]
async fn node_memory(world: &mut World, target: Target, most: Size) -> Result<(), StepFailure> {
    let taken = taken(world)?;
    for node in world.find(&target).await? {
        let Some(found) = taken.memory.get(&node) else {
            return Err(StepFailure::inconclusive(format!("{node} is in none of the snapshots")));
        };
        at_most(&node.to_string(), *found, most)?;
    }
    Ok(())
}

/// Expects trial itself not to have had more memory than this in any snapshot of the statistics so far.
///
/// ```gherkin
/// Then trial itself used at most 300 MB of memory
/// ```
#[then(expr = "trial itself used at most {size} of memory")]
async fn own_memory(world: &mut World, most: Size) -> Result<(), StepFailure> {
    at_most("trial itself", taken(world)?.runner_memory, most)
}

fn start(world: &mut World, interval: Interval, times: Option<u32>) -> Result<(), StepFailure> {
    if world.sampler.is_some() {
        return Err(StepFailure::usage("statistics are taken already in this scenario"));
    }
    let environment = world.environment()?;
    let (scenario, events) = (environment.scenario.clone(), environment.events.clone());
    let cluster = Arc::clone(&environment.cluster);
    world.sampler = Some(Sampler::start(cluster, interval.0, times, move |snapshot| {
        let (scenario, snapshot) = (scenario.clone(), Box::new(snapshot));
        events.emit(Event::Statistics { scenario, snapshot });
    }));
    Ok(())
}

fn sampler(world: &World) -> Result<&Sampler, StepFailure> {
    world.sampler.as_ref().ok_or_else(|| {
        StepFailure::usage("no statistics are taken; say so before, as in `Given statistics are taken every 2 seconds`")
    })
}

/// What was seen so far, of at least one snapshot.
fn taken(world: &World) -> Result<Taken, StepFailure> {
    let taken = sampler(world)?.taken();
    match &taken.failed {
        Some(why) => Err(StepFailure::environment(format!("no statistics can be taken: {why}"))),
        None if taken.snapshots == 0 => {
            Err(StepFailure::inconclusive("no snapshot of the statistics was taken yet"))
        }
        None => Ok(taken),
    }
}

fn at_most(who: &str, found: u64, most: Size) -> Result<(), StepFailure> {
    if usize::try_from(found).is_ok_and(|found| found <= most.0) {
        return Ok(());
    }
    let megabytes = found as f64 / 1e6;
    Err(StepFailure::expectation(format!("{who} used {megabytes:.0} MB of memory")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::failure::FailureKind;

    #[test]
    fn more_memory_than_allowed_fails() {
        assert_eq!(at_most("broker-1", 800_000_000, Size(800_000_000)), Ok(()));
        let failure = at_most("broker-1", 800_000_001, Size(800_000_000)).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Expectation);
    }
}
