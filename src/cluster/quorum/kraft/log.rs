//! Reads the metadata log of a cluster from its active controller, as an observer does: what controllers have
//! agreed on so far, each change with its time (KIP-595).

use std::collections::BTreeMap;
use std::io;

use bytes::Buf as _;
use futures::future::join_all;
use kafka_protocol::messages::describe_quorum_request::TopicData;
use kafka_protocol::messages::fetch_request::{FetchPartition, FetchTopic, ReplicaState};
use kafka_protocol::messages::fetch_response::PartitionData;
use kafka_protocol::messages::{
    BrokerId as ReplicaId, DescribeQuorumRequest, FetchRequest, TopicName, describe_quorum_request,
};
use kafka_protocol::records::RecordBatchDecoder;
use tokio::sync::{Mutex, MutexGuard};
use uuid::Uuid;

use super::image::Image;
use super::record::Record;
use crate::cluster::Cluster;
use crate::cluster::call::Caller;
use crate::event::id::{ControllerId, NodeId};
use crate::topology::Address;

/// The topic of the log, and its id.
const TOPIC: &str = "__cluster_metadata";
const TOPIC_ID: Uuid = Uuid::from_u128(1);

/// The id of a reader that is no replica.
const NO_REPLICA: i32 = -1;

/// As much of the log as is asked for at once, in bytes.
const MOST: i32 = 8 * 1024 * 1024;

/// What has been read of the log, and the connections over which it is read.
#[derive(Debug, Default)]
pub(super) struct Log {
    state: Mutex<State>,
    callers: BTreeMap<ControllerId, Mutex<Option<Caller>>>,
}

/// What has been read.
#[derive(Debug, Default)]
pub(super) struct State {
    /// What it amounts to.
    pub(super) image: Image,
    /// The controller that it was last read from.
    pub(super) leader: Option<ControllerId>,
    /// The offset after the last record, and the epoch of that.
    next: i64,
    epoch: i32,
}

/// How a controller sees the quorum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct View {
    /// The newest epoch that it knows.
    pub(super) epoch: i32,
    /// The leader of that; none while there is none.
    pub(super) leader: Option<ControllerId>,
}

impl Log {
    /// Nothing is read yet.
    pub(super) fn new(controllers: impl IntoIterator<Item = ControllerId>) -> Self {
        let callers = controllers.into_iter().map(|id| (id, Mutex::default())).collect();
        Self { state: Mutex::default(), callers }
    }

