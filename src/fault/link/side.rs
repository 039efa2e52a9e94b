//! One side of a link fault, as a sentence names it.

mod why;

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use cucumber::Parameter;

use crate::event::id::{HostId, NodeId};
use crate::fault::group::Group;
use crate::fault::target::target_words;
use crate::fault::{FaultError, Injected, Scope, Target};
use crate::link::End;
use crate::topology::{Role, Topology};

/// One side of a link fault: nodes as a [`Target`] names them, or
///
/// - `the other brokers`, `the other controllers`, `the other ZooKeepers`: those of the cluster that the other side
///   does not name
/// - `its followers`: those of the partition whose leader the other side is
/// - `ZooKeeper`: all of them; `the controllers`: all of those, without ZooKeeper
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
    /// All of a kind that the other side does not name.
    Others(Group),
    Followers,
    ZooKeeper,
    Controllers,
    Clients,
    Client,
    Everything,
}

/// Written by hand, as the derive takes no constant.
impl Parameter for Side {
    const NAME: &'static str = "side";
    const REGEX: &'static str = concat!(
        target_words!(),
        r#"|the other (?:brokers|controllers|ZooKeepers)|its followers|ZooKeeper|the controllers|the clients|(?:(?:producer|consumer)(?: process)?|standalone consumer|copier) "[^"]*"|everything"#
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
        let nodes: Vec<NodeId> = match &self.who {
            Who::Nodes(target) => target.find(scope, past).await?,
            Who::Others(group) => {
                let all = topology.with_role(group.role()).map(|(node, _)| node);
                all.filter(|node| !known.contains(node)).collect()
            }
            Who::ZooKeeper => topology.with_role(Role::ZooKeeper).map(|(node, _)| node).collect(),
            Who::Controllers => {
                topology.with_role(Role::Controller).map(|(node, _)| node).collect()
            }
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
        Self { said: "the other brokers".into(), who: Who::Others(Group::Brokers) }
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
            Who::Others(group) => Some(group),
            _ => None,
        }
    }

    /// Whether only the other side says which nodes it is, so that it cannot be the first.
    pub fn is_relative(&self) -> bool {
        matches!(self.who, Who::Others(_) | Who::Followers | Who::Everything)
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

    /// The kind of its nodes; brokers where it has several kinds or none.
    pub fn group(&self) -> Group {
        match &self.who {
            Who::Nodes(target) => target.group(),
            Who::Others(group) => *group,
            Who::ZooKeeper => Group::ZooKeepers,
            Who::Controllers => Group::Controllers,
            Who::Followers | Who::Clients | Who::Client | Who::Everything => Group::Brokers,
        }
    }

    /// Whether it is all nodes of a kind.
    fn is_every_one_of(&self, group: Group) -> bool {
        match &self.who {
            Who::Nodes(target) => target.is_every_one_of(group),
            Who::ZooKeeper => group == Group::ZooKeepers,
            Who::Controllers => group == Group::Controllers,
            _ => false,
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
            "the other brokers" => Who::Others(Group::Brokers),
            "the other controllers" => Who::Others(Group::Controllers),
            "the other ZooKeepers" => Who::Others(Group::ZooKeepers),
            "the controllers" => Who::Controllers,
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
