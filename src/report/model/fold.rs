//! From events to a report: each event changes it a little, so that a run that is killed has one as well.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use jiff::Timestamp;

use super::{
    Activity, Change, ClusterSeen, LoadSeen, LogExcerpt, Report, Run, SCHEMA, Scenario, SourceSeen,
    StepSeen, UsageSeen, VERSION, Versions, faults, judged,
};
use crate::event::scenario::ScenarioId;
use crate::event::status::Status;
use crate::event::{Event, Stamped};
use crate::report::text::duration;

/// A report that grows event by event.
#[derive(Debug, Clone, Default)]
pub struct Fold {
    run: Option<Run>,
    clusters: Vec<ClusterSeen>,
    scenarios: Vec<Scenario>,
    sources: Vec<SourceSeen>,
    /// The scenarios that run now, by their rows in `scenarios`.
    open: HashMap<ScenarioId, usize>,
    last: Timestamp,
}

impl Fold {
    /// Takes in one event.
    pub fn add(&mut self, stamped: &Stamped) {
        let Stamped { at, event } = stamped;
        self.last = self.last.max(*at);
        match event {
            Event::RunStarted {
                trial,
                run,
                seed,
                runtime,
                because,
                scenarios,
                arguments,
                shard,
                plan,
                faults_do_nothing,
                ..
            } => {
                self.run = Some(Run {
                    id: run.clone(),
                    seed: *seed,
                    runtime: *runtime,
                    because: because.clone(),
                    versions: Versions { trial: trial.clone(), ..Versions::default() },
                    started: *at,
                    duration_ms: 0,
                    finished: false,
                    status: Status::Inconclusive,
                    selected: *scenarios,
                    arguments: arguments.clone(),
                    shards: shard.iter().copied().collect(),
                    plan: plan.clone(),
                    faults_do_nothing: *faults_do_nothing,
                });
            }
            Event::ClusterStarted { cluster, place, kafka, zookeeper, settings, took_ms } => {
                let settings = settings.iter().map(|(node, it)| (node.to_string(), it.clone()));
                self.clusters.push(ClusterSeen {
                    place: place.clone(),
                    fixture: cluster.clone(),
                    kafka: kafka.clone(),
                    zookeeper: zookeeper.clone(),
                    start_ms: *took_ms,
                    settings: settings.collect(),
                });
            }
            Event::FeatureRead { file, text } => {
                let (feature, text) = (file.display().to_string(), text.clone());
                self.sources.push(SourceSeen { feature, text });
            }
            Event::RunFinished { took_ms, .. } => {
                if let Some(run) = &mut self.run {
                    run.finished = true;
                    run.duration_ms = *took_ms;
                }
            }
            event => self.of_scenario(*at, event),
        }
    }

