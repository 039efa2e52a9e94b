//! Quotas of clients: how many bytes a second brokers take from a producer or give to a consumer.

use std::fmt::Write as _;

use cucumber::{given, when};
use jiff::Timestamp;

use super::parameter::{LaterConsumerName, LaterProducerName, Rate};
use super::reassignment::running_broker;
use super::world::{Lasting, World};
use super::{override_news, tool};
use crate::client::tool::ToolLine;
use crate::distribution::Line;
use crate::scenario::failure::StepFailure;

/// The versions of Kafka whose brokers take quotas of clients from the admin client (KIP-546).
const BY_BROKERS_SINCE: Line = (2, 6);

/// Gives a producer a quota for each broker, and ends when every broker that runs knows it; the scenario's end takes
/// it away. A broker that gets more makes the producer wait until it is back at the quota over the last 10 seconds.
/// So a producer that has just begun may first send as much as is for 10 seconds.
///
/// ```gherkin
/// When the quota of producer "p" is 20 KB/s
/// ```
#[given(expr = "the quota of producer {string} is {rate}")]
#[when(expr = "the quota of producer {string} is {rate}")]
async fn of_producer(
    world: &mut World,
    name: LaterProducerName,
    rate: Rate,
) -> Result<(), StepFailure> {
    let key = producer(world, &name)?;
    set(world, key, rate).await
}

/// Whether there can be such a quota.
pub(crate) fn check_of_producer(_: &str, rate: &Rate) -> Result<(), String> {
    match rate.0 {
        0 => Err("a quota is at least 1 byte a second".into()),
        _ => Ok(()),
    }
}

/// Gives a consumer a quota for each broker, as `the quota of producer "p" is 20 KB/s` does for a producer.
///
/// ```gherkin
/// When the quota of consumer "c" is 20 KB/s
/// ```
#[given(expr = "the quota of consumer {string} is {rate}")]
#[when(expr = "the quota of consumer {string} is {rate}")]
async fn of_consumer(
    world: &mut World,
    name: LaterConsumerName,
    rate: Rate,
) -> Result<(), StepFailure> {
    let key = consumer(world, &name)?;
    set(world, key, rate).await
}

/// As [`check_of_producer`].
pub(crate) fn check_of_consumer(name: &str, rate: &Rate) -> Result<(), String> {
    check_of_producer(name, rate)
}

/// Takes the quota of a producer away, and ends when every broker that runs knows it.
///
/// ```gherkin
/// When the quota of producer "p" is lifted
/// ```
#[given(expr = "the quota of producer {string} is lifted")]
#[when(expr = "the quota of producer {string} is lifted")]
async fn lift_of_producer(world: &mut World, name: LaterProducerName) -> Result<(), StepFailure> {
    let key = producer(world, &name)?;
    lift(world, key).await
}

/// Takes the quota of a consumer away, and ends when every broker that runs knows it.
///
/// ```gherkin
/// When the quota of consumer "c" is lifted
/// ```
#[given(expr = "the quota of consumer {string} is lifted")]
#[when(expr = "the quota of consumer {string} is lifted")]
async fn lift_of_consumer(world: &mut World, name: LaterConsumerName) -> Result<(), StepFailure> {
    let key = consumer(world, &name)?;
    lift(world, key).await
}

/// Which quota of which client.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    client_id: String,
    /// As in `producer_byte_rate`.
    setting: &'static str,
    /// As in `producer "p"`.
    said: String,
}

fn producer(world: &World, name: &str) -> Result<Key, StepFailure> {
    world.producer(name)?;
    key(world, format!("producer {name:?}"), "producer_byte_rate")
}

fn consumer(world: &World, name: &str) -> Result<Key, StepFailure> {
    world.consumer(name)?;
    key(world, format!("consumer {name:?}"), "consumer_byte_rate")
}

fn key(world: &World, said: String, setting: &'static str) -> Result<Key, StepFailure> {
    let client_id = world.names()?.client_id(&said);
    Ok(Key { client_id, setting, said })
}

async fn set(world: &mut World, key: Key, Rate(rate): Rate) -> Result<(), StepFailure> {
    let since = Timestamp::now();
    world.add_lasting(Lasting::Quota(key.clone()));
    configure(world, &key, &format!("--add-config {}={rate}", key.setting)).await?;
    await_news(world, &key, Some(rate), since).await
}

async fn lift(world: &mut World, key: Key) -> Result<(), StepFailure> {
    let since = Timestamp::now();
    if !world.has_lasting(&Lasting::Quota(key.clone())) {
        return Err(StepFailure::usage(format!("{} has no quota", key.said)));
    }
    remove(world, &key).await?;
    world.forget_lasting(&Lasting::Quota(key.clone()));
    await_news(world, &key, None, since).await
}

/// Takes a quota away.
///
/// # Errors
/// When the tool that does it fails.
pub(super) async fn remove(world: &World, key: &Key) -> Result<(), StepFailure> {
    configure(world, key, &format!("--delete-config {}", key.setting)).await
}

/// By Kafka's own kafka-configs.
async fn configure(world: &World, key: &Key, change: &str) -> Result<(), StepFailure> {
    let by_brokers = world.cluster()?.kafka().line() >= BY_BROKERS_SINCE;
    let by = if by_brokers { "--bootstrap-server BOOTSTRAP" } else { "--zookeeper ZOOKEEPER" };
    let client = shell_words::quote(&key.client_id);
    let line =
        format!("kafka-configs {by} --alter {change} --entity-type clients --entity-name {client}");
    let line = line.parse::<ToolLine>();
    let line = line.map_err(|error| StepFailure::usage(error.to_string()))?;
    let on = running_broker(world).await?;
    tool::run(world, &line, on, "").await?.well(&line).map(drop)
}

/// Waits until every broker that runs has taken this quota, or none, for the client.
async fn await_news(
    world: &World,
    key: &Key,
    rate: Option<u64>,
    since: Timestamp,
) -> Result<(), StepFailure> {
    let entity = format!("clients/{}", sanitized(&key.client_id));
    let what = format!("the quota of {}", key.said);
    override_news::await_news(world, &entity, &what, since, |logged| match rate {
        Some(rate) => override_news::has(logged, key.setting, &rate.to_string()),
        None => !logged.contains(key.setting),
    })
    .await
}

/// A name as it is in ZooKeeper (`org.apache.kafka.common.utils.Sanitizer`).
fn sanitized(name: &str) -> String {
    let mut sanitized = String::new();
    for byte in name.bytes() {
        match byte {
            b'-' | b'_' | b'.' => sanitized.push(byte.into()),
            it if it.is_ascii_alphanumeric() => sanitized.push(it.into()),
            // Writing to a String cannot fail.
            it => {
                let _ = write!(sanitized, "%{it:02X}");
            }
        }
    }
    sanitized
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_spelt_as_in_zookeeper() {
        assert_eq!(sanitized("producer-a b*ü"), "producer-a%20b%2A%C3%BC");
    }

    #[test]
    fn a_quota_of_nothing_is_refused() {
        assert!(check_of_producer("p", &Rate(0)).is_err());
        assert!(check_of_producer("p", &Rate(1)).is_ok());
    }
}
