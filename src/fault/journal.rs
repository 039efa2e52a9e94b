//! The faults of one scenario, in their order: reported when they are injected, healed in reverse.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::recovery::Restarts;
use super::{Fault, FaultError, Injected, Scope, evidence};
use crate::wait;

/// The faults of one scenario.
#[derive(Debug, Default)]
pub struct Faults {
    injected: Vec<Injected>,
    /// How many were injected in the scenario, also by journals beside this one.
    count: Arc<AtomicUsize>,
}

impl Faults {
    /// An empty journal of the same scenario, for faults in the background: they are numbered together.
    #[must_use]
    pub fn beside(&self) -> Self {
        Self { injected: Vec::new(), count: Arc::clone(&self.count) }
    }

    /// Every fault so far, in order.
    pub fn all(&self) -> &[Injected] {
        &self.injected
    }

    /// Injects a fault: finds its target, acts, and waits until it has bitten. It is reported with the evidence,
    /// also when it has not bitten. Returns when it had bitten, or was armed.
    ///
    /// # Errors
    /// When there is no such target, or nothing can be done to it, or the fault has no effect.
    pub async fn inject(&mut self, scope: Scope<'_>, fault: Fault) -> Result<Instant, FaultError> {
        let number = self.count.fetch_add(1, Ordering::Relaxed) + 1;
        let (all, scope) = (scope, scope.of_fault(number));
        let hit = fault.find(scope, number, &self.injected).await?;
        let undoes_itself = fault.undoes_itself();
        let before = evidence::take(scope, hit.as_ref()).await;
        let began = Instant::now();
        // Kept before it acts, so that also half of a fault is healed.
        self.injected.push(Injected::acting(number, fault, hit, before));
        let Some(injected) = self.injected.last_mut() else {
            return Ok(began);
        };
        injected.record(scope);
        let acted = injected.act(scope).await;
        let took = began.elapsed();
        let after = evidence::take(scope, injected.hit.as_ref()).await;
        let state = injected.acted(&acted);
        injected.report(scope, took, after, state);
        if undoes_itself {
            self.report_healed(all).await;
        }
        acted.map(|()| began + took)
    }

    /// Injects a fault, lets it last for this time, and heals it.
    ///
    /// # Errors
    /// As [`Faults::inject`], and then nothing is healed; when it cannot be healed.
    pub async fn inject_for(
        &mut self,
        scope: Scope<'_>,
        fault: Fault,
        time: Duration,
    ) -> Result<(), FaultError> {
        let bitten = self.inject(scope, fault).await?;
        // Taking the evidence has used some of the time.
        wait::pause(time.saturating_sub(bitten.elapsed())).await;
        self.heal_last(scope).await
    }

    /// Reports a fault whose injection was interrupted, as far as it had come.
    pub(super) async fn report_interrupted(&mut self, scope: Scope<'_>) {
        for injected in self.injected.iter_mut().filter(|it| it.is_acting()) {
            let took = jiff::Timestamp::now().duration_since(injected.at).unsigned_abs();
            let after = evidence::take(scope, injected.hit.as_ref()).await;
            let state = injected.interrupted(&after);
            injected.report(scope, took, after, state);
        }
    }

    /// Whether there is a fault that is not healed.
    pub fn any_left(&self) -> bool {
        self.to_heal().next().is_some()
    }

    /// Every fault that is not healed, in the order in which they are healed: the last one first.
    fn to_heal(&self) -> impl Iterator<Item = &Injected> {
        self.injected.iter().rev().filter(|injected| !injected.is_healed())
    }

    /// Heals the last fault, if that is not done already.
    ///
    /// # Errors
    /// When it cannot be healed.
    pub(super) async fn heal_last(&mut self, scope: Scope<'_>) -> Result<(), FaultError> {
        let Some(last) = self.injected.last().filter(|last| !last.is_healed()) else {
            return Ok(());
        };
        let healed = last.hit.heal(scope.of_fault(last.number)).await;
        self.report_healed(scope).await;
        healed
    }

    /// Heals every fault, the last one first. One that cannot be healed does not keep the others from it.
    ///
    /// # Errors
    /// The first that could not be healed.
    pub async fn heal_all(&mut self, scope: Scope<'_>) -> Result<(), FaultError> {
        let mut healed = Ok(());
        for injected in self.to_heal() {
            healed = healed.and(injected.hit.heal(scope.of_fault(injected.number)).await);
        }
        self.report_healed(scope).await;
        healed
    }

