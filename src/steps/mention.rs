//! What the arguments of sentences name: nodes, partitions, topics, groups, clients. The plan looks at it, to find what
//! a cluster does not have and what no sentence makes.
//!
//! Every type of an argument says it with [`Mentions`], or the catalogue does not compile.

use std::fmt;
use std::ops::Range;

use super::access;
use super::copier::HowCopied;
use super::fault::background;
use super::fault::link::call::NextCalls;
use super::load::parameter::{Clients, Time};
use super::parameter::{
    AclTopicName, AnomalyName, AnyTopicName, BrokerNumber, BrokerNumbers, ConsumerName,
    ConsumerProcessName, ContentSize, CopierName, CopiersName, Count, Delay, Factor, GroupName,
    Interval, JavaLibrary, LaterConsumerName, LaterProducerName, MessageSize, Messages,
    NewConsumerName, NewConsumerProcessName, NewCopierName, NewCopiersName, NewProducerName,
    NewProducerProcessName, NewStandaloneName, PartitionNumber, Partitions, Pause, PerSecond,
    Percent, Period, ProducerName, ProducerProcessName, Rate, Replicas, Several, Size,
    StandaloneName, Times, TopicName, TransactionalId, ZooKeeperNumber,
};
use crate::client::tool::ToolLine;
use crate::cluster::spec::Metadata;
use crate::event::id::{BrokerId, NodeId, ZooKeeperId};
use crate::fault::clock::{Offset, Shift};
use crate::fault::group::Group;
use crate::fault::link::Side;
use crate::fault::target::places_of_numbers;
use crate::fault::{ClientTarget, Target};

/// What an argument of a sentence names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mention {
    /// Nodes by number, by role or by what a fault has done to them.
    Nodes(Target),
    /// Nodes by number alone, each once.
    Numbers(Vec<NodeId>),
    /// A partition of the topic that the next argument names.
    Partition(u64),
    /// A topic.
    Topic(String),
    /// A topic whose access rules the sentence changes.
    TopicWithAcls(String),
    /// A group of consumers.
    Group(String),
    /// A transactional id.
    TransactionalId(String),
    /// A client.
    Client(Client, Presence),
    /// A copier, or several that were made together.
    Copiers(String),
    /// The size of each message of a load.
    MessageSize,
    /// What keeps the metadata, as a whole.
    Quorum(Metadata),
}

/// A client, as sentences name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// What it is.
    pub kind: ClientKind,
    /// The author's name for it.
    pub name: String,
}

/// What clients there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientKind {
    /// A producer in trial itself.
    Producer,
    /// A consumer in trial itself.
    Consumer,
    /// A producer in a process of its own.
    ProducerProcess,
    /// A consumer of a group, in a process of its own.
    ConsumerProcess,
    /// A consumer without a group, in a process of its own.
    Standalone,
    /// A copier.
    Copier,
}

/// When a client is there that a sentence names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// The sentence makes it.
    New,
    /// A sentence before has made it.
    Before,
    /// Any sentence of the scenario makes it.
    AnyTime,
}

/// A type of arguments of sentences.
pub trait Mentions {
    /// What the argument names, if it names something.
    fn mention(&self) -> Option<Mention>;
}

impl Mention {
    /// The nodes that it names by number, each with the place of the number in the words of the argument.
    pub fn nodes(&self, words: &str) -> Vec<(NodeId, Range<usize>)> {
        match self {
            Self::Nodes(target) => target.nodes(),
            Self::Numbers(nodes) => nodes.iter().copied().zip(places_of_numbers(words)).collect(),
            _ => Vec::new(),
        }
    }
}

impl Client {
    /// The client that words as `producer "p"` name.
    fn read(words: &str) -> Option<Self> {
        use ClientKind::{
            Consumer, ConsumerProcess, Copier, Producer, ProducerProcess, Standalone,
        };
        let (kind, name) = words.split_once(" \"")?;
        let kinds = [Producer, Consumer, ProducerProcess, ConsumerProcess, Standalone, Copier];
        let kind = kinds.into_iter().find(|known| known.to_string() == kind)?;
        Some(Self { kind, name: name.trim_end_matches('"').to_owned() })
    }
}

impl fmt::Display for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?}", self.kind, self.name)
    }
}

impl fmt::Display for ClientKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Producer => "producer",
            Self::Consumer => "consumer",
            Self::ProducerProcess => "producer process",
            Self::ConsumerProcess => "consumer process",
            Self::Standalone => "standalone consumer",
            Self::Copier => "copier",
        })
    }
}

impl Mentions for Target {
    fn mention(&self) -> Option<Mention> {
        Some(Mention::Nodes(self.clone()))
    }
}

impl Mentions for Side {
    fn mention(&self) -> Option<Mention> {
        let client = || Client::read(&self.to_string());
        let client = self.is_of_clients().then(client).flatten();
        match self.target() {
            Some(target) => target.mention(),
            None => match metadata_of(self.group()) {
                Some(metadata) => Some(Mention::Quorum(metadata)),
                None => Some(Mention::Client(client?, Presence::AnyTime)),
            },
        }
    }
}

impl Mentions for Group {
    fn mention(&self) -> Option<Mention> {
        metadata_of(*self).map(Mention::Quorum)
    }
}

impl Mentions for ToolLine {
    fn mention(&self) -> Option<Mention> {
        self.asks_zookeeper().then_some(Mention::Quorum(Metadata::ZooKeeper))
    }
}

