//! Where the logs of topics begin once somebody has deleted messages, for the history.

use std::time::Duration;

use super::world::{Told as _, World};
use crate::client::admin::Admin;
use crate::history::line::{Happening, Line};
use crate::scenario::failure::StepFailure;
use crate::wait::{Seen, until};

/// How long the leaders may take to tell.
const LIMIT: Duration = Duration::from_secs(10);

const INTERVAL: Duration = Duration::from_millis(100);

/// Has the history tell where the partitions of these topics begin that no longer begin at 0; the names are those
/// of the cluster. Where nothing was recorded there is no history to tell.
///
/// # Errors
/// When a leader does not say within 10 seconds.
pub(super) async fn record(
    world: &World,
    admin: &Admin,
    topics: &[String],
) -> Result<(), StepFailure> {
    let history = world.history()?;
    if history.folder().is_none() {
        return Ok(());
    }
    let known = world.cluster()?.topics().await?;
    for topic in topics {
        for partition in known.get(topic).into_iter().flatten() {
            let told = until(LIMIT, INTERVAL, || async {
                Ok::<_, StepFailure>(match admin.offsets(topic, partition.id).await {
                    Ok((first, _)) => Seen::Ready(first),
                    // Its leader may be another one in a moment.
                    Err(error) => Seen::NotYet(error.to_string()),
                })
            });
            let first = u64::try_from(told.await.told(world.names()?)?).unwrap_or_default();
            if first > 0 {
                let line = Line {
                    topic: Some(topic.as_str().into()),
                    partition: u32::try_from(partition.id).ok(),
                    offset: Some(first),
                    ..Line::default()
                };
                history.recorder()?.event(Happening::RecordsDeleted, line);
            }
        }
    }
    Ok(())
}
