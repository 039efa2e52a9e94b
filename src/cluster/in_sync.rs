//! Which replicas are in sync, as the leaders of their partitions have written it to ZooKeeper.

use tokio::sync::Mutex;

use super::metadata::Topics;
use super::znode::Session;
use super::{Cluster, ClusterError};
use crate::event::id::{BrokerId, ZooKeeperId};

/// The session in which it is read, and with whom: opened at the first look, and again after an error.
#[derive(Debug, Default)]
pub(super) struct InSyncReader(Mutex<Option<(ZooKeeperId, Session)>>);

impl Cluster {
    /// The topics that are wanted, by their names in the cluster, as [`Cluster::topics`] and
    /// [`Cluster::correct_in_sync`] have them; and what the latter says.
    ///
    /// # Errors
    /// When no broker answers.
    pub async fn topics_in_sync(
        &self,
        is_wanted: impl Fn(&str) -> bool,
    ) -> Result<(Topics, bool), ClusterError> {
        let mut topics = self.topics().await?;
        topics.retain(|topic, _| is_wanted(topic));
        let is_known = self.correct_in_sync(&mut topics).await;
        Ok((topics, is_known))
    }

    /// Puts the replicas that are in sync now in the place of those that a broker has told of. False when no
    /// ZooKeeper tells: what the broker has told stands then, which may be older by seconds.
    pub async fn correct_in_sync(&self, topics: &mut Topics) -> bool {
        let partitions = topics.iter().flat_map(|(topic, partitions)| {
            partitions.iter().map(|partition| (topic.as_str(), partition.id))
        });
        let Some(found) = self.in_sync(&partitions.collect::<Vec<_>>()).await else { return false };
        for (partition, in_sync) in topics.values_mut().flatten().zip(found) {
            // A partition of which there is no state is being made or deleted.
            if let Some(in_sync) = in_sync {
                partition.isr = in_sync;
            }
        }
        true
    }

    async fn in_sync(&self, partitions: &[(&str, i32)]) -> Option<Vec<Option<Vec<BrokerId>>>> {
        let mut reader = self.in_sync_reader.0.lock().await;
        if let Some((id, mut session)) = reader.take()
            && self.runs(id.into()).await.is_ok_and(|runs| runs)
            && let Ok(found) = session.in_sync(partitions).await
        {
            *reader = Some((id, session));
            return Some(found);
        }
        // It has ended with its ZooKeeper, or by its time.
        let (id, mut session) = self.session().await?;
        let found = session.in_sync(partitions).await.ok()?;
        *reader = Some((id, session));
        Some(found)
    }

    /// A session with a ZooKeeper: the leader of the quorum if it can be, which knows of every change.
    pub(super) async fn session(&self) -> Option<(ZooKeeperId, Session)> {
        for (id, zookeeper) in self.serving().await {
            if let Ok(session) = Session::open(zookeeper).await {
                return Some((id, session));
            }
        }
        None
    }
}
