//! Links between containers. The names of peers on other hosts lead to the gateway of the cluster's network,
//! which is this machine, where each node that is reached has a port of its own; who comes is told by the
//! address of its container. Clients come in at ports of 127.0.0.1.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, SocketAddrV4};
use std::time::Duration;

use super::engine::Engine;
use super::exec::{self, Program};
use super::host;
use super::network::Network;
use super::owner::Owner;
use super::ports::{NodePorts, Ports};
use crate::cluster::topology::{Address, Topology};
use crate::event::id::{BrokerId, HostId, NodeId};
use crate::link::{Destination, End, Entry, Links, Listener, WaysBack};

/// Added to the ports at the gateway until none is taken by something that listens on all addresses.
const SHIFTS: [u16; 6] = [0, 1000, 2000, 3000, 4000, 5000];

/// How long a container may take to reach this machine.
const REACH_LIMIT: Duration = Duration::from_secs(5);

/// The links of a cluster and where they are entered.
#[derive(Debug)]
pub(super) struct Wiring {
    topology: Topology,
    gateway: Ipv4Addr,
    hosts: BTreeMap<HostId, Ipv4Addr>,
    links: Links,
    /// Where clients enter the link to each broker.
    linked: BTreeMap<BrokerId, Address>,
    _entries: Vec<Entry>,
}

/// Ports that are free at the gateway, and its address.
///
/// # Errors
/// Why there can be no links.
pub(super) fn find_ports(
    network: &Network,
    topology: &Topology,
) -> Result<(Ipv4Addr, Ports), String> {
    let gateway = network.gateway.ok_or("the network of the cluster has no gateway")?;
    let is_free = |port| std::net::TcpListener::bind((gateway, port)).is_ok();
    if !is_free(0) {
        return Err(format!(
            "the gateway of the cluster's network, {gateway}, is no address of this machine: the engine runs \
             elsewhere, or trial in a container"
        ));
    }
    let shifted = SHIFTS.into_iter().map(|shift| Ports::by_node(topology, shift));
    let ports = shifted
        .into_iter()
        .find(|ports| at_gateway(topology, ports).all(|(.., port, _)| is_free(port)));
    let ports =
        ports.ok_or_else(|| format!("the ports of Kafka and ZooKeeper are taken at {gateway}"))?;
    Ok((gateway, ports))
}

/// What is reached by way of the gateway: the node, its host, the port, and what listens there.
fn at_gateway<'a>(
    topology: &'a Topology,
    ports: &'a Ports,
) -> impl Iterator<Item = (NodeId, HostId, u16, Listener)> + 'a {
    topology.nodes().flat_map(|(node, host)| {
        let reached = match ports.get(node) {
            Some(NodePorts::Broker { internal, .. }) => vec![(internal, Listener::Kafka)],
            Some(NodePorts::ZooKeeper { client, quorum, election }) => vec![
                (client, Listener::ZooKeeper),
                (quorum, Listener::Quorum),
                (election, Listener::Election),
            ],
            None => Vec::new(),
        };
        reached.into_iter().map(move |(port, listener)| (node, host, port, listener))
    })
}

/// Where a host reaches the ZooKeepers of others for elections, by their own addresses.
fn ways_back(
    topology: &Topology,
    gateway: Ipv4Addr,
    ports: &Ports,
    hosts: &BTreeMap<HostId, Ipv4Addr>,
    of: HostId,
) -> WaysBack {
    let of_others = at_gateway(topology, ports).filter(|(_, host, ..)| *host != of);
    let led = of_others.filter(|(.., listener)| *listener == Listener::Election);
    led.filter_map(|(_, host, port, _)| {
        let own = SocketAddrV4::new(*hosts.get(&host)?, port);
        Some((own, SocketAddrV4::new(gateway, port)))
    })
    .collect()
}

