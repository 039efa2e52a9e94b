//! Real Kafka and ZooKeeper as child processes on loopback addresses. Needs Java on Linux, no root.
//!
//! Each node's JVM gets a hosts file of its own (`-Djdk.net.hosts.file`), in which the name of a peer on
//! another host is the address of a link's [entry](crate::link::Entry) where links are needed, so that every
//! connection between hosts goes through a proxy that the runner owns; otherwise its own address. See [`slot`] for the addresses.

mod files;
mod programs;
pub mod provider;
mod slot;
mod wiring;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};

use async_trait::async_trait;
use tokio::process::Command;
use tokio::sync::Mutex;

use self::wiring::Wiring;
use super::{Capabilities, Capability, Network, Nodes, Runtime, RuntimeError};
use crate::distribution::ClassData;
use crate::event::id::NodeId;
use crate::event::node_state::NodeState;
use crate::event::runtime_kind::RuntimeKind;
use crate::java::Java;
use crate::link::Links;
use crate::owned::process::Process;
use crate::owned::run_folder::RunFolder;
use crate::owned::signal::Signal;
use crate::runtime::jvm;
use crate::statistics::machine;
use crate::statistics::sockets::Tally;
use crate::statistics::usage::Usage;
use crate::topology::{Addresses, NodePlan, Topology};

/// A cluster's place on this machine.
#[derive(Debug)]
pub struct Local {
    run: Arc<RunFolder>,
    root: PathBuf,
    java: Java,
    class_data: HashMap<String, ClassData>,
    wiring: std::sync::Mutex<Option<Arc<Wiring>>>,
    nodes: Mutex<HashMap<NodeId, Node>>,
}

#[derive(Debug)]
struct Node {
    plan: NodePlan,
    process: Process,
    traffic: Arc<std::sync::Mutex<Tally>>,
}

impl Local {
    /// A place for the cluster `name` in the run's folder. `class_data` holds the archives by the name of
    /// their distribution.
    pub fn new(
        run: Arc<RunFolder>,
        name: &str,
        java: Java,
        class_data: HashMap<String, ClassData>,
    ) -> Self {
        let root = run.path().join("clusters").join(name);
        Self {
            run,
            root,
            java,
            class_data,
            wiring: std::sync::Mutex::default(),
            nodes: Mutex::new(HashMap::new()),
        }
    }

    fn wiring(&self) -> Option<Arc<Wiring>> {
        self.wiring.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn keep_wiring(&self, wiring: Option<Wiring>) {
        *self.wiring.lock().unwrap_or_else(PoisonError::into_inner) = wiring.map(Arc::new);
    }

    fn folder(&self, node: NodeId) -> PathBuf {
        self.root.join(node.to_string())
    }

    fn log_file(&self, node: NodeId) -> PathBuf {
        self.folder(node).join("logs").join("node.log")
    }

    /// What a killed JVM leaves of its temporary files, such as libraries that jars bring, goes with the node.
    fn java_options(&self, node: NodeId) -> Vec<String> {
        let folder = self.folder(node);
        vec![
            format!("-Djdk.net.hosts.file={}", folder.join("hosts").display()),
            format!("-Djava.io.tmpdir={}", folder.display()),
        ]
    }

    /// Writes the plan's files below the node's folder, which is made if need be. The plan's folders are made
    /// at the first start, and again when the data was removed: whatever else has become of them stays.
    async fn write_files(&self, plan: &NodePlan, hosts: &str) -> Result<(), RuntimeError> {
        let root = self.folder(plan.id);
        let folders = plan.folders.iter().map(|folder| root.join(folder));
        let files = plan.files.iter().map(|(path, contents)| (root.join(path), contents.clone()));
        let hosts = std::iter::once((root.join("hosts"), hosts.as_bytes().to_vec()));
        let files: Vec<_> = files.chain(hosts).collect();
        for folder in folders.chain([root.join("logs")]) {
            if folder.symlink_metadata().is_ok() {
                continue;
            }
            tokio::fs::create_dir_all(&folder).await.map_err(|e| failed_to("make", &folder, e))?;
        }
        for (path, contents) in files {
            if let Some(parent) = path.parent() {
                tokio::fs::create_dir_all(parent)
                    .await
                    .map_err(|e| failed_to("make", parent, e))?;
            }
            tokio::fs::write(&path, contents).await.map_err(|e| failed_to("write", &path, e))?;
        }
        Ok(())
    }
}

#[async_trait]
impl Runtime for Local {
    fn kind(&self) -> RuntimeKind {
        RuntimeKind::Local
    }

