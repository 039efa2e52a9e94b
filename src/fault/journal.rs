//! The faults of one scenario, in their order: told as they are injected, healed in reverse.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::{Fault, FaultError, Found, NodeFault, Scope, evidence, recovery};
use crate::event::Event;
use crate::event::evidence::Evidence;
use crate::event::id::NodeId;
use crate::event::node_state::NodeState;
use crate::event::stream::millis;
use crate::history::line::{Happening, Line};
use crate::runtime::log_mark::LogMark;
use crate::wait;

/// A fault that was injected.
#[derive(Debug)]
pub struct Injected {
    /// From 1, in the scenario.
    pub number: usize,
    /// What it is.
    pub fault: Fault,
    /// What its target meant.
    pub found: Found,
    /// What the cluster was like before.
    pub before: Evidence,
    /// When it began to act.
    pub at: jiff::Timestamp,
    /// Whether it was told, with its evidence.
    told: bool,
    healed: bool,
}

impl Injected {
    /// Tells it with its evidence: how long it has acted, and why it has failed, if it has.
    fn tell(
        &mut self,
        scope: Scope<'_>,
        took: Duration,
        after: Evidence,
        armed: bool,
        failed: Option<String>,
    ) {
        self.told = true;
        scope.events.emit(Event::FaultInjected {
            scenario: scope.scenario.clone(),
            number: self.number,
            kind: self.fault.kind(),
            target: self.fault.target(),
            found: self.found.nodes.clone(),
            took_ms: millis(took),
            armed,
            before: Box::new(self.before.clone()),
            after: Box::new(after),
            failed,
        });
    }