impl Wiring {
    /// Opens all entries, and sees that a container reaches them.
    ///
    /// # Errors
    /// Why there can be no links.
    pub(super) async fn lay(
        (engine, owner): (&Engine, &Owner),
        topology: &Topology,
        gateway: Ipv4Addr,
        ports: &Ports,
        hosts: BTreeMap<HostId, Ipv4Addr>,
    ) -> Result<Self, String> {
        let links = Links::new(topology);
        let address = |host: HostId, port: u16| {
            let ip = hosts.get(&host).ok_or("a host has no address in the cluster's network")?;
            Ok::<_, String>(SocketAddrV4::new(*ip, port))
        };
        let mut entries = Vec::new();
        for (_, to, port, listener) in at_gateway(topology, ports) {
            let mut target = Destination::new(listener, address(to, port)?);
            if listener == Listener::Election {
                target = target.calling_back(ways_back(topology, gateway, ports, &hosts, to));
            }
            let ways: BTreeMap<IpAddr, _> = hosts
                .iter()
                .filter_map(|(from, ip)| {
                    Some((IpAddr::V4(*ip), links.way(End::Host(*from), End::Host(to))?))
                })
                .collect();
            let listen = SocketAddrV4::new(gateway, port);
            let entry = Entry::open(listen, target, move |from| ways.get(&from).cloned()).await;
            entries
                .push(entry.map_err(|error| format!("{listen} cannot be listened on: {error}"))?);
        }
        let mut linked = BTreeMap::new();
        for (id, host) in &topology.brokers {
            let Some(NodePorts::Broker { linked: port, .. }) = ports.get((*id).into()) else {
                continue;
            };
            let target = Destination::new(Listener::Kafka, address(*host, port)?);
            let way = links.way(End::Clients, End::Host(*host));
            let listen = SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0);
            let entry = Entry::open(listen, target, move |_| way.clone()).await;
            let entry = entry.map_err(|error| format!("no port of 127.0.0.1 is free: {error}"))?;
            let (host, port) = (entry.listen().ip().to_string(), entry.listen().port());
            linked.insert(*id, Address { host, port });
            entries.push(entry);
        }
        let wiring =
            Self { topology: topology.clone(), gateway, hosts, links, linked, _entries: entries };
        wiring.see_that_it_is_reached(engine, owner, ports).await?;
        Ok(wiring)
    }

    /// A firewall may keep containers from this machine, which is no reason to be without a cluster.
    async fn see_that_it_is_reached(
        &self,
        engine: &Engine,
        owner: &Owner,
        ports: &Ports,
    ) -> Result<(), String> {
        let Some((node, from)) = self.topology.nodes().next() else { return Ok(()) };
        let mut others = at_gateway(&self.topology, ports).filter(|(_, host, ..)| *host != from);
        let Some((.., port, _)) = others.next() else { return Ok(()) };
        let line = ["bash", "-c", &format!("exec 3<>/dev/tcp/{}/{port}", self.gateway)];
        let line = line.map(String::from).to_vec();
        let program = Program { name: "bash", line, folder: None, stdin: "", limit: REACH_LIMIT };
        let container = host::container(owner, from);
        match exec::run(engine, &container, node, program).await {
            Ok(output) if output.code == 0 => Ok(()),
            Ok(output) => Err(format!(
                "containers do not reach this machine at {}: {}; is it a firewall?",
                self.gateway,
                output.stderr.trim()
            )),
            Err(error) => Err(format!(
                "containers do not reach this machine at {}: {error}; is it a firewall?",
                self.gateway
            )),
        }
    }

    /// The links.
    pub(super) fn links(&self) -> &Links {
        &self.links
    }

    /// Where clients enter the link to each broker.
    pub(super) fn linked(&self) -> &BTreeMap<BrokerId, Address> {
        &self.linked
    }

    /// The hosts file of a host: itself by its own address, peers on other hosts by that of the gateway.
    pub(super) fn hosts_file(&self, from: HostId) -> String {
        let own = self.hosts.get(&from).copied().unwrap_or(Ipv4Addr::LOCALHOST);
        let mut text = String::from("127.0.0.1 localhost\n");
        for (node, host) in self.topology.nodes() {
            let address = if host == from { own } else { self.gateway };
            // Writing to a String cannot fail.
            writeln!(text, "{address} {node}").ok();
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::id::ZooKeeperId;

    #[test]
    fn a_zookeeper_that_is_called_for_an_election_calls_back_by_the_gateway() {
        let topology = Topology {
            brokers: [(BrokerId(1), HostId(1))].into(),
            zookeepers: (1..=3).map(|n| (ZooKeeperId(n), HostId(n))).collect(),
        };
        let ports = Ports::by_node(&topology, 0);
        let address = |host: u8| Ipv4Addr::new(172, 20, 0, host);
        let hosts = (1..=3).map(|n| (HostId(n), address(n + 1))).collect();
        let gateway = address(1);
        let ways_back = ways_back(&topology, gateway, &ports, &hosts, HostId(3));
        assert_eq!(ways_back.len(), 2, "{ways_back:?}");
        for (own, way) in ways_back {
            assert!([address(2), address(3)].contains(own.ip()), "{own}");
            assert_eq!((*way.ip(), way.port()), (gateway, own.port()));
        }
    }
}
