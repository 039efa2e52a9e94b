//! Nodes that come back: started with the data and addresses that they had, until the cluster has taken
//! them in.
//!
//! After SIGKILL the old ZooKeeper session of a broker lives until its time-out. A broker that is started
//! within that time finds its own registration, takes it for that of another, and ends. That is how Kafka works, not a
//! finding: such a broker is started again until it stays.

use std::sync::{Mutex, PoisonError};

use futures::future::try_join_all;

use super::{FaultError, Scope};
use crate::cluster::quorum::Registrations;
use crate::event::Event;
use crate::event::id::NodeId;
use crate::event::node_state::{Mode, NodeState};
use crate::runtime::log_mark::LogMark;
use crate::wait::{EFFECT_LOOK, Seen, WaitError, until};

/// The registrations of brokers now, to distinguish old registrations from new ones later; none without a quorum.
pub(super) async fn registrations(scope: Scope<'_>) -> Option<Registrations> {
    scope.cluster.registrations_patiently().await.ok()
}

/// Starts nodes that are down and waits, at most for the start limit of the cluster, until a broker is
/// registered under a session that is not among `old` (where these are not known, until it says that it has
/// registered), and a ZooKeeper answers.
///
/// # Errors
/// [`FaultError::NotBack`] when one ends or does not come back in time.
pub(super) async fn start(
    scope: Scope<'_>,
    nodes: &[NodeId],
    old: Option<&Registrations>,
) -> Result<(), FaultError> {
    try_join_all(nodes.iter().map(|node| start_one(scope, *node, old))).await?;
    Ok(())
}

async fn start_one(
    scope: Scope<'_>,
    node: NodeId,
    old: Option<&Registrations>,
) -> Result<(), FaultError> {
    let mark = LogMark::at_end(scope.cluster.runtime(), node).await?;
    scope.cluster.start_again(node).await?;
    back(scope, node, mark, old).await
}

/// Waits as [`start`] does for a node that was started when its log was that far.
///
/// # Errors
/// As [`start`].
pub(super) async fn back(
    scope: Scope<'_>,
    node: NodeId,
    mark: LogMark,
    old: Option<&Registrations>,
) -> Result<(), FaultError> {
    let cluster = scope.cluster;
    let mark = &Mutex::new(mark);
    let back = until(cluster.spec().start_limit(), EFFECT_LOOK, || async move {
        if let NodeState::Exited { code } = cluster.state(node).await? {
            let last_start = *mark.lock().unwrap_or_else(PoisonError::into_inner);
            let new = last_start.later(cluster.runtime()).await?;
            let Some(why) = cluster.quorum().why_refused(&new) else {
                let why = format!("it ended with code {code}; see its log");
                return Err(FaultError::NotBack { node, why });
            };
            let what = format!("ended at its start: {why}; started again");
            scope.events.emit(Event::Node { node, what });
            // If the broker ends again, only what it logs from here on counts.
            let end = LogMark::at_end(cluster.runtime(), node).await?;
            *mark.lock().unwrap_or_else(PoisonError::into_inner) = end;
            cluster.start_again(node).await?;
        }
        Ok(match node {
            NodeId::ZooKeeper(_) | NodeId::Controller(_) => {
                match cluster.quorum().mode(cluster, node).await? {
                    Mode::Down => Seen::NotYet("it does not answer".into()),
                    _ => Seen::Ready(()),
                }
            }
            NodeId::Broker(id) => {
                let registrations = cluster.registrations().await.unwrap_or_default();
                let registration = registrations.brokers.get(&id);
                let is_new = match old {
                    Some(old) => registration != old.brokers.get(&id),
                    None => {
                        let last_start = *mark.lock().unwrap_or_else(PoisonError::into_inner);
                        let log = last_start.later(cluster.runtime()).await?;
                        cluster.quorum().has_registered(&log)
                    }
                };
                match registration {
                    Some(_) if is_new => Seen::Ready(()),
                    Some(_) => Seen::NotYet("only its old session is registered".into()),
                    None => Seen::NotYet(format!("it {}", cluster.quorum().not_registered())),
                }
            }
        })
    });
    back.await.map_err(|error| match error {
        WaitError::Failed(error) => error,
        late @ WaitError::TimedOut { .. } => FaultError::NotBack { node, why: late.to_string() },
    })
}

/// Nodes before their faults are healed, to wait afterwards for those that were started.
pub(super) struct Restarts {
    registrations: Option<Registrations>,
    nodes: Vec<(NodeId, Result<AsItWas, FaultError>)>,
}

/// How a node was.
struct AsItWas {
    state: NodeState,
    mark: LogMark,
}

impl Restarts {
    /// Looks at the nodes before they are healed.
    pub(super) async fn before(scope: Scope<'_>, nodes: impl IntoIterator<Item = NodeId>) -> Self {
        let registrations = registrations(scope).await;
        let mut seen = Vec::new();
        for node in nodes {
            seen.push((node, AsItWas::look(scope, node).await));
        }
        Self { registrations, nodes: seen }
    }

    /// Waits until the cluster has taken in each node that was started meanwhile.
    ///
    /// # Errors
    /// The first node that does not come back.
    pub(super) async fn wait(self, scope: Scope<'_>) -> Result<(), FaultError> {
        let mut all = Ok(());
        for (node, as_it_was) in self.nodes {
            let back = async {
                let AsItWas { state, mark } = as_it_was?;
                let now = scope.cluster.state(node).await?;
                match state.handle().is_none() || state.handle() != now.handle() {
                    true => back(scope, node, mark, self.registrations.as_ref()).await,
                    false => Ok(()),
                }
            };
            all = all.and(back.await);
        }
        all
    }
}

impl AsItWas {
    async fn look(scope: Scope<'_>, node: NodeId) -> Result<Self, FaultError> {
        let mark = LogMark::at_end(scope.cluster.runtime(), node).await?;
        Ok(Self { state: scope.cluster.state(node).await?, mark })
    }
}
