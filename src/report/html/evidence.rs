//! What was done, and what is known of it: faults with their evidence, changes of the cluster, notes, logs.

use maud::{Markup, html};

use crate::report::model::{FaultSeen, Scenario};
use crate::report::text::{count, duration, visible};

/// When evidence was taken.
const MOMENTS: [&str; 3] = ["before", "bitten", "healed"];

/// Every fault with the state of the cluster before, once it took effect, and when it was healed.
pub fn faults(scenario: &Scenario) -> Markup {
    if scenario.faults.is_empty() {
        return html! {};
    }
    html! {
        section {
            h3 { "Faults and their evidence" }
            @for fault in &scenario.faults { (self::fault(fault)) }
        }
    }
}

fn fault(fault: &FaultSeen) -> Markup {
    html! {
           div.fault {
               h4 {
                   "Fault " (fault.number) ": " (visible(&fault.kind)) " of " (visible(&fault.target))
                   @if !fault.nodes.is_empty() { " (" (fault.nodes.join(", ")) ")" }
               }
               p {
                   "From " (duration(fault.at_ms))
                   @match fault.healed_ms {
                       Some(healed) => { " to " (duration(healed)) }
                       None => " on, never healed",
                   }
                   @match &fault.failed {
    None if fault.armed => { "; it waited for what it was meant for." }
                       None => { "; it took effect after " (duration(fault.bitten_after_ms)) "." }
                       Some(why) => { "; " b { "it has not bitten: " (visible(why)) } }
                   }
               }
               dl.evidence {
                   @for (moment, evidence) in MOMENTS.iter().zip(&fault.evidence) {
                       dt { (moment) } dd { (visible(&evidence.to_string())) }
                   }
               }
           }
       }
}

/// The changes in words, for who cannot see the timeline.
pub fn changes(scenario: &Scenario) -> Markup {
    if scenario.changes.is_empty() {
        return html! {};
    }
    html! {
        details {
            summary { (count(scenario.changes.len(), "change")) " of the cluster" }
            ol.changes {
                @for change in &scenario.changes {
                    li { (duration(change.at_ms)) " " (visible(&change.change.to_string())) }
                }
            }
        }
    }
}

/// Why sends were not acknowledged.
pub fn refused(scenario: &Scenario) -> Markup {
    if scenario.refused.is_empty() {
        return html! {};
    }
    html! {
        section {
            h3 { "Why sends were not acknowledged" }
            div.wide tabindex="0" {
                table {
                    thead { tr { th { "Client" } th { "Topic" } th { "Error" } th.number { "Sends" } } }
                    tbody {
                        @for it in &scenario.refused {
                            tr {
                                td { (visible(&it.client)) }
                                td { (visible(&it.topic)) }
                                td { (visible(&it.error)) }
                                td.number { (it.count) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// What steps have kept.
pub fn notes(scenario: &Scenario) -> Markup {
    if scenario.notes.is_empty() {
        return html! {};
    }
    html! {
        details {
            summary { (count(scenario.notes.len(), "note")) " of steps" }
            ul.notes { @for note in &scenario.notes { li { (visible(note)) } } }
        }
    }
}

/// What each node logged while the cluster was disturbed.
pub fn logs(scenario: &Scenario) -> Markup {
    html! {
        @for log in &scenario.logs {
            details.log {
                summary {
                    "Log of " (log.node) " from the first fault on: " (count(log.lines.len(), "line"))
                    @if log.left_out > 0 { ", " (log.left_out) " left out" }
                }
                pre tabindex="0" {
                    @for line in &log.lines { (visible(line)) "\n" }
                    @if log.left_out > 0 {
                        "… all of it in logs/" (visible(scenario.cluster.as_deref().unwrap_or_default())) "/" (log.node) ".log"
                    }
                }
            }
        }
    }
}