    /// Heals every fault as [`Faults::heal_all`] does, and waits until the cluster has taken in each node that
    /// was started.
    ///
    /// # Errors
    /// The first fault that could not be healed, or the first node that does not come back.
    pub async fn heal_all_and_wait(&mut self, scope: Scope<'_>) -> Result<(), FaultError> {
        let nodes: BTreeSet<_> =
            self.to_heal().flat_map(|injected| injected.hit.nodes()).copied().collect();
        let restarts = Restarts::before(scope, nodes).await;
        let healed = self.heal_all(scope).await;
        let healed = healed.and(restarts.wait(scope).await);
        self.report_healed(scope).await;
        healed
    }

    /// Does what undoes faults, and reports those that are healed by it.
    ///
    /// # Errors
    /// When it cannot be undone.
    pub async fn undo(
        &mut self,
        scope: Scope<'_>,
        undoing: impl Future<Output = Result<(), FaultError>>,
    ) -> Result<(), FaultError> {
        undoing.await?;
        self.report_healed(scope).await;
        Ok(())
    }

    /// The first fault that had no effect; none if each had one.
    pub fn without_effect(&self) -> Option<FaultError> {
        let idle = self.injected.iter().find(|injected| !injected.hit.has_bitten())?;
        Some(FaultError::NoEffect(format!("the {} has affected nothing", idle.fault)))
    }

    /// Reports the faults that are healed by now.
    async fn report_healed(&mut self, scope: Scope<'_>) {
        for injected in self.injected.iter_mut().filter(|injected| !injected.is_healed()) {
            let scope = scope.of_fault(injected.number);
            let evidence = evidence::take(scope, injected.hit.as_ref()).await;
            injected.report_if_healed(scope, evidence);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::evidence::Evidence;
    use crate::fault::NodeFault;
    use crate::fault::hit::Hit;
    use crate::fault::injected::State;
    use crate::fault::link::{HitLinks, LinkTarget, Side};
    use crate::fault::node::HitNodes;
    use crate::link::{Effect, HitCount};

    fn killed(number: usize, state: State) -> Injected {
        let target = "broker 1".parse().expect("a target");
        let fault = Fault::Node { what: NodeFault::Kill, target };
        injected(number, fault, HitNodes { what: NodeFault::Kill, nodes: vec![] }, state)
    }

    fn cut(number: usize, hits: &HitCount, state: State) -> Injected {
        let (from, to) = (Side::every_broker(), "ZooKeeper".parse().expect("a side"));
        let fault = Fault::Link { effect: Effect::Silence, target: LinkTarget::Between(from, to) };
        let mut hit = HitLinks::new(number, Effect::Silence, vec![], vec![]);
        hit.hits = hits.clone();
        injected(number, fault, hit, state)
    }

    fn injected(number: usize, fault: Fault, hit: impl Hit + 'static, state: State) -> Injected {
        let acting = Injected::acting(number, fault, Box::new(hit), Evidence::default());
        Injected { state, ..acting }
    }

    fn journal(injected: Vec<Injected>) -> Faults {
        Faults { injected, ..Faults::default() }
    }

    #[test]
    fn the_last_fault_is_healed_first_and_none_twice() {
        let failed = State::Failed("the broker is still there".into());
        let faults = [State::Bitten, State::Healed, failed, State::Acting];
        let faults: Vec<_> =
            (1..).zip(faults).map(|(number, state)| killed(number, state)).collect();
        let faults = journal(faults);
        let order: Vec<_> = faults.to_heal().map(|it| it.number).collect();
        assert_eq!(order, [4, 3, 1], "also what has failed or was interrupted may be half done");
        assert!(faults.any_left());
        assert!(!journal(vec![killed(1, State::Healed)]).any_left());
    }

    #[test]
    fn a_fault_that_nothing_has_met_is_found_also_when_it_is_healed() {
        for state in [State::Armed, State::Healed] {
            let hits = HitCount::default();
            let faults = journal(vec![killed(1, State::Healed), cut(2, &hits, state)]);
            let error = faults.without_effect().expect("a fault without effect").to_string();
            assert!(
                error.ends_with(
                    "the silence of the links between every broker and ZooKeeper has affected nothing"
                ),
                "{error}"
            );
            hits.add();
            assert!(faults.without_effect().is_none());
        }
    }

    #[test]
    fn journals_of_a_scenario_number_their_faults_together() {
        let faults = Faults::default();
        let beside = faults.beside();
        faults.count.fetch_add(1, Ordering::Relaxed);
        assert_eq!(beside.count.load(Ordering::Relaxed), 1);
        assert!(beside.all().is_empty());
    }
}
