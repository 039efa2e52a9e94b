//! How far a group is behind. Messages are counted as the group has committed, not as its consumers have received; what
//! was aborted or removed and the markers of transactions are no messages.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::time::Duration;

use cucumber::{given, then, when};

use super::parameter::{Count, GroupName, Period, Several};
use super::world::{Told as _, World};
use crate::client::ClientError;
use crate::client::backlog::{Backlog, ReadUpTo};
use crate::client::lag::{GroupLag, PartitionLag};
use crate::cluster::listener::CLIENT;
use crate::scenario::failure::StepFailure;
use crate::topology::Access;
use crate::wait::{Seen, WaitError, until};

const INTERVAL: Duration = Duration::from_millis(200);

/// Expects the group to have so many messages or less to read now, by what it has committed, in all topics of the
/// scenario that it reads. Consumers commit by themselves every 5 seconds, unless enable.auto.commit is false.
///
/// ```gherkin
/// Then group "billing" lags behind by at most 20 messages
/// ```
#[then(expr = "group {string} lags behind by at most {count} message(s)")]
async fn at_most(world: &mut World, group: GroupName, most: Count) -> Result<(), StepFailure> {
    now(world, &group, Bound::AtMost(most.0)).await
}

/// Waits until the group has so many messages or less to read, as `group "billing" lags behind by at most 20 messages`
/// counts them.
///
/// ```gherkin
/// Then within 30 seconds group "billing" lags behind by at most 0 messages
/// ```
#[given(expr = "within {duration} group {string} lags behind by at most {count} message(s)")]
#[when(expr = "within {duration} group {string} lags behind by at most {count} message(s)")]
#[then(expr = "within {duration} group {string} lags behind by at most {count} message(s)")]
async fn at_most_within(
    world: &mut World,
    limit: Period,
    group: GroupName,
    most: Count,
) -> Result<(), StepFailure> {
    within(world, limit, &group, Bound::AtMost(most.0)).await
}

/// Expects the group to have so many messages or more to read now, as `group "billing" lags behind by at most 20
/// messages` counts them.
///
/// ```gherkin
/// Then group "billing" lags behind by at least 20 messages
/// ```
#[then(expr = "group {string} lags behind by at least {several} message(s)")]
async fn at_least(world: &mut World, group: GroupName, least: Several) -> Result<(), StepFailure> {
    now(world, &group, Bound::AtLeast(least.0)).await
}

/// Waits until the group has so many messages or more to read, as `group "billing" lags behind by at most 20 messages`
/// counts them.
///
/// ```gherkin
/// When within 30 seconds group "billing" lags behind by at least 20 messages
/// ```
#[given(expr = "within {duration} group {string} lags behind by at least {several} message(s)")]
#[when(expr = "within {duration} group {string} lags behind by at least {several} message(s)")]
#[then(expr = "within {duration} group {string} lags behind by at least {several} message(s)")]
async fn at_least_within(
    world: &mut World,
    limit: Period,
    group: GroupName,
    least: Several,
) -> Result<(), StepFailure> {
    within(world, limit, &group, Bound::AtLeast(least.0)).await
}

/// Waits until the group has committed everything that there is to read in the topics of the scenario that it reads.
///
/// ```gherkin
/// Then within 30 seconds group "billing" has caught up
/// ```
#[given(expr = "within {duration} group {string} has caught up")]
#[when(expr = "within {duration} group {string} has caught up")]
#[then(expr = "within {duration} group {string} has caught up")]
async fn has_caught_up(
    world: &mut World,
    limit: Period,
    group: GroupName,
) -> Result<(), StepFailure> {
    within(world, limit, &group, Bound::AtMost(0)).await
}

/// How many messages there may be to read.
#[derive(Debug, Clone, Copy)]
enum Bound {
    AtMost(u64),
    AtLeast(u64),
}

/// What one look has found.
enum Found {
    Holds,
    HoldsNot(String),
    /// It is not known how far the group is.
    Unknown(String),
}

async fn now(world: &mut World, group: &str, bound: Bound) -> Result<(), StepFailure> {
    let group = Group::of(world, group)?;
    let found = group.look(world, bound).await;
    group.lag.close().await?;
    let found = match found? {
        Found::Holds => Ok(()),
        Found::HoldsNot(what) => Err(StepFailure::expectation(what)),
        Found::Unknown(why) => Err(StepFailure::inconclusive(why)),
    };
    found.told(world.names()?)
}

