//! How many messages a consumer has received since it was started, whatever more comes.

use std::time::Duration;

use cucumber::{given, then, when};

use super::parameter::{ConsumerName, Count, Period, Several};
use super::world::World;
use crate::scenario::failure::StepFailure;
use crate::wait::{Seen, until};

const INTERVAL: Duration = Duration::from_millis(20);

/// Expects the consumer to have received so many messages or more, as of now.
///
/// ```gherkin
/// Then consumer "c" has received at least 20 messages
/// ```
#[then(expr = "consumer {string} has received at least {several} message(s)")]
async fn at_least(
    world: &mut World,
    name: ConsumerName,
    least: Several,
) -> Result<(), StepFailure> {
    let found = world.consumer(&name)?.count();
    match found >= least.as_usize() {
        true => Ok(()),
        false => Err(StepFailure::expectation(format!(
            "expected at least {} messages, received {found}",
            least.0
        ))),
    }
}

/// Waits until the consumer has received so many messages or more.
///
/// ```gherkin
/// When within 20 seconds consumer "c" has received at least 20 messages
/// ```
#[given(expr = "within {duration} consumer {string} has received at least {several} message(s)")]
#[when(expr = "within {duration} consumer {string} has received at least {several} message(s)")]
#[then(expr = "within {duration} consumer {string} has received at least {several} message(s)")]
async fn at_least_within(
    world: &mut World,
    limit: Period,
    name: ConsumerName,
    least: Several,
) -> Result<(), StepFailure> {
    let consumer = world.consumer(&name)?;
    until(limit.0, INTERVAL, || async {
        let found = consumer.count();
        Ok::<_, StepFailure>(match found >= least.as_usize() {
            true => Seen::Ready(()),
            false => Seen::NotYet(format!("received {found} of at least {} messages", least.0)),
        })
    })
    .await?;
    Ok(())
}

/// Expects the consumer to have received so many messages or less, as of now. The scenario is inconclusive when it
/// has received none.
///
/// ```gherkin
/// Then consumer "c" has received at most 20 messages
/// ```
#[then(expr = "consumer {string} has received at most {count} message(s)")]
async fn at_most(world: &mut World, name: ConsumerName, most: Count) -> Result<(), StepFailure> {
    match world.consumer(&name)?.count() {
        0 => Err(StepFailure::inconclusive(format!(
            "consumer {name:?} has received nothing, so nothing was compared; write: \
             consumer {name:?} receives no message within 5 seconds"
        ))),
        found if found <= most.as_usize() => Ok(()),
        found => Err(StepFailure::expectation(format!(
            "expected at most {} messages, received {found}",
            most.0
        ))),
    }
}
