//! One scenario: closed it is a line, open it shows all. A further section is a function from the scenario to
//! its markup, called in [`sections`].

use maud::{Markup, html};

use super::page::command;
use super::performance::performance;
use super::timeline::timeline;
use super::{evidence, ledger};
use crate::event::status::Status;
use crate::report::model::{Report, Scenario, StepSeen};
use crate::report::text::{count, duration, visible, word};

/// A scenario; `row` is its row in the report.
pub fn scenario(report: &Report, scenario: &Scenario, row: usize, open: bool) -> Markup {
    let verdict = scenario.verdict();
    let tags: Vec<_> = scenario.tags.iter().map(|tag| visible(tag)).collect();
    html! {
        details.{ "scenario " (class(scenario)) } id={ "s" (row) } data-verdict=(verdict)
            data-tags=(tags.join(" ")) open[open] {
            summary {
                span.verdict { (verdict) }
                span.name { (visible(&scenario.name)) (times(scenario)) }
                span.place { (visible(&scenario.place())) }
                span.chips { (chips(scenario)) }
                span.took { (duration(scenario.duration_ms)) }
            }
            div.body { (sections(report, scenario)) }
        }
    }
}

fn sections(report: &Report, scenario: &Scenario) -> Markup {
    html! {
        p.of {
            "Feature: " (visible(&scenario.feature_name))
            @if let Some(rule) = &scenario.rule { " · Rule: " (visible(rule)) }
            @for tag in &scenario.tags { " " span.tag { "@" (visible(tag)) } }
        }
        (failure(scenario))
        (command("To run just this again", &report.rerun(&[scenario])))
        (timeline(scenario))
        (evidence::refused(scenario))
        (ledger::anomalies(scenario))
        (performance(scenario))
        (steps(scenario))
        (ledger::ledger(scenario))
        (evidence::faults(scenario))
        (evidence::changes(scenario))
        (evidence::notes(scenario))
        (evidence::logs(scenario))
        p.links {
            @if let Some(place) = scenario.cluster.as_deref().filter(|it| report.cluster(it).is_some()) {
                a href={ "#cluster-" (visible(place)) } { "Settings in force: cluster " (visible(place)) }
            }
        }
    }
}

/// The class that gives it its colour.
fn class(scenario: &Scenario) -> &'static str {
    match scenario.verdict() {
        "environment" => "environment",
        "flaky" => "flaky",
        _ => word(scenario.status),
    }
}

/// Which repetition and attempt, where there are several.
fn times(scenario: &Scenario) -> Markup {
    html! {
        @if scenario.repetition > 1 { small { " repetition " (scenario.repetition) } }
        @if scenario.retried || scenario.attempt > 1 { small { " attempt " (scenario.attempt) } }
        @if scenario.retried { small { ", attempted again" } }
    }
}

fn chips(scenario: &Scenario) -> Markup {
    let violations = scenario.anomalies.iter().filter(|anomaly| anomaly.count > 0);
    html! {
        @if !scenario.faults.is_empty() { span.chip { (count(scenario.faults.len(), "fault")) } }
        @for anomaly in violations {
            @if anomaly.expected {
                span.chip { (anomaly.kind) " × " (anomaly.count) " expected" }
            } @else {
                span.chip.bad { (anomaly.kind) " × " (anomaly.count) }
            }
        }
        // A sentence can demand more than the settings promise.
        @if scenario.status == Status::Failed {
            @for anomaly in scenario.anomalies.iter().filter(|it| it.count == 0 && it.allowed > 0) {
                span.chip { (anomaly.kind) " × " (anomaly.allowed) " allowed" }
            }
        }
        @if let Some(recovery) = scenario.recovery_ms { span.chip { "recovered in " (duration(recovery)) } }
    }
}

fn failure(scenario: &Scenario) -> Markup {
    let Some(failure) = scenario.failure() else { return html! {} };
    html! {
        section.failure {
            h3 { (heading(scenario)) }
            @if let Some(step) = failure.step {
                p.step { code { (visible(&scenario.feature)) ":" (step.sentence.line) } " " (visible(&step.sentence.text)) }
            }
            pre tabindex="0" { (visible(failure.reason)) }
        }
    }
}

fn heading(scenario: &Scenario) -> &'static str {
    match (scenario.status, scenario.verdict()) {
        (Status::Failed, _) => "Failed: Kafka did not do what the sentence says",
        (Status::Skipped, _) => "Skipped",
        (_, "environment") => "Environment: this machine could not do it",
        (_, "wrong sentence") => "Inconclusive: the sentence is wrong",
        (_, "bug of trial") => "Inconclusive: a bug of trial",
        _ => "Inconclusive: it could not be judged",
    }
}

fn steps(scenario: &Scenario) -> Markup {
    html! {
        section {
            h3 { "Steps" }
            div.wide tabindex="0" {
                table.steps {
                    thead { tr { th { "Line" } th { "Step" } th { "Ended" } th.number { "At" } th.number { "Took" } } }
                    tbody { @for found in &scenario.steps { (step(found)) } }
                }
            }
        }
    }
}

fn step(step: &StepSeen) -> Markup {
    let ended = step.status.map_or("not run", word);
    html! {
        tr class=(if step.status.is_some() { ended } else { "idle" }) {
            td.number { (step.sentence.line) }
            td {
                (visible(&step.sentence.text))
                @if let Some(block) = &step.sentence.block { pre { (visible(block)) } }
                @if !step.sentence.table.is_empty() {
                    table.data {
                        @for row in &step.sentence.table {
                            tr { @for cell in row { td { (visible(cell)) } } }
                        }
                    }
                }
                @if let Some(reason) = &step.reason { pre.reason { (visible(reason)) } }
            }
            td { (ended) }
            td.number { @if let Some(at) = step.at_ms { (duration(at)) } }
            td.number { @if let Some(took) = step.took_ms { (duration(took)) } }
        }
    }
}
