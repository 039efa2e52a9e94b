//! Names of what a cluster consists of.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};

/// `broker.id` of a Kafka broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct BrokerId(pub i32);

/// `myid` of a ZooKeeper: the N of `server.N`, 1 to 255.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct ZooKeeperId(pub u8);

/// `node.id` of a controller. With ZooKeeper, a broker is the controller, and this is its `broker.id`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct ControllerId(pub i32);

/// A machine that nodes may share: a name and an address of its own, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HostId(pub u8);

/// One broker, controller or ZooKeeper of a cluster: one process with files and a log of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NodeId {
    /// A ZooKeeper; sorts before the brokers, as it starts before them.
    ZooKeeper(ZooKeeperId),
    /// A controller of KRaft that is no broker.
    Controller(ControllerId),
    /// A Kafka broker, which may be a controller as well.
    Broker(BrokerId),
}

impl BrokerId {
    /// Brokers as people list them.
    pub fn listed<'a>(brokers: impl IntoIterator<Item = &'a Self>) -> String {
        let brokers: Vec<_> = brokers.into_iter().map(ToString::to_string).collect();
        if brokers.is_empty() { "none".into() } else { brokers.join(", ") }
    }
}

impl fmt::Display for BrokerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for ZooKeeperId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for ControllerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// As used in file names, container names and logs: `broker-1`, `controller-101`, `zookeeper-2`.
impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ZooKeeper(id) => write!(f, "zookeeper-{id}"),
            Self::Controller(id) => write!(f, "controller-{id}"),
            Self::Broker(id) => write!(f, "broker-{id}"),
        }
    }
}

impl From<BrokerId> for NodeId {
    fn from(id: BrokerId) -> Self {
        Self::Broker(id)
    }
}

impl From<ControllerId> for NodeId {
    fn from(id: ControllerId) -> Self {
        Self::Controller(id)
    }
}

impl From<ZooKeeperId> for NodeId {
    fn from(id: ZooKeeperId) -> Self {
        Self::ZooKeeper(id)
    }
}

impl JsonSchema for NodeId {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "NodeId".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        String::json_schema(generator)
    }
}

impl FromStr for BrokerId {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

impl ControllerId {
    /// The id of the node that is the controller.
    pub fn of(node: NodeId) -> Option<Self> {
        match node {
            NodeId::Controller(id) => Some(id),
            NodeId::Broker(id) => Some(Self(id.0)),
            NodeId::ZooKeeper(_) => None,
        }
    }
}

impl FromStr for ControllerId {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

impl FromStr for ZooKeeperId {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

impl FromStr for NodeId {
    type Err = NotANode;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let zookeeper = || text.strip_prefix("zookeeper-")?.parse().ok().map(Self::ZooKeeper);
        let controller = || text.strip_prefix("controller-")?.parse().ok().map(Self::Controller);
        let broker = || text.strip_prefix("broker-")?.parse().ok().map(Self::Broker);
        let node = zookeeper().or_else(controller).or_else(broker);
        node.ok_or_else(|| NotANode(text.to_owned()))
    }
}

/// A text that names no node.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no node; nodes are called broker-1, controller-101 or zookeeper-1")]
pub struct NotANode(String);

impl<'de> Deserialize<'de> for BrokerId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        number_or_text(deserializer).map(Self)
    }
}

impl<'de> Deserialize<'de> for ControllerId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        number_or_text(deserializer).map(Self)
    }
}

impl<'de> Deserialize<'de> for ZooKeeperId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        number_or_text(deserializer).map(Self)
    }
}

/// A number, or one as a text, which keys of JSON objects are; within an event serde does not take these for
/// numbers.
fn number_or_text<'de, N, D>(deserializer: D) -> Result<N, D::Error>
where
    N: Deserialize<'de> + FromStr<Err = std::num::ParseIntError>,
    D: serde::Deserializer<'de>,
{
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written<N> {
        Number(N),
        Text(String),
    }
    match Written::deserialize(deserializer)? {
        Written::Number(number) => Ok(number),
        Written::Text(text) => text.parse().map_err(serde::de::Error::custom),
    }
}

impl Serialize for NodeId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for NodeId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_is_read_as_it_is_written() {
        let nodes = [BrokerId(10).into(), ControllerId(101).into(), ZooKeeperId(3).into()];
        for node in nodes {
            let node: NodeId = node;
            assert_eq!(node.to_string().parse(), Ok(node));
        }
        assert_eq!("broker-x".parse::<NodeId>(), Err(NotANode("broker-x".into())));
    }

    #[test]
    fn those_of_the_quorum_sort_before_brokers() {
        let mut nodes: [NodeId; 3] =
            [BrokerId(1).into(), ControllerId(101).into(), ZooKeeperId(3).into()];
        nodes.sort();
        let names = nodes.map(|node| node.to_string());
        assert_eq!(names, ["zookeeper-3", "controller-101", "broker-1"]);
    }
}
