//! What happened when: steps, faults by node, changes of the cluster, unavailability, anomalies, what clients
//! did, all over one time.

use maud::{Markup, html};

use super::lane::{Band, LANE, Lane, Mark};
use super::plot::{self, Plot, Series, Shape, TimeScale, place};
use crate::checker::availability::LISTED_FROM_MS;
use crate::checker::report::Meaning;
use crate::event::change::ClusterChange;
use crate::event::status::Status;
use crate::report::model::{Activity, FaultSeen, GapSeen, Scenario, Second};
use crate::report::text::{duration, visible};

/// The timeline of a scenario; nothing when it never ran.
pub fn timeline(scenario: &Scenario) -> Markup {
    if scenario.duration_ms == 0 {
        return html! {};
    }
    let lanes = lanes(scenario);
    let plots = scenario.activity.as_ref().map(plots).unwrap_or_default();
    let scale = TimeScale::new(0.0, end(scenario));
    let below = 26.0 + LANE * lanes.len() as f64;
    let height = below + plots.iter().map(Plot::height).sum::<f64>() + 4.0;
    let tops = plots.iter().scan(below, |top, plot| {
        let this = *top;
        *top += plot.height();
        Some(this)
    });
    let content = html! {
        (windows(scenario, scale, height))
        (scale.axis(height - 4.0))
        @for (row, lane) in lanes.iter().enumerate() {
            (lane.draw(scale, 26.0 + LANE * row as f64))
        }
        @for (plot, top) in plots.iter().zip(tops) { (plot.draw(scale, top)) }
    };
    let told = format!(
        "Timeline of {}: {} faults, {} changes of the cluster",
        scenario.name,
        scenario.faults.len(),
        scenario.changes.len()
    );
    html! {
        (plot::figure(&told, height, &content))
        p.meaning {
            b { "bands" } ": steps by their line, what a fault hit, and times of "
            (duration(LISTED_FROM_MS.into())) " or more in which no send was acknowledged or nothing was read. "
            b { "diamonds" } ": what changed in the cluster, such as "
            b { "0→3" } ", partition 0 is led by broker 3, and where the history shows an anomaly. "
            b { "shaded" } ": a fault was active."
        }
    }
}

/// The time of each fault, behind everything else of a figure of this height.
pub fn windows(scenario: &Scenario, scale: TimeScale, height: f64) -> Markup {
    html! {
        @for fault in &scenario.faults {
            @let (from, to) = (scale.x(fault.at_ms as f64), scale.x(healed(fault, scenario)));
            rect.window x=(place(from)) y="20" height=(place(height - 24.0)) width=(place(to - from)) {
                title { "fault " (fault.number) ": " (visible(&fault.kind)) }
            }
        }
    }
}

fn end(scenario: &Scenario) -> f64 {
    let changes = scenario.changes.iter().map(|change| change.at_ms);
    let healed = scenario.faults.iter().filter_map(|fault| fault.healed_ms);
    let latest = changes.chain(healed).max().unwrap_or(0);
    latest.max(scenario.duration_ms) as f64
}

fn healed(fault: &FaultSeen, scenario: &Scenario) -> f64 {
    fault.healed_ms.map_or_else(|| end(scenario), |at| at as f64)
}

fn lanes(scenario: &Scenario) -> Vec<Lane> {
    let mut lanes = vec![steps(scenario)];
    let mut nodes: Vec<_> = scenario.faults.iter().flat_map(|fault| &fault.nodes).collect();
    nodes.sort();
    nodes.dedup();
    lanes.extend(nodes.into_iter().map(|node| faults(scenario, node)));
    // A fault of links or clients has no node of its own.
    let without = scenario.faults.iter().filter(|fault| fault.nodes.is_empty());
    let bands: Vec<_> = without.map(|fault| band(fault, scenario)).collect();
    if !bands.is_empty() {
        lanes.push(Lane { name: "other faults".into(), bands, marks: Vec::new() });
    }
    for (name, class, wanted) in [
        ("controller", "controller", is_controller as fn(&ClusterChange) -> bool),
        ("registrations", "registration", is_registration),
        ("leaders", "leader", is_leader),
        ("in sync", "isr", is_in_sync),
    ] {
        let changes = scenario.changes.iter().filter(|change| wanted(&change.change));
        let marks: Vec<_> = changes
            .map(|change| Mark {
                at: change.at_ms as f64,
                class,
                label: label(&change.change),
                told: format!("{}: {}", duration(change.at_ms), change.change),
            })
            .collect();
        if !marks.is_empty() {
            lanes.push(Lane { name: name.into(), bands: Vec::new(), marks });
        }
    }
    lanes.extend(gaps(scenario));
    lanes.extend(anomalies(scenario));
    lanes
}

fn steps(scenario: &Scenario) -> Lane {
    let band = |step: &crate::report::model::StepSeen| {
        let (from, took) = (step.at_ms?, step.took_ms?);
        let line = step.sentence.line;
        Some(Band {
            from: from as f64,
            to: (from + took) as f64,
            class: match step.status? {
                Status::Passed => "step",
                Status::Failed => "step failed",
                Status::Inconclusive | Status::Skipped => "step inconclusive",
            },
            label: line.to_string(),
            told: format!("line {line}, {}: {}", duration(took), step.sentence.text),
        })
    };
    let bands = scenario.steps.iter().filter_map(band).collect();
    Lane { name: "steps by line".into(), bands, marks: Vec::new() }
}

