//! The comparison with a base, as a section of the page.

use maud::{Markup, html};

use crate::report::compare::Comparison;
use crate::report::compare::text::{changed, details, summary};
use crate::report::text::visible;

/// The scenarios that have changed.
pub fn comparison(comparison: &Comparison) -> Markup {
    html! {
        section #comparison class=(if comparison.regression { "comparison failed" } else { "comparison passed" }) {
            h2 { "Compared with " (comparison.base) ": " span.verdict { (summary(comparison)) } }
            @for difference in &comparison.differences { p.warning { "The runs differ in " (visible(difference)) } }
            @if changed(comparison).next().is_some() {
                div.wide tabindex="0" {
                    table {
                        thead { tr { th { "Change" } th { "Scenario" } th { "What" } } }
                        tbody {
                            @for compared in changed(comparison) {
                                tr {
                                    td { b { (compared.change.word()) } }
                                    td { (visible(&compared.name)) br; small { (visible(&compared.feature)) ":" (compared.line) } }
                                    td { @for line in details(compared) { div { (visible(&line)) } } }
                                }
                            }
                        }
                    }
                }
            }
            p.meaning {
                "A time is worse when it grew by more than " (format!("{:.0}", comparison.tolerance.share * 100.0))
                " % and by more than " (comparison.tolerance.time_ms) " ms, over the spread of the repetitions."
            }
        }
    }
}
