//! A ZooKeeper ensemble as the quorum of a cluster.

mod in_sync;
pub mod listener;
mod observed;
mod render;
pub mod settings;
mod standing;
mod topics;
pub mod words;
mod znode;

use async_trait::async_trait;

use self::in_sync::InSyncReader;
use super::{InSync, Quorum, Registrations, TopicReader};
use crate::cluster::render::Rendering;
use crate::cluster::spec::ClusterSpec;
use crate::cluster::standing::Standing;
use crate::cluster::topic_settings::KeptOfBrokers;
use crate::cluster::{Cluster, ClusterError};
use crate::distribution::Distribution;
use crate::event::Settings;
use crate::event::id::{BrokerId, NodeId};
use crate::event::node_state::Mode;
use crate::topology::{Node, NodePlan};

/// How a broker says that its own old session is in the way: 0.11, and later versions.
const OLD_SESSION: [&str; 2] = ["faster than the zookeeper timeout", "NodeExists"];

/// What a broker logs when it has registered; the same from 0.11 to 3.9.
const REGISTERED: &str = "Registered broker";

/// ZooKeepers are asked by four-letter words, and for the data of nodes in a session.
#[derive(Debug, Default)]
pub(super) struct ZooKeeper {
    in_sync: InSyncReader,
}

#[async_trait]
impl Quorum for ZooKeeper {
    fn name(&self) -> &'static str {
        "ZooKeeper"
    }

    fn not_registered(&self) -> &'static str {
        "is not registered in ZooKeeper"
    }

    fn nodes(&self, spec: &ClusterSpec) -> Vec<(NodeId, Node)> {
        let zookeepers = spec.zookeepers().iter();
        zookeepers.map(|(id, node)| ((*id).into(), listener::zookeeper(node.host))).collect()
    }

    fn plans(&self, rendering: &Rendering<'_>, distribution: &Distribution) -> Vec<NodePlan> {
        render::plans(rendering, distribution)
    }

    fn properties_of_broker(
        &self,
        rendering: &Rendering<'_>,
        id: BrokerId,
    ) -> Vec<(&'static str, String)> {
        let clients = rendering.addresses.of(&listener::CLIENT);
        let clients: Vec<_> = clients.map(|(_, at)| at.inside.to_string()).collect();
        vec![("broker.id", id.to_string()), ("zookeeper.connect", clients.join(","))]
    }

    fn settings(&self, spec: &ClusterSpec, member: NodeId) -> Settings {
        match member {
            NodeId::ZooKeeper(id) => spec.zookeeper_settings(id),
            NodeId::Broker(_) | NodeId::Controller(_) => Settings::new(),
        }
    }

    async fn registrations(&self, cluster: &Cluster) -> Result<Registrations, ClusterError> {
        observed::registrations(cluster).await
    }

    fn why_refused(&self, log: &str) -> Option<&'static str> {
        let is_old_session = OLD_SESSION.iter().any(|words| log.contains(words));
        is_old_session.then_some("its old ZooKeeper session still lives")
    }

    fn has_registered(&self, log: &str) -> bool {
        log.contains(REGISTERED)
    }

    async fn mode(&self, cluster: &Cluster, member: NodeId) -> Result<Mode, ClusterError> {
        match member {
            NodeId::ZooKeeper(id) => cluster.zookeeper_mode(id).await,
            NodeId::Broker(_) | NodeId::Controller(_) => Err(cluster.no_such(member)),
        }
    }

    async fn member_of(
        &self,
        cluster: &Cluster,
        broker: BrokerId,
    ) -> Result<Option<NodeId>, ClusterError> {
        Ok(observed::zookeeper_of(cluster, broker).await?.map(NodeId::from))
    }

    async fn in_sync(&self, cluster: &Cluster, partitions: &[(&str, i32)]) -> Option<InSync> {
        self.in_sync.look(cluster, partitions).await
    }

    fn topic_reader(&self) -> Box<dyn TopicReader> {
        Box::new(topics::Reader::default())
    }

    async fn kept_of_brokers(&self, cluster: &Cluster) -> Option<KeptOfBrokers> {
        topics::kept_of_brokers(cluster).await
    }

    async fn standing(&self, cluster: &Cluster) -> Option<Standing> {
        standing::read(cluster).await
    }
}
