//! The scenario's faults.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Told as _, World, without_cluster};
use crate::event::evidence::Evidence;
use crate::event::id::{BrokerId, NodeId};
use crate::fault::{
    Background, Fault, Faults, Injected, Recurring, Rhythm, Scope, Target, clock, node,
};
use crate::scenario::failure::StepFailure;

impl World {
    /// Injects a fault and waits until it takes effect.
    ///
    /// # Errors
    /// Usage, when its target is not there or cannot be hit like this; inconclusive, when it has no effect.
    pub(super) async fn inject(&mut self, fault: Fault) -> Result<(), StepFailure> {
        let fault = fault.seeded(self.environment()?.seed);
        let (scope, faults) = self.scope_and_faults()?;
        faults.inject(scope, fault).await.map(drop).told(scope.names)
    }

    /// Injects a fault, lets this time pass, and heals it.
    ///
    /// # Errors
    /// As [`World::inject`]; when it cannot be healed.
    pub(super) async fn inject_for(
        &mut self,
        fault: Fault,
        time: Duration,
    ) -> Result<(), StepFailure> {
        let fault = fault.seeded(self.environment()?.seed);
        let (scope, faults) = self.scope_and_faults()?;
        faults.inject_for(scope, fault, time).await.told(scope.names)
    }

    /// Starts nodes that are down and waits until the cluster has taken them in.
    ///
    /// # Errors
    /// Usage, when they are not there or not down; expectation, when they do not come back.
    pub(super) async fn start_again(&mut self, target: &Target) -> Result<(), StepFailure> {
        let (scope, faults) = self.scope_and_faults()?;
        let nodes = target.find(scope, faults.all()).await?;
        Ok(faults.undo(scope, node::start_again(scope, &nodes)).await?)
    }

    /// Resumes nodes that are paused.
    ///
    /// # Errors
    /// Usage, when they are not there or not paused.
    pub(super) async fn resume(&mut self, target: &Target) -> Result<(), StepFailure> {
        let (scope, faults) = self.scope_and_faults()?;
        let nodes = target.find(scope, faults.all()).await?;
        Ok(faults.undo(scope, node::resume_paused(scope, &nodes)).await?)
    }

    /// Heals every fault of the scenario, the last one first.
    ///
    /// # Errors
    /// Usage, when nothing is to be healed; else the first that could not be healed.
    pub(super) async fn heal(&mut self) -> Result<(), StepFailure> {
        let (scope, faults) = self.scope_and_faults()?;
        if !faults.any_left() {
            return Err(StepFailure::usage(
                "there is no fault to heal: none is left in this scenario",
            ));
        }
        faults.heal_all_and_wait(scope).await.told(scope.names)
    }

    /// Begins to inject a fault again and again in the background, while other steps go on.
    ///
    /// # Errors
    /// Usage, when the rhythm has no room for a single fault.
    pub(super) async fn inject_in_background(
        &mut self,
        rhythm: Rhythm,
        what: Recurring,
        target: &Target,
    ) -> Result<(), StepFailure> {
        let environment = self.environment.as_ref().ok_or_else(without_cluster)?;
        let (context, number) = (Arc::clone(&environment.context), self.background.len());
        let faults = self.faults.beside();
        let started = Background::start(context, number, rhythm, what, target, faults).await?;
        self.background.push(started);
        Ok(())
    }

    /// Waits until every fault in the background was injected and undone.
    ///
    /// # Errors
    /// Usage, when there are none; the failure of one of them; expectation, when the time is over.
    pub async fn background_ended(&mut self, limit: Duration) -> Result<(), StepFailure> {
        if self.background.is_empty() {
            return Err(no_background());
        }
        let began = Instant::now();
        for background in &mut self.background {
            background.ended(limit.saturating_sub(began.elapsed())).await?;
        }
        Ok(())
    }

    /// By how many seconds the clock of each broker that a target means now is ahead; none where it is not known.
    ///
    /// # Errors
    /// Usage, when it means a node that is no broker.
    pub async fn clocks(
        &self,
        target: &Target,
    ) -> Result<Vec<(BrokerId, Option<i64>)>, StepFailure> {
        let mut clocks = Vec::new();
        for node in self.find(target).await? {
            let NodeId::Broker(id) = node else {
                return Err(StepFailure::usage(format!("{node} is no broker")));
            };
            clocks.push((id, clock::ahead(self.environment()?.scope(), id).await?));
        }
        Ok(clocks)
    }

    /// The nodes that a target means now.
    ///
    /// # Errors
    /// Usage, when it means none.
    pub async fn find(&self, target: &Target) -> Result<Vec<NodeId>, StepFailure> {
        Ok(target.find(self.environment()?.scope(), self.faults.all()).await?)
    }

    /// What the cluster was like before the first faults in the background.
    ///
    /// # Errors
    /// Usage, when there were none.
    pub fn before_background(&self) -> Result<&Evidence, StepFailure> {
        let first = self.background.first();
        Ok(first.ok_or_else(no_background)?.before())
    }

    /// The faults of the scenario.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// The last fault of the scenario.
    ///
    /// # Errors
    /// Usage, when there was none.
    pub fn last_fault(&self) -> Result<&Injected, StepFailure> {
        let last = self.faults.all().last();
        last.ok_or_else(|| StepFailure::usage("no fault was injected in this scenario before"))
    }

    /// When the first and the last fault of the scenario were injected.
    ///
    /// # Errors
    /// Usage, when there was none.
    pub fn fault_times(&self) -> Result<(jiff::Timestamp, jiff::Timestamp), StepFailure> {
        let last = self.last_fault()?.at;
        let first = self.faults.all().first().map_or(last, |first| first.at);
        Ok((first, last))
    }

    pub(super) fn scope_and_faults(&mut self) -> Result<(Scope<'_>, &mut Faults), StepFailure> {
        let environment = self.environment.as_ref().ok_or_else(without_cluster)?;
        Ok((environment.scope(), &mut self.faults))
    }
}

fn no_background() -> StepFailure {
    StepFailure::usage("no faults were started in the background before")
}
