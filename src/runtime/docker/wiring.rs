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
use crate::event::id::{HostId, NodeId};
use crate::link::{Destination, End, Entry, Links, WaysBack};
use crate::runtime::ports::{Ports, SHIFTS};
use crate::topology::{Address, Listener, Outside, Topology};

/// How long a container may take to reach this machine.
const REACH_LIMIT: Duration = Duration::from_secs(5);

/// The links of a cluster and where they are entered.
#[derive(Debug)]
pub(super) struct Wiring {
    topology: Topology,
    gateway: Ipv4Addr,
    hosts: BTreeMap<HostId, Ipv4Addr>,
    links: Links,
    entered_by_clients: Vec<(NodeId, &'static Listener, Address)>,
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
    let ports = ports.ok_or_else(|| format!("the ports of the cluster are taken at {gateway}"))?;
    Ok((gateway, ports))
}

/// What nodes call by way of the gateway: its host and port, and what listens there.
fn at_gateway<'a>(
    topology: &'a Topology,
    ports: &'a Ports,
) -> impl Iterator<Item = (HostId, u16, &'static Listener)> + 'a {
    let called = topology.listeners().filter(|(.., listener)| !listener.nodes.is_empty());
    called.filter_map(|(node, host, listener)| Some((host, ports.get(node, listener)?, listener)))
}

/// Where a host calls back those who have called it, by the addresses that they give as their own.
fn ways_back(
    topology: &Topology,
    gateway: Ipv4Addr,
    ports: &Ports,
    hosts: &BTreeMap<HostId, Ipv4Addr>,
    of: HostId,
) -> WaysBack {
    let of_others = at_gateway(topology, ports).filter(|(host, ..)| *host != of);
    let led = of_others.filter(|(.., listener)| listener.protocol.calls_back());
    led.filter_map(|(host, port, _)| {
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
        for (to, port, listener) in at_gateway(topology, ports) {
            let mut target = Destination::new(listener.protocol, address(to, port)?);
            if listener.protocol.calls_back() {
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
        let mut entered_by_clients = Vec::new();
        let by_link = |listener: &Listener| listener.outside == Some(Outside::ByLink);
        for (node, host, listener) in topology.listeners().filter(|(.., it)| by_link(it)) {
            let Some(port) = ports.get(node, listener) else { continue };
            let target = Destination::new(listener.protocol, address(host, port)?);
            let way = links.way(End::Clients, End::Host(host));
            let listen = SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0);
            let entry = Entry::open(listen, target, move |_| way.clone()).await;
            let entry = entry.map_err(|error| format!("no port of 127.0.0.1 is free: {error}"))?;
            let (host, port) = (entry.listen().ip().to_string(), entry.listen().port());
            entered_by_clients.push((node, listener, Address { host, port }));
            entries.push(entry);
        }
        let topology = topology.clone();
        let wiring =
            Self { topology, gateway, hosts, links, entered_by_clients, _entries: entries };
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
        let mut others = at_gateway(&self.topology, ports).filter(|(host, ..)| *host != from);
        let Some((_, port, _)) = others.next() else { return Ok(()) };
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

    /// The listeners that clients reach through links, and where they enter those.
    pub(super) fn entered_by_clients(&self) -> &[(NodeId, &'static Listener, Address)] {
        &self.entered_by_clients
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
    use crate::cluster::listener::broker;
    use crate::cluster::quorum::zookeeper::listener::zookeeper;
    use crate::event::id::{BrokerId, ZooKeeperId};

    #[test]
    fn a_zookeeper_that_is_called_for_an_election_calls_back_by_the_gateway() {
        let zookeepers = (1..=3).map(|n| (ZooKeeperId(n).into(), zookeeper(HostId(n))));
        let topology = zookeepers.chain([(BrokerId(1).into(), broker(HostId(1)))]).collect();
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
