//! Does what sentences say about faults.

use super::World;
use crate::scenario::failure::StepFailure;
use crate::steps::meaning::Action;

impl World {
    /// Does what a sentence says about faults.
    ///
    /// # Errors
    /// Usage, when the target is not there or cannot be hit like this; inconclusive, when a fault has no effect.
    pub async fn perform(&mut self, action: Action) -> Result<(), StepFailure> {
        match action {
            Action::Fault { fault, times } => {
                for _ in 0..times {
                    self.inject(fault.clone()).await?;
                }
                Ok(())
            }
            Action::Lasting { fault, time } => self.inject_for(fault, time).await,
            Action::Background { rhythm, what, target } => {
                self.inject_in_background(rhythm, what, &target).await
            }
            Action::OfClient { what, target } => self.inject_into_client(what, &target).await,
            Action::StartAgain(target) => self.start_again(&target).await,
            Action::Resume(target) => self.resume(&target).await,
            Action::StartClientAgain(target) => self.start_client_again(&target).await,
            Action::ResumeClient(target) => self.resume_client(&target).await,
            Action::HealAll => self.heal().await,
        }
    }
}
