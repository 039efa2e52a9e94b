//! How long scenarios took in an earlier run.

use std::collections::BTreeMap;

use crate::event::scenario::ScenarioId;
use crate::report::model::Report;

/// Durations in milliseconds, by feature and name of the scenario: lines move between two runs.
#[derive(Debug, Default)]
pub struct Durations(BTreeMap<(String, String), u64>);

impl Durations {
    /// Those of this report; none of any scenario where there is no report.
    pub fn recorded(report: Option<&Report>) -> Self {
        let scenarios = report.into_iter().flat_map(|report| &report.scenarios);
        Self(scenarios.map(|it| ((it.feature.clone(), it.name.clone()), it.duration_ms)).collect())
    }

    /// How long the scenario took.
    pub fn of(&self, scenario: &ScenarioId) -> Option<u64> {
        let key = (scenario.file.display().to_string(), scenario.name.clone());
        self.0.get(&key).copied()
    }
}
