//! Consumers of a load.

use std::future::ready;
use std::time::{Duration, Instant};

use cucumber::gherkin::Step;
use cucumber::{given, when};

use super::options::ReadingOptions;
use super::parameter::{Clients, Time};
use super::received::{LOOK, all_received, keep};
use crate::cluster::listener::CLIENT;
use crate::load::receive::Reading;
use crate::load::receivers::Receivers;
use crate::scenario::failure::StepFailure;
use crate::steps::meaning::Reads;
use crate::steps::parameter::{GroupName, Period, TopicName};
use crate::steps::world::{Told as _, World};
use crate::wait::{Seen, pause, until};

/// A group whose members do not have their partitions by then is not well.
const JOIN_LIMIT: Duration = Duration::from_secs(30);

/// Has consumers of one group read the topic from its beginning, while the scenario goes on; waits until
/// each has been given its partitions, at most 30 seconds. They check the id of every message and keep none.
///
/// ```gherkin
/// Given 4 consumers of group "readers" keep reading topic "load"
/// ```
#[given(expr = "{clients} consumer(s) of group {string} keep(s) reading topic {string}")]
#[when(expr = "{clients} consumer(s) of group {string} keep(s) reading topic {string}")]
async fn keep_reading(
    world: &mut World,
    consumers: Clients,
    group: GroupName,
    topic: TopicName,
) -> Result<(), StepFailure> {
    let load = means_keep_reading(&consumers, &group, &topic);
    start(world, &load, ReadingOptions::default(), true)?;
    joined(world, &topic).await
}

pub(crate) fn means_keep_reading(
    consumers: &Clients,
    group: &GroupName,
    topic: &TopicName,
) -> Reads {
    Reads { consumers: consumers.0, group: group.clone().into(), topic: topic.clone().into() }
}

/// The same with settings: any of librdkafka, and those of loads. All consumers together take at most so many
/// `messages per second`. What is received in the `warm-up` is not measured. `run in` is `threads` or `processes`;
/// with `processes` each consumer is a process of its own.
///
/// ```gherkin
/// Given 4 consumers of group "readers" keep reading topic "load" with settings:
///   | name                | value            |
///   | isolation.level     | read_uncommitted |
///   | messages per second | 5000             |
///   | warm-up             | 2 seconds        |
///   | run in              | processes        |
/// ```
#[given(
    expr = "{clients} consumer(s) of group {string} keep(s) reading topic {string} with settings:"
)]
#[when(
    expr = "{clients} consumer(s) of group {string} keep(s) reading topic {string} with settings:"
)]
async fn keep_reading_with_settings(
    world: &mut World,
    consumers: Clients,
    group: GroupName,
    topic: TopicName,
    #[step] step: &Step,
) -> Result<(), StepFailure> {
    let load = means_keep_reading(&consumers, &group, &topic);
    start(world, &load, ReadingOptions::read(step)?, true)?;
    joined(world, &topic).await
}

/// Has consumers of one group read the topic from its beginning until they have every message that loads
/// have sent to it; fails if that takes longer. They check the id of every message and keep none.
///
/// ```gherkin
/// When 4 consumers of group "readers" read everything from topic "load" within 60 seconds
/// ```
#[when(
    expr = "{clients} consumer(s) of group {string} read(s) everything from topic {string} within {duration}"
)]
async fn read_everything(
    world: &mut World,
    consumers: Clients,
    group: GroupName,
    topic: TopicName,
    limit: Period,
) -> Result<(), StepFailure> {
    world.loads.on(&topic)?;
    let load = means_read_everything(&consumers, &group, &topic, &limit);
    start(world, &load, ReadingOptions::default(), false)?;
    all_received(world, &topic, limit.0).await
}

pub(crate) fn means_read_everything(
    consumers: &Clients,
    group: &GroupName,
    topic: &TopicName,
    _: &Period,
) -> Reads {
    means_keep_reading(consumers, group, topic)
}

/// The same with settings, as in `4 consumers of group … keep reading topic … with settings:`.
///
/// ```gherkin
/// When 4 consumers of group "readers" read everything from topic "load" within 60 seconds with settings:
///   | name   | value     |
///   | run in | processes |
/// ```
#[when(
    expr = "{clients} consumer(s) of group {string} read(s) everything from topic {string} within {duration} with settings:"
)]
async fn read_everything_with_settings(
    world: &mut World,
    consumers: Clients,
    group: GroupName,
    topic: TopicName,
    limit: Period,
    #[step] step: &Step,
) -> Result<(), StepFailure> {
    world.loads.on(&topic)?;
    let load = means_read_everything(&consumers, &group, &topic, &limit);
    start(world, &load, ReadingOptions::read(step)?, false)?;
    all_received(world, &topic, limit.0).await
}

