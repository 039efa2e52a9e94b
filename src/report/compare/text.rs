//! A comparison in words: for the terminal and as Markdown.

use super::{Change, Compared, Comparison, Outcome};
use crate::report::text::{count, visible, word};

/// For the terminal: the scenarios that have changed, a line each and what has become worse below.
pub fn plain(comparison: &Comparison) -> String {
    let Comparison { base, new, differences, .. } = comparison;
    let mut lines = vec![format!("{new} compared with {base}")];
    lines.extend(differences.iter().map(|it| format!("note: the runs differ in {it}")));
    for compared in changed(comparison) {
        let (change, name) = (compared.change.word(), visible(&compared.name));
        lines.push(format!("{change} {name} {}:{}", visible(&compared.feature), compared.line));
        lines.extend(details(compared).into_iter().map(|it| format!("    {it}")));
    }
    lines.push(summary(comparison));
    lines.join("\n") + "\n"
}

/// As a section of Markdown.
pub fn markdown(comparison: &Comparison) -> String {
    let Comparison { base, new, differences, .. } = comparison;
    let mut text = format!("### Compared with {base}: {}\n\n", comparison.finding());
    text.push_str(&format!("Run {new}: {}\n\n", summary(comparison)));
    differences.iter().for_each(|it| text.push_str(&format!("- The runs differ in {it}\n")));
    if changed(comparison).next().is_some() {
        text.push_str("\n| | Scenario | What |\n|---|---|---|\n");
        for compared in changed(comparison) {
            let (what, name) = (details(compared).join("; "), &compared.name);
            let cell = crate::report::markdown::cell;
            text.push_str(&format!(
                "| {} | {} | {} |\n",
                compared.change.word(),
                cell(name),
                cell(&what)
            ));
        }
    }
    text
}

/// The scenarios that differ.
pub fn changed(comparison: &Comparison) -> impl Iterator<Item = &Compared> {
    comparison.scenarios.iter().filter(|compared| compared.change != Change::Same)
}

/// `regression: 1 broken, 2 worse; 30 same`.
pub fn summary(comparison: &Comparison) -> String {
    let mut counts: Vec<(Change, usize)> = Vec::new();
    for compared in &comparison.scenarios {
        match counts.last_mut() {
            Some((change, number)) if *change == compared.change => *number += 1,
            _ => counts.push((compared.change, 1)),
        }
    }
    let counts: Vec<_> =
        counts.iter().map(|(change, number)| format!("{number} {}", change.word())).collect();
    let counts = if counts.is_empty() { "no scenario".into() } else { counts.join(", ") };
    format!("{}: {counts}", comparison.finding())
}

/// What has become of a scenario, a line each.
pub fn details(compared: &Compared) -> Vec<String> {
    let mut lines = Vec::new();
    if let (Some(base), Some(new)) = (compared.base, compared.new)
        && (base != new || !new.always())
    {
        lines.push(format!("{} before, {} now", ended(base), ended(new)));
    }
    if !compared.appeared.is_empty() {
        lines.push(format!("anomalies that were not there: {}", compared.appeared.join(", ")));
    }
    for measured in compared.measures.iter().filter(|it| it.change != Change::Same) {
        let shown = |value| measured.measure.shown(value);
        lines.push(format!(
            "{} {}: {} before, {} now",
            measured.measure.name(),
            measured.change.word(),
            shown(measured.base),
            shown(measured.new)
        ));
    }
    lines
}

fn ended(outcome: Outcome) -> String {
    let flaky = if outcome.flaky > 0 { " after another attempt" } else { "" };
    match outcome.of {
        1 => format!("{}{flaky}", word(outcome.status)),
        of if outcome.never() => format!("{} {of} times", word(outcome.status)),
        of => format!("{} of {} passed{flaky}", outcome.passed, count(of, "execution")),
    }
}
