//! A runtime for tests without a cluster: nodes are states in memory, so starts, signals and links take no time.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use jiff::Timestamp;

use super::{
    Capabilities, Capability, ExecOutput, Files, JavaCommand, Logs, Network, Nodes, Programs,
    Runtime, RuntimeError,
};
use crate::event::id::NodeId;
use crate::event::node_state::NodeState;
use crate::event::runtime_kind::RuntimeKind;
use crate::link::Links;
use crate::owned::signal::Signal;
use crate::statistics::usage::Usage;
use crate::topology::{
    Address, Addresses, ListenerAddress, NodePaths, NodePlan, Outside, Topology,
};

/// What a node logs at each start.
pub const STARTED: &str = "the node has started";

/// A place in memory.
#[derive(Debug, Default)]
pub struct FakeRuntime {
    /// Nodes that cannot be started.
    cannot_start: BTreeSet<NodeId>,
    /// Nodes that end with this exit code as soon as they are started.
    ends_at_start: BTreeMap<NodeId, i32>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    nodes: BTreeMap<NodeId, Node>,
    links: Option<Links>,
}

#[derive(Debug, Default)]
struct Node {
    /// None while it is not up.
    up: Option<Up>,
    /// Of the last end.
    code: Option<i32>,
    starts: usize,
    files: BTreeMap<PathBuf, Vec<u8>>,
    log: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Up {
    Running,
    Paused,
}

impl Node {
    fn state(&self) -> NodeState {
        let handle = || format!("start {}", self.starts);
        match (self.up, self.code) {
            (Some(Up::Running), _) => NodeState::Running { handle: handle() },
            (Some(Up::Paused), _) => NodeState::Paused { handle: handle() },
            (None, Some(code)) => NodeState::Exited { code },
            (None, None) => NodeState::NotStarted,
        }
    }

    fn end(&mut self, code: i32) {
        (self.up, self.code) = (None, Some(code));
    }
}

impl FakeRuntime {
    /// A runtime in which this node cannot be started.
    pub fn that_cannot_start(node: NodeId) -> Self {
        Self { cannot_start: [node].into(), ..Self::default() }
    }

