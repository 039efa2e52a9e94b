//! Consumers: started, sharing their work, committing, closed. What they receive is in `received.rs`.

use std::collections::BTreeSet;
use std::time::Duration;

use cucumber::gherkin::Step;
use cucumber::{given, then, when};

use super::meaning::Meaning;
use super::mention::{Client, ClientKind};
use super::parameter::{ConsumerName, GroupName, NewConsumerName, Period, TopicName};
use super::table;
use super::world::{Told as _, World};
use crate::client::consumer::Consumer;
use crate::client::settings::Settings;
use crate::client::together;
use crate::history::line::Line;
use crate::scenario::failure::StepFailure;
use crate::wait::{Seen, until};

const INTERVAL: Duration = Duration::from_millis(20);

/// How long joining a group may take before the step gives up.
const JOIN_LIMIT: Duration = Duration::from_secs(30);

/// Starts a consumer in a group and waits, at most 30 seconds, until the group has given it its partitions.
/// It has the defaults of librdkafka, but for auto.offset.reset, which is earliest, and
/// topic.metadata.refresh.interval.ms, which is a second. One with auto.offset.reset=latest is waited for until it
/// knows the end of each of its partitions, so that it receives what the next step sends.
///
/// ```gherkin
/// Given a consumer "c" in group "billing" subscribed to "orders"
/// ```
/// ```gherkin
/// When a consumer "c" in group "billing" subscribes to "orders"
/// ```
#[given(expr = "a consumer {string} in group {string} subscribed to {string}")]
#[when(expr = "a consumer {string} in group {string} subscribes to {string}")]
async fn subscribe(
    world: &mut World,
    name: NewConsumerName,
    group: GroupName,
    topic: TopicName,
) -> Result<(), StepFailure> {
    subscribe_with(world, name.into(), &group, &topic, &Settings::default()).await
}

/// Starts a consumer in a group with settings of its own, any that librdkafka knows, and waits, at most 30
/// seconds, until the group has given it its partitions.
///
/// ```gherkin
/// Given a consumer "c" in group "billing" subscribed to "orders" with settings:
///   | name               | value |
///   | enable.auto.commit | false |
/// ```
/// ```gherkin
/// When a consumer "c" in group "billing" subscribes to "orders" with settings:
///   | name              | value  |
///   | auto.offset.reset | latest |
/// ```
#[given(expr = "a consumer {string} in group {string} subscribed to {string} with settings:")]
#[when(expr = "a consumer {string} in group {string} subscribes to {string} with settings:")]
async fn subscribe_with_settings(
    world: &mut World,
    name: NewConsumerName,
    group: GroupName,
    topic: TopicName,
    #[step] step: &Step,
) -> Result<(), StepFailure> {
    subscribe_with(
        world,
        name.into(),
        &group,
        &topic,
        &table::client_settings(step, together::Kind::Consumer)?,
    )
    .await
}

/// Starts a consumer in a group that sees committed messages only (isolation.level=read_committed) and commits
/// its offsets only when a step says so (enable.auto.commit=false); waits, at most 30 seconds, until the group has given
/// it its partitions.
///
/// ```gherkin
/// Given a read-committed consumer "c" in group "billing" subscribed to "orders"
/// ```
/// ```gherkin
/// When a read-committed consumer "c" in group "billing" subscribes to "orders"
/// ```
#[given(expr = "a read-committed consumer {string} in group {string} subscribed to {string}")]
#[when(expr = "a read-committed consumer {string} in group {string} subscribes to {string}")]
async fn subscribe_read_committed(
    world: &mut World,
    name: NewConsumerName,
    group: GroupName,
    topic: TopicName,
) -> Result<(), StepFailure> {
    subscribe_with(world, name.into(), &group, &topic, &isolated("read_committed")).await
}

/// As a read-committed consumer, but it sees messages of transactions that are open or were aborted as well
/// (isolation.level=read_uncommitted).
///
/// ```gherkin
/// Given a read-uncommitted consumer "c" in group "billing" subscribed to "orders"
/// ```
/// ```gherkin
/// When a read-uncommitted consumer "c" in group "billing" subscribes to "orders"
/// ```
#[given(expr = "a read-uncommitted consumer {string} in group {string} subscribed to {string}")]
#[when(expr = "a read-uncommitted consumer {string} in group {string} subscribes to {string}")]
async fn subscribe_read_uncommitted(
    world: &mut World,
    name: NewConsumerName,
    group: GroupName,
    topic: TopicName,
) -> Result<(), StepFailure> {
    subscribe_with(world, name.into(), &group, &topic, &isolated("read_uncommitted")).await
}

