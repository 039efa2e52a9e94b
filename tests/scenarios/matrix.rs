//! Which runtime and version of Kafka takes which shipped scenario: each scenario runs once. `.ci/run full` runs
//! each of them in each part.

use std::collections::BTreeSet;
use std::fmt;

use kafka_trial::error::UserError;
use kafka_trial::event::runtime_kind::RuntimeKind;
use kafka_trial::plan::Plan;
use kafka_trial::plan::select::Selection;

use crate::options;

/// A runtime and a version of Kafka, with the scenarios that they take.
#[derive(Debug)]
pub struct Part {
    pub runtime: RuntimeKind,
    /// None for the version that scenarios get when they name none.
    pub kafka: Option<&'static str>,
    pub names: BTreeSet<String>,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.runtime)?;
        self.kafka.map_or(Ok(()), |version| write!(f, "-{version}"))
    }
}

/// Features that a part of the matrix takes: its runtime, its version, its paths.
struct Takes(RuntimeKind, Option<&'static str>, &'static [&'static str]);

/// What another version answers otherwise is in tools, topics, start-up and transactions. What the local runtime does
/// otherwise is in signals, links and files. Everything else runs in docker, with the version that features get when
/// they name none.
const TAKEN: [Takes; 3] = [
    Takes(
        RuntimeKind::Local,
        Some("3.9.2"),
        &[
            "features/startup",
            "features/tools",
            "features/topics",
            "features/failover/broker.feature",
            "features/failover/zookeeper.feature",
        ],
    ),
    Takes(
        RuntimeKind::Docker,
        Some("0.11.0.3"),
        &[
            "features/clients",
            "features/round_trip",
            "features/exactly_once/copier.feature",
            "features/exactly_once/fencing.feature",
            "features/exactly_once/late_commit.feature",
            "features/exactly_once/timeout.feature",
        ],
    ),
    Takes(
        RuntimeKind::Local,
        None,
        &[
            "features/tour.feature",
            "features/disk/log_directory.feature",
            "features/disk/log_tail.feature",
            "features/failover/hang.feature",
            "features/links/kinds.feature",
            "features/performance/latency.feature",
        ],
    ),
];

/// The parts of the matrix with the scenarios of `all` that each takes. Without an engine all of them are local.
///
/// # Errors
/// When a path of the matrix has no feature.
pub fn parts(all: BTreeSet<String>, has_engine: bool) -> Result<Vec<Part>, UserError> {
    let mut left = all;
    let mut parts = Vec::new();
    for Takes(runtime, kafka, paths) in TAKEN {
        let taken = names_below(paths)?;
        let names = left.iter().filter(|name| taken.contains(*name)).cloned().collect();
        left.retain(|name| !taken.contains(name));
        parts.push(Part { runtime, kafka, names });
    }
    parts.push(Part { runtime: RuntimeKind::Docker, kafka: None, names: left });
    if !has_engine {
        parts.iter_mut().for_each(|part| part.runtime = RuntimeKind::Local);
    }
    parts.retain(|part| !part.names.is_empty());
    Ok(parts)
}

/// Names of the scenarios in these files and folders, without those that take longer than others.
fn names_below(paths: &[&str]) -> Result<BTreeSet<String>, UserError> {
    let paths = paths.iter().map(ToString::to_string).collect();
    let tags = "not @slow and not @full".parse().expect("an expression of tags");
    let selection = Selection { paths, tags: Some(tags), ..Selection::default() };
    let plan = Plan::make(&selection, &options(Vec::new()).clusters)?;
    Ok(crate::names(&plan).into_iter().map(|(name, _)| name).collect())
}
