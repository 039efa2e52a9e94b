//! Real Kafka and ZooKeeper as child processes on loopback addresses. Needs Java on Linux, no root.
//!
//! Each node's JVM gets a hosts file of its own (`-Djdk.net.hosts.file`), in which the name of a peer on
//! another host is the address of a link's [entry](crate::link::Entry) where links are needed, so that every
//! connection between hosts goes through a proxy that the runner owns; otherwise its own address. See [`slot`] for the addresses.

mod slot;
mod wiring;

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, PoisonError};

use async_trait::async_trait;
use jiff::Timestamp;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;
use tokio::sync::Mutex;

use self::wiring::Wiring;
use super::{
    Capabilities, Capability, ExecOutput, JavaCommand, Runtime, RuntimeError, SHELL_LIMIT, jvm,
};
use crate::cluster::topology::{Addresses, NodePaths, NodePlan, Topology};
use crate::distribution::ClassData;
use crate::event::id::NodeId;
use crate::event::node_state::NodeState;
use crate::event::runtime_kind::RuntimeKind;
use crate::java::Java;
use crate::link::Links;
use crate::owned::process::{Process, exit_code, spawn_owned};
use crate::owned::run_folder::RunFolder;
use crate::owned::signal::Signal;
use crate::statistics::machine;
use crate::statistics::sockets::Tally;
use crate::statistics::usage::Usage;

