//! Links that are cut again and again in the background, while the other steps of the scenario go on.

use cucumber::{given, when};

use crate::fault::link::Side;
use crate::fault::{Recurring, Rhythm, Target};
use crate::scenario::failure::StepFailure;
use crate::steps::fault::background::{Interval, check_rhythm};
use crate::steps::meaning::Action;
use crate::steps::parameter::{Pause, Period};
use crate::steps::world::World;

/// Cuts nodes off again and again in the background, as in `broker 3 is cut off from the other brokers`, each time
/// for so long; the next steps go on meanwhile. The first cut comes after this interval. Each further one comes when
/// the interval has passed again, or right after the one before where that takes longer. None is due after the time
/// at the end, but those that are late come all the same. Nodes are named as in `broker 2 is killed`; a role is looked up
/// before each cut.
///
/// The schedule is drawn from the run's seed, and reported, as that of `every 5 to 10 seconds a random broker is killed
/// and started again, for 60 seconds`. A cut that affected no traffic makes the scenario inconclusive.
///
/// ```gherkin
/// When every 5 to 10 seconds a random broker is cut off from the other brokers for 3 seconds, for 60 seconds
/// ```
/// ```gherkin
/// When every 10 seconds the leader of partition 0 of topic "orders" is cut off from ZooKeeper for 4 seconds, for 1 minute
/// ```
#[given(expr = "every {interval} {target} is/are cut off from {side} for {pause}, for {duration}")]
#[when(expr = "every {interval} {target} is/are cut off from {side} for {pause}, for {duration}")]
async fn cut(
    world: &mut World,
    every: Interval,
    target: Target,
    from: Side,
    time: Pause,
    length: Period,
) -> Result<(), StepFailure> {
    world.perform(means_cut(&every, &target, &from, &time, &length)).await
}

pub(crate) fn means_cut(
    every: &Interval,
    target: &Target,
    from: &Side,
    time: &Pause,
    length: &Period,
) -> Action {
    Action::Background {
        rhythm: Rhythm { every: every.0.clone(), length: length.0 },
        what: Recurring::CutOff { from: from.clone(), time: time.0 },
        target: target.clone(),
    }
}

/// Whether it is known who is meant, there can be links between the two, and there is room for a cut.
pub(crate) fn check_cut(
    every: &Interval,
    target: &Target,
    from: &Side,
    _: &Pause,
    length: &Period,
) -> Result<(), String> {
    target.check_in_background()?;
    from.check_in_background()?;
    Side::from(target.clone()).why_not_to(from).map_or(Ok(()), Err)?;
    check_rhythm(every, length)
}
