//! Numbered messages with keys, said in another order.

use cucumber::{given, when};

use super::parameter::{Messages, ProducerName, Several, TopicName};
use super::producer::{numbered, send};
use super::world::World;
use crate::client::sending::turn;
use crate::scenario::failure::StepFailure;

/// The same as `producer "p" sends 100 numbered messages with 10 keys to topic "orders"`.
///
/// ```gherkin
/// When producer "p" sends 100 numbered messages to topic "orders" with 10 keys
/// ```
#[given(
    expr = "producer {string} sends {messages} numbered message(s) to topic {string} with {several} key(s)"
)]
#[when(
    expr = "producer {string} sends {messages} numbered message(s) to topic {string} with {several} key(s)"
)]
async fn send_keyed(
    world: &mut World,
    name: ProducerName,
    count: Messages,
    topic: TopicName,
    keys: Several,
) -> Result<(), StepFailure> {
    let key = |number| Some(turn(number, keys.0).into_bytes());
    send(world, &name, &topic, &numbered(1, count.0, key)).await
}
