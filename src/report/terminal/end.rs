//! The end of a run on the terminal.

use console::Style;
use indicatif::ProgressBar;

use super::{Terminal, Verbosity, at, indent, mark, style, time};
use crate::event::status::Status;
use crate::report::compare::{self, Comparison};
use crate::report::model::{Report, Scenario};
use crate::report::text::{visible, word};

/// How many lines of the reason why a scenario did not pass are printed again at the end.
const REASON_LINES: usize = 8;

impl Terminal {
    /// What the run comes to: the failures where they have scrolled away, how to run them again, the report.
    /// `made` says whether there are reports.
    pub fn end(&mut self, report: &Report, comparison: Option<&Comparison>, made: bool) {
        self.bars.values().for_each(ProgressBar::finish_and_clear);
        self.bars.clear();
        let least = if self.slowest.are_many() { Verbosity::Normal } else { Verbosity::Verbose };
        let slowest = self.slowest.listed();
        if !slowest.is_empty() {
            self.line(least, "the slowest scenarios:");
        }
        for (scenario, took_ms) in slowest {
            let shown = format!("    {:>8} {}", time(took_ms), at(&scenario, scenario.line));
            self.line(least, &format!("{shown} {}", visible(&scenario.name)));
        }
        let bad: Vec<_> = report.counted().filter(|it| it.status != Status::Passed).collect();
        if self.slowest.are_many() {
            self.failures(&bad);
        }
        if !bad.is_empty() {
            self.line(Verbosity::Quiet, "to run again what did not pass:");
            let mut again: Vec<_> = bad.iter().map(|scenario| scenario.place()).collect();
            again.dedup();
            self.line(Verbosity::Quiet, &format!("    trial run {}", again.join(" ")));
        }
        if let Some(comparison) = comparison {
            self.line(Verbosity::Quiet, compare::text::plain(comparison).trim_end());
        }
        let (took, out) = (time(report.run.duration_ms), self.out.display());
        let made = match made {
            true => format!("report: {out}/report.html"),
            false => format!("not every report could be written to {out}"),
        };
        self.line(Verbosity::Quiet, &format!("{} in {took}; {made}", counted(report)));
    }

    fn failures(&self, bad: &[&Scenario]) {
        for scenario in bad {
            let (mark, place) = (mark(scenario.status), scenario.place());
            let name = visible(&scenario.name);
            self.line(Verbosity::Quiet, &format!("{mark} {name} {place}"));
            let Some(failure) = scenario.failure() else { continue };
            if let Some(step) = failure.step {
                let (line, text) = (step.sentence.line, visible(&step.sentence.text));
                let told = format!("{}:{line}: {text}", scenario.feature);
                self.line(Verbosity::Quiet, &indent(&told));
            }
            let reason: Vec<_> = failure.reason.lines().take(REASON_LINES).collect();
            self.line(Verbosity::Quiet, &indent(&indent(&visible(&reason.join("\n")))));
        }
    }
}

/// `2 passed, 1 failed, 1 flaky`, in colour.
fn counted(report: &Report) -> String {
    let counts = [Status::Passed, Status::Failed, Status::Inconclusive, Status::Skipped];
    let counts = counts.into_iter().map(|status| {
        let number = report.count(status);
        let shown = style(status).apply_to(format!("{number} {}", word(status)));
        (number, shown.to_string())
    });
    let flaky = report.flaky();
    let shown = Style::new().yellow().apply_to(format!("{flaky} flaky")).to_string();
    let counts = counts.chain([(flaky, shown)]).filter(|(number, _)| *number > 0);
    let counts: Vec<_> = counts.map(|(_, shown)| shown).collect();
    if counts.is_empty() { "nothing ended".into() } else { counts.join(", ") }
}