/// Starts a consumer outside any group that reads every partition of the topic from its beginning.
///
/// ```gherkin
/// Given a consumer "c" reading topic "orders" from the beginning
/// ```
/// ```gherkin
/// When a consumer "c" reads topic "orders" from the beginning
/// ```
#[given(expr = "a consumer {string} reading topic {string} from the beginning")]
#[when(expr = "a consumer {string} reads topic {string} from the beginning")]
async fn read_from_the_beginning(
    world: &mut World,
    name: NewConsumerName,
    topic: TopicName,
) -> Result<(), StepFailure> {
    let partitions = super::described::described(world, &topic).await?;
    let partitions: Vec<_> = partitions.iter().map(|partition| partition.id).collect();
    let access = world.access()?;
    let unique = world.names()?.topic(&topic);
    let client = format!("consumer {name:?}");
    let settings = world.names()?.with_client_id(&client, &Settings::default());
    let recorder = Some(world.history()?.client(&name, Line::default())?);
    let consumer =
        Consumer::from_the_beginning(&access, &unique, &partitions, &settings, recorder).await;
    world.add_consumer(name.into(), consumer.told(world.names()?)?)
}

/// Commits the offsets of everything that the consumer has received, and waits for the broker's answer.
///
/// ```gherkin
/// When consumer "c" commits its offsets
/// ```
#[when(expr = "consumer {string} commits its offsets")]
async fn commit(world: &mut World, name: ConsumerName) -> Result<(), StepFailure> {
    world.consumer(&name)?.commit().await.told(world.names()?)
}

/// Closes a consumer: it leaves its group at once, having committed its offsets unless
/// enable.auto.commit is false.
///
/// ```gherkin
/// When consumer "c" is closed
/// ```
#[given(expr = "consumer {string} is closed")]
#[when(expr = "consumer {string} is closed")]
async fn close(world: &mut World, name: ConsumerName) -> Result<(), StepFailure> {
    world.take_consumer(&name)?.close().await.told(world.names()?)
}

pub(crate) fn means_close(name: &ConsumerName) -> Meaning {
    Meaning::ClosesClient(Client { kind: ClientKind::Consumer, name: name.to_string() })
}

/// Expects two consumers of a group to have the topic's partitions shared out between them: each has at
/// least one, none is with both, none is left over.
///
/// ```gherkin
/// Then within 30 seconds consumers "a" and "b" share the partitions of topic "orders"
/// ```
#[given(
    expr = "within {duration} consumers {string} and {string} share the partitions of topic {string}"
)]
#[when(
    expr = "within {duration} consumers {string} and {string} share the partitions of topic {string}"
)]
#[then(
    expr = "within {duration} consumers {string} and {string} share the partitions of topic {string}"
)]
async fn share(
    world: &mut World,
    limit: Period,
    one: ConsumerName,
    other: ConsumerName,
    topic: TopicName,
) -> Result<(), StepFailure> {
    let all = super::described::described(world, &topic).await?;
    let all: BTreeSet<i32> = all.iter().map(|partition| partition.id).collect();
    let unique = world.names()?.topic(&topic);
    let (first, second) = (world.consumer(&one)?, world.consumer(&other)?);
    until(limit.0, INTERVAL, || async {
        let has = [partitions_of(first, &unique).await?, partitions_of(second, &unique).await?];
        let shared = has.iter().all(|has| !has.is_empty())
            && has[0].is_disjoint(&has[1])
            && &has[0] | &has[1] == all;
        let known = first.has_positions().await? && second.has_positions().await?;
        Ok::<_, StepFailure>(if shared && known {
            Seen::Ready(())
        } else if shared {
            Seen::NotYet(format!("{one:?} and {other:?} do not know yet where to begin"))
        } else {
            let [first, second] = has;
            Seen::NotYet(format!(
                "of the partitions {all:?} of topic {topic:?}, {one:?} has {first:?} and {other:?} has {second:?}"
            ))
        })
    })
    .await?;
    Ok(())
}

