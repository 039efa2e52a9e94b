//! What the checker has found, as steps tell it.

use crate::checker::anomaly::Anomaly;
use crate::checker::findings::faults_in_words;
use crate::checker::report::{CheckReport, Report};
use crate::checker::verdict::Verdict;
use crate::scenario::failure::StepFailure;

/// How many examples a message shows.
const EXAMPLES: usize = 3;

/// The history shows none of these, and no violation of anything else.
pub(super) fn clean(report: &Report, none_of: &[Anomaly], what: &str) -> Result<(), StepFailure> {
    let named = |check: &&CheckReport| none_of.contains(&check.anomaly) && check.found() > 0;
    let broken = |check: &&CheckReport| check.violations > 0;
    let found: Vec<_> = report.checks.iter().filter(|it| named(it) || broken(it)).collect();
    if found.iter().any(|check| is_certain(check)) {
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

/// The history shows none of these, allowed or not; violations of anything else are not looked at.
///
/// # Errors
/// What it shows; inconclusive, where that is undecided, or nothing could be compared.
pub(super) fn none_of(report: &Report, anomaly: Anomaly) -> Result<(), StepFailure> {
    let check = report.of(anomaly);
    match check.filter(|check| check.found() > 0) {
        Some(check) if is_certain(check) => Err(StepFailure::expectation(described(&[check]))),
        Some(check) => Err(StepFailure::inconclusive(described(&[check]))),
        None if check.is_some_and(|check| check.compared > 0) => Ok(()),
        None => Err(nothing_compared(report, &anomaly.to_string())),
    }
}

/// The checks of those of these anomalies that the history certainly shows, at least one.
///
/// # Errors
/// That there is none, in the words of `otherwise`; inconclusive, where some are undecided, or nothing could be compared.
pub(super) fn some_of<'a>(
    report: &'a Report,
    any_of: &[Anomaly],
    otherwise: &str,
) -> Result<Vec<&'a CheckReport>, StepFailure> {
    let checks: Vec<_> = any_of.iter().filter_map(|anomaly| report.of(*anomaly)).collect();
    let of = |fits: fn(&CheckReport) -> bool| checks.iter().copied().filter(move |it| fits(it));
    let shown: Vec<_> = of(is_certain).collect();
    if !shown.is_empty() {
        return Ok(shown);
    }
    let undecided: Vec<_> = of(|check| check.undecided > 0).collect();
    if !undecided.is_empty() {
        return Err(StepFailure::inconclusive(described(&undecided)));
    }
    if checks.iter().all(|check| check.compared == 0) {
        return Err(nothing_compared(report, "messages"));
    }
    let counts = &report.counts;
    Err(StepFailure::expectation(format!(
        "{otherwise}; compared were {} messages sent and {} records read",
        counts.sent, counts.read
    )))
}

fn is_certain(check: &CheckReport) -> bool {
    check.violations + check.allowed > 0
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

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::checker::check;
    use crate::event::failure::FailureKind;
    use crate::history::load::Loader;

    fn report(history: &str) -> Report {
        let mut loader = Loader::default();
        let file = format!("{}/fixtures/histories/{history}.ndjson", env!("CARGO_MANIFEST_DIR"));
        let opened = std::fs::File::open(&file).expect("the history");
        loader.read(Path::new(&file), opened).expect("a history");
        check(&loader.finish())
    }

    fn kind<T: std::fmt::Debug>(judged: Result<T, StepFailure>) -> FailureKind {
        judged.expect_err("no pass").kind
    }

    #[test]
    fn what_is_undecided_neither_passes_nor_fails() {
        let report = report("unseen/undecided-before-every-read");
        assert_eq!(kind(clean(&report, &[Anomaly::Unseen], "messages")), FailureKind::Inconclusive);
        assert_eq!(kind(none_of(&report, Anomaly::Unseen)), FailureKind::Inconclusive);
        assert_eq!(kind(some_of(&report, &[Anomaly::Unseen], "")), FailureKind::Inconclusive);
        assert_eq!(kind(some_of(&report, &[Anomaly::LostWrite], "")), FailureKind::Expectation);
        none_of(&report, Anomaly::LostWrite).expect("none");
    }

    #[test]
    fn what_is_certain_is_there_for_both() {
        let report = report("lost-write/positive");
        assert_eq!(kind(none_of(&report, Anomaly::LostWrite)), FailureKind::Expectation);
        let shown = some_of(&report, &[Anomaly::LostWrite, Anomaly::Unseen], "").expect("some");
        assert_eq!(shown.iter().map(|it| it.anomaly).collect::<Vec<_>>(), [Anomaly::LostWrite]);
    }
}