    fn of_scenario(&mut self, at: Timestamp, event: &Event) {
        match event {
            Event::ScenarioStarted { .. } => self.start(at, event),
            Event::StepStarted { scenario, line, .. } => {
                self.change(scenario, at, |open, at_ms| {
                    // A step of a background that is shared has one line and runs once in a scenario.
                    if let Some(step) = open.step(*line) {
                        step.at_ms = Some(at_ms);
                    }
                });
            }
            Event::StepFinished { scenario, line, took_ms, status, reason, .. } => {
                self.change(scenario, at, |open, at_ms| {
                    if let Some(step) = open.step(*line) {
                        step.at_ms.get_or_insert(at_ms.saturating_sub(*took_ms));
                        step.took_ms = Some(*took_ms);
                        step.status = Some(*status);
                        step.reason.clone_from(reason);
                    }
                });
            }
            Event::FaultInjected { scenario, .. } => {
                self.change(scenario, at, |open, at_ms| {
                    open.faults.extend(faults::seen(event, at_ms))
                });
            }
            Event::FaultHealed { scenario, number, evidence } => {
                self.change(scenario, at, |open, at_ms| {
                    let mut faults = open.faults.iter_mut();
                    if let Some(fault) = faults.find(|fault| fault.number == *number) {
                        fault.healed_ms = Some(at_ms);
                        fault.evidence.push((**evidence).clone());
                    }
                });
            }
            Event::ClusterChanged { scenario, change } => {
                self.change(scenario, at, |open, at_ms| {
                    open.changes.push(Change { at_ms, change: change.clone() });
                });
            }
            Event::NodeLog { scenario, node, lines, left_out } => {
                self.change(scenario, at, |open, _| {
                    let (node, lines) = (node.to_string(), lines.clone());
                    open.logs.push(LogExcerpt { node, lines, left_out: *left_out });
                });
            }
            Event::FaultsScheduled { scenario, kind, schedule, .. } => {
                let faults = schedule
                    .iter()
                    .map(|it| format!("{} after {}", it.target, duration(it.after_ms)));
                let faults = faults.collect::<Vec<_>>().join(", ");
                let text = format!("in the background: {kind} of {faults}");
                self.change(scenario, at, |open, _| open.notes.push(text));
            }
            Event::HistoryJudged { scenario, .. } => {
                self.change(scenario, at, |open, _| judged::take_in(open, event));
            }
            Event::AnomaliesExpected { scenario, anomalies } => {
                self.change(scenario, at, |open, _| judged::expect(open, anomalies));
            }
            Event::SendsRefused { scenario, refused } => {
                self.change(scenario, at, |open, _| open.refused.clone_from(refused));
            }
            Event::ClientActivity { scenario, activity } => {
                self.change(scenario, at, |open, _| {
                    let from_ms = signed_since(open.started, activity.began);
                    open.activity = Some(Activity { from_ms, seconds: activity.seconds.clone() });
                });
            }
            Event::LoadMeasured { scenario, topic, direction, clients, measured } => {
                self.change(scenario, at, |open, _| {
                    open.loads.push(LoadSeen {
                        topic: topic.clone(),
                        direction: *direction,
                        clients: *clients,
                        at_ms: signed_since(open.started, measured.began),
                        measured: (**measured).clone(),
                    });
                });
            }
            Event::Statistics { scenario, snapshot } => {
                self.change(scenario, at, |open, at_ms| {
                    open.usage.push(UsageSeen::of(at_ms, snapshot));
                });
            }
            Event::Note { scenario, text } => {
                self.change(scenario, at, |open, _| open.notes.push(text.clone()));
            }
            Event::ScenarioFinished { scenario, status, reason, kind, took_ms } => {
                self.change(scenario, at, |open, _| {
                    open.status = *status;
                    open.reason.clone_from(reason);
                    open.kind = *kind;
                    open.duration_ms = *took_ms;
                    open.flaky = *status == Status::Passed && open.attempt > 1;
                    open.recovery_ms = faults::recovery(open);
                });
                self.open.remove(scenario);
            }
            // Those of the run, which `add` has taken in; and what only matters while it happens.
            Event::RunStarted { .. }
            | Event::FeatureRead { .. }
            | Event::ClusterStarted { .. }
            | Event::RunFinished { .. }
            | Event::Phase { .. }
            | Event::Node { .. }
            | Event::ClusterKept { .. }
            | Event::ClusterStopped { .. } => {}
        }
    }

