//! Partitions that are added to a topic.

use std::time::Duration;

use cucumber::{given, when};

use super::described::{await_news_of, await_topic, described};
use super::meaning::Meaning;
use super::parameter::{Partitions, TopicName};
use super::reassignment::running_broker;
use super::tool;
use super::world::{Told as _, World};
use crate::client::tool::ToolLine;
use crate::distribution::Line;
use crate::scenario::failure::StepFailure;

/// The versions of Kafka whose brokers can be asked for partitions (KIP-195); before, tools write them to ZooKeeper.
const ASKED_SINCE: Line = (1, 0);

/// New partitions have leaders this soon; a cluster that needs longer is not well.
const LEADERS_LIMIT: Duration = Duration::from_secs(30);

/// Adds partitions to a topic, so that it has this many. Ends when each has a leader, every broker knows them, and
/// the producers and consumers of the scenario have heard of them. The members of a group share them out a moment
/// later; `within 30 seconds consumer "c" reads every partition of topic "orders"` waits for that. Kafka takes no
/// partition away. Keys go to other partitions from then on.
///
/// ```gherkin
/// When topic "orders" has 6 partitions from now on
/// ```
#[given(expr = "topic {string} has {partitions} partition(s) from now on")]
#[when(expr = "topic {string} has {partitions} partition(s) from now on")]
async fn grows(world: &mut World, name: TopicName, wanted: Partitions) -> Result<(), StepFailure> {
    let before = described(world, &name).await?.len();
    let wanted = wanted.as_usize();
    if wanted <= before {
        return Err(StepFailure::usage(format!(
            "topic {name:?} has {before} partition(s) already, and Kafka takes none away; write more than {before}"
        )));
    }
    let asked = world.cluster()?.kafka().line() >= ASKED_SINCE;
    match asked {
        true => {
            let admin = world.admin()?;
            let names = world.names()?;
            admin.grow_topic(&names.topic(&name), wanted).await.told(names)?;
        }
        false => grow_by_tool(world, &name, wanted).await?,
    }
    let names = world.names()?;
    let topic = names.topic(&name);
    await_topic(world, &name, LEADERS_LIMIT, |found| {
        if found.len() != wanted {
            return Err(format!("topic {name:?} has {} partition(s)", found.len()));
        }
        match found.iter().find(|partition| partition.leader.is_none()) {
            None => Ok(()),
            Some(it) => Err(format!("partition {} of topic {name:?} has no leader", it.id)),
        }
    })
    .await?;
    await_news_of(world, &name, |found| found.len() == wanted).await?;
    for (_, producer) in world.producers() {
        producer.look_at(&topic).await.told(names)?;
    }
    for (_, consumer) in world.consumers() {
        consumer.look_at(&topic).await.told(names)?;
    }
    Ok(())
}

pub(crate) fn means_grows(topic: &TopicName, partitions: &Partitions) -> Meaning {
    Meaning::AddsPartitions { topic: topic.clone().into(), partitions: *partitions }
}

async fn grow_by_tool(world: &World, name: &str, partitions: usize) -> Result<(), StepFailure> {
    let topic = shell_words::quote(name);
    let line = format!("kafka-topics --alter --topic {topic} --partitions {partitions}");
    let line = line.parse::<ToolLine>();
    let line = line.map_err(|error| StepFailure::usage(error.to_string()))?;
    let on = running_broker(world).await?;
    tool::run(world, &line, on, "").await?.well(&line).map(drop)
}
