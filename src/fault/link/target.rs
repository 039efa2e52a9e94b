//! Which links a fault is aimed at.

use std::fmt;

use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;

use super::{HitLink, Side, links};
use crate::event::id::{HostId, NodeId};
use crate::fault::group::Group;
use crate::fault::{FaultError, Injected, Scope};
use crate::link::{End, Links};

/// The links that a fault is aimed at.
#[derive(Debug, Clone, PartialEq)]
pub enum LinkTarget {
    /// From one side to another.
    From(Side, Side),
    /// Between two sides, both ways.
    Between(Side, Side),
    /// Between a minority and a majority of the group, by chance; nodes that share a host are together.
    Halves(Group),
    /// To each host of the group from a minority of them, so that each hears from another majority.
    Ring(Group),
}

/// Nodes on fewer hosts have no minority and majority.
pub const LEAST_HOSTS: usize = 3;

/// A host, and those of its nodes that are meant.
type Shared = (HostId, Vec<NodeId>);

/// A link, by the hosts from which and to which it leads.
type Pair = (HostId, HostId);

impl LinkTarget {
    /// The nodes at the ends of the links, first those of the first side, and the links.
    ///
    /// # Errors
    /// [`FaultError::NoTarget`] when a side is not there, or there is no link between the two.
    pub(in crate::fault) async fn find(
        &self,
        scope: Scope<'_>,
        past: &[Injected],
    ) -> Result<(Vec<NodeId>, Vec<HitLink>), FaultError> {
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
            Self::Halves(group) => group.cut(scope, past, &links, halves),
            Self::Ring(group) => group.cut(scope, past, &links, ring),
        }
    }
}

impl Group {
    /// Its nodes, and the links between its hosts that the pattern cuts, whose order comes from chance.
    fn cut(
        self,
        scope: Scope<'_>,
        past: &[Injected],
        links: &Links,
        pattern: fn(&[Shared]) -> Vec<Pair>,
    ) -> Result<(Vec<NodeId>, Vec<HitLink>), FaultError> {
        let topology = scope.cluster.spec().topology();
        let hosts = self.hosts(topology.with_role(self.role()));
        let hosts = self.shuffled(hosts, &mut scope.dice(past.len() as u64))?;
        let cut = |(from, to)| hit(links, End::Host(from), End::Host(to), None);
        let hits = pattern(&hosts).into_iter().filter_map(cut).collect();
        Ok((hosts.into_iter().flat_map(|(_, nodes)| nodes).collect(), hits))
    }

    /// The hosts of its nodes, in the order of these.
    fn hosts(self, nodes: impl Iterator<Item = (NodeId, HostId)>) -> Vec<Shared> {
        let mut hosts: Vec<Shared> = Vec::new();
        for (node, host) in nodes {
            match hosts.iter_mut().find(|(known, _)| *known == host) {
                Some((_, shared)) => shared.push(node),
                None => hosts.push((host, vec![node])),
            }
        }
        hosts
    }

    /// Its hosts in an order of chance.
    fn shuffled(
        self,
        mut hosts: Vec<Shared>,
        dice: &mut StdRng,
    ) -> Result<Vec<Shared>, FaultError> {
        if hosts.len() < LEAST_HOSTS {
            let why = format!("{self} cannot be split: that needs at least {LEAST_HOSTS} hosts");
            return Err(FaultError::NoTarget(why));
        }
        hosts.shuffle(dice);
        Ok(hosts)
    }
}

/// Both ways between the first hosts, as many as have fewer than half of the nodes, and the others.
fn halves(hosts: &[Shared]) -> Vec<Pair> {
    let all: usize = hosts.iter().map(|(_, nodes)| nodes.len()).sum();
    let mut taken = 0;
    let (minority, majority): (Vec<&Shared>, Vec<&Shared>) =
        hosts.iter().partition(|(_, nodes)| {
            let is_few = (taken + nodes.len()) * 2 < all;
            taken += if is_few { nodes.len() } else { 0 };
            is_few
        });
    let pairs =
        minority.iter().flat_map(|(few, _)| majority.iter().map(move |(many, _)| (*few, *many)));
    pairs.flat_map(|(few, many)| [(few, many), (many, few)]).collect()
}

/// The links to cut so that each host hears itself and the next ones round the ring, a majority in all.
fn ring(hosts: &[Shared]) -> Vec<Pair> {
    let count = hosts.len();
    let deaf_to = count.saturating_sub(1) / 2;
    let pairs = hosts.iter().enumerate().flat_map(|(at, (to, _))| {
        let last = hosts.iter().cycle().skip(at + count - deaf_to).take(deaf_to);
        last.map(move |(from, _)| (*from, *to))
    });
    pairs.collect()
}

