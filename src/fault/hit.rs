//! What a fault has hit. Each family of faults has its own kind of it.

use std::fmt::Debug;

use async_trait::async_trait;

use super::{FaultError, Scope};
use crate::event::evidence::Evidence;
use crate::event::id::NodeId;

/// What a fault has hit: found before the fault acts, kept until it is healed.
#[async_trait]
pub(super) trait Hit: Debug + Send + Sync {
    /// The nodes that the target meant. Later sentences may speak of them, as in `the killed broker`.
    fn nodes(&self) -> &[NodeId];

    /// Whether it can be done to what it has hit. This is asked also where faults do nothing.
    ///
    /// # Errors
    /// When it cannot be done.
    async fn check(&self, _scope: Scope<'_>) -> Result<(), FaultError> {
        Ok(())
    }

    /// Acts, and waits until that has had its effect. It is called only where faults act.
    ///
    /// # Errors
    /// When it cannot be done to what it has hit, or has no effect.
    async fn act(&self, scope: Scope<'_>) -> Result<(), FaultError>;

    /// Adds to the evidence how everything that it has hit is now.
    async fn look(&self, scope: Scope<'_>, evidence: &mut Evidence);

    /// Undoes the fault, also half of one. What is whole already stays as it is.
    ///
    /// # Errors
    /// When it cannot be undone.
    async fn heal(&self, scope: Scope<'_>) -> Result<(), FaultError>;

    /// Whether the evidence shows that nothing of the fault is left.
    fn is_healed(&self, evidence: &Evidence) -> bool;

    /// Whether the fault had an effect until now. Only where acting does not wait for it, this may be false after it.
    fn has_bitten(&self) -> bool {
        true
    }

    /// Whether the evidence from before the fault and from after it shows an effect. It decides when acting was
    /// interrupted.
    fn shows_effect(&self, before: &Evidence, after: &Evidence) -> bool;
}
