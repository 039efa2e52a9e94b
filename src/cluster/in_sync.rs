//! Which replicas are in sync, as the quorum of the cluster knows it.

use super::metadata::Topics;
use super::{Cluster, ClusterError};

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

    /// Puts the replicas that are in sync now in the place of those that a broker has told of. False when the
    /// quorum does not tell: what the broker has told stands then, which may be older by seconds.
    pub async fn correct_in_sync(&self, topics: &mut Topics) -> bool {
        let partitions = topics.iter().flat_map(|(topic, partitions)| {
            partitions.iter().map(|partition| (topic.as_str(), partition.id))
        });
        let Some(found) = self.quorum.in_sync(self, &partitions.collect::<Vec<_>>()).await else {
            return false;
        };
        for (partition, in_sync) in topics.values_mut().flatten().zip(found) {
            // A partition of which there is no state is being made or deleted.
            if let Some(in_sync) = in_sync {
                partition.isr = in_sync;
            }
        }
        true
    }
}
