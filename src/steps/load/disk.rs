//! What a load has left on the disks of its topic's replicas.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

use cucumber::then;

use super::loads::TopicLoad;
use crate::cluster::replica::Replicas;
use crate::event::id::BrokerId;
use crate::event::measured::Amount;
use crate::scenario::failure::StepFailure;
use crate::steps::parameter::{Percent, Period, TopicName};
use crate::steps::world::World;
use crate::wait::{Seen, WaitError, until};

const LOOK: Duration = Duration::from_millis(200);

/// Expects each replica of each partition to hold as many messages as loads have had acknowledged for that
/// partition, before the time is over: from the offsets that its own broker has on disk, leader or not. Not
/// for loads with transactions, whose markers take offsets as well, nor for topics to which others have sent.
///
/// ```gherkin
/// Then within 10 seconds every replica of topic "load" holds all messages of the load
/// ```
#[then(expr = "within {duration} every replica of topic {string} holds all messages of the load")]
async fn hold_all(world: &mut World, limit: Period, topic: TopicName) -> Result<(), StepFailure> {
    let load = world.loads.on(&topic)?;
    let before = known(load, &topic)?;
    let expected = load.acknowledged.count();
    let by_partition = &load.partitions;
    let environment = world.environment()?;
    let name = environment.names.topic(&topic);
    // A broker that has just come back cannot tell yet; who never could has not failed, but is unknown.
    let untold = RefCell::new(None);
    let held = until(limit.0, LOOK, || async {
        let replicas = match environment.cluster.replicas(&name).await {
            Ok(replicas) => replicas,
            Err(error) => {
                let seen = error.to_string();
                untold.replace(Some(error));
                return Ok(Seen::NotYet(seen));
            }
        };
        untold.replace(None);
        let wrong: Vec<_> = replicas
            .iter()
            .filter_map(|((broker, partition), replica)| {
                let start = before.get(&(*broker, *partition));
                let start = start.map_or(replica.offsets.start, |before| before.offsets.end);
                let found = replica.offsets.end - start;
                let sent = by_partition.get(partition).copied().unwrap_or_default().messages;
                (u64::try_from(found) != Ok(sent)).then(|| {
                    format!("\n  partition {partition} on broker {broker}: {found} of {sent}")
                })
            })
            .collect();
        Ok::<_, StepFailure>(match wrong.is_empty() && !replicas.is_empty() {
            true => Seen::Ready(replicas),
            false => Seen::NotYet(format!("messages held and sent:{}", wrong.concat())),
        })
    })
    .await;
    match held {
        Ok(replicas) => {
            let number = replicas.len();
            world.note(format!("{number} replicas of topic {topic:?} hold {expected} messages"))
        }
        Err(WaitError::Failed(error)) => Err(error),
        Err(WaitError::TimedOut { seen, .. }) => Err(match untold.into_inner() {
            Some(error) => error.into(),
            None => StepFailure::expectation(seen),
        }),
    }
}

/// Expects the segments of the replicas on each broker to have grown by the values that loads have sent, and
/// by at most this much more, which is what the format of records and batches takes. Not for loads with
/// compression. Reports what was there before as well.
///
/// ```gherkin
/// Then every replica of topic "load" has grown by the bytes that were sent and at most 5 percent more
/// ```
#[then(
    expr = "every replica of topic {string} has grown by the bytes that were sent and at most {percent} percent more"
)]
async fn have_grown(world: &mut World, topic: TopicName, most: Percent) -> Result<(), StepFailure> {
    let load = world.loads.on(&topic)?;
    let before = known(load, &topic)?;
    let environment = world.environment()?;
    let after = environment.cluster.replicas(&environment.names.topic(&topic)).await?;
    let mut brokers: BTreeMap<BrokerId, (Amount, u64)> = BTreeMap::new();
    let mut wrong = String::new();
    for ((broker, partition), replica) in &after {
        let sent = load.partitions.get(partition).copied().unwrap_or_default();
        let there = before.get(&(*broker, *partition)).map_or(0, |before| before.bytes);
        let grown = replica.bytes.saturating_sub(there);
        let all = brokers.entry(*broker).or_default();
        all.0 += sent;
        all.1 += grown;
        if grown < sent.bytes || grown as f64 > sent.bytes as f64 * (1.0 + most.0 / 100.0) {
            let line = format!("partition {partition} on broker {broker}: {}", growth(sent, grown));
            wrong = format!("{wrong}\n  {line}");
        }
    }
    if wrong.is_empty() {
        let before: u64 = before.values().map(|replica| replica.bytes).sum();
        let lines = brokers.iter().map(|(broker, (sent, grown))| {
            format!("\n  broker {broker}: {}", growth(*sent, *grown))
        });
        let lines: String = lines.collect();
        return world.note(format!(
            "disk usage of topic {topic:?}, {before} bytes before the load, has grown:{lines}"
        ));
    }
    let what = format!("the disk usage of topic {topic:?} does not show what was sent:{wrong}");
    Err(StepFailure::expectation(what))
}

/// For people: how much more the disk has than was sent.
fn growth(sent: Amount, grown: u64) -> String {
    let Amount { messages, bytes } = sent;
    if messages == 0 {
        return format!("by {grown} bytes, and nothing was sent");
    }
    let more = grown as f64 - bytes as f64;
    let (percent, each) = (more / bytes as f64 * 100.0, more / messages as f64);
    format!(
        "by {grown} bytes for {messages} messages with values of {bytes} bytes: {percent:.2} percent more, \
         {each:.1} bytes for each message"
    )
}

/// What the replicas held before the first load; there must have been one.
fn known<'a>(load: &'a TopicLoad, topic: &str) -> Result<&'a Replicas, StepFailure> {
    if load.acknowledged.count() == 0 {
        return Err(StepFailure::inconclusive(format!(
            "no message of a load was acknowledged on topic {topic:?}, so nothing was compared"
        )));
    }
    load.before.as_ref().ok_or_else(|| {
        StepFailure::inconclusive(format!(
            "a broker did not tell what its replicas of topic {topic:?} held before the load, so nothing can be \
             compared"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_tells_the_overhead_of_the_format() {
        let sent = Amount { messages: 1000, bytes: 1_000_000 };
        assert_eq!(
            growth(sent, 1_010_000),
            "by 1010000 bytes for 1000 messages with values of 1000000 bytes: 1.00 percent more, 10.0 bytes \
             for each message"
        );
    }
}