fn hit(links: &Links, from: End, to: End, client: Option<&String>) -> Option<HitLink> {
    let link = links.get(from, to)?;
    Some(HitLink { link: link.clone(), client: client.cloned() })
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use rand::SeedableRng as _;

    use super::*;
    use crate::event::id::BrokerId;

    /// The host of each broker, from broker 1.
    const LAYOUTS: [&[u8]; 5] =
        [&[1, 2, 3], &[1, 2, 3, 4], &[1, 2, 3, 4, 5], &[1, 2, 3, 1, 2], &[1, 2, 3, 1]];

    fn brokers(layout: &[u8]) -> Vec<Shared> {
        let brokers = (1..).zip(layout);
        let nodes = brokers.map(|(id, host)| (NodeId::Broker(BrokerId(id)), HostId(*host)));
        Group::Brokers.hosts(nodes)
    }

    fn shuffled(layout: &[u8], seed: u64) -> Vec<Shared> {
        let mut dice = StdRng::seed_from_u64(seed);
        Group::Brokers.shuffled(brokers(layout), &mut dice).expect("hosts enough")
    }

    #[test]
    fn nodes_that_share_a_host_are_together() {
        let shared = |host: u8, ids: &[i32]| -> Shared {
            (HostId(host), ids.iter().map(|id| NodeId::Broker(BrokerId(*id))).collect())
        };
        let hosts = [shared(1, &[1, 4]), shared(2, &[2, 5]), shared(3, &[3])];
        assert_eq!(brokers(&[1, 2, 3, 1, 2]), hosts);
    }

    #[test]
    fn two_hosts_cannot_be_split() {
        let layouts: [&[u8]; 3] = [&[], &[1, 1, 1], &[1, 2, 1, 2, 1]];
        for layout in layouts {
            let mut dice = StdRng::seed_from_u64(7);
            assert!(Group::Brokers.shuffled(brokers(layout), &mut dice).is_err(), "{layout:?}");
        }
    }

    #[test]
    fn hosts_with_a_node_each_are_drawn_as_nodes_are() {
        for seed in 0..20 {
            let mut nodes: Vec<_> = (1..=5).map(|id| NodeId::Broker(BrokerId(id))).collect();
            nodes.shuffle(&mut StdRng::seed_from_u64(seed));
            let hosts = shuffled(&[1, 2, 3, 4, 5], seed).into_iter();
            assert_eq!(hosts.flat_map(|(_, nodes)| nodes).collect::<Vec<_>>(), nodes);
        }
    }

    #[test]
    fn a_minority_and_a_majority_do_not_hear_each_other() {
        let count = |side: &[&Shared]| side.iter().map(|(_, nodes)| nodes.len()).sum::<usize>();
        for layout in LAYOUTS {
            for seed in 0..20 {
                let hosts = shuffled(layout, seed);
                let pairs = halves(&hosts);
                let is_cut = |from: HostId, to: HostId| pairs.contains(&(from, to));
                let (first, _) = hosts[0];
                let (ours, theirs): (Vec<&Shared>, Vec<&Shared>) =
                    hosts.iter().partition(|(host, _)| !is_cut(first, *host));
                let is_ours = |host: HostId| ours.iter().any(|(known, _)| *known == host);
                for (one, _) in &hosts {
                    for (other, _) in &hosts {
                        let is_apart = is_ours(*one) != is_ours(*other);
                        assert_eq!(is_cut(*one, *other), is_apart, "{pairs:?}");
                    }
                }
                assert!(!theirs.is_empty(), "{layout:?}");
                assert_ne!(count(&ours), count(&theirs), "{layout:?}");
            }
        }
    }

    #[test]
    fn the_minority_is_as_large_as_can_be() {
        for (hosts, pairs) in [(3, 2 * 2), (4, 2 * 3), (5, 2 * 2 * 3), (6, 2 * 2 * 4)] {
            let layout: Vec<u8> = (1..=hosts).collect();
            assert_eq!(halves(&shuffled(&layout, 7)).len(), pairs);
        }
    }

    #[test]
    fn each_hears_another_majority_in_the_ring() {
        for layout in LAYOUTS {
            let hosts = shuffled(layout, 7);
            let pairs = ring(&hosts);
            let mut majorities = BTreeSet::new();
            for (to, _) in &hosts {
                let hears = |from: &HostId| !pairs.contains(&(*from, *to));
                let heard: BTreeSet<HostId> =
                    hosts.iter().map(|(host, _)| *host).filter(hears).collect();
                assert!(heard.contains(to), "{pairs:?}");
                assert_eq!(heard.len(), hosts.len() / 2 + 1, "{pairs:?}");
                majorities.insert(heard);
            }
            assert_eq!(majorities.len(), hosts.len(), "{pairs:?}");
        }
    }
}
