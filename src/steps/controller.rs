//! The quorum of controllers of a cluster without ZooKeeper: who leads, who follows.

use std::collections::BTreeMap;

use cucumber::then;

use super::parameter::{Count, Period};
use super::world::World;
use crate::event::node_state::Mode;
use crate::scenario::failure::StepFailure;
use crate::wait::{EFFECT_LOOK, Seen, until};

/// Expects so many controllers to lead and to follow before the time is over, as each says of itself.
///
/// ```gherkin
/// Then within 10 seconds 1 controller leads and 2 follow
/// ```
#[then(expr = "within {duration} {count} controller(s) lead(s) and {count} follow(s)")]
async fn quorum(
    world: &mut World,
    limit: Period,
    leaders: Count,
    followers: Count,
) -> Result<(), StepFailure> {
    let cluster = world.cluster()?;
    until(limit.0, EFFECT_LOOK, async || {
        let mut modes = BTreeMap::new();
        for id in cluster.controllers() {
            let node = cluster.spec().node_of_controller(id);
            modes.insert(id, cluster.quorum().mode(cluster, node).await?);
        }
        let count = |mode| modes.values().filter(|found| **found == mode).count();
        let found = (count(Mode::Leader), count(Mode::Follower));
        Ok::<_, StepFailure>(if found == (leaders.as_usize(), followers.as_usize()) {
            Seen::Ready(())
        } else {
            let modes = modes.iter().map(|(id, mode)| format!("controller {id} is {mode:?}"));
            Seen::NotYet(modes.collect::<Vec<_>>().join(", ").to_lowercase())
        })
    })
    .await?;
    Ok(())
}
