//! Real Kafka and ZooKeeper in containers on a Docker engine.
//!
//! A cluster is one network, one container per host ([`host`]) and one per node ([`node`]), and one for the
//! disk of a node where that is needed ([`disk`]), all from the image of its distribution ([`image`]), all with
//! the labels of their [`owner`]. Where a scenario needs links, nodes reach each other through this machine
//! ([`wiring`]).
//!
//! testcontainers finds and reaches the engine, pulls the base image with the user's credentials, and
//! builds the images. Containers are made with bollard, the client underneath, since testcontainers 0.28
//! has no network aliases, no container that is made without being started, no files copied before another
//! start, no kill signals, no standard input for commands, and no labels on networks.

mod archive;
mod disk;
mod engine;
mod exec;
mod files;
mod host;
mod image;
mod network;
mod node;
mod owner;
mod ports;
mod programs;
pub mod provider;
mod usage;
mod wiring;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};

use async_trait::async_trait;
use tokio::sync::Mutex;

pub use self::engine::{Engine, engine};
pub use self::image::{Image, prepare};
pub use self::owner::sweep;

use self::disk::Disk;
use self::engine::refused;
use self::node::{Logged, Node};
use self::owner::Owner;
use self::wiring::Wiring;
use super::{Capabilities, Capability, Files as _, Network, Nodes, Runtime, RuntimeError};
use crate::distribution::Distribution;
use crate::event::id::{HostId, NodeId};
use crate::event::node_state::NodeState;
use crate::event::run_id::RunId;
use crate::event::runtime_kind::RuntimeKind;
use crate::link::Links;
use crate::owned::signal::Signal;
use crate::runtime::jvm;
use crate::runtime::ports::Ports;
use crate::statistics::usage::Usage;
use crate::topology::{Addresses, NodePlan, Topology};

/// Home of the image's user; the node's files are there.
const ROOT: &str = "/var/lib/trial";
/// The JVM's command line, below [`ROOT`], so that it can change between two starts.
const ARGUMENTS: &str = "java.args";
/// Names and addresses for the JVM, below [`ROOT`].
const HOSTS: &str = "hosts";
/// Where the image has docker/launch.sh.
const LAUNCH: &str = "/opt/trial/launch.sh";
/// Names the file that says by how much the clock is moved (docker/launch.sh).
const CLOCK: &str = "TRIAL_CLOCK";

/// A cluster's place on a Docker engine.
#[derive(Debug)]
pub struct Docker {
    engine: Engine,
    owner: Owner,
    images: Vec<Image>,
    /// Of every node that was started.
    started: Mutex<HashMap<NodeId, Image>>,
    /// Of every node that was started.
    hosts: Mutex<HashMap<NodeId, HostId>>,
    /// Logs of containers that were removed with their data.
    earlier_logs: Mutex<HashMap<NodeId, Vec<Logged>>>,
    /// The links, or why there are none.
    wiring: std::sync::Mutex<Result<Arc<Wiring>, String>>,
}

/// Why there are no links where nobody asked for them.
const NOT_ASKED_FOR: &str = "no scenario on this cluster needs links";

impl Docker {
    /// A place for a cluster of a run. `state` is the state folder of the run, `cluster` a name unique within
    /// it, `images` those of all distributions that the cluster's nodes use, at least one. Touches nothing.
    pub fn new(
        engine: Engine,
        run: RunId,
        state: &Path,
        cluster: &str,
        images: Vec<Image>,
    ) -> Self {
        let owner = Owner::new(run, state, cluster);
        let (started, hosts, earlier_logs) = (Mutex::default(), Mutex::default(), Mutex::default());
        let wiring = std::sync::Mutex::new(Err(NOT_ASKED_FOR.into()));
        Self { engine, owner, images, started, hosts, earlier_logs, wiring }
    }

    fn wiring(&self) -> Result<Arc<Wiring>, String> {
        self.wiring.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn keep_wiring(&self, wiring: Result<Arc<Wiring>, String>) {
        *self.wiring.lock().unwrap_or_else(PoisonError::into_inner) = wiring;
    }

    /// Where the JVMs on a host find the addresses of names, where they need not ask the engine.
    fn hosts_file(&self, host: HostId) -> Option<(PathBuf, Vec<u8>)> {
        Some((HOSTS.into(), self.wiring().ok()?.hosts_file(host).into_bytes()))
    }

    /// Options for every JVM in a node's container.
    fn java_options(&self) -> Vec<String> {
        let hosts = self.wiring().map(|_| format!("-Djdk.net.hosts.file={ROOT}/{HOSTS}"));
        hosts.into_iter().collect()
    }

    fn node(&self, id: NodeId) -> Node<'_> {
        Node::new(&self.engine, &self.owner, id)
    }

    fn disk(&self, id: NodeId) -> Disk<'_> {
        Disk::new(&self.engine, &self.owner, id)
    }

    fn image(&self, distribution: &Distribution) -> Result<&Image, RuntimeError> {
        let release = &distribution.release;
        let image = self.images.iter().find(|image| image.release == *release);
        image.ok_or_else(|| refused(format!("find the image of {release}"))("it was not prepared"))
    }
}

