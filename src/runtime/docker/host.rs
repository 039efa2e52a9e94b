//! Hosts of a cluster. Each is a container that does nothing and lives as long as the cluster: it holds the
//! network namespace, the names and the published ports, and the nodes on the host join it.
//!
//! So a node that is killed and started again keeps its address and its ports, also where several brokers
//! share a host; names resolve before their nodes are started; and no port can be taken by somebody else
//! between reservation and start, as the engine chooses free ones and holds them.

use std::collections::{BTreeMap, HashMap};
use std::net::Ipv4Addr;

use futures::future::try_join_all;
use testcontainers::bollard::models::{
    ContainerCreateBody, EndpointSettings, HostConfig, NetworkingConfig, PortBinding,
};
use testcontainers::bollard::query_parameters::{
    CreateContainerOptionsBuilder, InspectContainerOptions, StartContainerOptions,
};

use super::engine::{Engine, refused};
use super::image::Image;
use super::network::Network;
use super::owner::Owner;
use super::ports::{LOOPBACK, is_published};
use crate::event::id::HostId;
use crate::runtime::RuntimeError;
use crate::runtime::ports::Ports;
use crate::topology::Topology;

/// Name on the engine of a host's container.
pub(super) fn container(owner: &Owner, host: HostId) -> String {
    owner.name(format_args!("host-{}", host.0))
}

/// Starts the containers of all hosts, in parallel.
///
/// # Errors
/// When the engine refuses, for example because it has no port left.
pub(super) async fn start_all(
    engine: &Engine,
    owner: &Owner,
    image: &Image,
    network: &Network,
    topology: &Topology,
    ports: &Ports,
) -> Result<BTreeMap<HostId, Seen>, RuntimeError> {
    let hosts = hosts(topology, ports);
    let started = try_join_all(hosts.iter().map(async |(id, host)| {
        let seen = start(engine, owner, image, &network.id, *id, host).await?;
        Ok::<_, RuntimeError>((*id, seen))
    }));
    Ok(started.await?.into_iter().collect())
}

/// What the engine has given to a host.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    ip: Option<Ipv4Addr>,
    /// Ports in the container and where they are published.
    published: HashMap<u16, u16>,
}

impl Seen {
    pub(super) fn new(ip: Option<Ipv4Addr>, published: HashMap<u16, u16>) -> Self {
        Self { ip, published }
    }

    /// Its address in the network.
    pub(super) fn ip(&self) -> Option<Ipv4Addr> {
        self.ip
    }

    /// Where a port of its containers is published.
    pub(super) fn published(&self, port: u16) -> Option<u16> {
        self.published.get(&port).copied()
    }
}

/// What a host offers: the names of its nodes and the ports to be published.
#[derive(Debug, Default, PartialEq, Eq)]
struct Host {
    names: Vec<String>,
    ports: Vec<u16>,
}

fn hosts(topology: &Topology, ports: &Ports) -> BTreeMap<HostId, Host> {
    let mut hosts: BTreeMap<HostId, Host> = BTreeMap::new();
    for (node, id) in topology.nodes() {
        hosts.entry(id).or_default().names.push(node.to_string());
    }
    for (node, id, listener) in topology.listeners().filter(|(.., it)| is_published(it)) {
        hosts.entry(id).or_default().ports.extend(ports.get(node, listener));
    }
    hosts
}

async fn start(
    engine: &Engine,
    owner: &Owner,
    image: &Image,
    network: &str,
    id: HostId,
    host: &Host,
) -> Result<Seen, RuntimeError> {
    let name = container(owner, id);
    let doing = || format!("start host {} of the cluster", id.0);
    let options = CreateContainerOptionsBuilder::new().name(&name).build();
    let body = body(owner, image, network, host);
    let (client, of) = (engine.client.clone(), name.clone());
    let making = async move {
        client.create_container(Some(options), body).await?;
        client.start_container(&of, None::<StartContainerOptions>).await
    };
    owner.make(making).await.map_err(refused(doing()))?;
    let seen = engine.client.inspect_container(&name, None::<InspectContainerOptions>).await;
    let settings = seen.map_err(refused(doing()))?.network_settings.unwrap_or_default();
    let endpoints = settings.networks.unwrap_or_default().into_values();
    let ip = endpoints.filter_map(|endpoint| endpoint.ip_address?.parse().ok()).next();
    let bindings = settings.ports.unwrap_or_default().into_iter();
    let published = bindings.filter_map(|(port, bound)| Some((inside(&port)?, outside(&bound?)?)));
    Ok(Seen::new(ip, published.collect()))
}

fn body(owner: &Owner, image: &Image, network: &str, host: &Host) -> ContainerCreateBody {
    let exposed: Vec<_> = host.ports.iter().map(|port| format!("{port}/tcp")).collect();
    // An empty port lets the engine choose a free one.
    let anywhere = PortBinding { host_ip: Some(LOOPBACK.into()), host_port: Some(String::new()) };
    let bindings = exposed.iter().map(|port| (port.clone(), Some(vec![anywhere.clone()])));
    let endpoint =
        EndpointSettings { aliases: Some(host.names.clone()), ..EndpointSettings::default() };
    ContainerCreateBody {
        image: Some(image.reference.clone()),
        cmd: Some(vec!["host".into()]),
        hostname: host.names.first().cloned(),
        labels: Some(owner.labels()),
        host_config: Some(HostConfig {
            network_mode: Some(network.into()),
            port_bindings: Some(bindings.collect()),
            ..HostConfig::default()
        }),
        networking_config: Some(NetworkingConfig {
            endpoints_config: Some([(network.to_owned(), endpoint)].into()),
        }),
        exposed_ports: Some(exposed),
        ..ContainerCreateBody::default()
    }
}

/// `19092/tcp`
fn inside(port: &str) -> Option<u16> {
    port.strip_suffix("/tcp")?.parse().ok()
}

fn outside(bound: &[PortBinding]) -> Option<u16> {
    bound.first()?.host_port.as_ref()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::listener::broker;
    use crate::event::id::BrokerId;

    #[test]
    fn nodes_on_one_host_share_its_names_and_ports() {
        let brokers = [1, 2].map(|id| (BrokerId(id).into(), broker(HostId(1))));
        let topology = brokers.into_iter().collect();
        let hosts = hosts(&topology, &Ports::by_host(&topology, 0));
        let names = vec!["broker-1".to_owned(), "broker-2".to_owned()];
        assert_eq!(hosts[&HostId(1)], Host { names, ports: vec![19092, 19093] });
    }

    #[test]
    fn ports_are_published_on_loopback_only() {
        let state = std::path::Path::new("/state");
        let owner = Owner::new(crate::event::run_id::RunId::new(), state, "one");
        let image = Image {
            release: crate::distribution::releases().remove(0),
            reference: "kafka-trial:x".into(),
            class_path: Vec::new(),
        };
        let host = Host { names: vec!["broker-1".into()], ports: vec![19092] };
        let config = body(&owner, &image, "net", &host).host_config.unwrap();
        let bindings: Vec<_> =
            config.port_bindings.unwrap().into_values().flatten().flatten().collect();
        assert!(!bindings.is_empty());
        assert!(bindings.iter().all(|it| it.host_ip.as_deref() == Some("127.0.0.1")));
    }
}
