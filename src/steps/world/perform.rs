//! Does what sentences about faults mean.

use super::World;
use crate::event::failure::FailureKind;
use crate::steps::failure::StepFailure;
use crate::steps::meaning::Meaning;

impl World {
    /// Does what a sentence about faults means. What one expects is seen by its step itself.
    ///
    /// # Errors
    /// Usage, when the target is not there or cannot be hit like this; inconclusive, when a fault has no effect.
    pub async fn perform(&mut self, meaning: Meaning) -> Result<(), StepFailure> {
        match meaning {
            Meaning::Fault { fault, times } => {
                for _ in 0..times {
                    self.inject(fault.clone()).await?;
                }
                Ok(())
            }
            Meaning::Lasting { fault, time } => self.inject_for(fault, time).await,
            Meaning::Background { rhythm, what, target } => {
                self.inject_in_background(rhythm, what, &target).await
            }
            Meaning::OfClient { what, target } => self.inject_into_client(what, &target).await,
            Meaning::StartAgain(target) => self.start_again(&target).await,
            Meaning::Resume(target) => self.resume(&target).await,
            Meaning::StartClientAgain(target) => self.start_client_again(&target).await,
            Meaning::ResumeClient(target) => self.resume_client(&target).await,
            Meaning::HealAll => self.heal().await,
            Meaning::Bounce | Meaning::ExpectsFault(_) | Meaning::ExpectsBackground(_) => {
                let message = "the step of this sentence does more than its meaning".into();
                Err(StepFailure { kind: FailureKind::Bug, message })
            }
        }
    }
}
