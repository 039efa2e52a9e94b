//! How a scenario ended.

use crate::event::scenario::ScenarioId;
use crate::event::status::Status;
use crate::scenario::failure::StepFailure;

/// How a scenario ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    /// Which scenario.
    pub id: ScenarioId,
    /// How it ended.
    pub status: Status,
    /// What kept it from passing.
    pub failure: Option<StepFailure>,
}

impl Ending {
    /// Whether it failed or could not be judged.
    pub fn is_bad(&self) -> bool {
        matches!(self.status, Status::Failed | Status::Inconclusive)
    }
}