async fn within(
    world: &mut World,
    limit: Period,
    group: &str,
    bound: Bound,
) -> Result<(), StepFailure> {
    let group = Group::of(world, group)?;
    let world = &*world;
    let unknown = RefCell::new(None);
    let held = until(limit.0, INTERVAL, || async {
        let found = group.look(world, bound).await?;
        unknown.replace(None);
        Ok::<_, StepFailure>(match found {
            Found::Holds => Seen::Ready(()),
            Found::HoldsNot(what) => Seen::NotYet(what),
            Found::Unknown(why) => {
                unknown.replace(Some(why.clone()));
                Seen::NotYet(why)
            }
        })
    });
    let held = held.await;
    group.lag.close().await?;
    let held = match (held, unknown.into_inner()) {
        (Err(WaitError::TimedOut { .. }), Some(why)) => Err(StepFailure::inconclusive(why)),
        (held, _) => held.map_err(StepFailure::from),
    };
    held.told(world.names()?)
}

/// A group whose lag is asked for.
struct Group {
    said: String,
    name: String,
    access: Access,
    lag: GroupLag,
}

impl Group {
    fn of(world: &World, said: &str) -> Result<Self, StepFailure> {
        let (name, access) = (world.names()?.group(said), world.cluster()?.access(&CLIENT));
        let lag = GroupLag::new(&access, &name)?;
        Ok(Self { said: said.to_owned(), name, access, lag })
    }

    async fn look(&self, world: &World, bound: Bound) -> Result<Found, StepFailure> {
        let lags = match self.lags(world).await? {
            Ok(lags) => lags,
            Err(error) => return Ok(Found::Unknown(error.to_string())),
        };
        if lags.is_empty() {
            return Ok(Found::Unknown(format!(
                "group {:?} has committed nothing, and no consumer of it has a partition",
                self.said
            )));
        }
        // Every message takes an offset, so there are at most as many.
        let offsets: u64 = lags.iter().map(|lag| lag.offsets).sum();
        let (needed, holds) = match bound {
            Bound::AtMost(most) => (most.saturating_add(1), offsets <= most),
            Bound::AtLeast(least) => (least, false),
        };
        let messages = match offsets >= needed {
            true => match self.messages(&lags, needed).await {
                Ok(messages) => messages,
                Err(error) => return Ok(Found::Unknown(error.to_string())),
            },
            false => offsets,
        };
        Ok(match bound {
            _ if holds => Found::Holds,
            Bound::AtMost(most) if messages <= most => Found::Holds,
            Bound::AtLeast(least) if messages >= least => Found::Holds,
            Bound::AtMost(most) => Found::HoldsNot(self.described(&lags, "more than", most)),
            Bound::AtLeast(least) => Found::HoldsNot(self.described(&lags, "less than", least)),
        })
    }

    /// Of every topic of the scenario in which the group has committed or has a consumer.
    async fn lags(
        &self,
        world: &World,
    ) -> Result<Result<Vec<PartitionLag>, ClientError>, StepFailure> {
        let there = world.cluster()?.topics().await?;
        let topics = world.names()?.topics().into_iter().map(|(_, topic)| topic);
        let mut read = BTreeSet::new();
        for (_, consumer) in world.consumers().filter(|(_, it)| it.group() == self.name) {
            read.extend(consumer.partitions().await?.into_iter().map(|(topic, _)| topic));
        }
        let mut all = Vec::new();
        for topic in topics.filter(|topic| there.contains_key(topic)) {
            match self.lag.of_topic(&topic).await {
                Ok(lags)
                    if read.contains(&topic) || lags.iter().any(|it| it.committed.is_some()) =>
                {
                    all.extend(lags);
                }
                Ok(_) => {}
                Err(error) => return Ok(Err(error)),
            }
        }
        Ok(Ok(all))
    }

    /// How many messages there are to read, counted up to this number.
    async fn messages(&self, lags: &[PartitionLag], up_to: u64) -> Result<u64, ClientError> {
        let topics: BTreeSet<&str> = lags.iter().map(|lag| lag.topic.as_str()).collect();
        let mut count = 0;
        for topic in topics {
            let backlog = Backlog::new(&self.access, &self.name, topic)?;
            let counted = backlog.count(ReadUpTo::Committed, up_to - count).await;
            backlog.close().await?;
            count += counted?;
            if count >= up_to {
                break;
            }
        }
        Ok(count)
    }

    fn described(&self, lags: &[PartitionLag], than: &str, messages: u64) -> String {
        let behind = lags.iter().filter(|lag| lag.offsets > 0).map(|lag| {
            let PartitionLag { topic, partition, committed, offsets } = lag;
            let nothing = if committed.is_none() { ", nothing committed" } else { "" };
            format!("\n  partition {partition} of topic \"{topic}\": {offsets}{nothing}")
        });
        let behind: String = behind.collect();
        let to_go = match behind.as_str() {
            "" => "; it has committed everything",
            _ => "; offsets that it has not committed:",
        };
        format!("group {:?} lags behind by {than} {messages} message(s){to_go}{behind}", self.said)
    }
}
