//! Who reaches whom at which address in a local cluster.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::SocketAddrV4;

use super::slot::{Slot, is_free};
use crate::cluster::topology::{Address, Addresses, BrokerAddresses, Topology, ZooKeeperAddresses};
use crate::event::id::{HostId, NodeId};
use crate::link::{Destination, End, Entry, Links, Listener, WaysBack};
use crate::runtime::RuntimeError;

/// INTERNAL, for peers; the conventional port of Kafka.
const INTERNAL: u16 = 9092;
/// CLIENT, for clients that connect directly.
const CLIENT: u16 = 19092;
/// LINKED, for clients that connect through a link.
const LINKED: u16 = 29092;
/// The conventional ports of ZooKeeper: clients, quorum, election.
const ZOOKEEPER: [u16; 3] = [2181, 2888, 3888];
/// Added to every port until none is taken by something that listens on all addresses.
const SHIFTS: [u16; 6] = [0, 1000, 2000, 3000, 4000, 5000];

/// A slot, the links in it, if any, and where they are entered, and what is reached where.
#[derive(Debug)]
pub struct Wiring {
    slot: Slot,
    topology: Topology,
    addresses: Addresses,
    links: Option<Links>,
    entries: Vec<Entry>,
}

impl Wiring {
    /// Takes a slot and finds free ports in it. With links, opens all their entries: between hosts, from brokers
    /// to ZooKeepers, and from clients to brokers; without, all reach each other directly.
    ///
    /// # Errors
    /// When no slot or no ports are free, or a link cannot be opened.
    pub async fn lay(topology: &Topology, with_links: bool) -> Result<Self, RuntimeError> {
        let slot = Slot::take()?;
        let addresses = SHIFTS
            .into_iter()
            .map(|shift| addresses(&slot, topology, shift, with_links))
            .find(|addresses| own_listeners(&slot, topology, addresses).into_iter().all(is_free))
            .ok_or_else(|| RuntimeError::Environment {
                what: format!(
                    "ports {INTERNAL}, {CLIENT}, {LINKED} and {ZOOKEEPER:?}, and the same ones \
                     {SHIFTS:?} higher, are taken on {}",
                    slot.host(HostId(1))
                ),
                help: "stop what listens on these ports on all addresses: ss -ltnp".into(),
            })?;
        let mut entries = Vec::new();
        if !with_links {
            return Ok(Self { slot, topology: topology.clone(), addresses, links: None, entries });
        }
        let links = Links::new(topology);
        for route in routes(&slot, topology, &addresses) {
            let Route { listen, target, from, to } = route;
            let way = links.way(from, End::Host(to));
            let entry = Entry::open(listen, target, move |_| way.clone()).await;
            entries.push(entry.map_err(|error| RuntimeError::Environment {
                what: format!("{listen} cannot be listened on: {error}"),
                help: "stop what listens on this port on all addresses: ss -ltnp".into(),
            })?);
        }
        Ok(Self { slot, topology: topology.clone(), addresses, links: Some(links), entries })
    }

    /// The links between the hosts, and from clients, where there are any.
    pub fn links(&self) -> Option<&Links> {
        self.links.as_ref()
    }

    /// The addresses that nodes get.
    pub fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    /// The hosts file of a host: peers on other hosts by the address of the link to them, or by their own.
    pub fn hosts_file(&self, from: HostId) -> String {
        let mut text =
            format!("# links are entered at {} addresses in this cluster\n", self.entries.len());
        for (node, host) in self.topology.nodes() {
            let address = match self.links {
                Some(_) => self.slot.link(from, host),
                None => self.slot.host(host),
            };
            // Writing to a String cannot fail.
            writeln!(text, "{address} {node}").ok();
        }
        let own = nix::unistd::gethostname().unwrap_or_default();
        writeln!(text, "{} {}\n127.0.0.1 localhost", self.slot.host(from), own.display()).ok();
        text
    }
}

