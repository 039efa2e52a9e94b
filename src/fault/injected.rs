//! A fault that was injected, and how far it is.

use std::time::Duration;

use super::hit::Hit;
use super::{Fault, FaultError, Scope};
use crate::event::Event;
use crate::event::evidence::Evidence;
use crate::event::stream::millis;
use crate::history::line::{Happening, Line};

/// A fault that was injected.
#[derive(Debug)]
pub struct Injected {
    /// From 1, in the scenario.
    pub number: usize,
    /// What it is.
    pub fault: Fault,
    /// What the cluster was like before.
    pub before: Evidence,
    /// When it began to act.
    pub at: jiff::Timestamp,
    /// What its target meant.
    pub(super) hit: Box<dyn Hit>,
    pub(super) state: State,
}

/// How far a fault is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum State {
    /// It acts, and nobody knows yet what comes of it.
    Acting,
    /// It waits for what it is meant for, such as the next call of a kind.
    Armed,
    /// It has had its effect.
    Bitten,
    /// It could not be injected, for this reason. Something of it may have to be healed.
    Failed(String),
    /// Nothing of it is left.
    Healed,
}

impl Injected {
    /// A fault that is about to act.
    pub(super) fn acting(number: usize, fault: Fault, hit: Box<dyn Hit>, before: Evidence) -> Self {
        let (at, state) = (jiff::Timestamp::now(), State::Acting);
        Self { number, fault, before, at, hit, state }
    }

    /// Whether it acts still, or acted when it was interrupted.
    pub(super) fn is_acting(&self) -> bool {
        self.state == State::Acting
    }

    /// Whether nothing of it is left.
    pub(super) fn is_healed(&self) -> bool {
        self.state == State::Healed
    }

    /// Has the fault act, unless it is one that does nothing. What cannot be done is refused in both cases.
    ///
    /// # Errors
    /// When it cannot be done, or has no effect.
    pub(super) async fn act(&self, scope: Scope<'_>) -> Result<(), FaultError> {
        self.hit.check(scope).await?;
        match scope.acts() {
            true => self.hit.act(scope).await,
            false => Ok(()),
        }
    }

    /// The state after it has acted.
    pub(super) fn acted(&self, acted: &Result<(), FaultError>) -> State {
        match acted {
            Err(error) => State::Failed(error.to_string()),
            Ok(()) if self.hit.has_bitten() => State::Bitten,
            Ok(()) => State::Armed,
        }
    }

    /// The state where it was interrupted, as the evidence from after it shows.
    pub(super) fn interrupted(&self, after: &Evidence) -> State {
        match self.hit.shows_effect(&self.before, after) {
            true => State::Bitten,
            false => State::Failed("the scenario ended while it acted".into()),
        }
    }

    /// Reports the injection with its evidence: how long it has acted, and the state that it has come to.
    pub(super) fn report(
        &mut self,
        scope: Scope<'_>,
        took: Duration,
        after: Evidence,
        state: State,
    ) {
        scope.events.emit(Event::FaultInjected {
            scenario: scope.scenario.clone(),
            number: self.number,
            kind: self.fault.kind(),
            target: self.fault.target(),
            found: self.hit.nodes().to_vec(),
            took_ms: millis(took),
            armed: state == State::Armed,
            before: Box::new(self.before.clone()),
            after: Box::new(after),
            failed: match &state {
                State::Failed(why) => Some(why.clone()),
                _ => None,
            },
        });
        self.state = state;
    }

    /// Puts its beginning into the history.
    pub(super) fn record(&self, scope: Scope<'_>) {
        record(scope, Happening::Fault, &self.name(), None);
    }

    /// Reports that it is healed, if the evidence shows it.
    pub(super) fn report_if_healed(&mut self, scope: Scope<'_>, evidence: Evidence) {
        if !self.hit.is_healed(&evidence) {
            return;
        }
        // A fault without effect has no evidence in the history.
        let seen = match self.hit.has_bitten() {
            true => evidence.to_string(),
            false => String::new(),
        };
        record(scope, Happening::Heal, &self.name(), Some(seen));
        self.state = State::Healed;
        scope.events.emit(Event::FaultHealed {
            scenario: scope.scenario.clone(),
            number: self.number,
            evidence: Box::new(evidence),
        });
    }

    /// Distinguishes it from others of its scenario.
    fn name(&self) -> String {
        format!("fault {}, {}", self.number, self.fault)
    }
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
        // Clients cannot record either, and report it.
        Err(error) => tracing::warn!(%error, fault, "a fault is not in the history"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::id::{BrokerId, NodeId};
    use crate::event::node_state::NodeState;
    use crate::fault::NodeFault;
    use crate::fault::link::HitLinks;
    use crate::fault::node::HitNodes;
    use crate::link::{Effect, HitCount};

    const NODE: NodeId = NodeId::Broker(BrokerId(1));

    fn evidence(state: NodeState) -> Evidence {
        Evidence { nodes: [(NODE, state)].into(), ..Evidence::default() }
    }

    fn running() -> Evidence {
        evidence(NodeState::Running { handle: "7".into() })
    }

    fn injected(hit: impl Hit + 'static) -> Injected {
        let target = "broker 1".parse().expect("a target");
        let fault = Fault::Node { what: NodeFault::Kill, target };
        Injected::acting(1, fault, Box::new(hit), running())
    }

    fn killed() -> Injected {
        injected(HitNodes { what: NodeFault::Kill, nodes: vec![NODE] })
    }

    fn cut(hits: &HitCount) -> Injected {
        let mut hit = HitLinks::new(1, Effect::Silence, vec![], vec![]);
        hit.hits = hits.clone();
        injected(hit)
    }

    #[test]
    fn a_fault_is_armed_until_something_meets_it() {
        let hits = HitCount::default();
        let fault = cut(&hits);
        assert_eq!(fault.acted(&Ok(())), State::Armed);
        hits.add();
        assert_eq!(fault.acted(&Ok(())), State::Bitten);
        assert_eq!(killed().acted(&Ok(())), State::Bitten, "acting has waited for it");
    }

    #[test]
    fn a_fault_that_could_not_be_injected_keeps_the_reason() {
        let failed = killed().acted(&Err(FaultError::NoEffect("broker-1 is still there".into())));
        let why = "the fault had no effect: broker-1 is still there";
        assert_eq!(failed, State::Failed(why.into()));
    }

    #[test]
    fn an_interrupted_fault_has_bitten_as_far_as_the_evidence_shows() {
        let failed = State::Failed("the scenario ended while it acted".into());
        assert_eq!(killed().interrupted(&running()), failed);
        let down = evidence(NodeState::Exited { code: 137 });
        assert_eq!(killed().interrupted(&down), State::Bitten);
        let hits = HitCount::default();
        assert_eq!(cut(&hits).interrupted(&down), failed, "another fault has killed the node");
        hits.add();
        assert_eq!(cut(&hits).interrupted(&running()), State::Bitten);
    }
}
