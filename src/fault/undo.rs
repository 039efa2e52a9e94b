//! Steps that undo a fault themselves: nodes started again and resumed, clients resumed.

use super::{FaultError, FaultOfClient, Faults, Scope, node, recovery};
use crate::event::id::NodeId;
use crate::event::node_state::NodeState;

impl Faults {
    /// Starts nodes that are down and waits until the cluster has taken them in.
    ///
    /// # Errors
    /// When one of them is not down, or does not come back.
    pub async fn start_again(
        &mut self,
        scope: Scope<'_>,
        nodes: &[NodeId],
    ) -> Result<(), FaultError> {
        let mut down = Vec::new();
        for node in nodes {
            // What has not been done is not undone, here and below.
            if scope.do_nothing.any() && scope.cluster.state(*node).await?.is_alive() {
                continue;
            }
            node::check_is_down(scope, *node, "started again").await?;
            down.push(*node);
        }
        let sessions = recovery::sessions(scope).await;
        recovery::start(scope, &down, sessions.as_ref()).await?;
        self.tell_healed(scope).await;
        Ok(())
    }

    /// Resumes nodes that are paused.
    ///
    /// # Errors
    /// When one of them is not paused.
    pub async fn resume(&mut self, scope: Scope<'_>, nodes: &[NodeId]) -> Result<(), FaultError> {
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
        node::resume(scope, &paused).await?;
        self.tell_healed(scope).await;
        Ok(())
    }

    /// Resumes a client process that is paused.
    ///
    /// # Errors
    /// When it is not paused.
    pub async fn resume_client(
        &mut self,
        scope: Scope<'_>,
        client: &FaultOfClient,
    ) -> Result<(), FaultError> {
        let is_paused = matches!(client.process.state(), NodeState::Paused { .. });
        if !is_paused {
            return match scope.do_nothing.any() {
                true => Ok(()),
                false => Err(FaultError::NoTarget(format!("{} is not paused", client.target))),
            };
        }
        client.resume().await?;
        self.tell_healed(scope).await;
        Ok(())
    }
}
