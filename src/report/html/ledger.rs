//! What became of the messages: anomalies with their cases, and the ledger from sent to read.

use maud::{Markup, html};

use super::page::command;
use crate::checker::availability::LISTED_FROM_MS;
use crate::checker::findings::faults_in_words;
use crate::checker::report::Meaning;
use crate::checker::verdict::Verdict;
use crate::event::status::Status;
use crate::report::model::{AnomalySeen, GapSeen, LedgerRow, Offending, Scenario};
use crate::report::shown::{self, said_of};
use crate::report::text::{duration, visible};

/// What the history shows: anomalies, those that break a promise first, each with the faults that were active.
pub fn anomalies(scenario: &Scenario) -> Markup {
    let Some(summary) = shown::summary(scenario) else { return html! {} };
    let mut anomalies: Vec<_> = scenario.anomalies.iter().collect();
    anomalies.sort_by_key(|anomaly| std::cmp::Reverse((anomaly.count, anomaly.undecided)));
    html! {
        section.anomalies {
            h3 { "Anomalies in the history" }
            p { (visible(&capital(&summary))) "." }
            @for anomaly in anomalies { (self::anomaly(scenario, anomaly)) }
        }
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn anomaly(scenario: &Scenario, anomaly: &AnomalySeen) -> Markup {
    let counted = [
        (anomaly.count, "breaks a promise of Kafka", "break promises of Kafka"),
        (anomaly.undecided, "cannot be judged", "cannot be judged"),
        (anomaly.allowed, "is allowed by the settings", "are allowed by the settings"),
    ];
    let counted = counted.iter().filter(|(number, ..)| *number > 0);
    let counted = counted
        .map(|(number, one, many)| format!("{number} {}", if *number == 1 { one } else { many }));
    let counted: Vec<_> = counted.chain(said_of(scenario, anomaly).map(str::to_owned)).collect();
    let is_bad = anomaly.count > 0 && !anomaly.expected;
    html! {
        div class=(if is_bad { "anomaly bad" } else { "anomaly" }) {
            h4 { (anomaly.kind) ": " (counted.join(", ")) }
            p { (anomaly.kind.meaning()) }
            ul {
                @for example in &anomaly.examples {
                    li {
                        (visible(&example.text))
                        @match (example.meaning, &example.because) {
                            (Meaning::Violation, _) => {}
                            (Meaning::Undecided, because) => { " · cannot be judged" (why(because)) }
                            (Meaning::Allowed, because) => { " · allowed" (why(because)) }
                        }
                        @if let Some(at) = example.at_ms { " · at " (duration(at)) }
                        @if let Some(faults) = faults_in_words(&example.faults, &example.later_faults) {
                            " · " b { (visible(&faults)) }
                        }
                    }
                }
            }
        }
    }
}

fn why(because: &Option<String>) -> String {
    because.as_ref().map_or_else(String::new, |because| format!(": {}", visible(because)))
}

/// How far messages came, by topic and partition, and which offend; then what it was compared for.
pub fn ledger(scenario: &Scenario) -> Markup {
    // Messages whose partition is not known, of which there are mostly none, have a row as well.
    let has_some = |row: &&LedgerRow| row.counts.partition.is_some() || row.counts.sent > 0;
    let rows: Vec<_> = scenario.ledger.iter().filter(has_some).collect();
    html! {
        @if !rows.is_empty() {
            section {
                h3 { "Exactly-once ledger" }
                div.wide tabindex="0" {
                    table.ledger {
                        thead {
                            tr {
                                th { "Topic" } th.number { "Partition" } th.number { "Sent" }
                                th.number { "Acknowledged" } th.number { "Committed" } th.number { "Read" }
                                th.number { "Missing" } th { "Offending messages" }
                            }
                        }
                        tbody { @for row in rows { (self::row(scenario, row)) } }
                    }
                }
                p.meaning {
                    b { "acknowledged" } ": Kafka has said that it has them. "
                    b { "committed" } ": of these, outside of transactions or in one that was committed. "
                    b { "read" } ": different messages, by read-committed consumers. "
                    b { "missing" } ": committed, and not there at the end."
                }
            }
        }
        (availability(scenario))
        (judged(scenario))
    }
}

fn row(scenario: &Scenario, row: &LedgerRow) -> Markup {
    let counts = &row.counts;
    let expected = scenario.anomalies.iter().filter(|it| it.expected);
    let expected: Vec<_> = expected.map(|it| it.kind.to_string()).collect();
    let is_bad =
        |it: &Offending| it.meaning == Meaning::Violation && !expected.contains(&it.anomaly);
    let breaks = row.offending.iter().any(is_bad);
    let misses = counts.missing > 0 && scenario.status != Status::Passed;
    html! {
        tr.failed[breaks || misses] {
            td { (visible(&counts.topic)) }
            td.number { (counts.partition.map_or_else(|| "not known".to_owned(), |it| it.to_string())) }
            td.number { (counts.sent) }
            td.number {
                (counts.acknowledged)
                @if counts.failed > 0 { br; small { (counts.failed) " failed" } }
                @if counts.unknown > 0 { br; small { (counts.unknown) " not known" } }
            }
            td.number {
                (counts.committed)
                @if counts.aborted > 0 { br; small { (counts.aborted) " aborted" } }
            }
            td.number {
                (counts.read)
                @if counts.read_by_anybody > counts.read { br; small { (counts.read_by_anybody) " by anybody" } }
            }
            td.number { (counts.missing) }
            td {
                @for offending in &row.offending {
                    div {
                        b { (visible(&offending.anomaly)) } " "
                        @match offending.meaning {
                            Meaning::Violation => {}
                            Meaning::Undecided => "(cannot be judged) ",
                            Meaning::Allowed => "(allowed) ",
                        }
                        (visible(&offending.messages.join(", "))) " …"
                    }
                }
            }
        }
    }
}

fn availability(scenario: &Scenario) -> Markup {
    html! {
        @if !scenario.availability.is_empty() {
            p { "Longest time without success" }
            ul {
                @for topic in &scenario.availability {
                    li {
                        (visible(&topic.topic)) ": "
                        (gap("write", topic.write, &topic.write_gaps, topic.other_write_gaps)) "; "
                        (gap("read", topic.read, &topic.read_gaps, topic.other_read_gaps))
                    }
                }
            }
        }
    }
}

/// The longest gap, and of how many: those that the timeline draws, and others.
fn gap(what: &str, longest: Option<GapSeen>, drawn: &[GapSeen], others: u64) -> String {
    let Some(GapSeen { at_ms, ms }) = longest else { return format!("no {what} before the end") };
    let from = at_ms.map(|at| format!(" from {} on", duration(at))).unwrap_or_default();
    let least = duration(LISTED_FROM_MS.into());
    let all = match (drawn.len(), others) {
        (0 | 1, 0) => String::new(),
        (drawn, 0) => format!(", the longest of {drawn} gaps of {least} and more"),
        (drawn, others) => {
            let all = drawn as u64 + others;
            format!(
                ", the longest of {all} gaps of {least} and more; drawn are the longest {drawn}"
            )
        }
    };
    format!("no {what} for {}{from}{all}", duration(ms))
}

fn judged(scenario: &Scenario) -> Markup {
    let Some(judged) = &scenario.judged else { return html! {} };
    html! {
        @for doubt in &judged.doubts { p.warning { (visible(doubt)) } }
        details {
            summary { "Checks of its history" }
            ul.checks {
                @for check in &scenario.checks {
                    li {
                        (check.name) ": "
                        (check.verdict.map_or("nothing that it is about", promise))
                        ", " (check.compared) " compared"
                    }
                }
            }
        }
        (command("To judge its history again", &format!("trial verify {}/*.ndjson", visible(&judged.history))))
    }
}

/// A check that failed is no failure of the scenario where that expects it.
fn promise(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Passed => "no promise broken",
        Verdict::Failed => "a promise broken",
        Verdict::Inconclusive => "cannot be judged",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_tells_of_the_others_and_of_those_that_are_not_drawn() {
        let seen = |at, ms| GapSeen { at_ms: Some(at), ms };
        let longest = Some(seen(3000, 1500));
        let two = [seen(1000, 600), seen(3000, 1500)];
        assert_eq!(gap("read", None, &[], 0), "no read before the end");
        let alone = "no write for 1.5 s from 3.0 s on";
        assert_eq!(gap("write", longest, &two[1..], 0), alone);
        let of_two = format!("{alone}, the longest of 2 gaps of 500 ms and more");
        assert_eq!(gap("write", longest, &two, 0), of_two);
        let of_nine = of_two.replace("of 2", "of 9") + "; drawn are the longest 2";
        assert_eq!(gap("write", longest, &two, 7), of_nine);
    }
}