/// What keeps the metadata where there are such nodes; none where they say nothing of it.
pub fn metadata_of(group: Group) -> Option<Metadata> {
    match group {
        Group::Brokers => None,
        Group::Controllers => Some(Metadata::KRaft),
        Group::ZooKeepers => Some(Metadata::ZooKeeper),
    }
}

impl Mentions for ClientTarget {
    fn mention(&self) -> Option<Mention> {
        Some(Mention::Client(Client::read(&self.to_string())?, Presence::Before))
    }
}

impl Mentions for BrokerNumber {
    fn mention(&self) -> Option<Mention> {
        Some(Mention::Numbers(vec![BrokerId(self.as_i32()).into()]))
    }
}

impl Mentions for BrokerNumbers {
    fn mention(&self) -> Option<Mention> {
        let mut nodes: Vec<NodeId> = Vec::new();
        for id in self.0.iter().map(|id| BrokerId(*id).into()) {
            if !nodes.contains(&id) {
                nodes.push(id);
            }
        }
        Some(Mention::Numbers(nodes))
    }
}

impl Mentions for ZooKeeperNumber {
    fn mention(&self) -> Option<Mention> {
        let id = u8::try_from(self.0).unwrap_or(u8::MAX);
        Some(Mention::Numbers(vec![ZooKeeperId(id).into()]))
    }
}

impl Mentions for PartitionNumber {
    fn mention(&self) -> Option<Mention> {
        Some(Mention::Partition(self.0))
    }
}

impl Mentions for MessageSize {
    fn mention(&self) -> Option<Mention> {
        Some(Mention::MessageSize)
    }
}

impl Mentions for CopiersName {
    fn mention(&self) -> Option<Mention> {
        Some(Mention::Copiers(self.to_string()))
    }
}

macro_rules! names {
    ($($type:ident: $mention:ident;)*) => {$(
        impl Mentions for $type {
            fn mention(&self) -> Option<Mention> {
                Some(Mention::$mention(self.to_string()))
            }
        }
    )*};
}

names! {
    TopicName: Topic;
    AnyTopicName: Topic;
    AclTopicName: TopicWithAcls;
    GroupName: Group;
    TransactionalId: TransactionalId;
}

macro_rules! clients {
    ($($type:ident: $kind:ident, $presence:ident;)*) => {$(
        impl Mentions for $type {
            fn mention(&self) -> Option<Mention> {
                let client = Client { kind: ClientKind::$kind, name: self.to_string() };
                Some(Mention::Client(client, Presence::$presence))
            }
        }
    )*};
}

clients! {
    ProducerName: Producer, Before;
    NewProducerName: Producer, New;
    LaterProducerName: Producer, AnyTime;
    ConsumerName: Consumer, Before;
    NewConsumerName: Consumer, New;
    LaterConsumerName: Consumer, AnyTime;
    ProducerProcessName: ProducerProcess, Before;
    NewProducerProcessName: ProducerProcess, New;
    ConsumerProcessName: ConsumerProcess, Before;
    NewConsumerProcessName: ConsumerProcess, New;
    StandaloneName: Standalone, Before;
    NewStandaloneName: Standalone, New;
    CopierName: Copier, Before;
    NewCopierName: Copier, New;
}

macro_rules! nothing {
    ($($type:ty,)*) => {$(
        impl Mentions for $type {
            fn mention(&self) -> Option<Mention> {
                None
            }
        }
    )*};
}

nothing! {
    // Texts and numbers, and what is done, when, how long and how often.
    String, Count, Several, Messages, PerSecond, Percent, Factor, Times, Partitions, Replicas,
    Size, ContentSize, Rate, Period, Pause, Delay, Interval, AnomalyName, Offset, Shift,
    HowCopied, JavaLibrary, NextCalls, background::Interval, background::Repeated,
    // So many clients of a load, all clients, and copiers: the meaning of their sentence has the
    // name as well.
    Clients, Time, access::Clients, NewCopiersName,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mention<T: std::str::FromStr + Mentions>(words: &str) -> Option<Mention> {
        words.parse::<T>().ok()?.mention()
    }

    #[test]
    fn sides_of_links_name_nodes_or_a_client() {
        let client = Client { kind: ClientKind::ProducerProcess, name: "p".into() };
        let named = Mention::Client(client, Presence::AnyTime);
        assert_eq!(mention::<Side>("producer process \"p\""), Some(named));
        let target = "brokers 1 and 3".parse().expect("a target");
        assert_eq!(mention::<Side>("brokers 1 and 3"), Some(Mention::Nodes(target)));
        for unnamed in ["the clients", "everything", "the other brokers"] {
            assert_eq!(mention::<Side>(unnamed), None, "{unnamed}");
        }
        let zookeeper = Some(Mention::Quorum(Metadata::ZooKeeper));
        assert_eq!(mention::<Side>("ZooKeeper"), zookeeper);
        assert_eq!(mention::<Side>("the controllers"), Some(Mention::Quorum(Metadata::KRaft)));
    }

    #[test]
    fn nodes_are_named_once_each() {
        let words = "1, 2 and 2";
        let named = mention::<BrokerNumbers>(words).expect("brokers").nodes(words);
        let node = |id| NodeId::from(BrokerId(id));
        assert_eq!(named, [(node(1), 0..1), (node(2), 3..4)]);
        let words = "the ZooKeeper that broker 2 is connected to";
        let named = mention::<Target>(words).expect("a target").nodes(words);
        assert_eq!(named, [(node(2), 26..27)]);
        let words = "the leader of partition 0 of topic \"broker 9\"";
        assert_eq!(mention::<Target>(words).expect("a target").nodes(words), []);
    }
}
