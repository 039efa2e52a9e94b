//! What keeps the state of a cluster and elects its controller. Everything that differs between the kinds of quorum is
//! behind [`Quorum`]: a kind is a folder here and a line in [`of`].

pub mod zookeeper;

use std::collections::BTreeMap;
use std::fmt;

use async_trait::async_trait;

use self::zookeeper::ZooKeeper;
use super::render::Rendering;
use super::spec::ClusterSpec;
use super::standing::Standing;
use super::topic_settings::{KeptOfBrokers, TopicSettings};
use super::{Cluster, ClusterError};
use crate::distribution::Distribution;
use crate::event::Settings;
use crate::event::id::{BrokerId, NodeId};
use crate::event::node_state::Mode;
use crate::topology::{Addresses, Node, NodePlan};

/// A kind of quorum: how it is described and rendered, and what it says of a cluster that runs.
#[async_trait]
pub trait Quorum: fmt::Debug + Send + Sync {
    /// How messages name it: a broker "is not registered in" it.
    fn name(&self) -> &'static str;

    /// Its members: where they run and what they listen on.
    fn nodes(&self, spec: &ClusterSpec) -> Vec<(NodeId, Node)>;

    /// What to start for every member.
    fn plans(&self, rendering: &Rendering<'_>, distribution: &Distribution) -> Vec<NodePlan>;

    /// What `server.properties` of every broker says of it.
    fn properties_of_brokers(&self, addresses: &Addresses) -> Vec<(&'static str, String)>;

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

    /// Reads topics, again and again.
    fn topic_reader(&self) -> Box<dyn TopicReader>;

    /// The settings that brokers were given while they ran; none when nobody that serves answers.
    async fn kept_of_brokers(&self, cluster: &Cluster) -> Option<KeptOfBrokers>;

    /// What holds for the whole cluster; none when nobody that serves answers in time.
    async fn standing(&self, cluster: &Cluster) -> Option<Standing>;
}

/// The quorum of a cluster as described.
pub(super) fn of(_spec: &ClusterSpec) -> Box<dyn Quorum> {
    Box::new(ZooKeeper::default())
}

/// The replicas that are in sync, by partition.
pub type InSync = Vec<Option<Vec<BrokerId>>>;

/// The registration of a broker: another one whenever the broker registers anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Registration(u64);

/// The brokers that are registered, and the controller.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Registrations {
    /// By broker.
    pub brokers: BTreeMap<BrokerId, Registration>,
    /// None while none is elected.
    pub controller: Option<BrokerId>,
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
