//! Processes of nodes: signalled, and awaited until the signal has had its effect.

use std::time::Duration;

use futures::future::try_join_all;

use crate::event::id::NodeId;
use crate::event::node_state::NodeState;
use crate::fault::{FaultError, Scope};
use crate::owned::signal::Signal;
use crate::wait::{EFFECT_LOOK, Seen, WaitError, until};

/// A signal takes effect at once. A signal without an effect by then has none.
const BITE_LIMIT: Duration = Duration::from_secs(10);

/// How long a node may take to stop after SIGTERM: a broker moves its leaders first.
const STOP_LIMIT: Duration = Duration::from_secs(30);

/// Kills nodes, all at once.
///
/// # Errors
/// When one is still there after a while.
pub(super) async fn kill(scope: Scope<'_>, nodes: &[NodeId]) -> Result<(), FaultError> {
    end(scope, nodes, Signal::Kill, BITE_LIMIT).await
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

/// Pauses nodes, all at once, and waits until none of them runs.
///
/// # Errors
/// When one still runs after a while.
pub(super) async fn pause(scope: Scope<'_>, nodes: &[NodeId]) -> Result<(), FaultError> {
    signal(scope, nodes, Signal::Pause).await?;
    let is_paused = |state: &NodeState| matches!(state, NodeState::Paused { .. });
    bitten(scope, nodes, BITE_LIMIT, "is not paused", is_paused).await
}

/// Stops nodes, all at once. Those that take too long are killed.
///
/// # Errors
/// [`FaultError::Overdue`] when one had to be killed.
pub(in crate::fault) async fn stop(scope: Scope<'_>, nodes: &[NodeId]) -> Result<(), FaultError> {
    match end(scope, nodes, Signal::Terminate, STOP_LIMIT).await {
        Err(FaultError::NoEffect(_)) => {}
        ended => return ended,
    }
    let mut overdue = None;
    for node in nodes {
        if scope.cluster.state(*node).await?.is_alive() {
            overdue = overdue.or(Some(*node));
            kill(scope, &[*node]).await?;
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