fn faults(scenario: &Scenario, node: &str) -> Lane {
    let of_node = scenario.faults.iter().filter(|fault| fault.nodes.iter().any(|it| it == node));
    let bands = of_node.map(|fault| band(fault, scenario)).collect();
    Lane { name: node.to_owned(), bands, marks: Vec::new() }
}

fn band(fault: &FaultSeen, scenario: &Scenario) -> Band {
    let FaultSeen { number, kind, target, at_ms, .. } = fault;
    let until = match fault.healed_ms {
        Some(at) => format!("healed at {}", duration(at)),
        None => "not healed".into(),
    };
    Band {
        from: *at_ms as f64,
        to: healed(fault, scenario),
        class: if fault.failed.is_some() { "fault idle" } else { "fault" },
        label: format!("{number}: {kind}"),
        told: format!("fault {number}: {kind} of {target} at {}, {until}", duration(*at_ms)),
    }
}

/// Gaps of writes and of reads may be at the same time, so each have a lane.
fn gaps(scenario: &Scenario) -> Vec<Lane> {
    let lane = |topic: &str, word: &str, gaps: &[GapSeen]| {
        let bands = gaps.iter().filter_map(|gap| {
            let from = gap.at_ms?;
            let (label, at) = (duration(gap.ms), duration(from));
            let told = format!("{topic}: {word} for {label} from {at} on");
            let (from, to) = (from as f64, (from + gap.ms) as f64);
            Some(Band { from, to, class: "gap", label, told })
        });
        Lane { name: format!("{word}: {topic}"), bands: bands.collect(), marks: Vec::new() }
    };
    let lanes = scenario.availability.iter().flat_map(|seen| {
        let topic = seen.topic.as_str();
        [lane(topic, "no write", &seen.write_gaps), lane(topic, "no read", &seen.read_gaps)]
    });
    lanes.filter(|lane| !lane.bands.is_empty()).collect()
}

fn anomalies(scenario: &Scenario) -> Option<Lane> {
    let examples = scenario
        .anomalies
        .iter()
        .flat_map(|anomaly| anomaly.examples.iter().map(move |example| (anomaly, example)));
    let marks: Vec<_> = examples
        .filter_map(|(anomaly, example)| {
            Some(Mark {
                at: example.at_ms? as f64,
                class: match example.meaning {
                    Meaning::Violation => "anomaly",
                    Meaning::Undecided | Meaning::Allowed => "anomaly allowed",
                },
                label: anomaly.kind.to_string(),
                told: format!("{}: {}", anomaly.kind, example.text),
            })
        })
        .collect();
    (!marks.is_empty()).then(|| Lane { name: "anomalies".into(), bands: Vec::new(), marks })
}

/// What stands beside a mark.
fn label(change: &ClusterChange) -> String {
    match change {
        ClusterChange::Controller { to, .. } => one(to.as_ref()),
        ClusterChange::Registration { broker, registered } => {
            format!("{}{broker}", if *registered { '+' } else { '−' })
        }
        ClusterChange::Leader { partition, to, .. } => format!("{partition}→{}", one(to.as_ref())),
        ClusterChange::InSync { partition, to, .. } => {
            let to: Vec<_> = to.iter().map(ToString::to_string).collect();
            format!("{partition}: {}", to.join(","))
        }
    }
}

fn one(node: Option<&impl ToString>) -> String {
    node.map_or_else(|| "none".into(), ToString::to_string)
}

fn is_controller(change: &ClusterChange) -> bool {
    matches!(change, ClusterChange::Controller { .. })
}

fn is_registration(change: &ClusterChange) -> bool {
    matches!(change, ClusterChange::Registration { .. })
}

fn is_leader(change: &ClusterChange) -> bool {
    matches!(change, ClusterChange::Leader { .. })
}

fn is_in_sync(change: &ClusterChange) -> bool {
    matches!(change, ClusterChange::InSync { .. })
}

/// Rates and latencies.
fn plots(activity: &Activity) -> Vec<Plot> {
    let series = |name: &str, class, value: &dyn Fn(&Second) -> Option<f64>| {
        let points = activity.seconds.iter().enumerate().map(|(number, second)| {
            // A second's value stands in its middle.
            (activity.from_ms as f64 + 1000.0 * number as f64 + 500.0, value(second))
        });
        Series { name: name.to_owned(), class, points: points.collect() }
    };
    let ms = |us: Option<u64>| us.map(|us| us as f64 / 1000.0);
    let count = |number: u64| Some(number as f64);
    let rates = Plot {
        title: "messages".into(),
        unit: "/s",
        shape: Shape::Bars(1000.0),
        series: vec![
            series("acknowledged", "ack", &|second| count(second.acknowledged)),
            series("read", "read", &|second| count(second.read)),
            series("not acknowledged", "bad", &|second| count(second.failed)),
        ],
    };
    let latencies = Plot {
        title: "latency of sends".into(),
        unit: " ms",
        shape: Shape::Line,
        series: vec![
            series("50 %", "p50", &|second| ms(second.p50_us)),
            series("99 %", "p99", &|second| ms(second.p99_us)),
            series("slowest", "max", &|second| ms(second.max_us)),
        ],
    };
    [rates, latencies].into_iter().filter(Plot::has_values).collect()
}
