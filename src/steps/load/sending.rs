//! Starts and ends the producers of a load.

use super::loads::tell;
use super::options::SendingOptions;
use crate::cluster::listener::CLIENT;
use crate::event::measured::Direction;
use crate::load::send::Messages;
use crate::load::senders::{Destination, Senders, Sending, SendingEnded};
use crate::scenario::failure::StepFailure;
use crate::steps::meaning::Sends;
use crate::steps::world::{Told as _, World};

/// Sends all, and keeps what was sent.
pub(super) async fn send_all(
    world: &mut World,
    load: Sends,
    options: SendingOptions,
) -> Result<(), StepFailure> {
    let topic = load.topic.clone();
    start(world, load, options).await?;
    end(world, &topic).await
}

/// Starts the producers, once it is known what the topic's replicas held before.
pub(super) async fn start(
    world: &mut World,
    Sends { producers, each, topic }: Sends,
    options: SendingOptions,
) -> Result<(), StepFailure> {
    let topic = topic.as_str();
    if world.loads.of(topic).senders.is_some() {
        let what = format!("a load on topic {topic:?} is running already");
        return Err(StepFailure::usage(what));
    }
    let first_producer = world.loads.take_numbers(producers);
    let environment = world.environment()?;
    let names = &environment.names;
    let name = names.topic(topic);
    if world.loads.on(topic)?.before.is_none() {
        // Where a broker is down, or the topic is yet to come, there is nothing to compare with later.
        let before = environment.cluster.replicas(&name).await.ok();
        world.loads.of(topic).before = before;
    }
    let environment = world.environment()?;
    let SendingOptions { warm_up, per_transaction, .. } = options;
    let each = Messages { warm_up, per_transaction, ..each };
    let settings = options.settings(topic, &environment.names);
    let to = Destination {
        access: environment.cluster.access(&CLIENT),
        topic: name,
        first_producer,
        seed: environment.seed,
    };
    let home = options.runs_in.home(&environment.folder);
    let senders = Senders::start(&Sending { producers, each, settings }, &to, &home)?;
    let load = world.loads.of(topic);
    load.senders = Some(senders);
    load.producers = producers;
    Ok(())
}

/// Waits for the end of the load and keeps what it has sent.
pub(super) async fn end(world: &mut World, topic: &str) -> Result<(), StepFailure> {
    let load = world.loads.of(topic);
    let Some(senders) = load.senders.take() else { return Ok(()) };
    let ended = senders.end().await;
    let SendingEnded { measured, handed_over, acknowledged } = ended.told(world.names()?)?;
    let load = world.loads.of(topic);
    load.handed_over.add_all(&handed_over);
    load.acknowledged.add_all(&acknowledged);
    for (partition, amount) in &measured.partitions {
        *load.partitions.entry(*partition).or_default() += *amount;
    }
    load.sent = Some(measured.clone());
    let producers = load.producers;
    tell(world, topic, Direction::Sent, producers, &measured)?;
    if measured.failed.is_empty() {
        return Ok(());
    }
    let (failed, of) = (measured.failures(), handed_over.count());
    let errors = measured.failed.iter().map(|(error, count)| format!("\n  {count} with {error}"));
    let errors: String = errors.collect();
    Err(StepFailure::expectation(format!(
        "{failed} of {of} messages to topic {topic:?} were not acknowledged:{errors}"
    )))
}
