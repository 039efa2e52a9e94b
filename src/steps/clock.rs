//! What time it is to brokers.

use std::time::Duration;

use cucumber::then;

use super::world::World;
use crate::event::id::BrokerId;
use crate::fault::Target;
use crate::fault::clock::Offset;
use crate::scenario::failure::StepFailure;
use crate::wait::{Seen, WaitError, until};

/// How long a broker may take to tell the time.
const LIMIT: Duration = Duration::from_secs(10);

/// How often it is asked.
const INTERVAL: Duration = Duration::from_millis(200);

/// Expects the clocks of brokers to be this far from that of the machine that trial runs on, give or take 3
/// seconds, by the time that each broker logs when it is asked. Brokers are named as in `broker 2 is killed`.
///
/// ```gherkin
/// Then the clock of broker 2 is 1 hour ahead
/// ```
/// ```gherkin
/// Then the clocks of all brokers are 30 seconds behind
/// ```
#[then(expr = "the clock(s) of {target} is/are {offset}")]
async fn is_off(world: &mut World, target: Target, expected: Offset) -> Result<(), StepFailure> {
    let world = &*world;
    // A line that is read late tells an old time, so a clock that is off otherwise is asked again.
    let asked = until(LIMIT, INTERVAL, async || {
        let judged = judge(&world.clocks(&target).await?, expected);
        Ok::<_, StepFailure>(match &judged {
            Ok(()) => Seen::Ready(()),
            Err(failure) => Seen::NotYet(failure.message.clone()),
        })
    });
    match asked.await {
        Ok(()) => Ok(()),
        Err(WaitError::Failed(failure)) => Err(failure),
        Err(WaitError::TimedOut { .. }) => judge(&world.clocks(&target).await?, expected),
    }
}

/// Whether it is for brokers.
pub(crate) fn check_is_off(target: &Target, _: &Offset) -> Result<(), String> {
    target.check_brokers()
}

fn judge(clocks: &[(BrokerId, Option<i64>)], expected: Offset) -> Result<(), StepFailure> {
    for (broker, ahead) in clocks {
        let Some(ahead) = ahead else {
            let what = format!("broker {broker} has not logged what time it is");
            return Err(StepFailure::inconclusive(what));
        };
        if !expected.is_close_to(*ahead) {
            return Err(StepFailure::expectation(format!(
                "the clock of broker {broker} is {ahead:+} seconds from that of this machine"
            )));
        }
    }
    Ok(())
}
