//! Replicas that move from broker to broker.

use std::collections::BTreeSet;

use cucumber::{given, then, when};
use serde_json::json;

use super::described::{await_in_sync, described};
use super::parameter::{BrokerNumbers, Count, Period, TopicName};
use super::tool;
use super::world::World;
use crate::client::tool::ToolLine;
use crate::event::id::BrokerId;
use crate::event::node_state::NodeState;
use crate::scenario::failure::StepFailure;

/// Begins to move the replicas of every partition of the topic to these brokers, with Kafka's own
/// kafka-reassign-partitions. The step does not wait for them to arrive.
///
/// ```gherkin
/// When the replicas of topic "orders" are moved to brokers 2 and 3
/// ```
#[given(expr = "the replicas of topic {string} are moved to broker(s) {ids}")]
#[when(expr = "the replicas of topic {string} are moved to broker(s) {ids}")]
async fn move_replicas(
    world: &mut World,
    topic: TopicName,
    to: BrokerNumbers,
) -> Result<(), StepFailure> {
    let partitions = described(world, &topic).await?.into_iter().map(|partition| {
        // Each broker leads some.
        let mut replicas = to.0.clone();
        let turn = usize::try_from(partition.id).unwrap_or(0) % replicas.len().max(1);
        replicas.rotate_left(turn);
        json!({"topic": &*topic, "partition": partition.id, "replicas": replicas})
    });
    let wanted = json!({"version": 1, "partitions": partitions.collect::<Vec<_>>()});
    let line = "kafka-reassign-partitions --reassignment-json-file /dev/stdin --execute"
        .parse::<ToolLine>();
    let line = line.map_err(|error| StepFailure::usage(error.to_string()))?;
    let by = running_broker(world).await?;
    let ran = tool::run(world, &line, by, &wanted.to_string()).await?;
    let said = ran.well(&line)?;
    match said.contains("Successfully started") {
        true => Ok(()),
        false => Err(StepFailure::expectation(format!("no replica was moved: {}", said.trim()))),
    }
}

/// Expects every partition of the topic to have its replicas on exactly these brokers, all in sync, before the
/// time is over.
///
/// ```gherkin
/// Then within 60 seconds the replicas of topic "orders" are on brokers 2 and 3
/// ```
#[then(expr = "within {duration} the replicas of topic {string} are on broker(s) {ids}")]
async fn replicas_are_on(
    world: &mut World,
    limit: Period,
    topic: TopicName,
    expected: BrokerNumbers,
) -> Result<(), StepFailure> {
    let expected: BTreeSet<_> = expected.0.into_iter().map(BrokerId).collect();
    await_in_sync(world, &topic, None, limit.0, |partition| {
        let on = |brokers: &[BrokerId]| brokers.iter().copied().collect::<BTreeSet<_>>();
        if on(&partition.replicas) != expected {
            return Err(format!("has its replicas on: {}", BrokerId::listed(&partition.replicas)));
        }
        match on(&partition.isr) == expected {
            true => Ok(()),
            false => Err(format!("has in sync: {}", BrokerId::listed(&partition.isr))),
        }
    })
    .await
}

/// A broker on which a tool can run.
pub(super) async fn running_broker(world: &World) -> Result<Count, StepFailure> {
    let cluster = world.cluster()?;
    for id in cluster.brokers() {
        if let NodeState::Running { .. } = cluster.state(id.into()).await? {
            return Ok(Count(u64::try_from(id.0).unwrap_or(0)));
        }
    }
    Err(StepFailure::inconclusive("no broker runs on which the tool could run"))
}
