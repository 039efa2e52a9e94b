//! Clocks that go wrong.

use cucumber::{given, when};

use crate::fault::clock::Shift;
use crate::fault::{Fault, Target};
use crate::scenario::failure::StepFailure;
use crate::steps::meaning::Action;
use crate::steps::world::World;

/// Moves the clocks of brokers that run away from the right time, by at least 10 seconds and at most 10 years (of
/// 365 days), and waits until each broker logs the new time. A clock that is off already is then off by this
/// much more. What waits for a while goes on as it does. The brokers have clocks that can be moved: their
/// fixture says `movable_clock: true`. Brokers are named as in `broker 2 is killed`.
///
/// ```gherkin
/// When the clock of broker 2 is moved 1 hour forward
/// ```
/// ```gherkin
/// When the clock of the leader of partition 0 of topic "orders" is moved 30 seconds back
/// ```
#[given(expr = "the clock(s) of {target} is/are moved {shift}")]
#[when(expr = "the clock(s) of {target} is/are moved {shift}")]
async fn move_clock(world: &mut World, target: Target, by: Shift) -> Result<(), StepFailure> {
    world.perform(means_move_clock(&target, &by)).await
}

pub(crate) fn means_move_clock(target: &Target, by: &Shift) -> Action {
    Action::once(Fault::Clock { by: *by, target: target.clone() })
}

/// Whether it is for brokers.
pub(crate) fn check_move_clock(target: &Target, _: &Shift) -> Result<(), String> {
    target.check_brokers()
}
