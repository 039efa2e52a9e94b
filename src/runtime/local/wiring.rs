//! Who reaches whom at which address in a local cluster.

use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddrV4};

use super::slot::{Slot, is_free};
use crate::event::id::HostId;
use crate::link::{Destination, End, Entry, Links, WaysBack};
use crate::runtime::RuntimeError;
use crate::runtime::ports::{Ports, SHIFTS, conventional};
use crate::topology::{Address, Addresses, Listener, ListenerAddress, Outside, Topology};

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
    /// Takes a slot and finds free ports in it. With links, opens all their entries: from hosts to the listeners that
    /// their nodes call, and from clients to hosts; without, all reach each other directly.
    ///
    /// # Errors
    /// When no slot or no ports are free, or a link cannot be opened.
    pub async fn lay(topology: &Topology, with_links: bool) -> Result<Self, RuntimeError> {
        let slot = Slot::take()?;
        let ports = SHIFTS
            .into_iter()
            .map(|shift| Ports::by_host(topology, shift))
            .find(|ports| bound(&slot, topology, ports).all(|(.., address)| is_free(address)))
            .ok_or_else(|| RuntimeError::Environment {
                what: format!(
                    "ports {}, and the same ones {SHIFTS:?} higher, are taken on {}",
                    conventional(topology),
                    slot.host(HostId(1))
                ),
                help: "stop what listens on these ports on all addresses: ss -ltnp".into(),
            })?;
        let addresses = addresses(&slot, topology, &ports, with_links);
        let mut entries = Vec::new();
        if !with_links {
            return Ok(Self { slot, topology: topology.clone(), addresses, links: None, entries });
        }
        let links = Links::new(topology);
        for route in routes(&slot, topology, &ports) {
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

fn addresses(slot: &Slot, topology: &Topology, ports: &Ports, with_links: bool) -> Addresses {
    let mut addresses = Addresses::default();
    for (node, host, listener) in topology.listeners() {
        let Some(port) = ports.get(node, listener) else { continue };
        let at = |ip: Ipv4Addr| Address { host: ip.to_string(), port };
        let outside = match listener.outside {
            Some(Outside::Directly) => Some(at(slot.host(host))),
            Some(Outside::ByLink) => with_links.then(|| at(slot.client_link(host))),
            None => None,
        };
        let inside = Address { host: node.to_string(), port };
        let address = ListenerAddress { bind: at(slot.host(host)), inside, outside };
        addresses.insert(node, listener, address);
    }
    addresses
}

/// What the nodes themselves bind.
fn bound<'a>(
    slot: &'a Slot,
    topology: &'a Topology,
    ports: &'a Ports,
) -> impl Iterator<Item = (HostId, &'static Listener, SocketAddrV4)> + 'a {
    topology.listeners().filter_map(|(node, host, listener)| {
        let port = ports.get(node, listener)?;
        Some((host, listener, SocketAddrV4::new(slot.host(host), port)))
    })
}

/// An address at which a link is entered.
struct Route {
    listen: SocketAddrV4,
    target: Destination,
    from: End,
    to: HostId,
}

/// Where the links of a cluster are entered and where they lead: to the listeners of each host from clients, and from
/// the other hosts with nodes that call them.
fn routes(slot: &Slot, topology: &Topology, ports: &Ports) -> Vec<Route> {
    let mut routes = Vec::new();
    for (to, listener, bound) in bound(slot, topology, ports) {
        let target = Destination::new(listener.protocol, bound);
        let entry = |address| SocketAddrV4::new(address, bound.port());
        if listener.outside == Some(Outside::ByLink) {
            let listen = entry(slot.client_link(to));
            routes.push(Route { listen, target: target.clone(), from: End::Clients, to });
        }
        for (from, roles) in topology.roles() {
            if from == to || !listener.nodes.iter().any(|role| roles.contains(role)) {
                continue;
            }
            let mut target = target.clone();
            if listener.protocol.calls_back() {
                target = target.calling_back(ways_back(slot, topology, ports, from, to));
            }
            let listen = entry(slot.link(from, to));
            routes.push(Route { listen, target, from: End::Host(from), to });
        }
    }
    routes
}

/// Where a host calls back the nodes of another that have called it, by the addresses that they give as their own.
fn ways_back(
    slot: &Slot,
    topology: &Topology,
    ports: &Ports,
    from: HostId,
    to: HostId,
) -> WaysBack {
    let callers = bound(slot, topology, ports).filter(|(host, ..)| *host == from);
    let called_back = callers.filter(|(_, listener, _)| listener.protocol.calls_back());
    let way = |own: SocketAddrV4| (own, SocketAddrV4::new(slot.link(to, from), own.port()));
    called_back.map(|(.., own)| way(own)).collect()
}

#[cfg(test)]
mod tests {
    use tokio::sync::Mutex;

    use super::*;
    use crate::cluster::listener::{INTERNAL, LINKED, broker};
    use crate::cluster::quorum::zookeeper::listener::{ELECTION, zookeeper};
    use crate::event::id::{BrokerId, ZooKeeperId};

    /// One test takes a port of all addresses; the others would meet it between their look and their bind.
    static PORTS: Mutex<()> = Mutex::const_new(());

    fn three_and_three() -> Topology {
        let brokers = (1..=3).map(|n| (BrokerId(n.into()).into(), broker(HostId(n))));
        let zookeepers = (1..=3).map(|n| (ZooKeeperId(n).into(), zookeeper(HostId(n + 3))));
        brokers.chain(zookeepers).collect()
    }

    fn internal_port(wiring: &Wiring, broker: i32) -> u16 {
        wiring.addresses().get(BrokerId(broker).into(), &INTERNAL).unwrap().bind.port
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
        let ports = Ports::by_host(&topology, 0);
        let [from, to] = [HostId(4), HostId(6)];
        let expected = (
            SocketAddrV4::new(slot.host(from), ELECTION.port),
            SocketAddrV4::new(slot.link(to, from), ELECTION.port),
        );
        assert_eq!(ways_back(&slot, &topology, &ports, from, to), [expected].into());
        assert!(ways_back(&slot, &topology, &ports, HostId(1), to).is_empty(), "a broker");
    }

    #[tokio::test]
    async fn without_links_a_peer_is_reached_directly() {
        let _alone = PORTS.lock().await;
        let wiring = Wiring::lay(&three_and_three(), false).await.unwrap();
        let hosts = wiring.hosts_file(HostId(1));
        let line = hosts.lines().find(|line| line.ends_with("broker-2")).unwrap();
        assert!(line.contains(".2.2 "), "{line}");
        assert!(wiring.entries.is_empty());
        let linked = wiring.addresses().get(BrokerId(1).into(), &LINKED).unwrap();
        assert_eq!(linked.outside, None);
    }

    #[tokio::test]
    async fn brokers_on_one_host_have_ports_of_their_own() {
        let _alone = PORTS.lock().await;
        let brokers = [1, 2].map(|id| (BrokerId(id).into(), broker(HostId(1))));
        let wiring = Wiring::lay(&brokers.into_iter().collect(), true).await.unwrap();
        assert_ne!(internal_port(&wiring, 1), internal_port(&wiring, 2));
    }

    #[tokio::test]
    async fn a_port_taken_on_all_addresses_moves_the_cluster_to_other_ports() {
        let _alone = PORTS.lock().await;
        let taken = std::net::TcpListener::bind((Ipv4Addr::UNSPECIFIED, INTERNAL.port));
        let wiring = Wiring::lay(&three_and_three(), true).await.unwrap();
        let port = internal_port(&wiring, 1);
        assert!(taken.is_err() || port != INTERNAL.port);
    }
}