#[async_trait]
impl Runtime for Docker {
    fn kind(&self) -> RuntimeKind {
        RuntimeKind::Docker
    }

    fn capabilities(&self) -> Capabilities {
        let links = || self.wiring().map(drop);
        [
            (Capability::Links, links()),
            (Capability::ClientLinks, links()),
            (Capability::SharedHosts, Ok(())),
            (Capability::SmallDisks, Ok(())),
            (Capability::MovableClocks, Ok(())),
        ]
        .into()
    }

    async fn remove(&self) -> Result<(), RuntimeError> {
        self.keep_wiring(Err("the cluster is gone".into()));
        self.owner.remove_all(&self.engine).await
    }
}

#[async_trait]
impl Network for Docker {
    async fn reserve(
        &self,
        topology: &Topology,
        with_links: bool,
    ) -> Result<Addresses, RuntimeError> {
        let image = self.images.first();
        let image = image.ok_or_else(|| refused("start a cluster")("no image was prepared"))?;
        let network = network::Network::make(&self.engine, &self.owner).await?;
        let found = match with_links {
            true => wiring::find_ports(&network, topology),
            false => Err(NOT_ASKED_FOR.into()),
        };
        let (gateway, ports) = match found {
            Ok((gateway, ports)) => (Ok(gateway), ports),
            Err(why) => (Err(why), Ports::by_host(topology, 0)),
        };
        let (engine, owner) = (&self.engine, &self.owner);
        let seen = host::start_all(engine, owner, image, &network, topology, &ports).await?;
        let mut addresses = ports::addresses(topology, &ports, &seen)?;
        let wiring = match gateway {
            Ok(gateway) => {
                let ips = seen.iter().filter_map(|(host, seen)| Some((*host, seen.ip()?)));
                Wiring::lay((engine, owner), topology, gateway, &ports, ips.collect()).await
            }
            Err(why) => Err(why),
        };
        if let Ok(wiring) = &wiring {
            for (node, listener, entry) in wiring.entered_by_clients() {
                addresses.reach(*node, listener, entry.clone());
            }
        }
        self.keep_wiring(wiring.map(Arc::new));
        Ok(addresses)
    }

    async fn links(&self) -> Option<Links> {
        Some(self.wiring().ok()?.links().clone())
    }
}

#[async_trait]
impl Nodes for Docker {
    async fn start(&self, plan: &NodePlan) -> Result<(), RuntimeError> {
        let image = self.image(&plan.distribution)?;
        let node = self.node(plan.id);
        if node.state().await?.is_alive() {
            return Err(RuntimeError::Node { node: plan.id, why: "is already running".into() });
        }
        let is_new = !node.exists().await?;
        if is_new {
            let arguments = format!("@{ROOT}/{ARGUMENTS}");
            let command = ["java", plan.archive, &arguments].map(String::from).to_vec();
            let disk = self.disk(plan.id);
            let disk = match plan.disk_mib {
                Some(size_mib) => {
                    disk.make(image, size_mib).await?;
                    Some(&disk)
                }
                None => None,
            };
            let clock = self.paths(plan.id).clock();
            let clock = plan.movable_clock.then(|| format!("{CLOCK}={}", clock.display()));
            node.create(image, plan.host, command, disk, clock).await?;
        }
        let root = Path::new(ROOT);
        let log4j = self.paths(plan.id).config().join("log4j.properties");
        let options = self.java_options();
        let arguments = jvm::arguments(plan, &image.class_path, None, &options, &log4j);
        let mut files = plan.files.clone();
        files.extend(self.hosts_file(plan.host));
        files.push((ARGUMENTS.into(), argument_file(&arguments).into_bytes()));
        // Made once: whatever has become of them since stays.
        let folders = if is_new { plan.folders.as_slice() } else { &[] };
        let packed = archive::pack(root, folders, &files).await;
        let packed = packed.map_err(refused(format!("pack the files of {}", plan.id)))?;
        node.upload(packed).await?;
        node.start().await?;
        self.started.lock().await.insert(plan.id, image.clone());
        self.hosts.lock().await.insert(plan.id, plan.host);
        Ok(())
    }

    async fn signal(&self, node: NodeId, signal: Signal) -> Result<(), RuntimeError> {
        self.node(node).signal(signal).await
    }

    async fn state(&self, node: NodeId) -> Result<NodeState, RuntimeError> {
        self.node(node).state().await
    }

    async fn usage(&self, node: NodeId) -> Result<Usage, RuntimeError> {
        let host = self.hosts.lock().await.get(&node).copied();
        let host = host.map(|host| host::container(&self.owner, host));
        usage::of(&self.engine, self.node(node).name(), host.as_deref()).await
    }
}

/// In the syntax of the `java` launcher's argument files: quoted, one a line.
fn argument_file(arguments: &[String]) -> String {
    let quote = |argument: &String| {
        let escaped = argument.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        format!("\"{escaped}\"\n")
    };
    arguments.iter().map(quote).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_with_blanks_and_quotes_survive_an_argument_file() {
        let arguments = ["-Da=b c".to_owned(), r#"say "hi" \ "#.to_owned()];
        assert_eq!(argument_file(&arguments), "\"-Da=b c\"\n\"say \\\"hi\\\" \\\\ \"\n");
    }
}
