//! What the quorum and brokers say of the cluster, as each sees it now.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::{BoxFuture, try_join_all};

use super::health::LOOK;
use super::metadata::{self, CoordinatorOf, Topics};
use super::quorum::Registrations;
use super::{Cluster, ClusterError};
use crate::event::id::{BrokerId, NodeId};
use crate::topology::Address;
use crate::wait::{Seen, until};

/// How long the members of a quorum may be silent before they count as without one.
const SILENCE: Duration = Duration::from_secs(3);

impl Cluster {
    /// The brokers that are registered.
    ///
    /// # Errors
    /// When nobody of the quorum answers.
    pub async fn registered_brokers(&self) -> Result<BTreeSet<BrokerId>, ClusterError> {
        Ok(self.registrations().await?.brokers.into_keys().collect())
    }

    /// The controller.
    ///
    /// # Errors
    /// When nobody of the quorum answers.
    pub async fn controller(&self) -> Result<Option<NodeId>, ClusterError> {
        Ok(self.registrations().await?.controller)
    }

    /// The registered brokers and the controller.
    ///
    /// # Errors
    /// When nobody of the quorum answers.
    pub async fn registrations(&self) -> Result<Registrations, ClusterError> {
        self.quorum.registrations(self).await
    }

    /// [`Cluster::registrations`], asked again while nobody of the quorum answers, for at most 3 seconds.
    ///
    /// # Errors
    /// As [`Cluster::registrations`].
    pub async fn registrations_patiently(&self) -> Result<Registrations, ClusterError> {
        let look = || async {
            Ok::<_, ClusterError>(match self.registrations().await {
                Ok(registrations) => Seen::Ready(registrations),
                Err(error) => Seen::NotYet(error.to_string()),
            })
        };
        until(SILENCE, LOOK, look).await.map_err(|_| ClusterError::NoQuorum)
    }

    /// The member of the quorum that a broker is connected to, if it is connected.
    ///
    /// # Errors
    /// When nobody of the quorum answers.
    pub async fn member_of(&self, broker: BrokerId) -> Result<Option<NodeId>, ClusterError> {
        self.quorum.member_of(self, broker).await
    }

    /// Every topic, as the controller knows it; where it does not answer, as the first broker that does. A broker that
    /// no controller of KRaft reaches still tells what it knew.
    ///
    /// # Errors
    /// When no broker answers.
    pub async fn topics(&self) -> Result<Topics, ClusterError> {
        if let Some(topics) = self.quorum.topics(self).await {
            return Ok(topics);
        }
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
        brokers.sort_by_key(|(id, _)| Some(NodeId::from(*id)) != controller);
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
