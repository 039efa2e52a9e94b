//! From the checker's judgement of a history to what reports show of it.

use jiff::Timestamp;

use super::history::{
    AnomalyExample, AnomalySeen, Availability, CheckSeen, GapSeen, Judged, LedgerRow, Offending,
};
use super::scenario::Scenario;
use crate::checker::anomaly::Anomaly;
use crate::checker::availability::{self, Gap, Gaps};
use crate::checker::findings::Example;
use crate::checker::ledger;
use crate::checker::report::{CheckReport, Report};
use crate::event::Event;

/// Takes a judgement in. One that was made later covers those before.
pub fn take_in(scenario: &mut Scenario, event: &Event) {
    let Event::HistoryJudged { history, report, ledger, clock_offset_ms, .. } = event else {
        return;
    };
    let started = scenario.started;
    let Report { verdict, doubts, counts, checks, availability, notes } = &**report;
    scenario.judged = Some(Judged {
        verdict: *verdict,
        sent: counts.sent,
        acknowledged: counts.acknowledged,
        read: counts.read,
        history: history.display().to_string(),
        doubts: doubts.iter().chain(notes).cloned().collect(),
    });
    let expected: Vec<_> =
        scenario.anomalies.iter().filter(|it| it.expected).map(|it| it.kind).collect();
    scenario.anomalies =
        checks.iter().filter(|it| it.found() > 0).map(|it| anomaly(it, started)).collect();
    expect(scenario, &expected);
    scenario.checks = checks
        .iter()
        .filter(|check| check.verdict.is_some())
        .map(|check| CheckSeen {
            name: check.anomaly.to_string(),
            compared: check.compared,
            verdict: check.verdict,
        })
        .collect();
    scenario.availability =
        availability.iter().map(|it| gaps(it, started, *clock_offset_ms)).collect();
    scenario.ledger = ledger.iter().map(|row| ledger_row(row, checks)).collect();
}

/// Takes in what a sentence has expected.
pub fn expect(scenario: &mut Scenario, expected: &[Anomaly]) {
    let anomalies = scenario.anomalies.iter_mut();
    anomalies.filter(|it| expected.contains(&it.kind)).for_each(|it| it.expected = true);
}

fn anomaly(check: &CheckReport, started: Timestamp) -> AnomalySeen {
    let examples = check.findings.iter().flat_map(|finding| {
        finding.examples.iter().map(|example| AnomalyExample {
            text: example.text.clone(),
            meaning: finding.standing,
            because: finding.reason.clone(),
            at_ms: example.wall_ms.and_then(|wall_ms| since(started, i64::try_from(wall_ms).ok()?)),
            message: example.message.clone(),
            faults: example.faults.clone(),
            later_faults: example.later_faults.clone(),
        })
    });
    AnomalySeen {
        kind: check.anomaly,
        count: check.violations,
        undecided: check.undecided,
        allowed: check.allowed,
        expected: false,
        examples: examples.collect(),
    }
}

fn gaps(
    found: &availability::Availability,
    started: Timestamp,
    clock_offset_ms: Option<i64>,
) -> Availability {
    let seen = |gap: Gap| {
        let from_ms = i64::try_from(gap.from_ns / 1_000_000).ok();
        let wall_ms = from_ms.zip(clock_offset_ms).map(|(from, offset)| from.wrapping_add(offset));
        GapSeen {
            at_ms: wall_ms.and_then(|wall_ms| since(started, wall_ms)),
            ms: gap.ns / 1_000_000,
        }
    };
    let (write, read) = (found.longest_write_gap.map(seen), found.longest_read_gap.map(seen));
    let all = |gaps: &Gaps| gaps.longest.iter().copied().map(seen).collect();
    Availability {
        topic: found.topic.clone(),
        longest_gap_ms: write.iter().chain(&read).map(|gap| gap.ms).max().unwrap_or(0),
        write,
        read,
        write_gaps: all(&found.write_gaps),
        other_write_gaps: found.write_gaps.others,
        read_gaps: all(&found.read_gaps),
        other_read_gaps: found.read_gaps.others,
    }
}

/// A row with the messages of it that anomalies are about, as far as they are listed.
fn ledger_row(row: &ledger::LedgerRow, checks: &[CheckReport]) -> LedgerRow {
    let is_here = |example: &&Example| {
        example.topic.as_ref() == Some(&row.topic) && example.partition == row.partition
    };
    let findings = checks
        .iter()
        .flat_map(|check| check.findings.iter().map(move |finding| (check.anomaly, finding)));
    let offending = findings.filter_map(|(anomaly, finding)| {
        let here = finding.examples.iter().filter(is_here);
        let mut messages: Vec<_> = here.filter_map(|example| example.message.clone()).collect();
        messages.dedup();
        let (anomaly, meaning) = (anomaly.to_string(), finding.standing);
        (!messages.is_empty()).then_some(Offending { anomaly, meaning, messages })
    });
    LedgerRow { counts: row.clone(), offending: offending.collect() }
}

/// Milliseconds from the scenario's start; none for what was before it.
fn since(started: Timestamp, wall_ms: i64) -> Option<u64> {
    u64::try_from(wall_ms.checked_sub(started.as_millisecond())?).ok()
}
