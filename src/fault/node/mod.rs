//! Faults of processes: brokers and ZooKeepers that crash, stop, hang and come back.

mod process;

use std::fmt;

use async_trait::async_trait;

pub(super) use self::process::stop;
use super::disk::data_bytes;
use super::hit::Hit;
use super::{FaultError, Participle, Scope, evidence, recovery};
use crate::cluster::health;
use crate::event::evidence::Evidence;
use crate::event::id::NodeId;
use crate::event::node_state::NodeState;

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

    /// The words by which later sentences may speak of its nodes, as in `the killed broker`. The first says what
    /// they are now.
    pub fn participles(self) -> &'static [Participle] {
        match self {
            Self::Kill => &[Participle::Killed],
            Self::Crash => &[Participle::Killed, Participle::Restarted],
            Self::Stop => &[Participle::Stopped],
            Self::Pause => &[Participle::Paused],
            Self::Restart | Self::RollingRestart { .. } => &[Participle::Restarted],
            Self::Wipe => &[],
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
            refuse(*node, why, self.done())?;
        }
        Ok(())
    }

    /// As in [`FaultError::State`].
    fn done(self) -> &'static str {
        match self {
            Self::Kill | Self::Crash => "killed",
            Self::Stop => "stopped",
            Self::Pause => "paused",
            Self::Restart | Self::RollingRestart { .. } => "restarted",
            Self::Wipe => "wiped",
        }
    }
}

/// Nodes that a fault has hit.
#[derive(Debug)]
pub(super) struct HitNodes {
    /// The fault.
    pub what: NodeFault,
    /// The nodes.
    pub nodes: Vec<NodeId>,
}

#[async_trait]
impl Hit for HitNodes {
    fn nodes(&self) -> &[NodeId] {
        &self.nodes
    }

    async fn check(&self, scope: Scope<'_>) -> Result<(), FaultError> {
        self.what.check(scope, &self.nodes).await
    }

    async fn act(&self, scope: Scope<'_>) -> Result<(), FaultError> {
        let nodes = self.nodes.as_slice();
        match self.what {
            NodeFault::Kill => process::kill(scope, nodes).await,
            NodeFault::Stop => process::stop(scope, nodes).await,
            NodeFault::Pause => process::pause(scope, nodes).await,
            NodeFault::Crash => {
                let registrations = recovery::registrations(scope).await;
                process::kill(scope, nodes).await?;
                recovery::start(scope, nodes, registrations.as_ref()).await
            }
            NodeFault::Restart => {
                let registrations = recovery::registrations(scope).await;
                process::stop(scope, nodes).await?;
                recovery::start(scope, nodes, registrations.as_ref()).await
            }
            NodeFault::RollingRestart { in_sync } => {
                for node in nodes {
                    let registrations = recovery::registrations(scope).await;
                    process::stop(scope, &[*node]).await?;
                    recovery::start(scope, &[*node], registrations.as_ref()).await?;
                    if in_sync {
                        let limit = scope.cluster.spec().start_limit();
                        health::prove_healthy(scope.cluster, limit).await?;
                    }
                }
                Ok(())
            }
            NodeFault::Wipe => {
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

    async fn look(&self, scope: Scope<'_>, evidence: &mut Evidence) {
        evidence::look_at_nodes(scope, &self.nodes, evidence).await;
        if self.what == NodeFault::Wipe {
            for node in &self.nodes {
                if let Ok(bytes) = data_bytes(scope, *node).await {
                    evidence.data.insert(*node, bytes);
                }
            }
        }
    }

    async fn heal(&self, scope: Scope<'_>) -> Result<(), FaultError> {
        heal(scope, &self.nodes).await
    }

    fn is_healed(&self, evidence: &Evidence) -> bool {
        all_run(&self.nodes, evidence)
    }

    fn shows_effect(&self, before: &Evidence, after: &Evidence) -> bool {
        before.nodes != after.nodes || before.data != after.data
    }
}

/// Whether all these nodes run, as the evidence shows.
pub(super) fn all_run(nodes: &[NodeId], evidence: &Evidence) -> bool {
    let runs = |node| matches!(evidence.nodes.get(node), Some(NodeState::Running { .. }));
    nodes.iter().all(runs)
}

/// Starts nodes that are down, and waits until the cluster has taken them in.
///
/// # Errors
/// When one of them is not down, or does not come back.
pub async fn start_again(scope: Scope<'_>, nodes: &[NodeId]) -> Result<(), FaultError> {
    let mut down = Vec::new();
    for node in nodes {
        // What was not done is not undone, here and below.
        if scope.do_nothing.any() && scope.cluster.state(*node).await?.is_alive() {
            continue;
        }
        check_is_down(scope, *node, "started again").await?;
        down.push(*node);
    }
    let registrations = recovery::registrations(scope).await;
    recovery::start(scope, &down, registrations.as_ref()).await
}

/// Resumes nodes that are paused.
///
/// # Errors
/// When one of them is not paused.
pub async fn resume_paused(scope: Scope<'_>, nodes: &[NodeId]) -> Result<(), FaultError> {
    let mut paused = Vec::new();
    for node in nodes {
        let is_paused = matches!(scope.cluster.state(*node).await?, NodeState::Paused { .. });
        if is_paused {
            paused.push(*node);
        } else if !scope.do_nothing.any() {
            let (node, state) = (*node, String::from("is not paused"));
            return Err(FaultError::State { node, state, done: "resumed" });
        }
    }
    process::resume(scope, &paused).await
}

/// Resumes what is paused and starts what is down, without waiting for the cluster to take it in.
pub(super) async fn heal(scope: Scope<'_>, nodes: &[NodeId]) -> Result<(), FaultError> {
    for node in nodes {
        match scope.cluster.state(*node).await? {
            NodeState::Paused { .. } => process::resume(scope, &[*node]).await?,
            // A container that was wiped is gone; the next start makes another.
            NodeState::Exited { .. } | NodeState::NotStarted => {
                scope.cluster.start_again(*node).await?;
            }
            NodeState::Running { .. } => {}
        }
    }
    Ok(())
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
    use crate::event::id::BrokerId;

    #[test]
    fn only_a_node_that_runs_is_not_idle() {
        assert_eq!(why_idle(&NodeState::Running { handle: "7".into() }), None);
        assert_eq!(why_idle(&NodeState::Paused { handle: "7".into() }), Some("is paused"));
        assert_eq!(why_idle(&NodeState::Exited { code: 0 }), Some("is down already"));
    }
    #[test]
    fn a_wipe_shows_in_the_data_though_the_node_stays_down() {
        let node = NodeId::Broker(BrokerId(1));
        let hit = HitNodes { what: NodeFault::Wipe, nodes: vec![node] };
        let with = |bytes| Evidence {
            nodes: [(node, NodeState::Exited { code: 137 })].into(),
            data: [(node, bytes)].into(),
            ..Evidence::default()
        };
        assert!(hit.shows_effect(&with(9), &with(0)));
        assert!(!hit.shows_effect(&with(9), &with(9)));
        assert!(!hit.is_healed(&with(0)), "the node is down");
    }
}
