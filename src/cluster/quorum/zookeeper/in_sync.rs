//! Which replicas are in sync, as the leaders of their partitions have written it to ZooKeeper.

use tokio::sync::Mutex;

use super::observed::session;
use super::znode::Session;
use crate::cluster::Cluster;
use crate::cluster::quorum::InSync;
use crate::event::id::ZooKeeperId;

/// The session in which it is read, and with whom: opened at the first look, and again after an error.
#[derive(Debug, Default)]
pub(super) struct InSyncReader(Mutex<Option<(ZooKeeperId, Session)>>);

impl InSyncReader {
    /// The replicas that are in sync; none when no ZooKeeper serves.
    pub(super) async fn look(
        &self,
        cluster: &Cluster,
        partitions: &[(&str, i32)],
    ) -> Option<InSync> {
        let mut reader = self.0.lock().await;
        if let Some((id, mut session)) = reader.take()
            && cluster.runs(id.into()).await.is_ok_and(|runs| runs)
            && let Ok(found) = session.in_sync(partitions).await
        {
            *reader = Some((id, session));
            return Some(found);
        }
        // It has ended with its ZooKeeper, or by its time.
        let (id, mut session) = session(cluster).await?;
        let found = session.in_sync(partitions).await.ok()?;
        *reader = Some((id, session));
        Some(found)
    }
}
