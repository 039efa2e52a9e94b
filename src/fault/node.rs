//! Faults of processes: brokers and ZooKeepers that crash, stop, hang and come back.

use std::fmt;
use std::time::Duration;

use futures::future::try_join_all;

use super::disk::data_bytes;
use super::{FaultError, Scope, recovery};
use crate::cluster::health;
use crate::event::id::NodeId;
use crate::event::node_state::NodeState;
use crate::owned::signal::Signal;
use crate::wait::{EFFECT_LOOK, Seen, WaitError, until};

/// A signal takes effect at once; what has not bitten by then has no effect.
const BITE_LIMIT: Duration = Duration::from_secs(10);

/// How long a node may take to stop after SIGTERM: a broker moves its leaders first.
const STOP_LIMIT: Duration = Duration::from_secs(30);

/// What is done to processes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NodeFault {
    /// SIGKILL.
    Kill,
    /// SIGTERM.
    Stop,
    /// SIGSTOP, until it is healed.
    Pause,
    /// SIGKILL, and a new process with the same data and addresses at once.
    Crash,
    /// SIGTERM, and a new process with the same data and addresses at once.
    Restart,
    /// One node after the other is restarted.
    RollingRestart {
        /// Whether all replicas are in sync again before the next node is stopped.
        in_sync: bool,
    },
    /// The data of nodes that are down is removed.
    Wipe,
}

impl NodeFault {
    /// Whether the nodes run again when it has been injected.
    pub fn undoes_itself(self) -> bool {
        match self {
            Self::Crash | Self::Restart | Self::RollingRestart { .. } => true,
            Self::Kill | Self::Stop | Self::Pause | Self::Wipe => false,
        }
    }

    /// Acts on the nodes and waits until that has bitten.
    pub(super) async fn act(self, scope: Scope<'_>, nodes: &[NodeId]) -> Result<(), FaultError> {
        self.check(scope, nodes).await?;
        if !scope.acts() {
            return Ok(());
        }
        match self {
            Self::Kill => end(scope, nodes, Signal::Kill, BITE_LIMIT).await,
            Self::Stop => stop(scope, nodes).await,
            Self::Pause => pause(scope, nodes).await,
            Self::Crash => {
                let sessions = recovery::sessions(scope).await;
                end(scope, nodes, Signal::Kill, BITE_LIMIT).await?;
                recovery::start(scope, nodes, sessions.as_ref()).await
            }
            Self::Restart => {
                let sessions = recovery::sessions(scope).await;
                stop(scope, nodes).await?;
                recovery::start(scope, nodes, sessions.as_ref()).await
            }
            Self::RollingRestart { in_sync } => {
                for node in nodes {
                    let sessions = recovery::sessions(scope).await;
                    stop(scope, &[*node]).await?;
                    recovery::start(scope, &[*node], sessions.as_ref()).await?;
                    if in_sync {
                        let limit = scope.cluster.spec().start_limit();
                        health::prove_healthy(scope.cluster, limit).await?;
                    }
                }
                Ok(())
            }
            Self::Wipe => {
                for node in nodes {
                    if data_bytes(scope, *node).await? == 0 {
                        return Err(FaultError::NoEffect(format!("{node} has no data")));
                    }
                    scope.cluster.remove_data(*node).await?;
                    let left = data_bytes(scope, *node).await?;
                    if left > 0 {
                        let why = format!("{left} bytes of the data of {node} are still there");
                        return Err(FaultError::NoEffect(why));
                    }
                }
                Ok(())
            }
        }
    }

    /// Refuses what cannot be done to a node as it is; also where faults do nothing, as far as that can be.
    async fn check(self, scope: Scope<'_>, nodes: &[NodeId]) -> Result<(), FaultError> {
        for node in nodes {
            let state = scope.cluster.state(*node).await?;
            let why = match (self, &state) {
                (Self::Wipe, state) => why_busy(scope, state),
                (Self::Kill, NodeState::Paused { .. }) => None,
                (_, state) => why_idle(state),
            };
            refuse(*node, why, self.participle())?;
        }
        Ok(())
    }

    fn participle(self) -> &'static str {
        match self {
            Self::Kill | Self::Crash => "killed",
            Self::Stop => "stopped",
            Self::Pause => "paused",
            Self::Restart | Self::RollingRestart { .. } => "restarted",
            Self::Wipe => "wiped",
        }
    }
}

/// Refuses a node that does not run, also where faults do nothing. `done` is what was to be done, as in
/// [`FaultError::State`].
pub(super) async fn check_runs(
    scope: Scope<'_>,
    node: NodeId,
    done: &'static str,
) -> Result<(), FaultError> {
    refuse(node, why_idle(&scope.cluster.state(node).await?), done)
}

/// Refuses a node that is not down.
pub(super) async fn check_is_down(
    scope: Scope<'_>,
    node: NodeId,
    done: &'static str,
) -> Result<(), FaultError> {
    refuse(node, why_busy(scope, &scope.cluster.state(node).await?), done)
}

