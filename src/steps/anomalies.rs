//! What the checker has found, as steps tell it.

use super::failure::StepFailure;
use crate::checker::anomaly::Anomaly;
use crate::checker::findings::faults_in_words;
use crate::checker::report::{CheckReport, Report};
use crate::checker::verdict::Verdict;

/// How many examples a message shows.
const EXAMPLES: usize = 3;

/// The history shows none of these, and no violation of anything else.
pub(super) fn clean(report: &Report, none_of: &[Anomaly], what: &str) -> Result<(), StepFailure> {
    let named = |check: &&CheckReport| none_of.contains(&check.anomaly) && check.found() > 0;
    let broken = |check: &&CheckReport| check.violations > 0;
    let certain = |check: &&CheckReport| check.violations + check.allowed > 0;
    let found: Vec<_> = report.checks.iter().filter(|it| named(it) || broken(it)).collect();
    if found.iter().any(certain) {
        return Err(StepFailure::expectation(described(&found)));
    }
    if !found.is_empty() {
        return Err(StepFailure::inconclusive(described(&found)));
    }
    let compared = report.of(Anomaly::LostWrite).is_some_and(|check| check.compared > 0);
    if !compared {
        return Err(nothing_compared(report, what));
    }
    let panicked = report.checks.iter().filter(|check| none_of.contains(&check.anomaly));
    let reason = panicked
        .filter(|it| it.verdict == Some(Verdict::Inconclusive))
        .find_map(|it| it.reason.clone());
    match reason {
        Some(reason) => Err(StepFailure::inconclusive(reason)),
        None => Ok(()),
    }
}

/// Why nothing can be concluded.
pub(super) fn nothing_compared(report: &Report, what: &str) -> StepFailure {
    let counts = &report.counts;
    let doubts: String = report.doubts.iter().map(|doubt| format!("\n  {doubt}")).collect();
    StepFailure::inconclusive(format!(
        "no {what} could be compared: {} messages were sent, {} acknowledged, {} records read{doubts}",
        counts.sent, counts.acknowledged, counts.read
    ))
}

/// What checks have found, with the worst examples.
pub(super) fn described(checks: &[&CheckReport]) -> String {
    let each = checks.iter().map(|check| {
        let (found, compared) = (check.found(), check.compared);
        let examples = check.findings.iter().flat_map(|finding| {
            let reason = finding.reason.as_ref();
            let because = reason.map(|reason| format!(" (because {reason})")).unwrap_or_default();
            finding.examples.iter().map(move |example| {
                let faults = faults_in_words(&example.faults, &example.later_faults);
                let faults = faults.map(|faults| format!("; {faults}")).unwrap_or_default();
                format!("{}{because}{faults}", example.text)
            })
        });
        let examples: Vec<_> = examples.take(EXAMPLES).collect();
        let more = match found.saturating_sub(examples.len() as u64) {
            0 => String::new(),
            more => format!("\n  and {more} more"),
        };
        let examples = listed(examples.iter().map(String::as_str)) + &more;
        format!("{}: {}, {found} of {compared}{examples}", check.anomaly, check.anomaly.meaning())
    });
    each.collect::<Vec<_>>().join("\n")
}

/// The first few, a line each.
pub(super) fn listed<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    texts.take(EXAMPLES).map(|text| format!("\n  {text}")).collect()
}
