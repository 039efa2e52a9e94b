//! What happened when: steps, faults by node, changes of the cluster, unavailability, anomalies, what clients
//! did, all over one time.

use maud::{Markup, html};

use super::plot::{self, LETTER, Plot, Series, TimeScale, WIDTH, place};
use crate::checker::report::Meaning;
use crate::report::model::{Activity, FaultSeen, Scenario, Second};
use crate::report::text::{duration, visible};
use crate::run::events::Status;
use crate::run::watch::ClusterChange;

/// Height of a lane.
const LANE: f64 = 24.0;

/// Height of a band in its lane.
const BAND: f64 = 16.0;

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
    plot::figure(&told, height, &content)
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

/// A row of the timeline.
#[derive(Debug)]
struct Lane {
    name: String,
    bands: Vec<Band>,
    marks: Vec<Mark>,
}

/// Something that lasts.
#[derive(Debug)]
struct Band {
    from: f64,
    to: f64,
    class: &'static str,
    label: String,
    told: String,
}

/// Something that happens at one time.
#[derive(Debug)]
struct Mark {
    at: f64,
    class: &'static str,
    label: String,
    told: String,
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

fn gaps(scenario: &Scenario) -> Vec<Lane> {
    let lane = |topic: &crate::report::model::Availability| {
        let gaps = [("no write", topic.write), ("no read", topic.read)];
        let bands = gaps.into_iter().filter_map(|(word, gap)| {
            let gap = gap?;
            let from = gap.at_ms? as f64;
            let told = format!("{}: {word} for {}", topic.topic, duration(gap.ms));
            let label = format!("{word} {}", duration(gap.ms));
            Some(Band { from, to: from + gap.ms as f64, class: "gap", label, told })
        });
        Lane { name: format!("gaps {}", topic.topic), bands: bands.collect(), marks: Vec::new() }
    };
    let lanes = scenario.availability.iter().map(lane);
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

impl Lane {
    fn draw(&self, scale: TimeScale, top: f64) -> Markup {
        let (upper, base) = (top + (LANE - BAND) / 2.0, top + LANE / 2.0 + 4.0);
        html! {
            g {
                text.lane x="0" y=(place(base)) { (shortened(&self.name, 21)) }
                @for band in &self.bands {
                    @let (x, to) = (scale.x(band.from), scale.x(band.to));
                    @let width = (to - x).max(1.5);
                    rect.{ "band " (band.class) } x=(place(x)) y=(place(upper)) width=(place(width)) height=(place(BAND)) {
                        title { (visible(&band.told)) }
                    }
                    @if fits(&band.label, width - 4.0) {
                        text.{ "label " (band.class) } x=(place(x + 4.0)) y=(place(base)) { (visible(&band.label)) }
                    }
                }
                @for (number, mark) in self.marks.iter().enumerate() {
                    @let x = scale.x(mark.at);
                    @let next = self.marks.get(number + 1).map_or(WIDTH, |next| scale.x(next.at) - 5.0);
                    path.{ "mark " (mark.class) } d=(format!("M{} {}l5 8l-5 8l-5 -8z", place(x), place(upper))) {
                        title { (visible(&mark.told)) }
                    }
                    @if fits(&mark.label, next - x - 8.0) {
                        text.label x=(place(x + 8.0)) y=(place(base)) { (visible(&mark.label)) }
                    }
                }
            }
        }
    }
}

fn fits(label: &str, width: f64) -> bool {
    LETTER * label.chars().count() as f64 <= width
}

fn shortened(name: &str, most: usize) -> String {
    let name = visible(name);
    if name.chars().count() <= most {
        return name.into_owned();
    }
    name.chars().take(most - 1).chain(['…']).collect()
}

/// What stands beside a mark.
fn label(change: &ClusterChange) -> String {
    let one = |broker: &Option<crate::cluster::id::BrokerId>| {
        broker.as_ref().map_or_else(|| "none".into(), ToString::to_string)
    };
    match change {
        ClusterChange::Controller { to, .. } => one(to),
        ClusterChange::Registration { broker, registered } => {
            format!("{}{broker}", if *registered { '+' } else { '−' })
        }
        ClusterChange::Leader { partition, to, .. } => format!("{partition}→{}", one(to)),
        ClusterChange::InSync { partition, to, .. } => {
            let to: Vec<_> = to.iter().map(ToString::to_string).collect();
            format!("{partition}: {}", to.join(","))
        }
    }
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
        series: vec![
            series("acknowledged", "ack", &|second| count(second.acknowledged)),
            series("read", "read", &|second| count(second.read)),
            series("not acknowledged", "bad", &|second| count(second.failed)),
        ],
    };
    let latencies = Plot {
        title: "latency of sends".into(),
        unit: " ms",
        series: vec![
            series("50 %", "p50", &|second| ms(second.p50_us)),
            series("99 %", "p99", &|second| ms(second.p99_us)),
            series("all", "max", &|second| ms(second.max_us)),
        ],
    };
    vec![rates, latencies]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_not_written_over_each_other() {
        let mark = |at| Mark { at, class: "leader", label: "0→2".into(), told: String::new() };
        let marks = vec![mark(0.0), mark(10.0), mark(990.0)];
        let lane = Lane { name: "leaders".into(), bands: Vec::new(), marks };
        let drawn = lane.draw(TimeScale::new(0.0, 1000.0), 0.0).0;
        assert_eq!(drawn.matches("<path").count(), 3);
        assert_eq!(drawn.matches("class=\"label\"").count(), 2, "the first has no room");
    }
}
