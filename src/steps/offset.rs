//! Where the log of a partition begins, and moving that.

use std::time::Duration;

use cucumber::{given, then, when};

use super::log_starts;
use super::parameter::{Count, PartitionNumber, Period, TopicName};
use super::world::{Told as _, World};
use crate::client::ClientError;
use crate::scenario::failure::StepFailure;
use crate::wait::{Seen, until};

const INTERVAL: Duration = Duration::from_millis(100);

/// Deletes the messages of a partition before an offset, as `kafka-delete-records` does, and waits until every
/// replica in sync has.
///
/// ```gherkin
/// When the messages before offset 10 of partition 0 of topic "orders" are deleted
/// ```
#[given(
    expr = "the message(s) before offset {count} of partition {count} of topic {string} is/are deleted"
)]
#[when(
    expr = "the message(s) before offset {count} of partition {count} of topic {string} is/are deleted"
)]
async fn delete(
    world: &mut World,
    offset: Count,
    partition: PartitionNumber,
    topic: TopicName,
) -> Result<(), StepFailure> {
    let admin = world.admin()?;
    let names = world.names()?;
    let topic = names.topic(&topic);
    let before = i64::try_from(offset.0).unwrap_or(i64::MAX);
    admin.delete_records(&topic, partition.as_i32(), before).await.told(names)?;
    log_starts::record(world, &admin, &[topic]).await
}

/// Expects the first message that can be read of a partition to be at this offset before the time is over: what
/// was before it is removed.
///
/// ```gherkin
/// Then within 60 seconds partition 0 of topic "orders" begins at offset 100
/// ```
#[then(expr = "within {duration} partition {count} of topic {string} begins at offset {count}")]
async fn begins_at(
    world: &mut World,
    limit: Period,
    partition: PartitionNumber,
    topic: TopicName,
    offset: Count,
) -> Result<(), StepFailure> {
    let admin = world.admin()?;
    let names = world.names()?;
    let unique = names.topic(&topic);
    let begins = until(limit.0, INTERVAL, || async {
        Ok::<_, ClientError>(match admin.offsets(&unique, partition.as_i32()).await {
            Ok((first, _)) if u64::try_from(first) == Ok(offset.0) => Seen::Ready(()),
            Ok((first, _)) => Seen::NotYet(format!("it begins at offset {first}")),
            // Its leader may be another one in a moment.
            Err(error) => Seen::NotYet(error.to_string()),
        })
    });
    begins.await.told(names)
}