/// Expects one consumer to have all partitions of the topic before the time is over.
///
/// ```gherkin
/// Then within 30 seconds consumer "a" reads every partition of topic "orders"
/// ```
#[given(expr = "within {duration} consumer {string} reads every partition of topic {string}")]
#[when(expr = "within {duration} consumer {string} reads every partition of topic {string}")]
#[then(expr = "within {duration} consumer {string} reads every partition of topic {string}")]
async fn reads_every_partition(
    world: &mut World,
    limit: Period,
    name: ConsumerName,
    topic: TopicName,
) -> Result<(), StepFailure> {
    let all = super::described::described(world, &topic).await?;
    let all: BTreeSet<i32> = all.iter().map(|partition| partition.id).collect();
    let unique = world.names()?.topic(&topic);
    let consumer = world.consumer(&name)?;
    until(limit.0, INTERVAL, async || {
        let has = partitions_of(consumer, &unique).await?;
        Ok::<_, StepFailure>(if has == all && consumer.has_positions().await? {
            Seen::Ready(())
        } else if has == all {
            Seen::NotYet(format!("{name:?} does not know yet where to begin"))
        } else {
            Seen::NotYet(format!(
                "of the partitions {all:?} of topic {topic:?}, {name:?} has {has:?}"
            ))
        })
    })
    .await?;
    Ok(())
}

/// Expects that a consumer has still the partitions that its group gave it before the first fault: the group
/// was not rebalanced. Faults in the background do not count.
///
/// ```gherkin
/// Then consumer "a" has kept its partitions since the first fault
/// ```
#[then(expr = "consumer {string} has kept its partitions since the first fault")]
async fn has_kept(world: &mut World, name: ConsumerName) -> Result<(), StepFailure> {
    let (first, _) = world.fault_times()?;
    let consumer = world.consumer(&name)?;
    match consumer.last_turn() {
        Some(turn) if turn < first && consumer.has_assignment() => Ok(()),
        Some(turn) if turn < first => Err(StepFailure::inconclusive(format!(
            "consumer {name:?} had no partitions before the first fault"
        ))),
        Some(turn) => Err(StepFailure::expectation(format!(
            "the group of consumer {name:?} was rebalanced {} after the first fault",
            humantime::format_duration(turn.duration_since(first).unsigned_abs())
        ))),
        None => Err(StepFailure::usage(format!("consumer {name:?} is in no group"))),
    }
}

pub(crate) fn means_has_kept(_: &str) -> Meaning {
    Meaning::ExpectsFault("since the first fault")
}

/// Settings of a consumer that sees what this isolation level shows, and commits when a step says so.
fn isolated(level: &str) -> Settings {
    Settings::default().with("isolation.level", level).with("enable.auto.commit", "false")
}

/// The partitions of one topic that a consumer has.
async fn partitions_of(consumer: &Consumer, topic: &str) -> Result<BTreeSet<i32>, StepFailure> {
    let partitions = consumer.partitions().await?.into_iter();
    Ok(partitions.filter(|(found, _)| found == topic).map(|(_, id)| id).collect())
}

async fn subscribe_with(
    world: &mut World,
    name: String,
    group: &str,
    topic: &str,
    settings: &Settings,
) -> Result<(), StepFailure> {
    let names = world.names()?;
    let access = world.access()?;
    let (unique, group) = (names.topic(topic), names.group(group));
    let settings = names.with_client_id(&format!("consumer {name:?}"), settings);
    let recorder = Some(world.history()?.client(&name, Line::default())?);
    let consumer =
        Consumer::subscribed(&access, &group, &[&unique], &settings, recorder).await.told(names)?;
    let joined = until(JOIN_LIMIT, INTERVAL, || async {
        let seen = match is_member(&name, &consumer).await? {
            Ok(()) => others_know(world, consumer.group()).await?,
            not_yet => not_yet,
        };
        Ok::<_, StepFailure>(seen.map_or_else(Seen::NotYet, Seen::Ready))
    });
    let joined = joined.await.told(names);
    world.add_consumer(name, consumer)?;
    joined
}

/// Whether the group has given a consumer its share, and it knows where to begin; else what it lacks.
async fn is_member(name: &str, consumer: &Consumer) -> Result<Result<(), String>, StepFailure> {
    let lacks = |what: &str| {
        let why = consumer.last_error().map(|error| format!(": {error}")).unwrap_or_default();
        Ok(Err(format!("consumer {name:?} {what}{why}")))
    };
    match consumer.has_assignment() {
        false => lacks("was given no partitions"),
        true if !consumer.has_positions().await? => lacks("does not know yet where to begin"),
        true => Ok(Ok(())),
    }
}

/// Whether the other members of the group that begin at the end of the log know where that is: a group gives each
/// of them partitions anew when one has joined, and where it has committed nothing they begin anew.
async fn others_know(world: &World, group: &str) -> Result<Result<(), String>, StepFailure> {
    let others = world.consumers().filter(|(_, it)| it.group() == group && it.begins_at_end());
    for (name, other) in others {
        if let Err(lacking) = is_member(name, other).await? {
            return Ok(Err(lacking));
        }
    }
    Ok(Ok(()))
}
