//! The reports of runs that have shared the scenarios between them, as one report.

use std::collections::BTreeSet;

use thiserror::Error;

use super::model::{Report, SourceSeen};
use crate::error::UserError;
use crate::event::shard::Shard;
use crate::event::status::Status;

/// Why reports cannot be merged.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum MergeError {
    /// There is none.
    #[error("there is no report to merge")]
    None,
    /// A run had all scenarios.
    #[error("run {0} is no part of a run: it was started without --shard")]
    NoShard(String),
    /// Runs differ in something that parts of one run have in common.
    #[error("runs {first} and {second} are not parts of the same run: they differ in {what}")]
    Different {
        /// One run.
        first: String,
        /// The other.
        second: String,
        /// Their features, versions, number of parts, …
        what: &'static str,
    },
    /// A part is there twice.
    #[error("runs {first} and {second} are both part {shard}")]
    Twice {
        /// One run.
        first: String,
        /// The other.
        second: String,
        /// Which part.
        shard: Shard,
    },
}

impl From<MergeError> for UserError {
    fn from(error: MergeError) -> Self {
        let help =
            "name the folders of runs that were started alike, with --shard 1/N to --shard N/N";
        Self::usage(error.to_string(), help)
    }
}

/// Merges the parts of a run. Parts that are missing are noted, and the run is not finished then.
///
/// # Errors
/// When they are not parts of the same run.
pub fn merge(reports: Vec<Report>) -> Result<Report, MergeError> {
    let mut parts = Vec::new();
    for report in reports {
        let Some(shard) = report.run.shards.first().copied() else {
            return Err(MergeError::NoShard(report.run.id.to_string()));
        };
        parts.push((shard, report));
    }
    parts.sort_by_key(|(shard, _)| *shard);
    for pair in parts.windows(2) {
        refuse_strangers(&pair[0], &pair[1])?;
    }
    let there: BTreeSet<_> = parts.iter().map(|(shard, _)| shard.part()).collect();
    let mut parts = parts.into_iter();
    let (shard, mut merged) = parts.next().ok_or(MergeError::None)?;
    name_apart(&mut merged, shard);
    for (shard, mut part) in parts {
        name_apart(&mut part, shard);
        let (run, other) = (&mut merged.run, part.run);
        run.started = run.started.min(other.started);
        run.duration_ms = run.duration_ms.max(other.duration_ms);
        run.finished &= other.finished;
        run.status = run.status.max(other.status);
        run.selected += other.selected;
        run.shards.extend(other.shards);
        for (mine, others) in [
            (&mut run.versions.kafka, other.versions.kafka),
            (&mut run.versions.zookeeper, other.versions.zookeeper),
        ] {
            mine.extend(others);
            mine.sort();
            mine.dedup();
        }
        merged.clusters.extend(part.clusters);
        merged.scenarios.extend(part.scenarios);
        let is_new = |source: &SourceSeen| !merged.sources.contains(source);
        let sources: Vec<_> = part.sources.into_iter().filter(is_new).collect();
        merged.sources.extend(sources);
        merged.notes.extend(part.notes);
    }
    for missing in (1..=shard.of()).filter(|part| !there.contains(part)) {
        merged.notes.push(format!("part {missing}/{} is missing", shard.of()));
        merged.run.finished = false;
        merged.run.status = merged.run.status.max(Status::Inconclusive);
    }
    Ok(merged)
}

fn refuse_strangers(
    (shard, one): &(Shard, Report),
    (next, other): &(Shard, Report),
) -> Result<(), MergeError> {
    let (first, second) = (one.run.id.to_string(), other.run.id.to_string());
    if shard == next {
        return Err(MergeError::Twice { first, second, shard: *shard });
    }
    let same = [
        ("the number of parts", shard.of() == next.of()),
        ("their features", one.run.plan == other.run.plan),
        ("the version of trial", one.run.versions.trial == other.run.versions.trial),
        ("the runtime", one.run.runtime == other.run.runtime),
        ("their arguments", one.run.arguments == other.run.arguments),
        ("what faults do", one.run.faults_do_nothing == other.run.faults_do_nothing),
    ];
    match same.into_iter().find(|(_, same)| !same) {
        Some((what, _)) => Err(MergeError::Different { first, second, what }),
        None => Ok(()),
    }
}

/// Clusters of different parts have the same names.
fn name_apart(report: &mut Report, shard: Shard) {
    let apart = |place: &mut String| *place = format!("part {shard}: {place}");
    report.clusters.iter_mut().for_each(|cluster| apart(&mut cluster.place));
    report.scenarios.iter_mut().filter_map(|it| it.cluster.as_mut()).for_each(apart);
}
