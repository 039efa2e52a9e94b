//! `trend.html`: how often each scenario passes, and how long it takes to recover, over many runs.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::page::STYLE;
use super::plot::place;
use crate::report::compare::trend::Trend;
use crate::report::model::Report;
use crate::report::text::{count, visible};

/// Name of the file.
pub const FILE: &str = "trend.html";

/// Width of a run.
const STEP: f64 = 14.0;

/// Height of a strip.
const HEIGHT: f64 = 28.0;

/// The page.
pub fn render(reports: &[Report], trends: &[Trend]) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'";
                title { "trial: " (count(reports.len(), "run")) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { (count(trends.len(), "scenario")) " over " (count(reports.len(), "run")) }
                @if let (Some(first), Some(last)) = (reports.first(), reports.last()) {
                    p { "From " (first.run.started.strftime("%Y-%m-%d %H:%M")) " to " (last.run.started.strftime("%Y-%m-%d %H:%M UTC")) ", oldest first." }
                }
                div.wide tabindex="0" {
                    table {
                        thead { tr { th { "Scenario" } th.number { "Passed" } th { "Runs" } th { "Recovery" } } }
                        tbody { @for trend in trends { (row(reports, trend)) } }
                    }
                }
            }
        }
    };
    page.into_string()
}

fn row(reports: &[Report], trend: &Trend) -> Markup {
    html! {
        tr {
            td { (visible(&trend.name)) br; small { (visible(&trend.feature)) } }
            td.number { (format!("{:.0} %", trend.share())) }
            td { (runs(reports, trend)) }
            td { (recovery(reports, trend)) }
        }
    }
}

/// A box for each run: green and full where all passed, red and low where none did.
fn runs(reports: &[Report], trend: &Trend) -> Markup {
    let boxes =
        trend.passed.iter().zip(reports).enumerate().filter_map(|(column, (passed, run))| {
            let (passed, of) = (*passed)?;
            let share = passed as f64 / of as f64;
            let height = 6.0 + (HEIGHT - 6.0) * share;
            let class = if passed == of {
                "ok"
            } else if passed == 0 {
                "bad"
            } else {
                "some"
            };
            Some((
                column as f64 * STEP,
                height,
                class,
                format!("{}: {passed} of {of} passed", run.run.id),
            ))
        });
    strip(
        trend.passed.len(),
        &html! {
            @for (x, height, class, told) in boxes {
                rect.{ "run " (class) } x=(place(x)) y=(place(HEIGHT - height)) width=(place(STEP - 3.0)) height=(place(height)) {
                    title { (told) }
                }
            }
        },
    )
}

/// A bar for each run, as high as the recovery took.
fn recovery(reports: &[Report], trend: &Trend) -> Markup {
    let most = trend.recovery_ms.iter().flatten().copied().fold(0.0, f64::max);
    if most == 0.0 {
        return html! {};
    }
    let bars =
        trend.recovery_ms.iter().zip(reports).enumerate().filter_map(|(column, (ms, run))| {
            let ms = (*ms)?;
            let height = (HEIGHT * ms / most).max(1.0);
            Some((column as f64 * STEP, height, format!("{}: {:.1} s", run.run.id, ms / 1000.0)))
        });
    html! {
        (strip(trend.recovery_ms.len(), &html! {
            @for (x, height, told) in bars {
                rect.run x=(place(x)) y=(place(HEIGHT - height)) width=(place(STEP - 3.0)) height=(place(height)) {
                    title { (told) }
                }
            }
        }))
        " at most " (format!("{:.1} s", most / 1000.0))
    }
}

fn strip(columns: usize, content: &Markup) -> Markup {
    let width = place(columns as f64 * STEP);
    html! {
        svg.strip width=(width) height=(place(HEIGHT)) viewBox=(format!("0 0 {width} {}", place(HEIGHT))) role="img"
            aria-label="a bar for each run" {
            (PreEscaped(&content.0))
        }
    }
}
