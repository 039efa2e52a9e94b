//! What the person at the terminal sees: one live line for each thing that goes on, and a line that stays
//! for each that has ended. Plain lines when piped.

mod end;

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;

use console::{Style, Term};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::live::Live;
use super::model::Fold;
use super::shown;
use super::slowest::Slowest;
use super::text::{count, visible, word};
use crate::event::measured::Direction;
use crate::event::scenario::ScenarioId;
use crate::event::status::Status;
use crate::event::{Event, Stamped};

/// How much is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// What did not pass, and the last line.
    Quiet,
    /// Each scenario.
    Normal,
    /// Each step, and what nodes do.
    Verbose,
}

/// From the command line's count of `-v` less that of `-q`.
impl From<i16> for Verbosity {
    fn from(count: i16) -> Self {
        match count {
            ..0 => Self::Quiet,
            0 => Self::Normal,
            1.. => Self::Verbose,
        }
    }
}

/// The reporter to standard output.
#[derive(Debug)]
pub struct Terminal {
    out: PathBuf,
    verbosity: Verbosity,
    term: Term,
    live: MultiProgress,
    bars: HashMap<String, ProgressBar>,
    live_scenarios: HashMap<ScenarioId, Live>,
    failed_steps: HashMap<ScenarioId, String>,
    last_reason: Option<String>,
    slowest: Slowest,
}

impl Terminal {
    /// Reports on standard output; `out` is named at the end.
    pub fn new(out: PathBuf, verbosity: Verbosity) -> Self {
        let term = Term::stdout();
        let live = MultiProgress::with_draw_target(match term.is_term() {
            true => ProgressDrawTarget::stdout(),
            false => ProgressDrawTarget::hidden(),
        });
        Self {
            out,
            verbosity,
            term,
            live,
            bars: HashMap::new(),
            live_scenarios: HashMap::new(),
            failed_steps: HashMap::new(),
            last_reason: None,
            slowest: Slowest::default(),
        }
    }

    /// Shows one event, which the fold has taken in.
    pub fn show(&mut self, stamped: &Stamped, fold: &Fold) {
        match &stamped.event {
            Event::RunStarted { run, seed, runtime, because, scenarios, .. } => self.line(
                Verbosity::Normal,
                &format!(
                    "run {run}: {}, runtime {runtime} ({because}), seed {seed}",
                    count(*scenarios, "scenario")
                ),
            ),
            Event::FeatureRead { .. } => {}
            Event::Phase { subject, phase } => {
                self.set_bar(subject, phase);
                self.line(Verbosity::Normal, &format!("{subject}: {phase}"));
            }
            Event::ClusterStarted { cluster, took_ms, .. } => {
                self.end_bar(cluster);
                self.line(Verbosity::Normal, &format!("{cluster}: up after {}", time(*took_ms)));
            }
            Event::ClusterKept { cluster, brokers, zookeepers } => {
                let mut servers = format!("bootstrap.servers={brokers}");
                if !zookeepers.is_empty() {
                    servers += &format!(" zookeeper.connect={zookeepers}");
                }
                self.line(
                    Verbosity::Quiet,
                    &format!("{cluster}: kept until Ctrl-C\n    {servers}"),
                );
            }
            Event::ClusterStopped { cluster, took_ms } => {
                self.end_bar(cluster);
                self.line(Verbosity::Normal, &format!("{cluster}: stopped in {}", time(*took_ms)));
            }
            Event::Node { node, what } => self.line(Verbosity::Verbose, &format!("{node} {what}")),
            Event::ScenarioStarted { scenario, execution, .. } => {
                self.live_scenarios.insert(scenario.clone(), Live::new(*execution));
                self.set_bar(&scenario.name, "starting");
            }
            Event::StepStarted { scenario, text, .. } => {
                self.live(scenario, |live| live.step = text.clone());
            }
            Event::StepFinished { scenario, line, text, took_ms, status, reason, .. } => {
                let (mark, at) = (mark(*status), at(scenario, *line));
                let text = visible(text);
                let shown = format!("    {mark} {at} {text} ({})", time(*took_ms));
                self.line(Verbosity::Verbose, &shown);
                if reason.is_some() {
                    self.failed_steps.insert(scenario.clone(), format!("{at}: {text}"));
                }
            }
            // Refusals are printed with the scenario.
            Event::Statistics { .. }
            | Event::ClientActivity { .. }
            | Event::SendsRefused { .. } => {}
            // Told with the scenario: only then is it known what that expected.
            Event::HistoryJudged { .. } | Event::AnomaliesExpected { .. } => {}
            Event::LoadMeasured { topic, direction, clients, measured, .. } => {
                let summary = measured.summary();
                let what = match direction {
                    Direction::Sent => format!("sent by {clients} to topic {topic:?}: {summary}"),
                    Direction::Received => {
                        format!("received by {clients} from topic {topic:?}: {summary}")
                    }
                };
                self.line(Verbosity::Normal, &indent(&what));
            }
            Event::Note { scenario, text } => {
                self.line(
                    Verbosity::Verbose,
                    &indent(&visible(&format!("{}: {text}", scenario.name))),
                );
            }
            Event::FaultInjected {
                scenario,
                number,
                kind,
                target,
                found,
                took_ms,
                armed,
                before,
                after,
                failed,
                ..
            } => {
                self.live(scenario, |live| live.inject(*number, kind));
                let nodes: Vec<_> = found.iter().map(ToString::to_string).collect();
                let nodes = match nodes.as_slice() {
                    [] => String::new(),
                    nodes => format!(", which is {}", nodes.join(", ")),
                };
                let bitten = match failed {
                    None if *armed => "waits for what it is meant for".into(),
                    None => format!("has bitten after {took_ms} ms"),
                    Some(why) => why.clone(),
                };
                let text = format!(
                    "fault {number}: {kind} of {target}{nodes}: {bitten}\n    before: {before}\n    after: {after}"
                );
                self.line(Verbosity::Verbose, &indent(&text));
            }
            Event::ClusterChanged { scenario, change } => {
                self.live(scenario, |live| live.change(change));
                self.line(Verbosity::Verbose, &indent(&change.to_string()));
            }
            Event::NodeLog { .. } => {}
            Event::FaultsScheduled { kind, schedule, .. } => {
                let faults = schedule.iter();
                let faults = faults.map(|it| format!("{} after {}", it.target, time(it.after_ms)));
                let faults = faults.collect::<Vec<_>>().join(", ");
                self.line(Verbosity::Normal, &format!("    in the background: {kind} of {faults}"));
            }
            Event::FaultHealed { scenario, number, evidence } => {
                self.live(scenario, |live| live.heal(*number));
                self.line(
                    Verbosity::Verbose,
                    &indent(&format!("fault {number} is healed: {evidence}")),
                );
            }
            Event::ScenarioFinished { scenario, status, reason, took_ms, .. } => {
                self.end_bar(&scenario.name);
                let live = self.live_scenarios.remove(scenario);
                let which = live.map(|live| live.which()).unwrap_or_default();
                self.scenario(scenario, &which, *status, reason.as_deref(), *took_ms);
                // Where it passed, what was refused is what it expected.
                let passed = *status == Status::Passed;
                let least = if passed { Verbosity::Verbose } else { Verbosity::Quiet };
                for refused in fold.last_of(scenario).map(shown::refused).unwrap_or_default() {
                    self.line(least, &indent(&indent(&visible(&refused))));
                }
                if let Some(shown) = fold.last_of(scenario).and_then(shown::summary) {
                    self.line(Verbosity::Normal, &indent(&shown));
                }
            }
            // `end` prints the whole.
            Event::RunFinished { .. } => {}
        }
    }

