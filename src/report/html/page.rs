//! The page: verdict and how to run it again, a filter, the scenarios with those that did not pass first, and
//! the clusters.

use std::collections::BTreeSet;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{clusters, comparison, scenario};
use crate::event::status::Status;
use crate::report::compare::Comparison;
use crate::report::markdown::counts;
use crate::report::model::{Report, Scenario};
use crate::report::text::{count, duration, visible, word};

/// The style of every page.
pub const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// The whole page.
pub fn page(report: &Report, comparison: Option<&Comparison>) -> Markup {
    let mut rows: Vec<_> = report.scenarios.iter().enumerate().collect();
    rows.sort_by_key(|(_, scenario)| std::cmp::Reverse(urgency(scenario)));
    let title = format!("trial: {} · {}", word(report.run.status), counts(report));
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                // What the page itself brings is all that it may load.
                meta http-equiv="Content-Security-Policy"
                    content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                (header(report))
                main {
                    @if let Some(comparison) = comparison { (comparison::comparison(comparison)) }
                    (filter(report))
                    p #none hidden { "No scenario fits the filter." }
                    @for (number, (row, found)) in rows.iter().enumerate() {
                        // The first that did not pass is what most want to see.
                        (scenario::scenario(report, found, *row, number == 0 && is_bad(found)))
                    }
                    (clusters::clusters(report))
                }
                footer {
                    "Made by trial " (report.run.versions.trial) " from events.ndjson; "
                    code { "trial report DIR" } " makes it again."
                }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    }
}

/// What most needs a look comes first.
fn urgency(scenario: &Scenario) -> (bool, Status, bool) {
    (!scenario.retried, scenario.status, scenario.flaky)
}

fn is_bad(scenario: &Scenario) -> bool {
    matches!(scenario.status, Status::Failed | Status::Inconclusive)
}

fn header(report: &Report) -> Markup {
    let run = &report.run;
    let mut bad: Vec<_> = report.counted().filter(|scenario| is_bad(scenario)).collect();
    bad.sort_by_key(|scenario| std::cmp::Reverse(scenario.status));
    let facts = [
        ("Kafka", run.versions.kafka.join(", ")),
        ("ZooKeeper", run.versions.zookeeper.join(", ")),
        ("Runtime", format!("{} ({})", run.runtime, run.because)),
        ("Seed", run.seed.to_string()),
        ("Started", run.started.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()),
        ("Took", duration(run.duration_ms)),
        ("Run", run.id.to_string()),
        ("Part", run.shards.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")),
    ];
    html! {
        header.{ "top " (word(run.status)) } {
            h1 { span.verdict { (word(run.status)) } " " span.counts { (counts(report)) } }
            dl.facts {
                @for (name, value) in facts.iter().filter(|(_, value)| !value.is_empty()) {
                    div { dt { (name) } dd { (visible(value)) } }
                }
            }
            @if run.faults_do_nothing {
                p.warning { "Faults that do nothing were asked for: this run shows which scenarios depend on them." }
            }
            @for note in &report.notes { p.warning { (visible(note)) } }
            @if bad.is_empty() {
                (command("To run it again", &report.rerun_all()))
            } @else {
                (command("To run again what did not pass", &report.rerun(&bad)))
            }
            p.meaning {
                b { "failed" } ": Kafka did not do what a sentence says. "
                b { "inconclusive" } ": it could not be judged. "
                b { "environment" } ": this machine could not do it. "
                b { "skipped" } ": it was not run."
            }
        }
    }
}

/// A line to copy.
pub fn command(what: &str, line: &str) -> Markup {
    html! {
        div.command {
            span { (what) }
            pre tabindex="0" { code { (visible(line)) } }
        }
    }
}

/// Shown by the script only, without which it would do nothing.
fn filter(report: &Report) -> Markup {
    let verdicts: BTreeSet<_> = report.scenarios.iter().map(Scenario::verdict).collect();
    let tags: BTreeSet<_> = report.scenarios.iter().flat_map(|scenario| &scenario.tags).collect();
    html! {
        form #filter hidden role="search" {
            h2 { (count(report.counted().count(), "scenario")) }
            label { "Text " input type="search" name="text" accesskey="f"; }
            fieldset {
                legend { "Verdict" }
                @for verdict in verdicts {
                    label { input type="checkbox" name="verdict" value=(verdict) checked; (verdict) }
                }
            }
            label { "Tag "
                select name="tag" {
                    option value="" { "any" }
                    @for tag in tags { option value=(visible(tag)) { "@" (visible(tag)) } }
                }
            }
            button type="button" name="open" { "Open all" }
            button type="button" name="close" { "Close all" }
            output name="shown" {}
        }
    }
}
