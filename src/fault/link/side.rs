//! One side of a link fault, as a sentence names it.

mod why;

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use cucumber::Parameter;

use super::target::Group;
use crate::event::id::{HostId, NodeId};
use crate::fault::target::target_words;
use crate::fault::{FaultError, Injected, Scope, Target};
use crate::link::End;
use crate::topology::Topology;

/// One side of a link fault: nodes as a [`Target`] names them, or
///
/// - `the other brokers`, `the other ZooKeepers`: those of the cluster that the other side does not name
/// - `its followers`: those of the partition whose leader the other side is
/// - `ZooKeeper`: all of them
/// - `the clients`; `producer "p"`, `consumer "c"`, `producer process "p"`, `consumer process "c"`, `copier "cp"`,
///   `standalone consumer "s"`: just that one
/// - `everything`: all other hosts, and the clients
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Side {
    said: String,
    who: Who,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Who {
    Nodes(Target),
    OtherBrokers,
    OtherZooKeepers,
    Followers,
    ZooKeeper,
    Clients,
    Client,
    Everything,
}

/// Written by hand, as the derive takes no constant.
impl Parameter for Side {
    const NAME: &'static str = "side";
    const REGEX: &'static str = concat!(
        target_words!(),
        r#"|the other (?:brokers|ZooKeepers)|its followers|ZooKeeper|the clients|(?:(?:producer|consumer)(?: process)?|standalone consumer|copier) "[^"]*"|everything"#
    );
}

/// An end of links, and the only client there that is meant.
pub(super) type Place = (End, Option<String>);

impl Side {
    /// The nodes of this side, and the ends of links there; `other` is the other side, if that is found already.
    ///
    /// # Errors
    /// [`FaultError::NoTarget`] when nothing is.
    pub(super) async fn find(
        &self,
        scope: Scope<'_>,
        past: &[Injected],
        other: Option<(&Side, &[NodeId])>,
    ) -> Result<(Vec<NodeId>, Vec<Place>), FaultError> {
        let topology = scope.cluster.spec().topology();
        let known = other.map(|(_, nodes)| nodes).unwrap_or_default();
        let others = |is_meant: fn(&NodeId) -> bool| {
            let nodes = scope.cluster.nodes().filter(is_meant);
            nodes.filter(|node| !known.contains(node)).collect()
        };
        let nodes: Vec<NodeId> = match &self.who {
            Who::Nodes(target) => target.find(scope, past).await?,
            Who::OtherBrokers => others(|node| matches!(node, NodeId::Broker(_))),
            Who::OtherZooKeepers => others(|node| matches!(node, NodeId::ZooKeeper(_))),
            Who::ZooKeeper => scope.cluster.zookeepers().into_iter().map(NodeId::from).collect(),
            Who::Followers => {
                let replicas = other.and_then(|(side, _)| side.leader()?.every_follower());
                match replicas {
                    Some(followers) => followers.find(scope, past).await?,
                    None => return Err(FaultError::NoTarget(NOT_OF_A_LEADER.into())),
                }
            }
            Who::Clients => return Ok((Vec::new(), vec![(End::Clients, None)])),
            Who::Client => {
                let client = scope.names.client_id(&self.said);
                return Ok((Vec::new(), vec![(End::Clients, Some(client))]));
            }
            Who::Everything => {
                let own: BTreeSet<HostId> = hosts(&topology, known).collect();
                let nodes: Vec<NodeId> = topology
                    .nodes()
                    .filter(|(_, host)| !own.contains(host))
                    .map(|(node, _)| node)
                    .collect();
                let mut places = places(&topology, &nodes);
                places.push((End::Clients, None));
                return Ok((nodes, places));
            }
        };
        if nodes.is_empty() {
            return Err(FaultError::NoTarget(format!("there is no such node: {self}")));
        }
        let places = places(&topology, &nodes);
        Ok((nodes, places))
    }