fn addresses(slot: &Slot, topology: &Topology, shift: u16, with_links: bool) -> Addresses {
    let mut on_host: BTreeMap<HostId, u16> = BTreeMap::new();
    let brokers = topology.brokers.iter().map(|(id, host)| {
        let place = on_host.entry(*host).or_insert(0);
        let extra = shift + *place;
        *place += 1;
        let client = Address { host: slot.host(*host).to_string(), port: CLIENT + extra };
        let linked = Address { host: slot.client_link(*host).to_string(), port: LINKED + extra };
        let broker = BrokerAddresses {
            bind: slot.host(*host).to_string(),
            internal: Address { host: NodeId::from(*id).to_string(), port: INTERNAL + extra },
            client_bind_port: client.port,
            client,
            linked_bind_port: linked.port,
            linked: with_links.then_some(linked),
        };
        (*id, broker)
    });
    let brokers = brokers.collect();
    let zookeepers = topology.zookeepers.iter().map(|(id, host)| {
        let zookeeper = ZooKeeperAddresses {
            bind: slot.host(*host).to_string(),
            name: NodeId::from(*id).to_string(),
            client_port: ZOOKEEPER[0] + shift,
            quorum_port: ZOOKEEPER[1] + shift,
            election_port: ZOOKEEPER[2] + shift,
            outside: Address { host: slot.host(*host).to_string(), port: ZOOKEEPER[0] + shift },
        };
        (*id, zookeeper)
    });
    Addresses { brokers, zookeepers: zookeepers.collect() }
}

/// What the nodes themselves will bind.
fn own_listeners(slot: &Slot, topology: &Topology, addresses: &Addresses) -> Vec<SocketAddrV4> {
    let mut listeners = Vec::new();
    for (host, ports) in ports(topology, addresses) {
        listeners.extend(ports.all().map(|port| SocketAddrV4::new(slot.host(host), port)));
    }
    listeners
}

/// An address at which a link is entered.
struct Route {
    listen: SocketAddrV4,
    target: Destination,
    from: End,
    to: HostId,
}

/// Where the links of a cluster are entered and where they lead.
fn routes(slot: &Slot, topology: &Topology, addresses: &Addresses) -> Vec<Route> {
    let ports = ports(topology, addresses);
    let mut routes = Vec::new();
    let mut route = |from: End, to: HostId, port: u16, what: Listener| {
        let entry = match from {
            End::Host(from) => slot.link(from, to),
            End::Clients => slot.client_link(to),
        };
        let mut target = Destination::new(what, SocketAddrV4::new(slot.host(to), port));
        if let (Listener::Election, End::Host(from)) = (what, from) {
            target = target.calling_back(ways_back(slot, &ports, from, to));
        }
        routes.push(Route { listen: SocketAddrV4::new(entry, port), target, from, to });
    };
    for (to, there) in &ports {
        there.linked.iter().for_each(|port| route(End::Clients, *to, *port, Listener::Kafka));
        for (from, here) in ports.iter().filter(|(from, _)| *from != to) {
            let between_brokers = here.internal.iter().take(1).flat_map(|_| &there.internal);
            let from = End::Host(*from);
            between_brokers.for_each(|port| route(from, *to, *port, Listener::Kafka));
            let zookeeper = there.zookeeper_client.iter();
            zookeeper.for_each(|port| route(from, *to, *port, Listener::ZooKeeper));
            if !here.quorum.is_empty() {
                there.quorum.iter().for_each(|port| route(from, *to, *port, Listener::Quorum));
                there.election.iter().for_each(|port| route(from, *to, *port, Listener::Election));
            }
        }
    }
    routes
}

/// Where a host reaches the ZooKeepers of another for elections, by their own addresses.
fn ways_back(slot: &Slot, ports: &BTreeMap<HostId, Ports>, from: HostId, to: HostId) -> WaysBack {
    let there = ports.get(&from).into_iter().flat_map(|there| &there.election);
    let at = SocketAddrV4::new;
    there.map(|port| (at(slot.host(from), *port), at(slot.link(to, from), *port))).collect()
}

/// What is listened on at one host.
#[derive(Debug, Default)]
struct Ports {
    internal: Vec<u16>,
    client: Vec<u16>,
    linked: Vec<u16>,
    zookeeper_client: Vec<u16>,
    quorum: Vec<u16>,
    election: Vec<u16>,
}

impl Ports {
    fn all(&self) -> impl Iterator<Item = u16> {
        let brokers = self.internal.iter().chain(&self.client).chain(&self.linked);
        brokers.chain(&self.zookeeper_client).chain(&self.quorum).chain(&self.election).copied()
    }
}