    fn scenario(
        &mut self,
        scenario: &ScenarioId,
        which: &str,
        status: Status,
        reason: Option<&str>,
        took_ms: u64,
    ) {
        self.slowest.add(scenario, took_ms);
        let least = if status == Status::Passed { Verbosity::Normal } else { Verbosity::Quiet };
        let (at, mark) = (at(scenario, scenario.line), mark(status));
        self.line(
            least,
            &format!("{mark} {}{which} {at} ({})", visible(&scenario.name), time(took_ms)),
        );
        if status == Status::Passed {
            return;
        }
        if let Some(step) = self.failed_steps.remove(scenario) {
            self.line(Verbosity::Quiet, &indent(&step));
        }
        if let Some(reason) = reason {
            // A cluster that did not come up is the reason of all its scenarios; one log is enough.
            let told = reason.contains('\n') && self.last_reason.as_deref() == Some(reason);
            let shown = if told { "for the same reason" } else { reason };
            self.line(Verbosity::Quiet, &indent(&indent(&visible(shown))));
            self.last_reason = Some(reason.to_owned());
        }
    }

    /// A line that stays. A reader that has gone away, such as `head`, is no reason to stop the run.
    fn line(&self, least: Verbosity, text: &str) {
        if self.verbosity < least {
            return;
        }
        let printed = match self.term.is_term() {
            true => self.live.println(text),
            false => self.term.write_line(text),
        };
        if let Err(error) = printed {
            tracing::debug!(%error, "standard output is gone");
        }
    }

    /// Changes what is known of a scenario that runs, and its line.
    fn live(&mut self, scenario: &ScenarioId, change: impl FnOnce(&mut Live)) {
        let Some(live) = self.live_scenarios.get_mut(scenario) else { return };
        change(live);
        let shown = live.to_string();
        self.set_bar(&scenario.name, &shown);
    }

    fn set_bar(&mut self, subject: &str, phase: &str) {
        let bar = self.bars.entry(subject.to_owned()).or_insert_with(|| {
            let bar = self.live.add(ProgressBar::new_spinner());
            if let Ok(style) =
                ProgressStyle::with_template("{spinner} {prefix} ({elapsed}) {wide_msg}")
            {
                bar.set_style(style);
            }
            bar.set_prefix(visible(subject).into_owned());
            bar.enable_steady_tick(Duration::from_millis(100));
            bar
        });
        bar.set_message(visible(phase.lines().next().unwrap_or_default()).into_owned());
    }

    fn end_bar(&mut self, subject: &str) {
        if let Some(bar) = self.bars.remove(subject) {
            bar.finish_and_clear();
        }
    }
}

fn style(status: Status) -> Style {
    match status {
        Status::Passed => Style::new().green(),
        Status::Failed => Style::new().red().bold(),
        Status::Inconclusive => Style::new().magenta(),
        Status::Skipped => Style::new().yellow(),
    }
}

fn mark(status: Status) -> String {
    let sign = match status {
        Status::Passed => "✔",
        Status::Failed => "✘",
        Status::Inconclusive => "?",
        Status::Skipped => "–",
    };
    style(status).apply_to(format!("{sign} {}", word(status))).to_string()
}

fn at(scenario: &ScenarioId, line: usize) -> String {
    format!("{}:{line}", visible(&scenario.file.to_string_lossy()))
}

fn time(ms: u64) -> String {
    format!("{}.{:01} s", ms / 1000, ms % 1000 / 100)
}

fn indent(text: &str) -> String {
    text.lines().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}
