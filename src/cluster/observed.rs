//! What ZooKeepers and brokers say of the cluster, as each sees it now.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::{BoxFuture, join_all, try_join_all};

use super::health::LOOK;
use super::metadata::{self, CoordinatorOf, Topics};
use super::quorum::zookeeper::listener;
use super::zookeeper::{self, mode_of};
use super::{Cluster, ClusterError};
use crate::event::id::{BrokerId, NodeId, ZooKeeperId};
use crate::event::node_state::Mode;
use crate::topology::Address;
use crate::wait::{Seen, until};

/// How long ZooKeepers may be silent before they count as without a quorum.
const SILENCE: Duration = Duration::from_secs(3);

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
        let address = self.zookeeper_addresses().find(|(zookeeper, _)| *zookeeper == id);
        let (_, address) = address.ok_or_else(|| self.no_such(id.into()))?;
        let answer = zookeeper::ask_patiently(address, word).await;
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

    /// Ids registered below `/brokers/ids`.
    ///
    /// # Errors
    /// When no ZooKeeper that serves answers.
    pub async fn registered_brokers(&self) -> Result<BTreeSet<BrokerId>, ClusterError> {
        Ok(self.sessions().await?.brokers().keys().copied().collect())
    }

    /// The broker whose session owns `/controller`.
    ///
    /// # Errors
    /// When no ZooKeeper that serves answers.
    pub async fn controller(&self) -> Result<Option<BrokerId>, ClusterError> {
        Ok(self.sessions().await?.controller())
    }

    /// The ZooKeeper that a broker is connected to, if it is connected.
    ///
    /// # Errors
    /// When no ZooKeeper that serves answers.
    pub async fn zookeeper_of(
        &self,
        broker: BrokerId,
    ) -> Result<Option<ZooKeeperId>, ClusterError> {
        let sessions = self.sessions().await?;
        let Some(session) = sessions.brokers().get(&broker).copied() else { return Ok(None) };
        for id in self.zookeepers() {
            if !self.runs(id.into()).await? {
                continue;
            }
            match self.zookeeper_word(id, "cons").await {
                Ok(connections) if session.is_in(&connections) => return Ok(Some(id)),
                Ok(_) | Err(ClusterError::ZooKeeper { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    /// What sessions own, from the leader, or from any ZooKeeper that serves.
    ///
    /// # Errors
    /// When no ZooKeeper that serves answers.
    pub async fn sessions(&self) -> Result<zookeeper::Sessions, ClusterError> {
        for (_, zookeeper) in self.serving().await {
            // One that served a moment ago may be losing its quorum, or end.
            if let Ok(dump) = zookeeper::ask(zookeeper, "dump").await {
                return Ok(zookeeper::Sessions::parse(&dump));
            }
        }
        Err(ClusterError::NoQuorum)
    }

    /// [`Cluster::sessions`], asked again while no ZooKeeper that serves answers, for at most 3 seconds.
    ///
    /// # Errors
    /// As [`Cluster::sessions`].
    pub async fn sessions_patiently(&self) -> Result<zookeeper::Sessions, ClusterError> {
        let look = || async {
            Ok::<_, ClusterError>(match self.sessions().await {
                Ok(sessions) => Seen::Ready(sessions),
                Err(error) => Seen::NotYet(error.to_string()),
            })
        };
        until(SILENCE, LOOK, look).await.map_err(|_| ClusterError::NoQuorum)
    }

    /// Where each ZooKeeper is reached.
    fn zookeeper_addresses(&self) -> impl Iterator<Item = (ZooKeeperId, &Address)> {
        self.outside(&listener::CLIENT).filter_map(|(node, address)| match node {
            NodeId::ZooKeeper(id) => Some((id, address)),
            NodeId::Broker(_) => None,
        })
    }

    /// The ZooKeepers that serve clients, the leader of the quorum first.
    pub(super) async fn serving(&self) -> Vec<(ZooKeeperId, &Address)> {
        let asked = self.zookeeper_addresses().map(async |(id, zookeeper)| {
            if !self.runs(id.into()).await.ok()? {
                return None;
            }
            let answer = zookeeper::ask(zookeeper, "srvr").await.ok()?;
            let mode = mode_of(&answer);
            mode.serves().then_some((mode, (id, zookeeper)))
        });
        let mut serving: Vec<_> = join_all(asked).await.into_iter().flatten().collect();
        serving.sort_by_key(|(mode, _)| *mode != Mode::Leader);
        serving.into_iter().map(|(_, zookeeper)| zookeeper).collect()
    }

    /// Every topic, as the controller knows it; where it does not answer, as the first broker that does.
    ///
    /// # Errors
    /// When no broker answers.
    pub async fn topics(&self) -> Result<Topics, ClusterError> {
        self.ask_brokers(|broker| metadata::topics(broker).boxed()).await
    }

    /// Every topic as each broker knows it that runs and answers: for a moment after a change they differ.
    ///
    /// # Errors
    /// When the runtime does not say which brokers run.
    pub async fn topics_by_broker(&self) -> Result<BTreeMap<BrokerId, Topics>, ClusterError> {
        let asked = self.broker_addresses().map(async |(id, broker)| {
            let runs = self.runs(id.into()).await?;
            let known = if runs { metadata::topics(broker).await.ok() } else { None };
            Ok::<_, ClusterError>(known.map(|topics| (id, topics)))
        });
        Ok(try_join_all(asked).await?.into_iter().flatten().collect())
    }

    /// The broker that coordinates a group or a transactional id; none while there is none.
    ///
    /// # Errors
    /// When no broker answers.
    pub async fn coordinator<'a>(
        &'a self,
        of: CoordinatorOf,
        name: &'a str,
    ) -> Result<Option<BrokerId>, ClusterError> {
        self.ask_brokers(|broker| metadata::coordinator(broker, of, name).boxed()).await
    }

    /// Makes a broker log a line, which tells the time by its own clock.
    ///
    /// # Errors
    /// When the broker is unknown or does not answer.
    pub async fn provoke_log_line(&self, id: BrokerId) -> Result<(), ClusterError> {
        let provoked = metadata::provoke_log_line(self.broker_address(id)?).await;
        provoked.map_err(|error| ClusterError::NoBroker(format!("broker {id}: {error}")))
    }

    /// Asks brokers that run, the controller first, until one answers.
    pub(super) async fn ask_brokers<'a, T>(
        &'a self,
        ask: impl Fn(&'a Address) -> BoxFuture<'a, std::io::Result<T>>,
    ) -> Result<T, ClusterError> {
        // Without a quorum no controller is known, and what brokers know may still be asked.
        let controller = self.controller().await.ok().flatten();
        let mut brokers: Vec<_> = self.broker_addresses().collect();
        brokers.sort_by_key(|(id, _)| Some(*id) != controller);
        let mut last = String::from("none runs");
        for (id, broker) in brokers {
            if self.runs(id.into()).await? {
                match ask(broker).await {
                    Ok(answer) => return Ok(answer),
                    Err(error) => last = format!("broker {id}: {error}"),
                }
            }
        }
        Err(ClusterError::NoBroker(last))
    }
}
