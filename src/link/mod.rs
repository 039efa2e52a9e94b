//! Directed links: connections from one end to another go through a proxy of the runner, so that they can be
//! counted and broken without root.
//!
//! A [`Link`] is one direction: it carries the bytes that one end sends to another, whichever of them has opened the
//! connection. So a connection goes over two links, one there and one back. A link has a list of [`Effect`]s. A fault
//! puts an effect on a link and lifts it again. An [`Entry`] is an address at which connections come in.

mod api;
mod call;
mod connection;
mod destination;
#[cfg(test)]
mod echo;
mod effect;
mod election;
mod entry;
mod frame;
mod hit_count;
mod late;
mod pump;
mod queue;
mod traffic;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;

pub use self::api::ApiKey;
pub use self::call::{Calls, Fate, Half};
pub use self::destination::Destination;
pub use self::effect::{Applied, Condition, Effect};
pub use self::election::WaysBack;
pub use self::entry::{Entry, Way};
pub use self::hit_count::HitCount;
pub use self::traffic::Traffic;
use crate::event::id::HostId;
use crate::topology::Topology;

/// An end of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum End {
    /// A host, with all its nodes.
    Host(HostId),
    /// All clients outside the cluster that come in by listener LINKED.
    Clients,
}

/// One direction between two ends.
#[derive(Debug)]
pub struct Link {
    name: String,
    of_clients: bool,
    effects: watch::Sender<Vec<Applied>>,
    traffic: Traffic,
    /// The time when everything sent under a limit of bandwidth will have passed, by the number of its fault.
    free: Mutex<BTreeMap<usize, Instant>>,
}

impl Link {
    /// A link that is whole.
    pub(crate) fn new(name: String, of_clients: bool) -> Self {
        let (effects, traffic) = (watch::Sender::default(), Traffic::default());
        Self { name, of_clients, effects, traffic, free: Mutex::default() }
    }

    /// Both ends, for people: `broker-1 → broker-2`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether clients are at one of its ends.
    pub fn is_of_clients(&self) -> bool {
        self.of_clients
    }

    /// What went through it.
    pub fn traffic(&self) -> &Traffic {
        &self.traffic
    }

    /// What is wrong with it, in the order in which it came.
    pub fn effects(&self) -> Vec<Applied> {
        self.effects.borrow().clone()
    }

    /// Puts an effect on it, at once for all its connections, and for those to come.
    pub fn apply(&self, applied: Applied) {
        self.effects.send_modify(|effects| effects.push(applied));
    }

    /// Undoes what a fault has done to it.
    pub fn lift(&self, fault: usize) {
        self.lift_those(|applied| applied.fault == fault);
    }

    /// Undoes everything.
    pub fn lift_all(&self) {
        self.lift_those(|_| true);
    }

    fn lift_those(&self, is_meant: impl Fn(&Applied) -> bool) {
        self.effects.send_if_modified(|effects| {
            let mut lifted = effects.extract_if(.., |applied| is_meant(applied)).peekable();
            let any = lifted.peek().is_some();
            for applied in lifted {
                if let Effect::Calls(calls) = &applied.effect {
                    calls.end();
                }
                self.turns().remove(&applied.fault);
            }
            any
        });
    }

    /// The time when so many bytes, sent now under a fault's limit of bandwidth, will have passed.
    fn passed_at(&self, fault: usize, bytes: usize, bytes_per_second: u64) -> Instant {
        let mut free = self.turns();
        let start = free.get(&fault).map_or_else(Instant::now, |free| (*free).max(Instant::now()));
        let takes = Duration::from_secs_f64(bytes as f64 / bytes_per_second.max(1) as f64);
        free.insert(fault, start + takes);
        start + takes
    }

    fn turns(&self) -> MutexGuard<'_, BTreeMap<usize, Instant>> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// All links of a cluster; cheap to clone.
#[derive(Debug, Clone)]
pub struct Links(Arc<BTreeMap<(End, End), Arc<Link>>>);

impl Links {
    /// Links between all hosts, and between clients and each host.
    pub fn new(topology: &Topology) -> Self {
        let mut names: BTreeMap<End, String> = [(End::Clients, "clients".to_owned())].into();
        for (node, host) in topology.nodes() {
            let name = names.entry(End::Host(host)).or_default();
            let and = if name.is_empty() { "" } else { " and " };
            *name = format!("{name}{and}{node}");
        }
        let pairs = names.iter().flat_map(|from| names.iter().map(move |to| (from, to)));
        let links = pairs.filter(|((from, _), (to, _))| from != to).map(|(from, to)| {
            let name = format!("{} → {}", from.1, to.1);
            let of_clients = [from.0, to.0].contains(&&End::Clients);
            ((*from.0, *to.0), Arc::new(Link::new(name, of_clients)))
        });
        Self(Arc::new(links.collect()))
    }

    /// The link from one end to another; none where they are the same.
    pub fn get(&self, from: End, to: End) -> Option<&Arc<Link>> {
        self.0.get(&(from, to))
    }

    /// The links that a connection from one end to another goes over.
    pub fn way(&self, from: End, to: End) -> Option<Way> {
        let (there, back) = (self.get(from, to)?, self.get(to, from)?);
        Some(Way { there: Arc::clone(there), back: Arc::clone(back) })
    }

    /// Undoes everything that is wrong with any of them.
    pub fn lift_all(&self) {
        self.0.values().for_each(|link| link.lift_all());
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::listener::broker;
    use crate::cluster::quorum::zookeeper::listener::zookeeper;
    use crate::event::id::{BrokerId, ZooKeeperId};

    #[test]
    fn there_is_a_link_between_any_two_ends() {
        let brokers = [1, 2].map(|id| (BrokerId(id).into(), broker(HostId(1))));
        let zookeeper = (ZooKeeperId(1).into(), zookeeper(HostId(2)));
        let links = Links::new(&brokers.into_iter().chain([zookeeper]).collect());
        assert_eq!(links.0.len(), 6);
        let (one, two) = (End::Host(HostId(1)), End::Host(HostId(2)));
        assert_eq!(links.get(one, two).unwrap().name(), "broker-1 and broker-2 → zookeeper-1");
        assert!(links.get(one, one).is_none());
        assert!(links.way(End::Clients, one).is_some());
    }

    #[test]
    fn lifting_a_fault_leaves_those_of_others() {
        let link = Link::new("a → b".into(), false);
        for fault in [1, 2] {
            let (effect, hits) = (Effect::Silence, HitCount::default());
            link.apply(Applied { fault, effect, client: None, hits });
        }
        link.lift(1);
        assert_eq!(link.effects().iter().map(|it| it.fault).collect::<Vec<_>>(), [2]);
    }

    #[test]
    fn a_link_of_limited_bandwidth_is_used_in_turn() {
        let link = Link::new("a → b".into(), false);
        let began = Instant::now();
        link.passed_at(1, 500, 1000);
        assert!(link.passed_at(1, 500, 1000) >= began + Duration::from_secs(1));
        assert!(link.passed_at(2, 500, 1000) < began + Duration::from_secs(1), "of another fault");
        let (effect, hits) = (Effect::Bandwidth(1000), HitCount::default());
        link.apply(Applied { fault: 1, effect, client: None, hits });
        link.lift(1);
        assert!(link.passed_at(1, 500, 1000) < began + Duration::from_secs(1), "it was healed");
    }
}