fn ports(topology: &Topology, addresses: &Addresses) -> BTreeMap<HostId, Ports> {
    let mut ports: BTreeMap<HostId, Ports> = BTreeMap::new();
    for (id, broker) in &addresses.brokers {
        let there = ports.entry(topology.brokers[id]).or_default();
        there.internal.push(broker.internal.port);
        there.client.push(broker.client_bind_port);
        there.linked.push(broker.linked_bind_port);
    }
    for (id, zookeeper) in &addresses.zookeepers {
        let there = ports.entry(topology.zookeepers[id]).or_default();
        there.zookeeper_client.push(zookeeper.client_port);
        there.quorum.push(zookeeper.quorum_port);
        there.election.push(zookeeper.election_port);
    }
    ports
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use tokio::sync::Mutex;

    use super::*;
    use crate::event::id::{BrokerId, ZooKeeperId};

    /// One test takes a port of all addresses; the others would meet it between their look and their bind.
    static PORTS: Mutex<()> = Mutex::const_new(());

    fn three_and_three() -> Topology {
        Topology {
            brokers: (1..=3).map(|n| (BrokerId(n), HostId(n as u8))).collect(),
            zookeepers: (1..=3).map(|n| (ZooKeeperId(n), HostId(n + 3))).collect(),
        }
    }

    #[tokio::test]
    async fn every_pair_that_talks_has_an_entry() {
        let _alone = PORTS.lock().await;
        let wiring = Wiring::lay(&three_and_three(), true).await.unwrap();
        // 3 × 2 between brokers, 3 × 3 from brokers to ZooKeepers, 3 × 2 × 3 between ZooKeepers
        // (clients, quorum, election), 3 from clients.
        assert_eq!(wiring.entries.len(), 6 + 9 + 18 + 3);
    }

    #[tokio::test]
    async fn a_peer_is_a_link_and_oneself_is_not() {
        let _alone = PORTS.lock().await;
        let wiring = Wiring::lay(&three_and_three(), true).await.unwrap();
        let hosts = wiring.hosts_file(HostId(1));
        let of = |name: &str| {
            let line = hosts.lines().find(|line| line.ends_with(name)).unwrap();
            line.split(' ').next().unwrap().split('.').skip(2).collect::<Vec<_>>().join(".")
        };
        assert_eq!(of("broker-1"), "1.1");
        assert_eq!(of("broker-2"), "1.2");
        assert_eq!(of("zookeeper-3"), "1.6");
    }

    #[tokio::test]
    async fn a_zookeeper_that_is_called_for_an_election_calls_back_over_a_link() {
        let _alone = PORTS.lock().await;
        let (slot, topology) = (Slot::take().unwrap(), three_and_three());
        let ports = ports(&topology, &addresses(&slot, &topology, 0, true));
        let [from, to] = [HostId(4), HostId(6)];
        let expected = (
            SocketAddrV4::new(slot.host(from), ZOOKEEPER[2]),
            SocketAddrV4::new(slot.link(to, from), ZOOKEEPER[2]),
        );
        assert_eq!(ways_back(&slot, &ports, from, to), [expected].into());
        assert!(ways_back(&slot, &ports, HostId(1), to).is_empty(), "a broker");
    }

    #[tokio::test]
    async fn without_links_a_peer_is_reached_directly() {
        let _alone = PORTS.lock().await;
        let wiring = Wiring::lay(&three_and_three(), false).await.unwrap();
        let hosts = wiring.hosts_file(HostId(1));
        let line = hosts.lines().find(|line| line.ends_with("broker-2")).unwrap();
        assert!(line.contains(".2.2 "), "{line}");
        assert!(wiring.entries.is_empty());
        assert_eq!(wiring.addresses().brokers[&BrokerId(1)].linked, None);
    }

    #[tokio::test]
    async fn brokers_on_one_host_have_ports_of_their_own() {
        let _alone = PORTS.lock().await;
        let topology = Topology {
            brokers: [(BrokerId(1), HostId(1)), (BrokerId(2), HostId(1))].into(),
            zookeepers: [(ZooKeeperId(1), HostId(2))].into(),
        };
        let wiring = Wiring::lay(&topology, true).await.unwrap();
        let port = |id| wiring.addresses().brokers[&BrokerId(id)].internal.port;
        assert_ne!(port(1), port(2));
    }

    #[tokio::test]
    async fn a_port_taken_on_all_addresses_moves_the_cluster_to_other_ports() {
        let _alone = PORTS.lock().await;
        let taken = std::net::TcpListener::bind((Ipv4Addr::UNSPECIFIED, INTERNAL));
        let wiring = Wiring::lay(&three_and_three(), true).await.unwrap();
        let port = wiring.addresses().brokers[&BrokerId(1)].internal.port;
        assert!(taken.is_err() || port != INTERNAL);
    }
}