    /// Whether it is one of these kinds, whatever its duration.
    pub(super) fn is_one_of(&self, kinds: &[NodeFault]) -> bool {
        let Fault::Node { what, .. } = &self.fault else { return false };
        kinds.iter().any(|kind| std::mem::discriminant(kind) == std::mem::discriminant(what))
    }
}

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

    /// Injects a fault: finds its target, acts, and waits until it has bitten. It is told with the evidence,
    /// also when it has not bitten. Returns when it had bitten, or was armed.
    ///
    /// # Errors
    /// When there is no such target, or nothing can be done to it, or the fault has no effect.
    pub async fn inject(&mut self, scope: Scope<'_>, fault: Fault) -> Result<Instant, FaultError> {
        let number = self.count.fetch_add(1, Ordering::Relaxed) + 1;
        let (all, scope) = (scope, scope.of_fault(number));
        let found = fault.find(scope, &self.injected).await?;
        let before = evidence::take(scope, &found).await;
        let began = Instant::now();
        // Kept before it acts, so that also half of a fault is healed.
        let at = jiff::Timestamp::now();
        let injected = Injected { number, fault, found, before, at, told: false, healed: false };
        self.injected.push(injected);
        let Some(injected) = self.injected.last_mut() else {
            return Ok(began);
        };
        let Injected { fault, found, .. } = &*injected;
        record(scope, Happening::Fault, &name(number, fault), None);
        let acted = fault.act(scope, number, found).await;
        let took = began.elapsed();
        let after = evidence::take(scope, found).await;
        let armed = acted.is_ok() && !fault.has_bitten(found);
        let undoes_itself = fault.undoes_itself();
        injected.tell(scope, took, after, armed, acted.as_ref().err().map(ToString::to_string));
        if undoes_itself {
            self.tell_healed(all).await;
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
        // Looking at it has taken some of the time.
        wait::pause(time.saturating_sub(bitten.elapsed())).await;
        self.heal_last(scope).await
    }

    /// Tells a fault whose injection was interrupted, as far as it had come.
    pub(super) async fn tell_interrupted(&mut self, scope: Scope<'_>) {
        for injected in self.injected.iter_mut().filter(|injected| !injected.told) {
            let Injected { fault, found, before, at, .. } = &*injected;
            let took = jiff::Timestamp::now().duration_since(*at).unsigned_abs();
            let after = evidence::take(scope, found).await;
            let has_bitten = match found.links.is_empty() {
                true => after.nodes != before.nodes,
                false => fault.has_bitten(found),
            };
            let failed = (!has_bitten).then(|| "the scenario ended while it acted".into());
            injected.tell(scope, took, after, false, failed);
        }
    }

    /// Heals the last fault, if that is not done already.
    ///
    /// # Errors
    /// When it cannot be healed.
    pub(super) async fn heal_last(&mut self, scope: Scope<'_>) -> Result<(), FaultError> {
        let Some(Injected { number, fault, found, healed: false, .. }) = self.injected.last()
        else {
            return Ok(());
        };
        let healed = fault.heal(scope.of_fault(*number), *number, found).await;
        self.tell_healed(scope).await;
        healed
    }

    /// Whether there is a fault that is not healed.
    pub fn any_left(&self) -> bool {
        self.injected.iter().any(|injected| !injected.healed)
    }

    /// Heals every fault, the last one first. One that cannot be healed does not keep the others from it.
    ///
    /// # Errors
    /// The first that could not be healed.
    pub async fn heal_all(&mut self, scope: Scope<'_>) -> Result<(), FaultError> {
        let mut healed = Ok(());
        for injected in self.injected.iter().rev().filter(|injected| !injected.healed) {
            let Injected { number, fault, found, .. } = injected;
            healed = healed.and(fault.heal(scope.of_fault(*number), *number, found).await);
        }
        self.tell_healed(scope).await;
        healed
    }

    /// Heals every fault as [`Faults::heal_all`] does, and waits until the cluster has taken in each node that
    /// was started.
    ///
    /// # Errors
    /// The first fault that could not be healed, or the first node that does not come back.
    pub async fn heal_all_and_wait(&mut self, scope: Scope<'_>) -> Result<(), FaultError> {
        let sessions = recovery::sessions(scope).await;
        let left = self.injected.iter().filter(|injected| !injected.healed);
        let nodes: BTreeSet<_> = left.flat_map(|injected| injected.found.nodes.clone()).collect();
        let mut before = Vec::new();
        for node in nodes {
            before.push((node, AsItWas::look(scope, node).await));
        }
        let mut healed = self.heal_all(scope).await;
        for (node, as_it_was) in before {
            let back = async {
                let AsItWas { state, mark } = as_it_was?;
                let now = scope.cluster.state(node).await?;
                match state.handle().is_none() || state.handle() != now.handle() {
                    true => recovery::back(scope, node, mark, sessions.as_ref()).await,
                    false => Ok(()),
                }
            };
            healed = healed.and(back.await);
        }
        self.tell_healed(scope).await;
        healed
    }

    /// The first fault that has met nothing; none if each has had its effect.
    pub fn without_effect(&self) -> Option<FaultError> {
        let has_bitten = |it: &&Injected| it.fault.has_bitten(&it.found);
        let idle = self.injected.iter().find(|injected| !has_bitten(injected))?;
        Some(FaultError::NoEffect(format!("nothing has met the {}", idle.fault)))
    }

    /// Tells which faults are healed by now.
    pub(super) async fn tell_healed(&mut self, scope: Scope<'_>) {
        for injected in self.injected.iter_mut().filter(|injected| !injected.healed) {
            let Injected { number, fault, found, .. } = &*injected;
            let scope = scope.of_fault(*number);
            let evidence = evidence::take(scope, found).await;
            if fault.is_healed(*number, found, &evidence) {
                // A fault that has met nothing has no evidence.
                let seen = match fault.has_bitten(found) {
                    true => evidence.to_string(),
                    false => String::new(),
                };
                record(scope, Happening::Heal, &name(*number, fault), Some(seen));
                injected.healed = true;
                scope.events.emit(Event::FaultHealed {
                    scenario: scope.scenario.clone(),
                    number: injected.number,
                    evidence: Box::new(evidence),
                });
            }
        }
    }
}

/// A node before its faults are healed.
struct AsItWas {
    state: NodeState,
    mark: LogMark,
}

impl AsItWas {
    async fn look(scope: Scope<'_>, node: NodeId) -> Result<Self, FaultError> {
        let mark = LogMark::at_end(scope.cluster.runtime(), node).await?;
        Ok(Self { state: scope.cluster.state(node).await?, mark })
    }
}

/// What tells a fault from others of its scenario.
fn name(number: usize, fault: &Fault) -> String {
    format!("fault {number}, {fault}")
}

/// Puts a fault into the history, where anomalies are shown with the faults that were active then.
fn record(scope: Scope<'_>, what: Happening, fault: &str, evidence: Option<String>) {
    if !scope.acts() {
        return;
    }
    match scope.history.recorder() {
        Ok(recorder) => recorder.event(
            what,
            Line {
                fault: Some(fault.into()),
                evidence: evidence.map(Into::into),
                ..Line::default()
            },
        ),
        // Clients cannot record either, and say so.
        Err(error) => tracing::warn!(%error, fault, "a fault is not in the history"),
    }
}
