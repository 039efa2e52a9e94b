//! How fast it was: rates and latencies of loads over time, latencies as a distribution, and what nodes used
//! meanwhile, with faults as bands.

use std::collections::BTreeSet;

use maud::{Markup, html};

use super::distribution::{Curve, distribution};
use super::plot::{self, Plot, Series, Shape, TimeScale};
use super::timeline::windows;
use crate::event::measured::{Direction, Percentiles, Second};
use crate::event::snapshot::Used;
use crate::report::model::{LoadSeen, Scenario, UsageSeen};
use crate::report::text::{count, visible};

/// The colours, by the row of what is coloured.
const COLOURS: [&str; 8] = ["c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7"];

/// Loads and usage of a scenario; nothing where nothing was measured.
pub fn performance(scenario: &Scenario) -> Markup {
    if scenario.loads.is_empty() && scenario.usage.is_empty() {
        return html! {};
    }
    let loads: Vec<_> = scenario.loads.iter().flat_map(plots).filter(Plot::has_values).collect();
    let curves: Vec<_> = scenario.loads.iter().enumerate().filter_map(curve).collect();
    let usage = usage(&scenario.usage);
    html! {
        section {
            h3 { "Performance" }
            @if !scenario.loads.is_empty() {
                ul { @for load in &scenario.loads { li { (name(load)) ": " (load.measured.summary()) } } }
            }
            (over_time(scenario, "Rates and latencies of loads", &loads))
            @if !curves.is_empty() {
                h4 { "Latency that so many messages did not exceed" }
                (distribution("Latencies of loads as a distribution", &curves))
            }
            @if !usage.is_empty() { h4 { "What nodes and trial itself used" } }
            (over_time(scenario, "CPU, memory, network and disk of every node", &usage))
        }
    }
}

fn over_time(scenario: &Scenario, told: &str, plots: &[Plot]) -> Markup {
    if plots.is_empty() {
        return html! {};
    }
    let points = plots.iter().flat_map(|plot| &plot.series).flat_map(|series| &series.points);
    let last = points.map(|(ms, _)| *ms).fold(scenario.duration_ms as f64, f64::max);
    let scale = TimeScale::new(0.0, last);
    let height = 26.0 + plots.iter().map(Plot::height).sum::<f64>() + 4.0;
    let mut top = 26.0;
    let drawn = plots.iter().map(|plot| {
        let drawn = plot.draw(scale, top);
        top += plot.height();
        drawn
    });
    let drawn: Vec<_> = drawn.collect();
    let content = html! {
        (windows(scenario, scale, height))
        (scale.axis(height - 4.0))
        @for plot in &drawn { (plot) }
    };
    plot::figure(told, height, &content)
}

fn name(load: &LoadSeen) -> String {
    let (topic, clients) = (visible(&load.topic), load.clients as usize);
    match load.direction {
        Direction::Sent => format!("sent to {topic} by {}", count(clients, "producer")),
        Direction::Received => format!("received from {topic} by {}", count(clients, "consumer")),
    }
}

fn plots(load: &LoadSeen) -> [Plot; 2] {
    let series = |name: &str, class, value: &dyn Fn(&Second) -> Option<f64>| {
        let points = load.measured.seconds.iter().enumerate().map(|(number, second)| {
            // A second's value stands in its middle.
            (load.at_ms as f64 + 1000.0 * number as f64 + 500.0, value(second))
        });
        Series { name: name.to_owned(), class, points: points.collect() }
    };
    let latency = |of: fn(&Percentiles) -> u64| {
        move |second: &Second| second.latency.as_ref().map(|it| of(it) as f64 / 1000.0)
    };
    let (topic, word, done) = match load.direction {
        Direction::Sent => (&load.topic, "to", "acknowledged"),
        Direction::Received => (&load.topic, "from", "received"),
    };
    let rates = Plot {
        title: format!("messages {word} {topic}"),
        unit: "/s",
        shape: Shape::Bars(1000.0),
        series: vec![
            series(done, "ack", &|second| Some(second.messages as f64)),
            series("failed", "bad", &|second| Some(second.failed as f64)),
        ],
    };
    let latencies = Plot {
        title: format!("latency {word} {topic}"),
        unit: " ms",
        shape: Shape::Line,
        series: vec![
            series("50 %", "p50", &latency(|it| it.p50_us)),
            series("95 %", "read", &latency(|it| it.p95_us)),
            series("99 %", "p99", &latency(|it| it.p99_us)),
            series("slowest", "max", &latency(|it| it.max_us)),
        ],
    };
    [rates, latencies]
}

fn curve((row, load): (usize, &LoadSeen)) -> Option<Curve> {
    let points = load.measured.distribution.iter();
    let points: Vec<_> = points.map(|(share, us)| (*share, *us as f64 / 1000.0)).collect();
    let class = COLOURS[row % COLOURS.len()];
    (!points.is_empty()).then(|| Curve { name: name(load), class, points })
}

/// One plot for each resource that the system reports, a line for each node and one for trial.
fn usage(usage: &[UsageSeen]) -> Vec<Plot> {
    let nodes: BTreeSet<&str> =
        usage.iter().flat_map(|it| it.nodes.keys()).map(String::as_str).collect();
    let sum = |one: Option<f64>, other: Option<f64>| Some((one? + other?) / 1e6);
    let plot = |title: &str, unit, value: &dyn Fn(&Used) -> Option<f64>| {
        let line = |name: &str, row: usize, of: &dyn Fn(&UsageSeen) -> Option<Used>| Series {
            name: name.to_owned(),
            class: COLOURS[row % COLOURS.len()],
            points: usage
                .iter()
                .map(|it| (it.at_ms as f64, of(it).as_ref().and_then(value)))
                .collect(),
        };
        let of_nodes = nodes
            .iter()
            .enumerate()
            .map(|(row, node)| line(node, row, &|it| it.nodes.get(*node).copied()));
        let runner = line("trial", nodes.len(), &|it| Some(it.runner));
        let series =
            of_nodes.chain([runner]).filter(|line| line.points.iter().any(|it| it.1.is_some()));
        Plot { title: title.to_owned(), unit, shape: Shape::Line, series: series.collect() }
    };
    let plots = [
        plot("CPU of a core", " %", &|it| Some(it.user_percent + it.system_percent)),
        plot("memory", " MB", &|it| Some(it.memory as f64 / 1e6)),
        plot("network", " MB/s", &|it| sum(it.received, it.sent)),
        plot("disk", " MB/s", &|it| sum(it.disk_read, it.disk_written)),
    ];
    plots.into_iter().filter(|plot| !plot.series.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_does_not_tell_is_not_plotted() {
        let used =
            Used { user_percent: 20.0, system_percent: 5.0, memory: 3_000_000, ..Used::default() };
        let seen = UsageSeen {
            at_ms: 1000,
            interval_ms: 1000,
            machine_cpu_percent: 50.0,
            machine_available: 0,
            nodes: [("broker-1".to_owned(), used)].into(),
            runner: Used::default(),
        };
        let plots = usage(&[seen]);
        let titles: Vec<_> = plots.iter().map(|plot| plot.title.as_str()).collect();
        assert_eq!(titles, ["CPU of a core", "memory"]);
        assert_eq!(plots[0].series[0].points, [(1000.0, Some(25.0))]);
        assert_eq!(plots[1].series[0].points, [(1000.0, Some(3.0))]);
    }
}