fn refuse(node: NodeId, why: Option<&'static str>, done: &'static str) -> Result<(), FaultError> {
    why.map_or(Ok(()), |why| Err(FaultError::State { node, state: why.into(), done }))
}

/// Why a node that is like this is not down; none where faults do nothing, as there what was killed runs.
fn why_busy(scope: Scope<'_>, state: &NodeState) -> Option<&'static str> {
    (scope.acts() && state.is_alive()).then_some("is running")
}

/// Why a node that is like this does nothing; none where it runs.
fn why_idle(state: &NodeState) -> Option<&'static str> {
    match state {
        NodeState::Running { .. } => None,
        NodeState::Paused { .. } => Some("is paused"),
        NodeState::Exited { .. } | NodeState::NotStarted => Some("is down already"),
    }
}

/// Resumes what is paused and starts what is down, without waiting for the cluster to take it in.
pub(super) async fn heal(scope: Scope<'_>, nodes: &[NodeId]) -> Result<(), FaultError> {
    for node in nodes {
        match scope.cluster.state(*node).await? {
            NodeState::Paused { .. } => resume(scope, &[*node]).await?,
            // A container that was wiped is gone; the next start makes another.
            NodeState::Exited { .. } | NodeState::NotStarted => {
                scope.cluster.start_again(*node).await?;
            }
            NodeState::Running { .. } => {}
        }
    }
    Ok(())
}

/// Resumes nodes and waits until they run.
///
/// # Errors
/// When one is down.
pub(super) async fn resume(scope: Scope<'_>, nodes: &[NodeId]) -> Result<(), FaultError> {
    signal(scope, nodes, Signal::Resume).await?;
    let runs = |state: &NodeState| matches!(state, NodeState::Running { .. });
    bitten(scope, nodes, BITE_LIMIT, "is not running", runs).await
}

async fn pause(scope: Scope<'_>, nodes: &[NodeId]) -> Result<(), FaultError> {
    signal(scope, nodes, Signal::Pause).await?;
    let is_paused = |state: &NodeState| matches!(state, NodeState::Paused { .. });
    bitten(scope, nodes, BITE_LIMIT, "is not paused", is_paused).await
}

pub(super) async fn stop(scope: Scope<'_>, nodes: &[NodeId]) -> Result<(), FaultError> {
    match end(scope, nodes, Signal::Terminate, STOP_LIMIT).await {
        Err(FaultError::NoEffect(_)) => {}
        ended => return ended,
    }
    let mut overdue = None;
    for node in nodes {
        if scope.cluster.state(*node).await?.is_alive() {
            overdue = overdue.or(Some(*node));
            end(scope, &[*node], Signal::Kill, BITE_LIMIT).await?;
        }
    }
    match overdue {
        Some(node) => Err(FaultError::Overdue { node, limit: STOP_LIMIT }),
        None => Ok(()),
    }
}

async fn end(
    scope: Scope<'_>,
    nodes: &[NodeId],
    by: Signal,
    limit: Duration,
) -> Result<(), FaultError> {
    signal(scope, nodes, by).await?;
    bitten(scope, nodes, limit, "is still there", |state| !state.is_alive()).await
}

/// Signals all nodes at once.
async fn signal(scope: Scope<'_>, nodes: &[NodeId], signal: Signal) -> Result<(), FaultError> {
    try_join_all(nodes.iter().map(|node| scope.cluster.signal(*node, signal))).await?;
    Ok(())
}

/// Waits until every node is as it should be.
async fn bitten(
    scope: Scope<'_>,
    nodes: &[NodeId],
    limit: Duration,
    otherwise: &str,
    is_so: impl Fn(&NodeState) -> bool,
) -> Result<(), FaultError> {
    let is_so = &is_so;
    let look = || async move {
        for node in nodes {
            if !is_so(&scope.cluster.state(*node).await?) {
                return Ok(Seen::NotYet(format!("{node} {otherwise}")));
            }
        }
        Ok(Seen::Ready(()))
    };
    let looked: Result<(), WaitError<FaultError>> = until(limit, EFFECT_LOOK, look).await;
    Ok(looked?)
}

impl fmt::Display for NodeFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kill => f.write_str("kill"),
            Self::Stop => f.write_str("stop"),
            Self::Pause => f.write_str("pause"),
            Self::Crash => f.write_str("kill and start"),
            Self::Restart => f.write_str("restart"),
            Self::RollingRestart { in_sync: true } => f.write_str("rolling restart"),
            Self::RollingRestart { in_sync: false } => {
                f.write_str("rolling restart without waiting for replicas")
            }
            Self::Wipe => f.write_str("wipe"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_node_that_runs_is_not_idle() {
        assert_eq!(why_idle(&NodeState::Running { handle: "7".into() }), None);
        assert_eq!(why_idle(&NodeState::Paused { handle: "7".into() }), Some("is paused"));
        assert_eq!(why_idle(&NodeState::Exited { code: 0 }), Some("is down already"));
    }
}
