//! Which replicas are in sync, as the leaders of their partitions have written it to ZooKeeper.

use tokio::sync::Mutex;

use super::Cluster;
use super::id::BrokerId;
use super::metadata::Partition;
use super::znode::Session;

/// The session with a ZooKeeper in which it is read: opened at the first look, and again after an error.
#[derive(Debug, Default)]
pub(super) struct Reading(Mutex<Option<Session>>);

impl Cluster {
    /// Puts the replicas that are in sync now in the place of those that a broker has told of. Where no ZooKeeper
    /// serves, it remains at what the broker has told: no leader can change it then.
    pub async fn correct_in_sync(&self, topic: &str, partitions: &mut [Partition]) {
        for partition in partitions {
            match self.in_sync(topic, partition.id).await {
                Some(in_sync) => partition.isr = in_sync,
                None => break,
            }
        }
    }

    async fn in_sync(&self, topic: &str, partition: i32) -> Option<Vec<BrokerId>> {
        let mut reading = self.reading.0.lock().await;
        // A session ends with its ZooKeeper, or by its time; another look opens a new one.
        if let Some(mut session) = reading.take()
            && let Ok(in_sync) = session.in_sync(topic, partition).await
        {
            *reading = Some(session);
            return in_sync;
        }
        let mut session = self.session().await?;
        let in_sync = session.in_sync(topic, partition).await.ok()?;
        *reading = Some(session);
        in_sync
    }

    /// With the first ZooKeeper that serves.
    async fn session(&self) -> Option<Session> {
        for (id, zookeeper) in &self.addresses.zookeepers {
            if self.runs((*id).into()).await.is_ok_and(|runs| runs)
                && let Ok(session) = Session::open(&zookeeper.outside).await
            {
                return Some(session);
            }
        }
        None
    }
}
