//! One of several runs that share the scenarios between them, each on a machine of its own.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::durations::Durations;
use super::events::ScenarioId;
use super::plan::Plan;
use crate::report::model::Report;

/// Part I of N, as in `--shard 1/4`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Shard {
    part: usize,
    of: usize,
}

/// How long a scenario is taken to last that was never run before, in milliseconds.
const UNKNOWN_MS: u64 = 5_000;

impl Shard {
    /// From 1.
    pub fn part(self) -> usize {
        self.part
    }

    /// How many there are.
    pub fn of(self) -> usize {
        self.of
    }

    /// Leaves in the plan what belongs to this part. The longest scenario goes first, each to the part that
    /// has least to do, so that all parts take about as long; how long each takes is read from the report of an
    /// earlier run. The parts are the same on every machine that has the same features and the same report.
    pub fn keep(self, plan: &mut Plan, recorded: Option<&Report>) {
        let durations = Durations::recorded(recorded);
        let planned = plan.batches.iter().flat_map(|batch| &batch.scenarios);
        let mut scenarios: Vec<_> =
            planned.map(|it| (durations.of(&it.id).unwrap_or(UNKNOWN_MS), it.id.clone())).collect();
        let mine = self.share(&mut scenarios);
        for batch in &mut plan.batches {
            batch.scenarios.retain(|planned| mine.contains(&planned.id));
        }
        plan.batches.retain(|batch| !batch.scenarios.is_empty());
        plan.selected = mine.len();
    }

    fn share(self, scenarios: &mut [(u64, ScenarioId)]) -> BTreeSet<ScenarioId> {
        scenarios.sort_by(|(one, first), (other, second)| other.cmp(one).then(first.cmp(second)));
        let mut loads = vec![0; self.of];
        let mut mine = BTreeSet::new();
        for (ms, scenario) in scenarios {
            let least = (0..self.of).min_by_key(|part| loads[*part]).unwrap_or(0);
            loads[least] += *ms;
            if least + 1 == self.part {
                mine.insert(scenario.clone());
            }
        }
        mine
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.part, self.of)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('/');
        let parts = parts.and_then(|(part, of)| Some((part.parse().ok()?, of.parse().ok()?)));
        match parts {
            Some((part, of)) if (1..=of).contains(&part) && of <= 1000 => Ok(Self { part, of }),
            _ => Err("write it like 1/4: the first of four parts".into()),
        }
    }
}

impl TryFrom<String> for Shard {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Shard> for String {
    fn from(shard: Shard) -> Self {
        shard.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scenario(line: usize) -> ScenarioId {
        ScenarioId { file: "a.feature".into(), line, name: "a".into() }
    }

    #[test]
    fn every_scenario_is_in_one_part_and_parts_take_about_as_long() {
        let all: Vec<_> = (1..=20).map(|line| (line as u64 * 100, scenario(line))).collect();
        let mut seen = Vec::new();
        for part in 1..=3 {
            let mine = Shard { part, of: 3 }.share(&mut all.clone());
            let took: u64 = all.iter().filter(|(_, it)| mine.contains(it)).map(|(ms, _)| ms).sum();
            assert!((6_800..=7_200).contains(&took), "{took} of 21000");
            seen.extend(mine);
        }
        seen.sort();
        assert_eq!(seen, (1..=20).map(scenario).collect::<Vec<_>>());
    }

    #[test]
    fn a_part_is_read_as_it_is_written() {
        assert_eq!("2/3".parse::<Shard>().map(|shard| shard.to_string()), Ok("2/3".into()));
        for wrong in ["", "2", "0/3", "4/3", "1/0", "a/b", "1/2/3", "1/9999"] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
    }
}
