//! What ZooKeepers say of the cluster, as each sees it now.

use futures::future::join_all;

use super::listener;
use super::words::{self, is_connected, mode_of};
use super::znode::Session;
use crate::cluster::quorum::Registrations;
use crate::cluster::{Cluster, ClusterError};
use crate::event::id::{BrokerId, NodeId, ZooKeeperId};
use crate::event::node_state::Mode;
use crate::topology::Address;

impl Cluster {
    /// The answer of a ZooKeeper to a four-letter word: `srvr`, `mntr`, `conf`, `cons`, `dump`, `ruok`.
    ///
    /// # Errors
    /// When there is no such ZooKeeper, or it does not answer within 5 seconds.
    pub async fn zookeeper_word(
        &self,
        id: ZooKeeperId,
        word: &str,
    ) -> Result<String, ClusterError> {
        let address = addresses(self).find(|(zookeeper, _)| *zookeeper == id);
        let (_, address) = address.ok_or_else(|| self.no_such(id.into()))?;
        let answer = words::ask_patiently(address, word).await;
        answer.map_err(|source| ClusterError::ZooKeeper { id, word: word.to_owned(), source })
    }

    /// The role of a ZooKeeper in its quorum.
    ///
    /// # Errors
    /// When there is no such ZooKeeper. One that does not answer is [`Mode::Down`].
    pub async fn zookeeper_mode(&self, id: ZooKeeperId) -> Result<Mode, ClusterError> {
        if !self.runs(id.into()).await? {
            return Ok(Mode::Down);
        }
        match self.zookeeper_word(id, "srvr").await {
            Ok(answer) => Ok(mode_of(&answer)),
            Err(ClusterError::ZooKeeper { .. }) => Ok(Mode::Down),
            Err(error) => Err(error),
        }
    }
}

/// The ZooKeeper that a broker is connected to, if it is connected.
pub(super) async fn zookeeper_of(
    cluster: &Cluster,
    broker: BrokerId,
) -> Result<Option<ZooKeeperId>, ClusterError> {
    let registrations = registrations(cluster).await?;
    let Some(session) = registrations.brokers.get(&broker).copied() else { return Ok(None) };
    for id in cluster.zookeepers() {
        if !cluster.runs(id.into()).await? {
            continue;
        }
        match cluster.zookeeper_word(id, "cons").await {
            Ok(connections) if is_connected(session, &connections) => return Ok(Some(id)),
            Ok(_) | Err(ClusterError::ZooKeeper { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

/// What sessions own, from the leader, or from any ZooKeeper that serves.
pub(super) async fn registrations(cluster: &Cluster) -> Result<Registrations, ClusterError> {
    for (_, zookeeper) in serving(cluster).await {
        // One that served a moment ago may be losing its quorum, or end.
        if let Ok(dump) = words::ask(zookeeper, "dump").await {
            return Ok(words::registrations(&dump));
        }
    }
    Err(ClusterError::NoQuorum)
}

/// A session with a ZooKeeper: the leader of the quorum if it can be, which knows of every change.
pub(super) async fn session(cluster: &Cluster) -> Option<(ZooKeeperId, Session)> {
    for (id, zookeeper) in serving(cluster).await {
        if let Ok(session) = Session::open(zookeeper).await {
            return Some((id, session));
        }
    }
    None
}

/// Where each ZooKeeper is reached.
fn addresses(cluster: &Cluster) -> impl Iterator<Item = (ZooKeeperId, &Address)> {
    cluster.outside(&listener::CLIENT).filter_map(|(node, address)| match node {
        NodeId::ZooKeeper(id) => Some((id, address)),
        NodeId::Broker(_) | NodeId::Controller(_) => None,
    })
}

/// The ZooKeepers that serve clients, the leader of the quorum first.
async fn serving(cluster: &Cluster) -> Vec<(ZooKeeperId, &Address)> {
    let asked = addresses(cluster).map(async |(id, zookeeper)| {
        if !cluster.runs(id.into()).await.ok()? {
            return None;
        }
        let answer = words::ask(zookeeper, "srvr").await.ok()?;
        let mode = mode_of(&answer);
        mode.serves().then_some((mode, (id, zookeeper)))
    });
    let mut serving: Vec<_> = join_all(asked).await.into_iter().flatten().collect();
    serving.sort_by_key(|(mode, _)| *mode != Mode::Leader);
    serving.into_iter().map(|(_, zookeeper)| zookeeper).collect()
}
