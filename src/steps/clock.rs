//! What time it is to brokers.

use std::time::Duration;

use cucumber::then;

use super::failure::StepFailure;
use super::world::World;
use crate::fault::Target;
use crate::fault::clock::Offset;
use crate::wait::{Seen, until};

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
    // A line that is read late tells an old time.
    until(LIMIT, INTERVAL, async || {
        for (broker, ahead) in world.clocks(&target).await? {
            let Some(ahead) = ahead else {
                let what = format!("broker {broker} has not logged what time it is");
                return Ok(Seen::NotYet(what));
            };
            if !expected.is_close_to(ahead) {
                return Ok(Seen::NotYet(format!(
                    "the clock of broker {broker} is {ahead:+} seconds from that of this machine"
                )));
            }
        }
        Ok::<_, StepFailure>(Seen::Ready(()))
    })
    .await?;
    Ok(())
}
