//! A quorum of controllers that keep the metadata of a cluster themselves: KRaft (KIP-500).

mod format;
mod image;
mod levels;
pub mod listener;
mod log;
mod primitive;
mod record;
mod render;
pub mod settings;
mod standing;
mod topics;

use std::io;
use std::sync::Arc;

use async_trait::async_trait;

use self::log::Log;
use super::{Advertised, Files, InSync, Quorum, Registration, Registrations, Seen, TopicReader};
use crate::cluster::metadata::{Partition, Topics};
use crate::cluster::render::Rendering;
use crate::cluster::spec::ClusterSpec;
use crate::cluster::standing::Standing;
use crate::cluster::topic_settings::KeptOfBrokers;
use crate::cluster::{Cluster, ClusterError};
use crate::distribution::Distribution;
use crate::event::Settings;
use crate::event::evidence::QuorumSeen;
use crate::event::id::{BrokerId, ControllerId, HostId, NodeId};
use crate::event::node_state::Mode;
use crate::topology::{Listener, Node, NodePlan};

/// What a broker logs when it serves for the first time after its start; the same from 3.3 to 4.4.
const UNFENCED: &str = "The broker has been unfenced";

/// Controllers are asked for their log, in which all is that they have agreed on.
#[derive(Debug)]
pub(super) struct KRaft {
    /// `cluster.id`, another one for each cluster.
    cluster_id: String,
    log: Arc<Log>,
}

impl KRaft {
    /// Controllers as described, of a cluster that is new.
    pub(super) fn new(spec: &ClusterSpec) -> Self {
        let cluster_id = format::written(format::new_id());
        let log = Log::new(spec.controllers().keys().copied());
        Self { cluster_id, log: Arc::new(log) }
    }
}

#[async_trait]
impl Quorum for KRaft {
    fn name(&self) -> &'static str {
        "controller"
    }

    fn not_registered(&self) -> &'static str {
        "is fenced, or has not registered"
    }

    fn nodes(&self, spec: &ClusterSpec) -> Vec<(NodeId, Node)> {
        let separate = spec.separate_controllers();
        separate.map(|(id, node)| (id.into(), listener::controller(node.host))).collect()
    }

    fn broker(&self, spec: &ClusterSpec, id: BrokerId, host: HostId) -> Node {
        match spec.is_controller(id) {
            true => listener::combined(host),
            false => crate::cluster::listener::broker(host),
        }
    }

    fn called_by_brokers(&self) -> Option<&'static Listener> {
        Some(&listener::CONTROLLER)
    }

    fn advertised(&self, spec: &ClusterSpec, listener: &Listener) -> Advertised {
        match listener.name == listener::CONTROLLER.name {
            true if render::is_advertised(spec.kafka().version) => Advertised::ToNodes,
            true => Advertised::Nowhere,
            false => Advertised::AsItIsReached,
        }
    }

    fn plans(&self, rendering: &Rendering<'_>, distribution: &Distribution) -> Vec<NodePlan> {
        render::plans(rendering, distribution)
    }

    fn properties_of_broker(
        &self,
        rendering: &Rendering<'_>,
        id: BrokerId,
    ) -> Vec<(&'static str, String)> {
        let is_controller = rendering.spec.is_controller(id);
        render::of_node(rendering, id.0, if is_controller { "broker,controller" } else { "broker" })
    }

    fn formatted(&self, spec: &ClusterSpec, plan: &NodePlan) -> io::Result<Files> {
        let node = match plan.id {
            NodeId::Controller(id) => (id.0, true),
            NodeId::Broker(id) => (id.0, spec.is_controller(id)),
            NodeId::ZooKeeper(_) => return Ok(Files::new()),
        };
        format::files(&self.cluster_id, spec.kafka().version, node, &plan.folders)
    }

    fn settings(&self, spec: &ClusterSpec, member: NodeId) -> Settings {
        match member {
            NodeId::Controller(id) => spec.controller_settings(id),
            NodeId::Broker(_) | NodeId::ZooKeeper(_) => Settings::new(),
        }
    }

    async fn registrations(&self, cluster: &Cluster) -> Result<Registrations, ClusterError> {
        let state = self.log.look(cluster).await.ok_or(ClusterError::NoQuorum)?;
        // An epoch is never negative.
        let brokers = state.image.unfenced().map(|(id, epoch)| (id, Registration(epoch as u64)));
        let controller = state.leader.map(|id| cluster.spec().node_of_controller(id));
        Ok(Registrations { brokers: brokers.collect(), controller })
    }

    fn why_refused(&self, _log: &str) -> Option<&'static str> {
        None
    }

    fn has_registered(&self, log: &str) -> bool {
        log.contains(UNFENCED)
    }

    async fn mode(&self, cluster: &Cluster, member: NodeId) -> Result<Mode, ClusterError> {
        let id = match member {
            NodeId::Controller(id) => id,
            NodeId::Broker(id) => ControllerId(id.0),
            NodeId::ZooKeeper(_) => return Err(cluster.no_such(member)),
        };
        if !cluster.spec().controllers().contains_key(&id) {
            return Err(cluster.no_such(member));
        }
        let views = self.log.views(cluster).await;
        let Some(view) = views.get(&id) else { return Ok(Mode::Down) };
        // One that looks for another leader still names the last (KIP-996): whether it follows, its leader has to say.
        let leader = view.leader.filter(|leader| views.get(leader) == Some(view));
        Ok(match leader {
            Some(leader) if leader == id => Mode::Leader,
            Some(_) => Mode::Follower,
            None => Mode::Looking,
        })
    }

    async fn member_of(
        &self,
        cluster: &Cluster,
        broker: BrokerId,
    ) -> Result<Option<NodeId>, ClusterError> {
        let registrations = self.registrations(cluster).await?;
        // It sends its heartbeats to the controller that is active.
        let is_there = registrations.brokers.contains_key(&broker);
        Ok(registrations.controller.filter(|_| is_there))
    }

    async fn in_sync(&self, cluster: &Cluster, partitions: &[(&str, i32)]) -> Option<InSync> {
        let state = self.log.look(cluster).await?;
        let found = partitions.iter().map(|(topic, partition)| {
            state.image.partition(topic, *partition).map(|it| it.isr.clone())
        });
        Some(found.collect())
    }

    async fn topics(&self, cluster: &Cluster) -> Option<Topics> {
        let state = self.log.look(cluster).await?;
        let topics = state.image.topics().map(|(_, topic)| {
            let partitions = topic.partitions.iter().map(|(id, it)| Partition {
                id: *id,
                leader: it.leader,
                replicas: it.replicas.clone(),
                isr: it.isr.clone(),
            });
            (topic.name.clone(), partitions.collect())
        });
        Some(topics.collect())
    }

    async fn seen(&self, cluster: &Cluster) -> Option<Seen> {
        let (fenced, eligible) = {
            let state = self.log.look(cluster).await?;
            (state.image.fenced().collect(), state.image.eligible())
        };
        let (epoch, lag) = self.log.lag(cluster).await?;
        Some(Seen { quorum: QuorumSeen { epoch, lag, fenced }, eligible })
    }

    fn topic_reader(&self) -> Box<dyn TopicReader> {
        Box::new(topics::Reader(Arc::clone(&self.log)))
    }

    async fn kept_of_brokers(&self, cluster: &Cluster) -> Option<KeptOfBrokers> {
        Some(self.log.look(cluster).await?.image.of_brokers().0)
    }

    async fn standing(&self, cluster: &Cluster) -> Option<Standing> {
        Some(standing::of(&*self.log.look(cluster).await?))
    }
}
