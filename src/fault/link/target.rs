//! Which links a fault is aimed at.

use std::fmt;
use std::str::FromStr;

use cucumber::Parameter;
use rand::seq::SliceRandom as _;

use super::{Hit, Side, links};
use crate::cluster::id::NodeId;
use crate::fault::{FaultError, Injected, Scope};
use crate::link::{End, Links};

/// Which links a fault is aimed at.
#[derive(Debug, Clone, PartialEq)]
pub enum LinkTarget {
    /// From one side to another.
    From(Side, Side),
    /// Between two sides, both ways.
    Between(Side, Side),
    /// Between a minority and a majority of the group, by chance.
    Halves(Group),
    /// To each node of the group from a minority of it, so that each hears from another majority.
    Ring(Group),
}

/// The nodes of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Parameter)]
#[param(name = "nodes", regex = "brokers|ZooKeepers")]
pub enum Group {
    /// All brokers.
    Brokers,
    /// All ZooKeepers.
    ZooKeepers,
}

impl LinkTarget {
    /// The nodes concerned, first those of the first side, and the links.
    ///
    /// # Errors
    /// [`FaultError::NoTarget`] when a side is not there, or there is no link between the two.
    pub(in crate::fault) async fn find(
        &self,
        scope: Scope<'_>,
        past: &[Injected],
    ) -> Result<(Vec<NodeId>, Vec<Hit>), FaultError> {
        let links = links(scope).await?;
        match self {
            Self::From(from, to) | Self::Between(from, to) => {
                let (mut nodes, from_places) = from.find(scope, past, None).await?;
                let (to_nodes, to_places) = to.find(scope, past, Some((from, &nodes))).await?;
                let mut hits = Vec::new();
                for (from, of) in &from_places {
                    for (to, at) in &to_places {
                        let client = of.as_ref().or(at.as_ref());
                        hits.extend(hit(&links, *from, *to, client));
                        if matches!(self, Self::Between(..)) {
                            hits.extend(hit(&links, *to, *from, client));
                        }
                    }
                }
                nodes.extend(to_nodes);
                if hits.is_empty() {
                    return Err(FaultError::NoTarget(format!(
                        "there is no link between {from} and {to}: they are on the same host"
                    )));
                }
                Ok((nodes, hits))
            }
            Self::Halves(group) => {
                let mut nodes = group.nodes(scope);
                nodes.shuffle(&mut scope.dice(past.len() as u64));
                let (minority, majority) = nodes.split_at((nodes.len() - 1) / 2);
                let pairs =
                    minority.iter().flat_map(|few| majority.iter().map(move |many| (*few, *many)));
                let pairs = pairs.flat_map(|(few, many)| [(few, many), (many, few)]);
                let hits = between_nodes(scope, &links, pairs);
                group.checked(nodes, hits)
            }
            Self::Ring(group) => {
                let mut nodes = group.nodes(scope);
                nodes.shuffle(&mut scope.dice(past.len() as u64));
                let (count, majority) = (nodes.len(), nodes.len() / 2 + 1);
                // Each hears itself and the next ones round the ring, a majority in all.
                let deaf = (0..count).flat_map(|at| (majority..count).map(move |step| (at, step)));
                let pairs = deaf.map(|(at, step)| (nodes[(at + step) % count], nodes[at]));
                let hits = between_nodes(scope, &links, pairs);
                group.checked(nodes.clone(), hits)
            }
        }
    }
}

impl Group {
    fn nodes(self, scope: Scope<'_>) -> Vec<NodeId> {
        let is_meant = |node: &NodeId| matches!(node, NodeId::Broker(_)) == (self == Self::Brokers);
        scope.cluster.nodes().filter(is_meant).collect()
    }

    fn checked(
        self,
        nodes: Vec<NodeId>,
        hits: Vec<Hit>,
    ) -> Result<(Vec<NodeId>, Vec<Hit>), FaultError> {
        if hits.is_empty() {
            let why = format!("{self} cannot be split: that needs at least 3 hosts");
            return Err(FaultError::NoTarget(why));
        }
        Ok((nodes, hits))
    }
}

/// The links between pairs of nodes; none between those that share a host.
fn between_nodes(
    scope: Scope<'_>,
    links: &Links,
    pairs: impl Iterator<Item = (NodeId, NodeId)>,
) -> Vec<Hit> {
    let topology = scope.cluster.spec().topology();
    let host = |node| topology.nodes().find(|(known, _)| *known == node).map(|(_, host)| host);
    let hits = pairs
        .filter_map(|(from, to)| hit(links, End::Host(host(from)?), End::Host(host(to)?), None));
    hits.collect()
}

fn hit(links: &Links, from: End, to: End, client: Option<&String>) -> Option<Hit> {
    let link = links.get(from, to)?;
    Some(Hit { link: link.clone(), client: client.cloned() })
}

impl FromStr for Group {
    type Err = String;

    fn from_str(said: &str) -> Result<Self, String> {
        match said {
            "brokers" => Ok(Self::Brokers),
            "ZooKeepers" => Ok(Self::ZooKeepers),
            other => Err(format!("{other:?} are neither brokers nor ZooKeepers")),
        }
    }
}

impl fmt::Display for LinkTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::From(from, to) => write!(f, "the links from {from} to {to}"),
            Self::Between(from, to) => write!(f, "the links between {from} and {to}"),
            Self::Halves(group) => {
                write!(f, "the links between a minority and a majority of {group}")
            }
            Self::Ring(group) => write!(f, "the links of {group}, in a ring of majorities"),
        }
    }
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Brokers => "the brokers",
            Self::ZooKeepers => "the ZooKeepers",
        })
    }
}
