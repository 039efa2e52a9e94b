//! Two reports side by side: what is broken, fixed, worse, better, flaky, new and missing.

mod measure;
pub mod text;
pub mod trend;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

pub use self::measure::{Measure, Measured, Outcome};
use super::model::{Report, Scenario};
use crate::event::status::Status;

/// How much worse something may be without being a regression. A time must exceed both.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Tolerance {
    /// Of the base: 0.25 is a quarter.
    pub share: f64,
    /// Of a recovery or a time without success, in milliseconds.
    pub time_ms: u64,
}

impl Default for Tolerance {
    fn default() -> Self {
        Self { share: 0.25, time_ms: 2000 }
    }
}

/// What a run is, set against another.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// Name of the run that is compared with.
    pub base: String,
    /// Name of the run that is compared.
    pub new: String,
    /// In what the two differ, so that they compare badly: versions, the runtime.
    pub differences: Vec<String>,
    /// What was allowed.
    pub tolerance: Tolerance,
    /// How many scenarios both runs have; without one, nothing was compared.
    pub common: usize,
    /// Whether something is broken or worse.
    pub regression: bool,
    /// Every scenario of either run, the worst change first; of the new run only where that is a part of one.
    pub scenarios: Vec<Compared>,
}

/// What a comparison comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    /// Something is broken or worse.
    Regression,
    /// Nothing is.
    NoRegression,
    /// The runs have no scenario in common, so that nothing was compared.
    NothingInCommon,
}

/// In words.
impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Regression => "regression",
            Self::NoRegression => "no regression",
            Self::NothingInCommon => "nothing compared, as the runs have no scenario in common",
        })
    }
}

/// What has become of a scenario. Ordered from what most needs a look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// It passed each time, and never does now.
    Broken,
    /// It passes, but less often, slower, or with anomalies that were not there; or it fails where it could not
    /// be judged.
    Worse,
    /// It passes at times, in both runs or in the new one after another attempt.
    Flaky,
    /// It is not in the new run.
    Missing,
    /// It did not pass each time, or only after another attempt, and does now.
    Fixed,
    /// It is quicker.
    Better,
    /// It is not in the base.
    New,
    /// Nothing differs.
    Same,
}

/// A scenario in both runs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Compared {
    /// The feature file.
    pub feature: String,
    /// The scenario's name, behind that of its rule.
    pub name: String,
    /// Its line in the new run, or in the base where it is missing.
    pub line: usize,
    /// What has become of it.
    pub change: Change,
    /// How it ended in the base.
    pub base: Option<Outcome>,
    /// How it ended in the new run.
    pub new: Option<Outcome>,
    /// Anomalies that break a promise and were not in the base.
    pub appeared: Vec<String>,
    /// What was measured in both.
    pub measures: Vec<Measured>,
}

/// Sets a run against a base. Scenarios are the same by feature, rule and name; lines move.
pub fn compare(base: &Report, new: &Report, tolerance: Tolerance) -> Comparison {
    let (before, after) = (by_name(base), by_name(new));
    let names: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    let empty = Vec::new();
    let mut scenarios: Vec<_> = names
        .into_iter()
        .map(|name| {
            let (before, after) = (before.get(name), after.get(name));
            one(before.unwrap_or(&empty), after.unwrap_or(&empty), tolerance)
        })
        .collect();
    // What a part of a run does not have, another part may.
    let is_part = new.run.shards.first().is_some_and(|it| new.run.shards.len() < it.of());
    scenarios.retain(|compared| !(is_part && compared.change == Change::Missing));
    scenarios.sort_by_key(|compared| compared.change);
    let worse = |it: &Compared| matches!(it.change, Change::Broken | Change::Worse);
    Comparison {
        base: base.run.id.to_string(),
        new: new.run.id.to_string(),
        differences: differences(base, new),
        tolerance,
        common: scenarios.iter().filter(|it| it.base.is_some() && it.new.is_some()).count(),
        regression: scenarios.iter().any(worse),
        scenarios,
    }
}

