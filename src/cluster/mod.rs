//! Clusters: what they consist of, how they are started, judged healthy and stopped.

mod access;
pub(crate) mod acl;
mod call;
mod cleaner;
pub(crate) mod defaults;
pub(crate) mod document;
mod error;
pub(crate) mod fixture;
pub(crate) mod health;
mod in_sync;
pub mod listener;
mod log_lines;
pub(crate) mod metadata;
mod observed;
pub(crate) mod offsets;
pub(crate) mod place;
pub mod probe;
pub(crate) mod properties;
pub mod quorum;
pub mod render;
pub(crate) mod replica;
pub(crate) mod replication;
pub(crate) mod segment;
pub(crate) mod settings;
pub mod spec;
mod standing;
mod talk;
#[cfg(test)]
mod tests;
pub(crate) mod topic_settings;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use futures::future::try_join_all;
use tokio::sync::Mutex;

pub use self::cleaner::Cleaned;
pub use self::error::ClusterError;
use self::place::Place;
use self::quorum::Quorum;
use self::standing::Standing;
use crate::cluster::render::node_plans;
use crate::cluster::spec::ClusterSpec;
use crate::distribution::{Distribution, Version};
use crate::event::id::{BrokerId, ControllerId, NodeId, ZooKeeperId};
pub use crate::event::node_state::Mode;
use crate::event::node_state::NodeState;
use crate::event::stream::{Events, millis};
use crate::event::{Event, Settings};
use crate::owned::signal::Signal;
use crate::runtime::{ExecOutput, JavaCommand, Runtime, RuntimeError};
use crate::topology::{Addresses, NodePlan};

/// A cluster that is up. Its owner calls [`Cluster::stop`] in every ending.
#[derive(Debug)]
pub struct Cluster {
    spec: ClusterSpec,
    place: Arc<Place>,
    addresses: Addresses,
    plans: BTreeMap<NodeId, NodePlan>,
    /// The nodes whose folders are empty.
    unformatted: Mutex<BTreeSet<NodeId>>,
    events: Events,
    quorum: Box<dyn Quorum>,
    /// Why no further scenario may have it.
    unfit: OnceLock<String>,
    /// What held for all of it when it was last found as it should be.
    standing: Mutex<Option<Standing>>,
}

impl Cluster {
    /// Starts every node and waits until the cluster is up: all brokers registered, a controller elected,
    /// and a message with acks=all to a topic on min(3, brokers) replicas read back. Without links, all reach each
    /// other directly, which costs nothing. What was started is removed
    /// again when that fails.
    ///
    /// # Errors
    /// [`ClusterError::Died`] as soon as a node ends, [`ClusterError::NotUp`] after the spec's limit.
    pub async fn start(
        spec: ClusterSpec,
        place: Arc<Place>,
        with_links: bool,
        kafka: &Distribution,
        zookeeper: &Distribution,
        events: &Events,
    ) -> Result<Self, ClusterError> {
        let began = Instant::now();
        events.phase(&spec.name, "starting");
        let addresses = place.runtime().reserve(&spec.topology(), with_links).await?;
        let paths = |node| place.runtime().paths(node);
        let quorum = quorum::of(&spec);
        let plans = node_plans(&spec, &addresses, paths, quorum.as_ref(), kafka, zookeeper);
        let plans: BTreeMap<_, _> = plans.into_iter().map(|plan| (plan.id, plan)).collect();
        let unformatted = Mutex::new(plans.keys().copied().collect());
        let events = events.clone();
        let (unfit, standing) = Default::default();
        let cluster =
            Self { spec, place, addresses, plans, unformatted, events, quorum, unfit, standing };
        if let Err(error) = cluster.bring_up().await {
            if let Err(left) = cluster.place.clear().await {
                tracing::warn!(%left, "a cluster that did not come up could not be removed");
            }
            return Err(error);
        }
        *cluster.standing.lock().await = cluster.quorum.standing(&cluster).await;
        cluster.events.phase(cluster.name(), "healthy");
        cluster.events.emit(Event::ClusterStarted {
            cluster: cluster.name().to_owned(),
            place: cluster.place_name(),
            kafka: cluster.kafka().to_string(),
            zookeeper: cluster.spec.zookeeper_version().map(|version| version.to_string()),
            settings: cluster.settings(),
            took_ms: millis(began.elapsed()),
        });
        Ok(cluster)
    }

    async fn bring_up(&self) -> Result<(), ClusterError> {
        try_join_all(self.nodes().map(|node| self.start_again(node))).await?;
        health::wait_until_up(self, self.spec.start_limit()).await
    }

    /// No further scenario may have it: something of a fault is left that nodes which run do not show.
    pub fn give_up(&self, why: String) {
        // The first reason is enough.
        self.unfit.set(why).ok();
    }

    /// Why no further scenario may have it, if that is so.
    pub fn why_unfit(&self) -> Option<&str> {
        self.unfit.get().map(String::as_str)
    }

    /// Settings, quotas, users and access rules that hold for all of it and are not as when it was started: by the
    /// names under which the quorum keeps them. None when the quorum does not answer.
    pub async fn left_changed(&self) -> Option<Vec<String>> {
        let now = self.quorum.standing(self).await?;
        let mut before = self.standing.lock().await;
        let changed = before.as_ref().map_or_else(Vec::new, |before| now.changed_since(before));
        if changed.is_empty() {
            *before = Some(now);
        }
        Some(changed)
    }

