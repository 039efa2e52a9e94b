//! Settings of topics that change while the cluster runs.

use cucumber::gherkin::Step;
use cucumber::{given, when};
use jiff::Timestamp;

use super::described::described;
use super::parameter::AnyTopicName;
use super::world::{Told as _, World};
use super::{override_news, table};
use crate::scenario::failure::StepFailure;

/// Changes settings of a topic; its others stay. Ends when every broker that runs has taken them.
///
/// ```gherkin
/// When topic "orders" has settings from now on:
///   | name         | value |
///   | retention.ms | 60000 |
/// ```
#[given(expr = "topic {string} has settings from now on:")]
#[when(expr = "topic {string} has settings from now on:")]
async fn change(
    world: &mut World,
    name: AnyTopicName,
    #[step] step: &Step,
) -> Result<(), StepFailure> {
    let settings = table::topic_settings(step)?;
    described(world, &name).await?;
    let admin = world.admin()?;
    let names = world.names()?;
    let (topic, since) = (names.topic(&name), Timestamp::now());
    admin.change_topic(&topic, &settings).await.told(names)?;
    let (entity, what) = (format!("topics/{topic}"), format!("the settings of topic {name:?}"));
    override_news::await_news(world, &entity, &what, since, |logged| {
        settings.iter().all(|(name, value)| override_news::has(logged, name, value))
    })
    .await
}
