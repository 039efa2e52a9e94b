//! What all workers of a run have in common.

use crate::error::UserError;
use crate::event::Event;
use crate::event::scenario::{Description, Execution};
use crate::event::status::Status;
use crate::event::stream::Events;
use crate::plan::Planned;
use crate::run::ending::Ending;
use crate::run::options::Options;
use crate::scenario::failure::StepFailure;

/// What all workers of a run have in common.
#[derive(Debug)]
pub struct Runner<'a, S> {
    /// Starts clusters.
    pub starter: S,
    /// What was asked for.
    pub options: &'a Options,
    /// Seed of the run.
    pub seed: u64,
    /// Where events go.
    pub events: &'a Events,
}

impl<S> Runner<'_, S> {
    /// Ends scenarios that have no cluster, with the reason.
    pub fn unable(
        &self,
        scenarios: &[&Planned],
        error: &UserError,
        execution: Execution,
    ) -> Vec<Ending> {
        let failure = StepFailure::environment(error.in_full());
        let each = scenarios.iter();
        each.map(|it| self.end(it, Status::Inconclusive, failure.clone(), execution)).collect()
    }

    /// Reports a scenario that ends without having run.
    pub fn end(
        &self,
        scenario: &Planned,
        status: Status,
        failure: StepFailure,
        execution: Execution,
    ) -> Ending {
        self.events.emit(Event::ScenarioStarted {
            scenario: scenario.id.clone(),
            about: Box::new(Description::from(scenario)),
            execution,
            seed: execution.seed(self.seed),
            place: None,
        });
        self.events.emit(Event::ScenarioFinished {
            scenario: scenario.id.clone(),
            status,
            reason: Some(failure.message.clone()),
            kind: Some(failure.kind),
            took_ms: 0,
        });
        Ending { id: scenario.id.clone(), status, failure: Some(failure) }
    }
}