    /// `every broker`.
    pub fn every_broker() -> Self {
        Target::every_broker().into()
    }

    /// `the other brokers`.
    pub fn other_brokers() -> Self {
        Self { said: "the other brokers".into(), who: Who::OtherBrokers }
    }

    /// `everything`.
    pub fn everything() -> Self {
        Self { said: "everything".into(), who: Who::Everything }
    }

    /// The nodes that it names, where it names some.
    pub fn target(&self) -> Option<&Target> {
        match &self.who {
            Who::Nodes(target) => Some(target),
            _ => None,
        }
    }

    /// The kind of nodes of which it is all that the other side does not name.
    pub fn others(&self) -> Option<Group> {
        match self.who {
            Who::OtherBrokers => Some(Group::Brokers),
            Who::OtherZooKeepers => Some(Group::ZooKeepers),
            _ => None,
        }
    }

    /// Whether only the other side says which nodes it is, so that it cannot be the first.
    pub fn is_relative(&self) -> bool {
        matches!(
            self.who,
            Who::OtherBrokers | Who::OtherZooKeepers | Who::Followers | Who::Everything
        )
    }

    /// Refuses nodes that a fault has hit, as [`Target::check_in_background`] does.
    ///
    /// # Errors
    /// What to write instead.
    pub fn check_in_background(&self) -> Result<(), String> {
        match &self.who {
            Who::Nodes(target) => target.check_in_background(),
            _ => Ok(()),
        }
    }

    /// Whether it is clients.
    pub fn is_of_clients(&self) -> bool {
        matches!(self.who, Who::Clients | Who::Client)
    }

    fn is_of_zookeepers(&self) -> bool {
        match &self.who {
            Who::Nodes(target) => target.is_of_zookeepers(),
            who => matches!(who, Who::ZooKeeper | Who::OtherZooKeepers),
        }
    }

    /// Whether it is all brokers, or all ZooKeepers.
    fn is_every_one_of(&self, zookeepers: bool) -> bool {
        match &self.who {
            Who::Nodes(target) => target.is_every_one_of(zookeepers),
            who => zookeepers && *who == Who::ZooKeeper,
        }
    }

    fn leader(&self) -> Option<&Target> {
        match &self.who {
            Who::Nodes(target) if target.every_follower().is_some() => Some(target),
            _ => None,
        }
    }
}

/// The first words of clients that their `client.id` distinguishes.
const CLIENTS: [&str; 4] = ["producer ", "consumer ", "standalone consumer ", "copier "];

const NOT_OF_A_LEADER: &str =
    "\"its followers\" are those of a leader, as in: the leader of partition 0 of topic \"orders\"";

fn hosts(topology: &Topology, nodes: &[NodeId]) -> impl Iterator<Item = HostId> {
    topology.nodes().filter(|(node, _)| nodes.contains(node)).map(|(_, host)| host)
}

fn places(topology: &Topology, nodes: &[NodeId]) -> Vec<Place> {
    let hosts: BTreeSet<HostId> = hosts(topology, nodes).collect();
    hosts.into_iter().map(|host| (End::Host(host), None)).collect()
}

impl FromStr for Side {
    type Err = String;

    fn from_str(said: &str) -> Result<Self, String> {
        let who = match said {
            "the other brokers" => Who::OtherBrokers,
            "the other ZooKeepers" => Who::OtherZooKeepers,
            "its followers" => Who::Followers,
            "ZooKeeper" => Who::ZooKeeper,
            "the clients" => Who::Clients,
            "everything" => Who::Everything,
            _ if CLIENTS.iter().any(|kind| said.starts_with(kind)) => Who::Client,
            _ => Who::Nodes(said.parse()?),
        };
        Ok(Self { said: said.to_owned(), who })
    }
}

/// The nodes that a target means.
impl From<Target> for Side {
    fn from(target: Target) -> Self {
        Self { said: target.to_string(), who: Who::Nodes(target) }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.said)
    }
}