impl Comparison {
    /// What it comes to. A part of a run that had nothing to do has nothing to be compared.
    pub fn finding(&self) -> Finding {
        match self {
            Self { regression: true, .. } => Finding::Regression,
            Self { common: 0, .. } => Finding::NothingInCommon,
            _ => Finding::NoRegression,
        }
    }
}

type ByName<'r> = BTreeMap<(&'r str, String), Vec<&'r Scenario>>;

/// The executions that count, by feature and title.
fn by_name(report: &Report) -> ByName<'_> {
    let mut by_name = ByName::new();
    for scenario in report.counted().filter(|scenario| scenario.status != Status::Skipped) {
        by_name.entry((&scenario.feature, scenario.title())).or_default().push(scenario);
    }
    by_name
}

fn one(base: &[&Scenario], new: &[&Scenario], tolerance: Tolerance) -> Compared {
    let (before, after) = (Outcome::of(base), Outcome::of(new));
    let known: BTreeSet<_> = anomalies(base).collect();
    let appeared: BTreeSet<_> = anomalies(new).filter(|kind| !known.contains(kind)).collect();
    let measures = Measure::ALL
        .into_iter()
        .filter_map(|measure| measure.compare(base, new, tolerance))
        .collect::<Vec<_>>();
    let change = match (before, after) {
        (None, _) => Change::New,
        (Some(_), None) => Change::Missing,
        (Some(before), Some(after)) => {
            changed(before, after, &measures, !appeared.is_empty() && !base.is_empty())
        }
    };
    let shown = new.first().or(base.first());
    Compared {
        feature: shown.map(|it| it.feature.clone()).unwrap_or_default(),
        name: shown.map(|it| it.title()).unwrap_or_default(),
        line: shown.map_or(0, |it| it.line),
        change,
        base: before,
        new: after,
        appeared: if base.is_empty() { Vec::new() } else { appeared.into_iter().collect() },
        measures,
    }
}

fn changed(before: Outcome, after: Outcome, measures: &[Measured], appeared: bool) -> Change {
    let is = |wanted| measures.iter().any(|measured| measured.change == wanted);
    if before.always() && after.never() {
        Change::Broken
    } else if before.always() && !after.always() {
        Change::Worse
    } else if before.never() && after.never() {
        let fails_now = before.status != Status::Failed && after.status == Status::Failed;
        if appeared || fails_now { Change::Worse } else { Change::Same }
    } else if !after.always() {
        Change::Flaky
    } else if appeared || is(Change::Worse) {
        Change::Worse
    } else if after.flaky > 0 {
        Change::Flaky
    } else if !before.always() || before.flaky > 0 {
        Change::Fixed
    } else if is(Change::Better) {
        Change::Better
    } else {
        Change::Same
    }
}

fn anomalies(scenarios: &[&Scenario]) -> impl Iterator<Item = String> {
    let found = scenarios.iter().flat_map(|scenario| &scenario.anomalies);
    found.filter(|anomaly| anomaly.count > 0).map(|anomaly| anomaly.kind.to_string())
}

fn differences(base: &Report, new: &Report) -> Vec<String> {
    let (base, new) = (&base.run, &new.run);
    let runtimes = (base.runtime.to_string(), new.runtime.to_string());
    let said = |faults_do_nothing: bool| if faults_do_nothing { "nothing" } else { "act" };
    [
        ("Kafka", base.versions.kafka.join(", "), new.versions.kafka.join(", ")),
        ("ZooKeeper", base.versions.zookeeper.join(", "), new.versions.zookeeper.join(", ")),
        ("trial", base.versions.trial.clone(), new.versions.trial.clone()),
        ("the runtime", runtimes.0, runtimes.1),
        ("what faults do", said(base.faults_do_nothing).into(), said(new.faults_do_nothing).into()),
    ]
    .into_iter()
    .filter(|(_, base, new)| base != new)
    .map(|(what, base, new)| format!("{what}: {base} in the base, {new} in the new run"))
    .collect()
}

impl Change {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Broken => "broken",
            Self::Worse => "worse",
            Self::Flaky => "flaky",
            Self::Missing => "missing",
            Self::Fixed => "fixed",
            Self::Better => "better",
            Self::New => "new",
            Self::Same => "same",
        }
    }
}
