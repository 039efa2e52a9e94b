//! The scenarios of a run that took longest.

use crate::event::scenario::ScenarioId;

/// How many are kept.
const KEPT: usize = 10;

/// With more scenarios than this, it is worth knowing where the time went.
const MANY: usize = 20;

/// The ten scenarios that took longest.
#[derive(Debug, Default)]
pub struct Slowest {
    seen: usize,
    /// Slowest first.
    kept: Vec<(ScenarioId, u64)>,
}

impl Slowest {
    /// Notes how long a scenario took; one that was not run at all does not count.
    pub fn add(&mut self, scenario: &ScenarioId, took_ms: u64) {
        if took_ms == 0 {
            return;
        }
        self.seen += 1;
        let place = self.kept.partition_point(|(_, other)| *other >= took_ms);
        self.kept.insert(place, (scenario.clone(), took_ms));
        self.kept.truncate(KEPT);
    }

    /// Whether there were so many scenarios that these stand out.
    pub fn are_many(&self) -> bool {
        self.seen > MANY
    }

    /// Scenarios with their milliseconds, slowest first; none of a single one.
    pub fn listed(&self) -> Vec<(ScenarioId, u64)> {
        if self.seen > 1 { self.kept.clone() } else { Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(line: usize) -> ScenarioId {
        ScenarioId { file: "a.feature".into(), line, name: "a".into() }
    }

    #[test]
    fn keeps_the_ten_slowest_in_order() {
        let mut slowest = Slowest::default();
        for (line, took_ms) in (1..).zip([5, 30, 1, 12, 8, 9, 30, 2, 3, 4, 6, 7, 0]) {
            slowest.add(&id(line), took_ms);
        }
        let times: Vec<_> = slowest.listed().into_iter().map(|(_, took_ms)| took_ms).collect();
        assert_eq!(times, [30, 30, 12, 9, 8, 7, 6, 5, 4, 3]);
        assert_eq!(slowest.listed()[0].0, id(2), "the first of equals stays first");
    }

    #[test]
    fn a_single_scenario_is_not_compared() {
        let mut slowest = Slowest::default();
        slowest.add(&id(1), 10);
        assert!(slowest.listed().is_empty());
    }
}