    fn capabilities(&self) -> Capabilities {
        let has_links = self.wiring().is_some_and(|wiring| wiring.links().is_some());
        let links = || match has_links {
            true => Ok(()),
            false => Err("no scenario on this cluster needs links".into()),
        };
        let disks = "nodes write to the disk of this machine; a disk of their own would need root";
        let clocks = "nodes share the clock of this machine";
        [
            (Capability::Links, links()),
            (Capability::ClientLinks, links()),
            (Capability::SharedHosts, Ok(())),
            (Capability::SmallDisks, Err(format!("{disks}: --runtime docker has it"))),
            (Capability::MovableClocks, Err(format!("{clocks}: --runtime docker can move them"))),
        ]
        .into()
    }

    async fn remove(&self) -> Result<(), RuntimeError> {
        let mut nodes = self.nodes.lock().await;
        let ends = nodes.values_mut().map(|node| node.process.kill());
        for end in futures::future::join_all(ends).await {
            end.map_err(|error| failed("kill a node", error))?;
        }
        nodes.clear();
        self.keep_wiring(None);
        match tokio::fs::remove_dir_all(&self.root).await {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(failed_to("remove", &self.root, error))
            }
            _ => Ok(()),
        }
    }
}

#[async_trait]
impl Network for Local {
    async fn reserve(
        &self,
        topology: &Topology,
        with_links: bool,
    ) -> Result<Addresses, RuntimeError> {
        let wiring = Wiring::lay(topology, with_links).await?;
        let addresses = wiring.addresses().clone();
        self.keep_wiring(Some(wiring));
        Ok(addresses)
    }

    async fn links(&self) -> Option<Links> {
        self.wiring()?.links().cloned()
    }
}

#[async_trait]
impl Nodes for Local {
    async fn start(&self, plan: &NodePlan) -> Result<(), RuntimeError> {
        let hosts = match self.wiring() {
            Some(wiring) => wiring.hosts_file(plan.host),
            None => return Err(not(plan.id, "was started before addresses were reserved")),
        };
        let mut nodes = self.nodes.lock().await;
        if let Some(node) = nodes.get_mut(&plan.id)
            && node.process.state().map_err(|e| failed("look at a process", e))?.is_alive()
        {
            return Err(not(plan.id, "is already running"));
        }
        self.write_files(plan, &hosts).await?;
        let archives = self.class_data.get(&plan.distribution.release.to_string());
        let archive = archives.and_then(|archives| archives.of(plan.archive));
        let mut command = Command::new(&self.java.program);
        command.current_dir(self.folder(plan.id)).args(jvm::arguments(
            plan,
            &plan.distribution.class_path(),
            archive,
            &self.java_options(plan.id),
            &self.folder(plan.id).join("config/log4j.properties"),
        ));
        let process = Process::start(command, &self.log_file(plan.id), &self.run)
            .map_err(|error| failed(&format!("start {}", plan.id), error))?;
        nodes.insert(plan.id, Node { plan: plan.clone(), process, traffic: Arc::default() });
        Ok(())
    }

    async fn signal(&self, node: NodeId, signal: Signal) -> Result<(), RuntimeError> {
        let mut nodes = self.nodes.lock().await;
        let process =
            &mut nodes.get_mut(&node).ok_or_else(|| not(node, "was never started"))?.process;
        if !process.state().map_err(|e| failed("look at a process", e))?.is_alive() {
            return Err(not(node, "is not running"));
        }
        process.signal(signal).map_err(|error| failed(&format!("signal {node}"), error))
    }

    async fn state(&self, node: NodeId) -> Result<NodeState, RuntimeError> {
        match self.nodes.lock().await.get_mut(&node) {
            Some(node) => node.process.state().map_err(|e| failed("look at a process", e)),
            None => Ok(NodeState::NotStarted),
        }
    }

    /// Nodes share the loopback network, so what each sends is told by its connections.
    async fn usage(&self, node: NodeId) -> Result<Usage, RuntimeError> {
        let nodes = self.nodes.lock().await;
        let found = nodes.get(&node).ok_or_else(|| not(node, "was never started"))?;
        let (pid, traffic) = (found.process.pid().as_raw(), Arc::clone(&found.traffic));
        drop(nodes);
        let usage = tokio::task::spawn_blocking(move || {
            let usage = machine::of_pid(pid)?;
            let mut traffic = traffic.lock().unwrap_or_else(PoisonError::into_inner);
            Ok::<_, String>(Usage { network: traffic.count(pid).ok(), ..usage })
        });
        let usage = usage.await.map_err(|error| error.to_string()).flatten();
        usage.map_err(|error| failed("look at a process", std::io::Error::other(error)))
    }
}

fn not(node: NodeId, why: &str) -> RuntimeError {
    RuntimeError::Node { node, why: why.into() }
}

fn failed(doing: &str, source: std::io::Error) -> RuntimeError {
    RuntimeError::Failed { doing: doing.into(), source: source.into() }
}

fn failed_to(verb: &str, path: &Path, source: std::io::Error) -> RuntimeError {
    failed(&format!("{verb} {}", path.display()), source)
}