    fn start(&mut self, at: Timestamp, event: &Event) {
        let Event::ScenarioStarted { scenario, about, execution, seed, place } = event else {
            return;
        };
        let feature = scenario.file.display().to_string();
        let before = self.scenarios.iter_mut().filter(|other| {
            (&other.feature, other.line, &other.name) == (&feature, scenario.line, &scenario.name)
                && other.repetition == execution.repetition
                && other.attempt < execution.attempt
        });
        before.for_each(|other| other.retried = true);
        self.open.insert(scenario.clone(), self.scenarios.len());
        let step = |sentence: &crate::event::scenario::Sentence| StepSeen {
            sentence: sentence.clone(),
            status: None,
            at_ms: None,
            took_ms: None,
            reason: None,
        };
        self.scenarios.push(Scenario {
            feature,
            line: scenario.line,
            name: scenario.name.clone(),
            feature_name: about.feature.clone(),
            rule: about.rule.clone(),
            tags: about.tags.clone(),
            repetition: execution.repetition,
            attempt: execution.attempt,
            retried: false,
            flaky: false,
            status: Status::Inconclusive,
            reason: None,
            kind: None,
            started: at,
            duration_ms: 0,
            seed: *seed,
            cluster: place.clone(),
            steps: about.steps.iter().map(step).collect(),
            faults: Vec::new(),
            changes: Vec::new(),
            anomalies: Vec::new(),
            checks: Vec::new(),
            availability: Vec::new(),
            ledger: Vec::new(),
            judged: None,
            refused: Vec::new(),
            loads: Vec::new(),
            usage: Vec::new(),
            activity: None,
            recovery_ms: None,
            notes: Vec::new(),
            logs: Vec::new(),
        });
    }

    /// Changes the scenario that runs under this name; `at_ms` counts from its start.
    fn change(
        &mut self,
        scenario: &ScenarioId,
        at: Timestamp,
        change: impl FnOnce(&mut Scenario, u64),
    ) {
        let open = self.open.get(scenario).and_then(|row| self.scenarios.get_mut(*row));
        if let Some(open) = open {
            let at_ms = since(open.started, at);
            change(open, at_ms);
        }
    }

    /// The last execution of a scenario that has started.
    pub fn last_of(&self, id: &ScenarioId) -> Option<&Scenario> {
        self.scenarios.iter().rev().find(|it| {
            it.line == id.line && it.name == id.name && Path::new(&it.feature) == id.file
        })
    }

    /// The report so far; none before the run has started.
    pub fn report(&self) -> Option<Report> {
        let mut run = self.run.clone()?;
        let mut scenarios = self.scenarios.clone();
        let mut notes = Vec::new();
        for row in self.open.values() {
            let open = &mut scenarios[*row];
            open.reason = Some("the run ended before the scenario did".into());
            open.duration_ms = since(open.started, self.last);
        }
        if !run.finished {
            run.duration_ms = since(run.started, self.last);
            notes.push("the run did not come to its end: it was killed, or still goes on".into());
            let begun: BTreeSet<_> =
                scenarios.iter().map(|it| (&it.feature, it.line, &it.name)).collect();
            let left = run.selected.saturating_sub(begun.len());
            if left > 0 {
                notes.push(format!("{left} of its {} scenarios never began", run.selected));
            }
        }
        let of = |version: fn(&ClusterSeen) -> Option<&str>| {
            let versions: BTreeSet<_> = self.clusters.iter().filter_map(version).collect();
            versions.into_iter().map(str::to_owned).collect()
        };
        run.versions.kafka = of(|cluster| Some(&cluster.kafka));
        run.versions.zookeeper = of(|cluster| cluster.zookeeper.as_deref());
        let counted = scenarios.iter().filter(|scenario| !scenario.retried);
        // A part of a run may have nothing to do.
        let nothing = if run.selected == 0 { Status::Passed } else { Status::Inconclusive };
        run.status = counted.map(|it| it.status).max().unwrap_or(nothing);
        if !run.finished {
            // What never began may not have held either.
            run.status = run.status.max(Status::Inconclusive);
        }
        let clusters = self.clusters.clone();
        let (schema, version) = (SCHEMA.to_owned(), VERSION);
        let sources = self.sources.clone();
        Some(Report { schema, version, run, clusters, scenarios, sources, notes })
    }
}

fn since(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(signed_since(from, to)).unwrap_or(0)
}

fn signed_since(from: Timestamp, to: Timestamp) -> i64 {
    to.as_millisecond() - from.as_millisecond()
}

impl Scenario {
    /// The step on a line that has not ended yet.
    fn step(&mut self, line: usize) -> Option<&mut StepSeen> {
        let mut steps = self.steps.iter_mut();
        steps.find(|step| step.sentence.line == line && step.status.is_none())
    }
}