/// Has consumers of one group read the topic from its beginning for this time, from when the last of them was
/// given its partitions, and then leave their group. They check the id of every message and keep none.
///
/// ```gherkin
/// When 4 consumers of group "readers" read topic "load" for 20 seconds
/// ```
#[when(expr = "{clients} consumer(s) of group {string} read(s) topic {string} for {time}")]
async fn read_for(
    world: &mut World,
    consumers: Clients,
    group: GroupName,
    topic: TopicName,
    time: Time,
) -> Result<(), StepFailure> {
    let load = means_read_for(&consumers, &group, &topic, &time);
    read_and_leave(world, &load, ReadingOptions::default(), time.0).await
}

pub(crate) fn means_read_for(
    consumers: &Clients,
    group: &GroupName,
    topic: &TopicName,
    _: &Time,
) -> Reads {
    means_keep_reading(consumers, group, topic)
}

/// The same with settings, as in `4 consumers of group … keep reading topic … with settings:`.
///
/// ```gherkin
/// When 4 consumers of group "readers" read topic "load" for 20 seconds with settings:
///   | name                | value     |
///   | messages per second | 2000      |
///   | warm-up             | 5 seconds |
/// ```
#[when(
    expr = "{clients} consumer(s) of group {string} read(s) topic {string} for {time} with settings:"
)]
async fn read_for_with_settings(
    world: &mut World,
    consumers: Clients,
    group: GroupName,
    topic: TopicName,
    time: Time,
    #[step] step: &Step,
) -> Result<(), StepFailure> {
    let load = means_read_for(&consumers, &group, &topic, &time);
    read_and_leave(world, &load, ReadingOptions::read(step)?, time.0).await
}

/// Starts the consumers; they `follow` where messages are sent while they read.
fn start(
    world: &mut World,
    Reads { consumers, group, topic }: &Reads,
    options: ReadingOptions,
    follows: bool,
) -> Result<(), StepFailure> {
    if world.loads.of(topic).receivers.is_some() {
        let what = format!("consumers of a load keep reading topic {topic:?} already");
        return Err(StepFailure::usage(what));
    }
    let environment = world.environment()?;
    let reading = Reading {
        access: environment.cluster.access(&CLIENT),
        topic: environment.names.topic(topic),
        group: environment.names.group(group),
        settings: options.settings,
        follows,
        rate: options.rate.map(|rate| rate as f64 / f64::from(*consumers)),
        warm_up: options.warm_up,
    };
    let home = options.runs_in.home(&environment.folder);
    let receivers = Receivers::start(*consumers, &reading, &home)?;
    world.loads.of(topic).receivers = Some(receivers);
    Ok(())
}

/// Waits until each consumer has been given its partitions.
async fn joined(world: &mut World, topic: &str) -> Result<(), StepFailure> {
    let Some(receivers) = &mut world.loads.of(topic).receivers else { return Ok(()) };
    let (book, all) = (receivers.book().clone(), u64::from(receivers.count()));
    let waited = until(JOIN_LIMIT, LOOK, || {
        ready(match (receivers.failure(), book.with_share()) {
            (Some(error), _) => Err(StepFailure::from(error.clone())),
            (None, given) if given == all => Ok(Seen::Ready(())),
            (None, given) => {
                Ok(Seen::NotYet(format!("{given} of {all} consumers have been given partitions")))
            }
        })
    });
    waited.await.told(world.names()?)
}

/// Has the consumers read for this time, and ends them.
async fn read_and_leave(
    world: &mut World,
    load: &Reads,
    options: ReadingOptions,
    time: Duration,
) -> Result<(), StepFailure> {
    let topic = load.topic.as_str();
    let follows = world.loads.of(topic).senders.is_some();
    start(world, load, options, follows)?;
    joined(world, topic).await?;
    let Some(mut receivers) = world.loads.of(topic).receivers.take() else { return Ok(()) };
    let began = Instant::now();
    while let left = time.saturating_sub(began.elapsed())
        && !left.is_zero()
        && receivers.failure().is_none()
    {
        pause(left.min(LOOK)).await;
    }
    let (book, consumers) = (receivers.book().clone(), receivers.count());
    let ended = receivers.end().await;
    world.loads.of(topic).book = Some(book.received().clone());
    keep(world, topic, consumers, ended)
}