/// A cluster's place on this machine.
#[derive(Debug)]
pub struct Local {
    run: Arc<RunFolder>,
    root: PathBuf,
    java: Java,
    class_data: HashMap<String, ClassData>,
    with_links: bool,
    wiring: Mutex<Option<Wiring>>,
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
            with_links: false,
            wiring: Mutex::new(None),
            nodes: Mutex::new(HashMap::new()),
        }
    }

    /// With links between hosts and from clients; without, all reach each other directly.
    #[must_use]
    pub fn with_links(self) -> Self {
        Self { with_links: true, ..self }
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
        let files = plan.files.iter().map(|(path, text)| (root.join(path), text.clone()));
        let hosts = std::iter::once((root.join("hosts"), hosts.to_owned()));
        let files: Vec<_> = files.chain(hosts).collect();
        for folder in folders.chain([root.join("logs")]) {
            if folder.symlink_metadata().is_ok() {
                continue;
            }
            tokio::fs::create_dir_all(&folder).await.map_err(|e| failed_to("make", &folder, e))?;
        }
        for (path, text) in files {
            if let Some(parent) = path.parent() {
                tokio::fs::create_dir_all(parent)
                    .await
                    .map_err(|e| failed_to("make", parent, e))?;
            }
            tokio::fs::write(&path, text).await.map_err(|e| failed_to("write", &path, e))?;
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
        let links = || match self.with_links {
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

    async fn reserve(&self, topology: &Topology) -> Result<Addresses, RuntimeError> {
        let wiring = Wiring::lay(topology, self.with_links).await?;
        let addresses = wiring.addresses().clone();
        *self.wiring.lock().await = Some(wiring);
        Ok(addresses)
    }

    async fn links(&self) -> Option<Links> {
        self.wiring.lock().await.as_ref()?.links().cloned()
    }

    fn paths(&self, node: NodeId) -> NodePaths {
        NodePaths { root: self.folder(node) }
    }

    async fn start(&self, plan: &NodePlan) -> Result<(), RuntimeError> {
        let hosts = match self.wiring.lock().await.as_ref() {
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
        let archive = archives.and_then(|archives| match plan.id {
            NodeId::Broker(_) => archives.kafka.as_deref(),
            NodeId::ZooKeeper(_) => Some(archives.zookeeper.as_path()),
        });
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

    async fn java(&self, node: NodeId, command: &JavaCommand) -> Result<ExecOutput, RuntimeError> {
        let distribution = {
            let nodes = self.nodes.lock().await;
            let node = nodes.get(&node).ok_or_else(|| not(node, "was never started"))?;
            node.plan.distribution.clone()
        };
        let mut line = vec![self.java.program.display().to_string()];
        line.extend(jvm::tuning(128));
        line.push(jvm::logging(&self.paths(node)));
        line.extend(self.java_options(node));
        line.extend([
            "-cp".into(),
            distribution.class_path().join(":"),
            command.main_class.clone(),
        ]);
        line.extend_from_slice(&command.arguments);
        let line = jvm::fed(line, &command.stdin);
        let mut process = Command::new(&line[0]);
        process.args(&line[1..]).current_dir(self.folder(node));
        process.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let doing = || format!("run {} on {node}", command.main_class);
        let mut child =
            spawn_owned(&mut process, &self.run).map_err(|error| failed(&doing(), error))?;
        let input = child.stdin.take();
        let talk = async {
            if let Some(mut input) = input {
                // A program that ends without reading its input is judged by its exit code.
                input.write_all(command.stdin.as_bytes()).await.ok();
            }
            child.wait_with_output().await
        };
        let output =
            tokio::time::timeout(command.limit, talk).await.map_err(|_| RuntimeError::Timeout {
                node,
                command: command.main_class.clone(),
                limit: command.limit,
            })?;
        Ok(exec_output(output.map_err(|error| failed(&doing(), error))?))
    }

    async fn shell(
        &self,
        node: NodeId,
        script: &str,
        arguments: &[String],
    ) -> Result<ExecOutput, RuntimeError> {
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", script, "sh"]).args(arguments).current_dir(self.paths(node).data());
        shell.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let doing = || format!("run a shell on {node}");
        let child = spawn_owned(&mut shell, &self.run).map_err(|error| failed(&doing(), error))?;
        let ended = tokio::time::timeout(SHELL_LIMIT, child.wait_with_output()).await;
        let output = ended.map_err(|_| RuntimeError::Timeout {
            node,
            command: "a shell script".into(),
            limit: SHELL_LIMIT,
        })?;
        Ok(exec_output(output.map_err(|error| failed(&doing(), error))?))
    }

    async fn remove_data(&self, plan: &NodePlan) -> Result<(), RuntimeError> {
        if self.state(plan.id).await?.is_alive() {
            return Err(not(plan.id, "is running, so its data stays"));
        }
        for folder in &plan.folders {
            let folder = self.folder(plan.id).join(folder);
            match tokio::fs::remove_dir_all(&folder).await {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(failed_to("remove", &folder, error));
                }
                _ => {}
            }
        }
        // Where a shell is run.
        let data = self.paths(plan.id).data();
        tokio::fs::create_dir_all(&data).await.map_err(|error| failed_to("make", &data, error))
    }

    async fn read(&self, node: NodeId, path: &Path) -> Result<Vec<u8>, RuntimeError> {
        let path = self.folder(node).join(path);
        tokio::fs::read(&path).await.map_err(|error| failed_to("read", &path, error))
    }

    async fn files(
        &self,
        node: NodeId,
        folder: &Path,
    ) -> Result<BTreeMap<PathBuf, u64>, RuntimeError> {
        let folder = self.folder(node).join(folder);
        let root = folder.clone();
        let found = tokio::task::spawn_blocking(move || files_below(&root)).await;
        let found = found.map_err(|error| failed("look at files", std::io::Error::other(error)))?;
        found.map_err(|error| failed_to("look at", &folder, error))
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

    /// All of it, whatever the time: a file on the same machine is quickly read.
    async fn log_since(&self, node: NodeId, _since: Timestamp) -> Result<String, RuntimeError> {
        let path = self.log_file(node);
        match tokio::fs::read(&path).await {
            Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
            Err(error) => Err(failed_to("read", &path, error)),
        }
    }

    async fn remove(&self) -> Result<(), RuntimeError> {
        let mut nodes = self.nodes.lock().await;
        let ends = nodes.values_mut().map(|node| node.process.kill());
        for end in futures::future::join_all(ends).await {
            end.map_err(|error| failed("kill a node", error))?;
        }
        nodes.clear();
        *self.wiring.lock().await = None;
        match tokio::fs::remove_dir_all(&self.root).await {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(failed_to("remove", &self.root, error))
            }
            _ => Ok(()),
        }
    }
}

fn exec_output(output: std::process::Output) -> ExecOutput {
    ExecOutput {
        code: exit_code(output.status),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Every file below a folder and its size; what goes meanwhile is left out.
fn files_below(folder: &Path) -> std::io::Result<BTreeMap<PathBuf, u64>> {
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let found = entry.metadata().and_then(|it| match it.is_dir() {
            true => files_below(&entry.path()),
            false => Ok(BTreeMap::from([(entry.path(), it.len())])),
        });
        match found {
            Ok(found) => files.extend(found),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(files)
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
