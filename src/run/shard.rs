//! One of several runs that share the scenarios between them, each on a machine of its own.

use std::collections::BTreeSet;

use crate::event::scenario::ScenarioId;
use crate::event::shard::Shard;
use crate::plan::Plan;
use crate::report::model::Report;
use crate::run::durations::Durations;

/// How long a scenario is taken to last that was never run before, in milliseconds.
const UNKNOWN_MS: u64 = 5_000;

/// Leaves in the plan what belongs to this part. The longest scenario goes first, each to the part that
/// has least to do, so that all parts take about as long; how long each takes is read from the report of an
/// earlier run. The parts are the same on every machine that has the same features and the same report.
pub fn keep(shard: Shard, plan: &mut Plan, recorded: Option<&Report>) {
    let durations = Durations::recorded(recorded);
    let planned = plan.batches.iter().flat_map(|batch| &batch.scenarios);
    let mut scenarios: Vec<_> =
        planned.map(|it| (durations.of(&it.id).unwrap_or(UNKNOWN_MS), it.id.clone())).collect();
    let mine = share(shard, &mut scenarios);
    for batch in &mut plan.batches {
        batch.scenarios.retain(|planned| mine.contains(&planned.id));
    }
    plan.batches.retain(|batch| !batch.scenarios.is_empty());
    plan.selected = mine.len();
}

fn share(shard: Shard, scenarios: &mut [(u64, ScenarioId)]) -> BTreeSet<ScenarioId> {
    scenarios.sort_by(|(one, first), (other, second)| other.cmp(one).then(first.cmp(second)));
    let mut loads = vec![0; shard.of()];
    let mut mine = BTreeSet::new();
    for (ms, scenario) in scenarios {
        let least = (0..shard.of()).min_by_key(|part| loads[*part]).unwrap_or(0);
        loads[least] += *ms;
        if least + 1 == shard.part() {
            mine.insert(scenario.clone());
        }
    }
    mine
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
            let shard = format!("{part}/3").parse().expect("a shard");
            let mine = share(shard, &mut all.clone());
            let took: u64 = all.iter().filter(|(_, it)| mine.contains(it)).map(|(ms, _)| ms).sum();
            assert!((6_800..=7_200).contains(&took), "{took} of 21000");
            seen.extend(mine);
        }
        seen.sort();
        assert_eq!(seen, (1..=20).map(scenario).collect::<Vec<_>>());
    }
}
