//! Who may read and write a topic: by ACLs, on clusters whose brokers ask an authorizer.

use std::str::FromStr;
use std::time::Duration;

use cucumber::{Parameter, given, when};

use super::parameter::AclTopicName;
use super::world::{Lasting, World};
use crate::cluster::ClusterError;
use crate::cluster::acl::Operation;
use crate::event::id::BrokerId;
use crate::scenario::failure::StepFailure;
use crate::wait::{EFFECT_LOOK, Seen, until};

/// How long brokers may take to hear of a change.
const NEWS_LIMIT: Duration = Duration::from_secs(10);

/// The clients that something is denied to: `everyone`, `every client`, `all clients`, `user "ANONYMOUS"`. Without authentication
/// all are the same to Kafka.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Parameter)]
#[param(
    name = "clients",
    regex = r#"everyone|everybody|every client|all clients|(?:(?:user|principal|producer|consumer|group|client) )?"[^"]*""#
)]
pub struct Clients;

impl FromStr for Clients {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split('"').nth(1) {
            None | Some("ANONYMOUS" | "User:ANONYMOUS" | "User:*") => Ok(Self),
            Some(_) => Err("brokers ask nobody who he is, so all clients are the same user to \
                            them, User:ANONYMOUS; write: everyone"),
        }
    }
}

/// Denies every client to write to a topic, by an ACL, and ends when every broker knows it. The brokers ask an
/// authorizer: their fixture says `authorizer: true`, as `authorizer` does. All else stays allowed; it ends with the
/// scenario.
///
/// ```gherkin
/// When writing to topic "orders" is denied to everyone
/// ```
#[given(expr = "writing to topic {string} is denied to {clients}")]
#[when(expr = "writing to topic {string} is denied to {clients}")]
async fn deny_writing(
    world: &mut World,
    topic: AclTopicName,
    _all: Clients,
) -> Result<(), StepFailure> {
    deny(world, &topic, Operation::Write).await
}

/// Denies every client to read a topic, as `writing to topic "orders" is denied to everyone` does for writing.
///
/// ```gherkin
/// When reading topic "orders" is denied to everyone
/// ```
/// ```gherkin
/// When reading from topic "orders" is denied to everyone
/// ```
#[given(expr = "reading topic {string} is denied to {clients}")]
#[when(expr = "reading topic {string} is denied to {clients}")]
#[given(expr = "reading from topic {string} is denied to {clients}")]
#[when(expr = "reading from topic {string} is denied to {clients}")]
async fn deny_reading(
    world: &mut World,
    topic: AclTopicName,
    _all: Clients,
) -> Result<(), StepFailure> {
    deny(world, &topic, Operation::Read).await
}

/// Takes back that writing to a topic is denied, and ends when every broker knows it.
///
/// ```gherkin
/// When writing to topic "orders" is allowed to everyone again
/// ```
#[given(expr = "writing to topic {string} is allowed/granted to {clients} again")]
#[when(expr = "writing to topic {string} is allowed/granted to {clients} again")]
async fn allow_writing(
    world: &mut World,
    topic: AclTopicName,
    _all: Clients,
) -> Result<(), StepFailure> {
    allow(world, &topic, Operation::Write).await
}

/// Takes back that reading a topic is denied, and ends when every broker knows it.
///
/// ```gherkin
/// When reading topic "orders" is allowed to everyone again
/// ```
/// ```gherkin
/// When reading from topic "orders" is allowed to everyone again
/// ```
#[given(expr = "reading topic {string} is allowed/granted to {clients} again")]
#[when(expr = "reading topic {string} is allowed/granted to {clients} again")]
#[given(expr = "reading from topic {string} is allowed/granted to {clients} again")]
#[when(expr = "reading from topic {string} is allowed/granted to {clients} again")]
async fn allow_reading(
    world: &mut World,
    topic: AclTopicName,
    _all: Clients,
) -> Result<(), StepFailure> {
    allow(world, &topic, Operation::Read).await
}

async fn deny(world: &mut World, name: &str, operation: Operation) -> Result<(), StepFailure> {
    let topic = world.names()?.topic(name);
    super::described::described(world, name).await?;
    world.add_lasting(Lasting::Acls { topic: topic.clone() });
    world.cluster()?.deny(&topic, operation).await?;
    await_news(world, name, operation, true).await
}

async fn allow(world: &mut World, name: &str, operation: Operation) -> Result<(), StepFailure> {
    let topic = world.names()?.topic(name);
    let denied = world.cluster()?.denied_by_broker(&topic, operation).await?;
    if !denied.values().any(|denied| *denied) {
        let what = if operation == Operation::Write { "writing to" } else { "reading" };
        return Err(StepFailure::usage(format!("{what} topic {name:?} is denied to nobody")));
    }
    world.cluster()?.allow_again(&topic, operation).await?;
    await_news(world, name, operation, false).await
}

/// Waits until every broker that answers denies it, or does not.
async fn await_news(
    world: &World,
    name: &str,
    operation: Operation,
    denied: bool,
) -> Result<(), StepFailure> {
    let (cluster, topic) = (world.cluster()?, world.names()?.topic(name));
    let spread = until(NEWS_LIMIT, EFFECT_LOOK, || async {
        let brokers = cluster.denied_by_broker(&topic, operation).await?;
        let late = brokers.iter().filter(|(_, known)| **known != denied);
        let late: Vec<BrokerId> = late.map(|(id, _)| *id).collect();
        Ok::<_, ClusterError>(match late.as_slice() {
            _ if brokers.is_empty() => Seen::NotYet("no broker answers".into()),
            [] => Seen::Ready(()),
            late => Seen::NotYet(format!(
                "brokers that have not heard who may do what to topic {name:?}: {}",
                BrokerId::listed(late)
            )),
        })
    });
    Ok(spread.await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_that_brokers_cannot_tell_apart_are_refused() {
        for all in ["everyone", "every client", "all clients", "user \"ANONYMOUS\""] {
            assert_eq!(all.parse(), Ok(Clients), "{all}");
        }
        for one in ["producer \"p\"", "user \"ada\"", "\"User:ada\""] {
            assert!(one.parse::<Clients>().is_err(), "{one}");
        }
    }
}
