//! What became of the messages: anomalies with their cases, and the ledger from sent to read.

use maud::{Markup, html};

use super::page::command;
use crate::checker::report::Meaning;
use crate::report::model::{AnomalySeen, GapSeen, LedgerRow, Scenario};
use crate::report::text::{duration, visible};

/// The anomalies, those that break a promise first, each with the faults that were active.
pub fn anomalies(scenario: &Scenario) -> Markup {
    if scenario.anomalies.is_empty() {
        return html! {};
    }
    let mut anomalies: Vec<_> = scenario.anomalies.iter().collect();
    anomalies.sort_by_key(|anomaly| std::cmp::Reverse((anomaly.count, anomaly.undecided)));
    html! {
        section.anomalies {
            h3 { "Anomalies in the history" }
            @for anomaly in anomalies { (self::anomaly(anomaly)) }
        }
    }
}

fn anomaly(anomaly: &AnomalySeen) -> Markup {
    let counted = [
        (anomaly.count, "break a promise"),
        (anomaly.undecided, "cannot be judged"),
        (anomaly.allowed, "are allowed by the settings"),
    ];
    let counted = counted.iter().filter(|(number, _)| *number > 0);
    let counted: Vec<_> = counted.map(|(number, what)| format!("{number} {what}")).collect();
    html! {
        div class=(if anomaly.count > 0 { "anomaly bad" } else { "anomaly" }) {
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
                        @if !example.faults.is_empty() {
                            " · " b { "during " (visible(&example.faults.join(", "))) }
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
    html! {
        @if !scenario.ledger.is_empty() {
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
                        tbody { @for row in &scenario.ledger { (self::row(row)) } }
                    }
                }
                p.meaning {
                    b { "acknowledged" } ": Kafka has said that it has them. "
                    b { "committed" } ": of these, outside of transactions or in one that was committed. "
                    b { "read" } ": different messages, by read-committed consumers. "
                    b { "missing" } ": committed, and read by nobody."
                }
            }
        }
        (availability(scenario))
        (judged(scenario))
    }
}

fn row(row: &LedgerRow) -> Markup {
    let counts = &row.counts;
    let breaks = row.offending.iter().any(|it| it.meaning == Meaning::Violation);
    html! {
        tr.failed[breaks || counts.missing > 0] {
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
                    li { (visible(&topic.topic)) ": " (gap("write", topic.write)) ", " (gap("read", topic.read)) }
                }
            }
        }
    }
}

fn gap(what: &str, gap: Option<GapSeen>) -> String {
    match gap {
        None => format!("no {what} was seen"),
        Some(GapSeen { ms, at_ms: None }) => format!("no {what} for {}", duration(ms)),
        Some(GapSeen { ms, at_ms: Some(at) }) => {
            format!("no {what} for {} from {} on", duration(ms), duration(at))
        }
    }
}

fn judged(scenario: &Scenario) -> Markup {
    let Some(judged) = &scenario.judged else { return html! {} };
    html! {
        @for doubt in &judged.doubts { p.warning { (visible(doubt)) } }
        details {
            summary { "What its history was compared for" }
            ul.checks {
                @for check in &scenario.checks {
                    li {
                        (check.name) ": "
                        (check.verdict.map_or("nothing that it is about".to_owned(), |it| it.to_string()))
                        ", " (check.compared) " compared"
                    }
                }
            }
        }
        (command("To judge its history again", &format!("trial verify {}/*.ndjson", visible(&judged.history))))
    }
}
