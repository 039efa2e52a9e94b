//! What is measured of a scenario, and when it counts as worse.

use serde::Serialize;

use super::{Change, Tolerance};
use crate::event::status::Status;
use crate::report::model::Scenario;

/// How many repetitions both runs need before rates and latencies are judged: one run differs from the next
/// by more than any tolerance that would be of use.
const REPETITIONS: usize = 3;

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// [`Scenario::recovery_ms`].
    RecoveryMs,
    /// The longest time without success in any topic.
    LongestGapMs,
    /// Sends acknowledged per second, on average over the seconds that had any.
    AcknowledgedPerSecond,
    /// The median, over the seconds, of the latency that 99 of 100 sends did not exceed.
    LatencyP99Us,
}

/// A measure in both runs: the median of the repetitions.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Measured {
    /// The measure.
    pub measure: Measure,
    /// In the base.
    pub base: f64,
    /// In the new run.
    pub new: f64,
    /// How far repetitions are apart, in the run where they are further.
    pub spread: f64,
    /// Worse, better, or the same.
    pub change: Change,
}

/// How the executions of a scenario ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// How many passed.
    pub passed: usize,
    /// Of how many.
    pub of: usize,
    /// How many of those that passed did so only after another attempt.
    pub flaky: usize,
    /// The worst ending.
    pub status: Status,
}

impl Outcome {
    /// None without any execution.
    pub fn of(scenarios: &[&Scenario]) -> Option<Self> {
        let status = scenarios.iter().map(|it| it.status).max()?;
        let passed = scenarios.iter().filter(|it| it.status == Status::Passed).count();
        let flaky = scenarios.iter().filter(|it| it.flaky).count();
        Some(Self { passed, of: scenarios.len(), flaky, status })
    }

    /// Whether all passed.
    pub fn always(self) -> bool {
        self.passed == self.of
    }

    /// Whether none passed.
    pub fn never(self) -> bool {
        self.passed == 0
    }
}

impl Measure {
    /// Every measure.
    pub const ALL: [Self; 4] =
        [Self::RecoveryMs, Self::LongestGapMs, Self::AcknowledgedPerSecond, Self::LatencyP99Us];

    /// What it is, for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::RecoveryMs => "recovery",
            Self::LongestGapMs => "longest time without success",
            Self::AcknowledgedPerSecond => "acknowledged",
            Self::LatencyP99Us => "latency of 99 %",
        }
    }

    /// A value with its unit.
    pub fn shown(self, value: f64) -> String {
        match self {
            Self::RecoveryMs | Self::LongestGapMs => format!("{:.1} s", value / 1000.0),
            Self::AcknowledgedPerSecond => format!("{value:.0}/s"),
            Self::LatencyP99Us => format!("{:.1} ms", value / 1000.0),
        }
    }

    /// The measure in both runs; none where one has none.
    pub(super) fn compare(
        self,
        base: &[&Scenario],
        new: &[&Scenario],
        tolerance: Tolerance,
    ) -> Option<Measured> {
        let (before, after) = (self.values(base), self.values(new));
        let (from, to) = (median(&before)?, median(&after)?);
        let spread = spread(&before).max(spread(&after));
        // More of it is worse, except for a rate.
        let more = if self == Self::AcknowledgedPerSecond { from - to } else { to - from };
        let absolute = match self {
            Self::RecoveryMs | Self::LongestGapMs => tolerance.time_ms as f64,
            Self::AcknowledgedPerSecond | Self::LatencyP99Us => 0.0,
        };
        let allowed = (from * tolerance.share).max(absolute) + spread;
        let is_noisy = matches!(self, Self::AcknowledgedPerSecond | Self::LatencyP99Us);
        let change = if is_noisy && before.len().min(after.len()) < REPETITIONS {
            Change::Same
        } else if more > allowed {
            Change::Worse
        } else if -more > allowed {
            Change::Better
        } else {
            Change::Same
        };
        Some(Measured { measure: self, base: from, new: to, spread, change })
    }

    /// The values of executions that passed: one that gave up measures nothing.
    fn values(self, scenarios: &[&Scenario]) -> Vec<f64> {
        let passed = scenarios.iter().filter(|scenario| scenario.status == Status::Passed);
        let mut values: Vec<f64> = passed.filter_map(|scenario| self.of(scenario)).collect();
        values.sort_by(f64::total_cmp);
        values
    }

    /// The value of one execution.
    pub(super) fn of(self, scenario: &Scenario) -> Option<f64> {
        let seconds = || scenario.activity.iter().flat_map(|activity| &activity.seconds);
        match self {
            Self::RecoveryMs => scenario.recovery_ms.map(|ms| ms as f64),
            Self::LongestGapMs => scenario
                .availability
                .iter()
                .map(|topic| topic.longest_gap_ms as f64)
                .reduce(f64::max),
            Self::AcknowledgedPerSecond => {
                let busy: Vec<_> =
                    seconds().map(|it| it.acknowledged).filter(|number| *number > 0).collect();
                let sum = busy.iter().sum::<u64>() as f64;
                (!busy.is_empty()).then(|| sum / busy.len() as f64)
            }
            Self::LatencyP99Us => {
                let mut latencies: Vec<_> =
                    seconds().filter_map(|it| it.p99_us).map(|us| us as f64).collect();
                latencies.sort_by(f64::total_cmp);
                median(&latencies)
            }
        }
    }
}

/// Of sorted values.
fn median(sorted: &[f64]) -> Option<f64> {
    let (half, odd) = (sorted.len() / 2, sorted.len() % 2 == 1);
    let upper = *sorted.get(half)?;
    Some(if odd { upper } else { f64::midpoint(*sorted.get(half.checked_sub(1)?)?, upper) })
}

/// Of sorted values.
fn spread(sorted: &[f64]) -> f64 {
    sorted.last().zip(sorted.first()).map_or(0.0, |(last, first)| last - first)
}