    /// Name of the fixture it was made from.
    pub fn name(&self) -> &str {
        &self.spec.name
    }

    /// Its name in the run, which no other cluster of the run has.
    pub fn place_name(&self) -> String {
        self.place.name()
    }

    /// Settings of every node as they are written for it, without addresses and folders.
    fn settings(&self) -> BTreeMap<NodeId, Settings> {
        let of = |node| match node {
            NodeId::Broker(id) => self.spec.broker_settings(id),
            member @ (NodeId::ZooKeeper(_) | NodeId::Controller(_)) => {
                self.quorum.settings(&self.spec, member)
            }
        };
        self.nodes().map(|node| (node, of(node))).collect()
    }

    /// What it was made from.
    pub fn spec(&self) -> &ClusterSpec {
        &self.spec
    }

    /// Version of Kafka, as in `2.5.0`.
    pub fn kafka(&self) -> Version {
        self.spec.kafka().version
    }

    /// Where it runs.
    pub fn runtime(&self) -> &dyn Runtime {
        self.place.runtime()
    }

    /// What keeps its state.
    pub fn quorum(&self) -> &dyn Quorum {
        self.quorum.as_ref()
    }

    /// Ids of all brokers, in order.
    pub fn brokers(&self) -> Vec<BrokerId> {
        self.spec.brokers().keys().copied().collect()
    }

    /// Ids of all ZooKeepers, in order.
    pub fn zookeepers(&self) -> Vec<ZooKeeperId> {
        self.spec.zookeepers().keys().copied().collect()
    }

    /// Ids of all controllers of KRaft, in order; none in a cluster with ZooKeepers.
    pub fn controllers(&self) -> Vec<ControllerId> {
        self.spec.controllers().keys().copied().collect()
    }

    /// Every node, those of the quorum first.
    pub fn nodes(&self) -> impl Iterator<Item = NodeId> + '_ {
        self.plans.keys().copied()
    }

    /// Whether a node's process is there and not paused.
    async fn runs(&self, node: NodeId) -> Result<bool, ClusterError> {
        Ok(matches!(self.state(node).await?, NodeState::Running { .. }))
    }

    /// Sends a signal to a node's process.
    ///
    /// # Errors
    /// When the node is unknown or not running.
    pub async fn signal(&self, node: NodeId, signal: Signal) -> Result<(), ClusterError> {
        self.plan(node)?;
        Ok(self.runtime().signal(node, signal).await?)
    }

    /// Starts a node that has ended, with the data and addresses that it had. Where it has no data, its folders are made
    /// its own, as an operator would do.
    ///
    /// # Errors
    /// When the node is unknown or still running.
    pub async fn start_again(&self, node: NodeId) -> Result<(), ClusterError> {
        let plan = self.plan(node)?;
        if !self.unformatted.lock().await.contains(&node) {
            return Ok(self.runtime().start(plan).await?);
        }
        let formatted = self.quorum.formatted(&self.spec, plan);
        let formatted = formatted.map_err(|source| {
            let doing = format!("format the folders of {node}");
            RuntimeError::Failed { doing, source: source.into() }
        })?;
        let mut plan = plan.clone();
        plan.files.extend(formatted);
        self.runtime().start(&plan).await?;
        self.unformatted.lock().await.remove(&node);
        Ok(())
    }

    /// Removes the data of a node that is down.
    ///
    /// # Errors
    /// When the node is unknown or running.
    pub async fn remove_data(&self, node: NodeId) -> Result<(), ClusterError> {
        self.runtime().remove_data(self.plan(node)?).await?;
        self.unformatted.lock().await.insert(node);
        Ok(())
    }

    /// How a node's process is.
    ///
    /// # Errors
    /// When the node is unknown.
    pub async fn state(&self, node: NodeId) -> Result<NodeState, ClusterError> {
        self.plan(node)?;
        Ok(self.runtime().state(node).await?)
    }

    /// Runs a Java program, such as one of Kafka's console tools, on a broker's node.
    ///
    /// # Errors
    /// When the node is unknown, or the program does not end within its limit.
    pub async fn java(
        &self,
        node: BrokerId,
        command: &JavaCommand,
    ) -> Result<ExecOutput, ClusterError> {
        self.plan(node.into())?;
        Ok(self.runtime().java(node.into(), command).await?)
    }

    /// A text file of a node: `data/myid`, `config/server.properties`.
    ///
    /// # Errors
    /// When the node is unknown or has no such file.
    pub async fn read(&self, node: NodeId, below_root: &str) -> Result<String, ClusterError> {
        self.plan(node)?;
        let path = self.runtime().paths(node).root.join(below_root);
        let bytes = self.runtime().read(node, &path).await?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Stops the cluster: keeps every node's log, then removes everything.
    ///
    /// # Errors
    /// When something is left behind.
    pub async fn stop(&self) -> Result<(), ClusterError> {
        let began = Instant::now();
        self.place.clear().await?;
        self.events.emit(Event::ClusterStopped {
            cluster: self.name().to_owned(),
            took_ms: millis(began.elapsed()),
        });
        Ok(())
    }

    fn plan(&self, node: NodeId) -> Result<&NodePlan, ClusterError> {
        self.plans.get(&node).ok_or_else(|| self.no_such(node))
    }

    fn no_such(&self, node: NodeId) -> ClusterError {
        ClusterError::NoSuchNode { node, there: join(self.nodes().map(|node| node.to_string())) }
    }
}

fn join(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(",")
}