    /// A runtime in which this node ends with this exit code as soon as it is started.
    pub fn where_it_ends_at_start(node: NodeId, code: i32) -> Self {
        Self { ends_at_start: [(node, code)].into(), ..Self::default() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Which nodes there are, in whatever state; none once it is removed.
    pub fn nodes(&self) -> Vec<NodeId> {
        self.lock().nodes.keys().copied().collect()
    }

    fn file(&self, node: NodeId, path: &Path) -> PathBuf {
        self.paths(node).root.join(path)
    }
}

#[async_trait]
impl Runtime for FakeRuntime {
    fn kind(&self) -> RuntimeKind {
        RuntimeKind::Local
    }

    fn capabilities(&self) -> Capabilities {
        let links = self.lock().links.as_ref().map(|_| ()).ok_or("no scenario needs links".into());
        [(Capability::Links, links.clone()), (Capability::ClientLinks, links)].into()
    }

    async fn remove(&self) -> Result<(), RuntimeError> {
        *self.lock() = State::default();
        Ok(())
    }
}

#[async_trait]
impl Network for FakeRuntime {
    async fn reserve(
        &self,
        topology: &Topology,
        with_links: bool,
    ) -> Result<Addresses, RuntimeError> {
        let mut addresses = Addresses::default();
        for (node, _, listener) in topology.listeners() {
            let at = |host: String| Address { host, port: listener.port };
            let outside = match listener.outside {
                Some(Outside::ByLink) if !with_links => None,
                outside => outside.map(|_| at("127.0.0.1".into())),
            };
            let address = ListenerAddress {
                bind: at("127.0.0.1".into()),
                inside: at(node.to_string()),
                outside,
            };
            addresses.insert(node, listener, address);
        }
        self.lock().links = with_links.then(|| Links::new(topology));
        Ok(addresses)
    }

    async fn links(&self) -> Option<Links> {
        self.lock().links.clone()
    }
}

#[async_trait]
impl Nodes for FakeRuntime {
    async fn start(&self, plan: &NodePlan) -> Result<(), RuntimeError> {
        let mut state = self.lock();
        let node = state.nodes.entry(plan.id).or_default();
        if node.up.is_some() {
            return Err(RuntimeError::Node { node: plan.id, why: "is already running".into() });
        }
        if self.cannot_start.contains(&plan.id) {
            return Err(RuntimeError::Environment { what: "no room".into(), help: String::new() });
        }
        for (path, contents) in &plan.files {
            node.files.insert(self.file(plan.id, path), contents.clone());
        }
        node.starts += 1;
        node.up = Some(Up::Running);
        node.log += &format!("{STARTED}\n");
        if let Some(code) = self.ends_at_start.get(&plan.id) {
            node.end(*code);
        }
        Ok(())
    }

    async fn signal(&self, id: NodeId, signal: Signal) -> Result<(), RuntimeError> {
        let mut state = self.lock();
        let not = |why: &str| RuntimeError::Node { node: id, why: why.into() };
        let node = state.nodes.get_mut(&id).ok_or_else(|| not("was never started"))?;
        if node.up.is_none() {
            return Err(not("is not running"));
        }
        match signal {
            Signal::Kill => node.end(137),
            Signal::Terminate => node.end(143),
            Signal::Pause => node.up = Some(Up::Paused),
            Signal::Resume => node.up = Some(Up::Running),
        }
        Ok(())
    }

    async fn state(&self, node: NodeId) -> Result<NodeState, RuntimeError> {
        Ok(self.lock().nodes.get(&node).map_or(NodeState::NotStarted, Node::state))
    }

    async fn usage(&self, _: NodeId) -> Result<Usage, RuntimeError> {
        Ok(Usage::default())
    }
}

#[async_trait]
impl Programs for FakeRuntime {
    async fn java(&self, node: NodeId, _: &JavaCommand) -> Result<ExecOutput, RuntimeError> {
        Err(RuntimeError::Node { node, why: "has no programs".into() })
    }

    async fn shell(&self, node: NodeId, _: &str, _: &[String]) -> Result<ExecOutput, RuntimeError> {
        Err(RuntimeError::Node { node, why: "has no programs".into() })
    }
}

#[async_trait]
impl Files for FakeRuntime {
    fn paths(&self, node: NodeId) -> NodePaths {
        NodePaths { root: Path::new("/fake").join(node.to_string()) }
    }

    async fn read(&self, node: NodeId, path: &Path) -> Result<Vec<u8>, RuntimeError> {
        let state = self.lock();
        let found = state.nodes.get(&node).and_then(|it| it.files.get(&self.file(node, path)));
        found.cloned().ok_or_else(|| RuntimeError::Failed {
            doing: format!("read {}", path.display()),
            source: "there is no such file".into(),
        })
    }

    async fn files(
        &self,
        node: NodeId,
        folder: &Path,
    ) -> Result<BTreeMap<PathBuf, u64>, RuntimeError> {
        let (state, folder) = (self.lock(), self.file(node, folder));
        let files = state.nodes.get(&node).into_iter().flat_map(|it| &it.files);
        let below = files.filter(|(path, _)| path.starts_with(&folder));
        Ok(below.map(|(path, text)| (path.clone(), text.len() as u64)).collect())
    }

    async fn remove_data(&self, plan: &NodePlan) -> Result<(), RuntimeError> {
        let mut state = self.lock();
        let Some(node) = state.nodes.get_mut(&plan.id) else { return Ok(()) };
        if node.up.is_some() {
            let why = "is running, so its data stays".into();
            return Err(RuntimeError::Node { node: plan.id, why });
        }
        let folders: Vec<_> = plan.folders.iter().map(|it| self.file(plan.id, it)).collect();
        node.files.retain(|path, _| !folders.iter().any(|folder| path.starts_with(folder)));
        Ok(())
    }
}

#[async_trait]
impl Logs for FakeRuntime {
    async fn log_since(&self, node: NodeId, _: Timestamp) -> Result<String, RuntimeError> {
        Ok(self.lock().nodes.get(&node).map_or_else(String::new, |node| node.log.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::quorum::zookeeper::listener::{CLIENT, zookeeper};
    use crate::distribution::{Distribution, Product, find};
    use crate::event::id::{HostId, ZooKeeperId};
    use crate::runtime::contract::{self, OneNode};

    const NODE: NodeId = NodeId::ZooKeeper(ZooKeeperId(1));

    #[tokio::test]
    async fn it_keeps_the_contract_of_runtimes() {
        let runtime = FakeRuntime::default();
        let topology = [(NODE, zookeeper(HostId(1)))].into_iter().collect();
        let addresses = runtime.reserve(&topology, false).await.expect("addresses");
        let bind = &addresses.get(NODE, &CLIENT).expect("an address").bind;
        let release = find(Product::ZooKeeper, "3.6.1").expect("a release");
        let distribution = Distribution::new(release, "/jars".into(), Vec::new());
        let plan = contract::plan(&runtime, NODE, distribution, bind);
        let node = OneNode { runtime: &runtime, plan: &plan, logged_at_start: STARTED };
        contract::life(&node, async || {}).await;
        contract::files(&node).await;
        contract::removal(&node).await;
        assert!(runtime.nodes().is_empty());
    }

    #[tokio::test]
    async fn it_has_links_where_they_are_asked_for() {
        let topology = [(NODE, zookeeper(HostId(1)))].into_iter().collect();
        for with_links in [false, true] {
            let runtime = FakeRuntime::default();
            runtime.reserve(&topology, with_links).await.expect("addresses");
            assert_eq!(runtime.links().await.is_some(), with_links);
            assert_eq!(runtime.capabilities()[&Capability::Links].is_ok(), with_links);
        }
    }
}
