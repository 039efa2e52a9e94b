//! What the history of a scenario shows, in words. The checker knows nothing of sentences: what it calls a
//! failure may be what the scenario is for.

use super::model::{AnomalySeen, Scenario};
use crate::checker::verdict::Verdict;
use crate::event::status::Status;
use crate::history::refused::Refused;

/// The judgement in one line; none where no sentence has asked for it.
pub fn summary(scenario: &Scenario) -> Option<String> {
    let judged = scenario.judged.as_ref()?;
    let (sent, acknowledged, read) = (judged.sent, judged.acknowledged, judged.read);
    let compared = format!("{sent} sent, {acknowledged} acknowledged, {read} read");
    if scenario.anomalies.is_empty() {
        let doubt = match judged.verdict {
            Verdict::Inconclusive => ", but not everything could be judged",
            Verdict::Passed | Verdict::Failed => "",
        };
        return Some(format!("the history shows no anomaly{doubt} ({compared})"));
    }
    let each = scenario.anomalies.iter().map(|anomaly| {
        let said = said_of(scenario, anomaly).map(|said| format!(", {said}")).unwrap_or_default();
        format!("{} {}{said}", anomaly.kind, counted(anomaly))
    });
    let each: Vec<_> = each.collect();
    Some(format!("the history shows: {} ({compared})", each.join("; ")))
}

/// Why sends were not acknowledged, a line for each client and topic.
pub fn refused(scenario: &Scenario) -> Vec<String> {
    let mut lines: Vec<(&str, &str, Vec<String>)> = Vec::new();
    for Refused { client, topic, error, count } in &scenario.refused {
        let error = format!("{count} × {error}");
        match lines.iter_mut().find(|(of, to, _)| (*of, *to) == (client, topic)) {
            Some((.., errors)) => errors.push(error),
            None => lines.push((client, topic, vec![error])),
        }
    }
    let told = |(client, topic, errors): (&str, &str, Vec<String>)| {
        let errors = errors.join(", ");
        format!("sends of {client:?} to topic {topic:?} that were not acknowledged: {errors}")
    };
    lines.into_iter().map(told).collect()
}

/// What the scenario says of an anomaly; none where that is why it did not pass, or the settings allow it.
pub fn said_of(scenario: &Scenario, anomaly: &AnomalySeen) -> Option<&'static str> {
    if anomaly.expected {
        return Some("expected by the scenario");
    }
    let passed_over = anomaly.count > 0 && scenario.status == Status::Passed;
    passed_over.then_some("of which no sentence of the scenario speaks")
}

/// `2 and 1 allowed by the settings`.
fn counted(anomaly: &AnomalySeen) -> String {
    let parts = [
        (anomaly.count, ""),
        (anomaly.undecided, " that cannot be judged"),
        (anomaly.allowed, " allowed by the settings"),
    ];
    let parts = parts.iter().filter(|(count, _)| *count > 0);
    let parts: Vec<_> = parts.map(|(count, what)| format!("{count}{what}")).collect();
    parts.join(" and ")
}
