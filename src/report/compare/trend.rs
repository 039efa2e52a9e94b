//! Many runs, one after the other: how often each scenario passes and how long it takes to recover.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::{Measure, Outcome, by_name};
use crate::error::UserError;
use crate::report::json;
use crate::report::model::{Report, Scenario};
use crate::report::text::visible;

/// A scenario over the runs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Trend {
    /// The feature file.
    pub feature: String,
    /// The scenario's name, behind that of its rule.
    pub name: String,
    /// In each run, oldest first: how many executions passed, of how many; none where it was not run.
    pub passed: Vec<Option<(usize, usize)>>,
    /// In each run, the longest recovery, in milliseconds.
    pub recovery_ms: Vec<Option<f64>>,
}

/// Every `report.json` in the folders of results below a folder, oldest first. Those that cannot be read are
/// told of and left out.
///
/// # Errors
/// When the folder cannot be read, or there is no report in it.
pub fn read(folder: &Path) -> Result<(Vec<Report>, Vec<UserError>), UserError> {
    let unreadable = |error: std::io::Error| {
        let what = format!("failed to read {}", folder.display());
        UserError::usage(what, "name the folder that holds folders of results").because(error)
    };
    let mut reports: Vec<Report> = Vec::new();
    let mut errors = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path: PathBuf = entry.map_err(unreadable)?.path();
        // `latest` is a link to one of the others.
        if path.is_symlink() || !path.join(json::FILE).is_file() {
            continue;
        }
        match json::read(&path) {
            Ok(report) => reports.push(report),
            Err(error) => errors.push(error),
        }
    }
    if reports.is_empty() {
        let what = format!("there is no report in the folders below {}", folder.display());
        return Err(
            UserError::usage(what, "each run with --out DIR/NAME makes one").with_others(errors)
        );
    }
    reports.sort_by_key(|report| report.run.started);
    Ok((reports, errors))
}

/// Every scenario of the runs, by feature, rule and name.
pub fn trends(reports: &[Report]) -> Vec<Trend> {
    let runs: Vec<_> = reports.iter().map(by_name).collect();
    let names: BTreeSet<_> = runs.iter().flat_map(|run| run.keys()).collect();
    let trend = |key: &(&str, String)| {
        let executions = || runs.iter().map(|run| run.get(key).map_or(&[][..], Vec::as_slice));
        let recovery = |executions: &[&Scenario]| {
            executions.iter().filter_map(|it| Measure::RecoveryMs.of(it)).reduce(f64::max)
        };
        Trend {
            feature: key.0.to_owned(),
            name: key.1.clone(),
            passed: executions().map(|it| Outcome::of(it).map(|it| (it.passed, it.of))).collect(),
            recovery_ms: executions().map(recovery).collect(),
        }
    };
    names.into_iter().map(trend).collect()
}

/// For the terminal: a letter for each run, oldest first, the share of executions that passed, and the recovery.
pub fn plain(trends: &[Trend]) -> String {
    let mut text = String::new();
    for trend in trends {
        let letters = trend.passed.iter().map(|passed| match passed {
            None => '·',
            Some((passed, of)) if passed == of => '✔',
            Some((0, _)) => '✘',
            Some(_) => '~',
        });
        let (letters, share) = (letters.collect::<String>(), trend.share());
        let (name, feature) = (visible(&trend.name), visible(&trend.feature));
        text.push_str(&format!("{letters} {share:>3.0} % {name} {feature}"));
        let known: Vec<_> = trend.recovery_ms.iter().flatten().collect();
        if let (Some(first), Some(last)) = (known.first(), known.last()) {
            let shown = |ms: &f64| Measure::RecoveryMs.shown(*ms);
            text.push_str(&format!("; recovery {} at first, {} now", shown(first), shown(last)));
        }
        text.push('\n');
    }
    text
}

impl Trend {
    /// Percent of the executions that passed.
    pub fn share(&self) -> f64 {
        let all = self.passed.iter().flatten();
        let (passed, of) = all.fold((0, 0), |(passed, of), (p, o)| (passed + p, of + o));
        if of == 0 { 0.0 } else { 100.0 * passed as f64 / of as f64 }
    }
}
