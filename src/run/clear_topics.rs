//! Topics that ended scenarios have left on a cluster. Each of their partitions makes a later fault last longer:
//! it has a leader to elect and replicas to bring in sync, and a broker that stops hands each of them over.

use crate::client::ClientError;
use crate::client::admin::Admin;
use crate::cluster::Cluster;
use crate::cluster::listener::CLIENT;

/// How the topics begin that brokers, or trial itself, make for themselves.
const INTERNAL: &str = "__";

/// Deletes every topic that a scenario may have made and waits until the controller has forgotten them, at most
/// 30 seconds. The cluster is healthy, and nothing runs on it.
///
/// # Errors
/// When the controller refuses one, or does not answer in time.
pub async fn clear_topics(cluster: &Cluster) -> Result<(), ClientError> {
    let admin = Admin::new(&cluster.access(&CLIENT))?;
    let cleared = async {
        let mut topics: Vec<_> = admin.topics().await?.into_keys().collect();
        topics.retain(|topic| !topic.starts_with(INTERNAL));
        let names: Vec<_> = topics.iter().map(String::as_str).collect();
        if names.is_empty() { Ok(()) } else { admin.delete_topics(&names).await }
    };
    let cleared = cleared.await;
    admin.close().await?;
    cleared
}
