//! What keeps the state of a cluster and elects its controller. Everything that differs between the kinds of quorum is
//! behind [`Quorum`]: a kind is a folder here and a line in [`of`].

pub mod kraft;
pub mod zookeeper;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::{fmt, io};

use async_trait::async_trait;

use self::kraft::KRaft;
use self::zookeeper::ZooKeeper;
use super::listener;
use super::metadata::Topics;
use super::render::Rendering;
use super::spec::{ClusterSpec, Metadata};
use super::standing::Standing;
use super::topic_settings::{KeptOfBrokers, TopicSettings};
use super::{Cluster, ClusterError};
use crate::distribution::Distribution;
use crate::event::Settings;
use crate::event::evidence::QuorumSeen;
use crate::event::id::{BrokerId, HostId, NodeId};
use crate::event::node_state::Mode;
use crate::topology::{Listener, Node, NodePlan};

/// A kind of quorum: how it is described and rendered, and what it says of a cluster that runs.
#[async_trait]
pub trait Quorum: fmt::Debug + Send + Sync {
    /// How messages name it: no "ZooKeeper" says something.
    fn name(&self) -> &'static str;

    /// What a broker is that does not belong to the cluster: it "is not registered in ZooKeeper".
    fn not_registered(&self) -> &'static str;

    /// Its members that are nodes of their own: where they run and what they listen on.
    fn nodes(&self, spec: &ClusterSpec) -> Vec<(NodeId, Node)>;

    /// A broker on a host, which may be a member as well.
    fn broker(&self, _spec: &ClusterSpec, _id: BrokerId, host: HostId) -> Node {
        listener::broker(host)
    }

    /// The listener of members of which brokers must be told how it is secured (`listener.security.protocol.map`).
    fn called_by_brokers(&self) -> Option<&'static Listener> {
        None
    }

    /// Where a listener of a broker is said to be reached.
    fn advertised(&self, _spec: &ClusterSpec, _listener: &Listener) -> Advertised {
        Advertised::AsItIsReached
    }

    /// What to start for every member that is a node of its own.
    fn plans(&self, rendering: &Rendering<'_>, distribution: &Distribution) -> Vec<NodePlan>;

    /// What `server.properties` of a broker says of itself and of the quorum.
    fn properties_of_broker(
        &self,
        rendering: &Rendering<'_>,
        id: BrokerId,
    ) -> Vec<(&'static str, String)>;

    /// The files that make the empty folders of a node its own, where it does not do that itself.
    ///
    /// # Errors
    /// When they cannot be encoded.
    fn formatted(&self, _spec: &ClusterSpec, _plan: &NodePlan) -> io::Result<Files> {
        Ok(Files::new())
    }

    /// The settings of a member as they are written for it, without addresses and folders.
    fn settings(&self, spec: &ClusterSpec, member: NodeId) -> Settings;

    /// The brokers that are registered, and which of them is the controller.
    ///
    /// # Errors
    /// When nobody that serves answers.
    async fn registrations(&self, cluster: &Cluster) -> Result<Registrations, ClusterError>;

    /// Why a broker that has logged this ended at its start, where it was for its registration from before: such a
    /// broker can be started again.
    fn why_refused(&self, log: &str) -> Option<&'static str>;

    /// Whether a broker that has logged this has registered.
    fn has_registered(&self, log: &str) -> bool;

    /// The role of a member. One that does not answer is [`Mode::Down`].
    ///
    /// # Errors
    /// When there is no such member.
    async fn mode(&self, cluster: &Cluster, member: NodeId) -> Result<Mode, ClusterError>;

    /// The member that a broker is connected to, if it is connected.
    ///
    /// # Errors
    /// When nobody that serves answers.
    async fn member_of(
        &self,
        cluster: &Cluster,
        broker: BrokerId,
    ) -> Result<Option<NodeId>, ClusterError>;

    /// The replicas that are in sync, for each of these partitions; none for one that is being made or deleted. None at
    /// all when nobody that serves answers.
    async fn in_sync(&self, cluster: &Cluster, partitions: &[(&str, i32)]) -> Option<InSync>;

    /// Every topic, where the quorum itself says who leads; none elsewhere, and when nobody that serves answers.
    async fn topics(&self, _cluster: &Cluster) -> Option<Topics> {
        None
    }

    /// What is to be seen of the quorum itself, and of the replicas that may lead though they are not in sync; none
    /// where there is no such thing, or nobody that serves answers.
    async fn seen(&self, _cluster: &Cluster) -> Option<Seen> {
        None
    }

    /// Reads topics, again and again.
    fn topic_reader(&self) -> Box<dyn TopicReader>;

    /// The settings that brokers were given while they ran; none when nobody that serves answers.
    async fn kept_of_brokers(&self, cluster: &Cluster) -> Option<KeptOfBrokers>;

    /// What holds for the whole cluster; none when nobody that serves answers in time.
    async fn standing(&self, cluster: &Cluster) -> Option<Standing>;
}

/// The quorum of a cluster as described.
pub fn of(spec: &ClusterSpec) -> Box<dyn Quorum> {
    match spec.metadata() {
        Metadata::ZooKeeper => Box::new(ZooKeeper::default()),
        Metadata::KRaft => Box::new(KRaft::new(spec)),
    }
}

/// Where a listener is said to be reached: `advertised.listeners`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advertised {
    /// Where those reach it that it is for.
    AsItIsReached,
    /// Where other nodes reach it, whoever else does.
    ToNodes,
    /// Nowhere: those who call it know it otherwise.
    Nowhere,
}

/// Files by their paths inside a node.
pub type Files = Vec<(PathBuf, Vec<u8>)>;

/// The replicas that are in sync, by partition.
pub type InSync = Vec<Option<Vec<BrokerId>>>;

/// What the active controller of KRaft says.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Of the quorum.
    pub quorum: QuorumSeen,
    /// Of partitions, by the name of the topic in the cluster: the replicas that may lead though they are not in sync,
    /// and the last that could (KIP-966).
    pub eligible: BTreeMap<(String, i32), (Vec<BrokerId>, Vec<BrokerId>)>,
}

/// The registration of a broker: another one whenever the broker registers anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Registration(u64);

/// The brokers that are registered, in KRaft those that are not fenced, and the controller.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Registrations {
    /// By broker.
    pub brokers: BTreeMap<BrokerId, Registration>,
    /// The node that is the controller; none while none is elected.
    pub controller: Option<NodeId>,
}

/// Reads what is kept of topics: which of them are there, with how many partitions and which settings.
#[async_trait]
pub trait TopicReader: Send {
    /// Those of these topics that are there, by their names in the cluster; none when nobody that serves answers.
    async fn look(
        &mut self,
        cluster: &Cluster,
        topics: &[String],
    ) -> Option<BTreeMap<String, KeptTopic>>;
}

/// A topic as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptTopic {
    /// A topic that is made anew has another.
    pub id: String,
    /// When it was made, in milliseconds since 1970.
    pub created_ms: i64,
    /// When partitions were last added, likewise, or it was made.
    pub written_ms: i64,
    /// How many partitions it has.
    pub partitions: u32,
    /// Settings in force.
    pub settings: TopicSettings,
    /// When some of them were last written, in milliseconds since 1970; none where all are as when the cluster was
    /// started.
    pub settings_written_ms: Option<i64>,
}