    /// All that controllers have agreed on; none when no controller is active.
    pub(super) async fn look(&self, cluster: &Cluster) -> Option<MutexGuard<'_, State>> {
        let mut state = self.state.lock().await;
        let (leader, epoch) = self.active(cluster).await?;
        state.leader = Some(leader);
        loop {
            let end = self.read(cluster, leader, epoch, &mut state).await.ok()?;
            if state.next >= end {
                return Some(state);
            }
        }
    }

    /// The controller that leads in the newest epoch, and that epoch.
    async fn active(&self, cluster: &Cluster) -> Option<(ControllerId, i32)> {
        let views = self.views(cluster).await;
        let leading = views.into_iter().filter(|(id, view)| view.leader == Some(*id));
        let (id, view) = leading.max_by_key(|(_, view)| view.epoch)?;
        Some((id, view.epoch))
    }

    /// How each controller sees the quorum that runs and answers.
    pub(super) async fn views(&self, cluster: &Cluster) -> BTreeMap<ControllerId, View> {
        let asked = self.callers.keys().map(async |id| {
            let node = cluster.spec().node_of_controller(*id);
            if !cluster.runs(node).await.ok()? {
                return None;
            }
            // With epoch 0, nothing is read: the answer says which epoch it is.
            let seen = self.fetch(cluster, *id, 0, 0, 0).await.ok()?;
            let leader = seen.current_leader.leader_id.0;
            let leader = (leader >= 0).then_some(ControllerId(leader));
            Some((*id, View { epoch: seen.current_leader.leader_epoch, leader }))
        });
        join_all(asked).await.into_iter().flatten().collect()
    }

    /// The epoch of the active controller, and how many records each voter is behind.
    pub(super) async fn lag(
        &self,
        cluster: &Cluster,
    ) -> Option<(i32, BTreeMap<ControllerId, i64>)> {
        let (leader, _) = self.active(cluster).await?;
        let node = cluster.spec().node_of_controller(leader);
        let topic = TopicData::default()
            .with_topic_name(TopicName(TOPIC.into()))
            .with_partitions(vec![describe_quorum_request::PartitionData::default()]);
        let request = DescribeQuorumRequest::default().with_topics(vec![topic]);
        let mut caller = Caller::open(address(cluster, node).ok()?).await.ok()?;
        let answer = caller.call(&request).await.ok()?;
        let quorum = answer.topics.into_iter().flat_map(|topic| topic.partitions).next()?;
        if quorum.error_code != 0 {
            return None;
        }
        let lag = quorum.current_voters.iter().map(|voter| {
            (ControllerId(voter.replica_id.0), quorum.high_watermark - voter.log_end_offset)
        });
        Some((quorum.leader_epoch, lag.collect()))
    }

    /// Takes over what follows, and returns the offset up to which controllers have agreed.
    async fn read(
        &self,
        cluster: &Cluster,
        leader: ControllerId,
        epoch: i32,
        state: &mut State,
    ) -> io::Result<i64> {
        let found = self.fetch(cluster, leader, epoch, state.next, state.epoch).await?;
        if found.error_code != 0 || found.snapshot_id.end_offset >= 0 {
            let why = format!("controller {leader} refused with error {}", found.error_code);
            return Err(io::Error::other(why));
        }
        let mut bytes = found.records.unwrap_or_default();
        let (before, end) = (state.next, found.high_watermark);
        if end < 0 {
            return Err(io::Error::other("the controller has just been elected"));
        }
        while bytes.has_remaining() {
            let batch = RecordBatchDecoder::decode(&mut bytes).map_err(io::Error::other)?;
            for record in batch.records {
                if !(state.next..end).contains(&record.offset) {
                    continue;
                }
                if !record.control {
                    let value = record.value.unwrap_or_default();
                    let read = Record::read(value).map_err(io::Error::other)?;
                    state.image.apply(read, record.timestamp);
                }
                state.next = record.offset + 1;
                state.epoch = record.partition_leader_epoch;
            }
        }
        if state.next == before && before < end {
            return Err(io::Error::other("the controller sends nothing"));
        }
        Ok(end)
    }

    /// Asks a controller for the log from an offset on, over the connection to it, or a new one.
    async fn fetch(
        &self,
        cluster: &Cluster,
        controller: ControllerId,
        epoch: i32,
        offset: i64,
        last_epoch: i32,
    ) -> io::Result<PartitionData> {
        let node = cluster.spec().node_of_controller(controller);
        let address = address(cluster, node)?;
        let caller = self.callers.get(&controller).ok_or(io::ErrorKind::NotFound)?;
        let mut caller = caller.lock().await;
        let request = request(epoch, offset, last_epoch);
        if let Some(mut known) = caller.take()
            && let Ok(answer) = known.call(&request).await
        {
            *caller = Some(known);
            return partition(answer);
        }
        // It has ended with its node.
        let mut new = Caller::open(address).await?;
        let answer = new.call(&request).await?;
        *caller = Some(new);
        partition(answer)
    }
}

fn address(cluster: &Cluster, node: NodeId) -> io::Result<&Address> {
    let mut reached = cluster.outside(&super::listener::CONTROLLER);
    let found = reached.find(|(known, _)| *known == node).map(|(_, address)| address);
    found.ok_or_else(|| io::ErrorKind::NotFound.into())
}

fn request(epoch: i32, offset: i64, last_epoch: i32) -> FetchRequest {
    let none = ReplicaId(NO_REPLICA);
    let partition = FetchPartition::default()
        .with_current_leader_epoch(epoch)
        .with_fetch_offset(offset)
        .with_last_fetched_epoch(last_epoch)
        .with_partition_max_bytes(MOST);
    let topic = FetchTopic::default()
        .with_topic(TopicName(TOPIC.into()))
        .with_topic_id(TOPIC_ID)
        .with_partitions(vec![partition]);
    FetchRequest::default()
        .with_replica_id(none)
        .with_replica_state(ReplicaState::default().with_replica_id(none))
        .with_max_wait_ms(0)
        .with_min_bytes(0)
        .with_max_bytes(MOST)
        .with_topics(vec![topic])
}

fn partition(answer: kafka_protocol::messages::FetchResponse) -> io::Result<PartitionData> {
    let partitions = answer.responses.into_iter().flat_map(|topic| topic.partitions);
    partitions.into_iter().next().ok_or_else(|| {
        io::Error::other(format!("the controller refused with error {}", answer.error_code))
    })
}
