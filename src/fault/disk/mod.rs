//! Faults of disks: logs that lose their end or get wrong bytes, log directories that fail, disks that are full.
//!
//! All of it is done to the files themselves, by a shell beside the node's data
//! ([`Runtime::shell`](crate::runtime::Runtime::shell)), so it is the same in every runtime, and permissions
//! that do not bind root play no part.

mod files;

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;

use self::files::HitFile;
pub(super) use self::files::data_bytes;
use super::hit::Hit;
use super::{FaultError, Scope, evidence, node};
use crate::event::evidence::Evidence;
use crate::event::file_seen::FileState;
use crate::event::id::{BrokerId, NodeId};
use crate::runtime::log_mark::LogMark;
use crate::wait::{EFFECT_LOOK, Seen, WaitError, until};

/// A broker writes its high watermarks to each log directory at least every 5 seconds, so it must notice by then.
const BITE_LIMIT: Duration = Duration::from_secs(30);

/// How brokers say that they have given a log directory up; those without other directories end.
const GIVEN_UP: [&str; 2] = ["Stopping serving replicas in dir", "Stopping serving logs in dir"];

/// What cannot be done to a broker that does not run, as in [`FaultError::State`].
const NOTICE: &str = "made to notice";

/// Takes the place of what was free on a full disk.
const BALLAST: &str = "ballast";

/// What is done to disks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DiskFault {
    /// The last bytes of a partition's log are cut off, while its broker is down.
    Truncate {
        /// The log.
        log: Log,
        /// The number of bytes.
        bytes: usize,
    },
    /// The highest bit of each of the last bytes of a partition's log is flipped, while its broker is down.
    Flip {
        /// The log.
        log: Log,
        /// The number of bytes.
        bytes: usize,
    },
    /// A log directory can no longer be read or written: a file is in its place.
    LogDirFails(LogDir),
    /// Nothing more fits on the disk.
    Full,
}

/// The log of a partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// As the author named it.
    pub topic: String,
    /// From 0.
    pub partition: i32,
}

/// One of a broker's log directories.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogDir {
    /// By its place in log.dirs, from 1.
    Number(u32),
    /// The one that holds the log of a partition.
    Of(Log),
}

impl DiskFault {
    /// Whether a broker with this fault may end, since it has no room or no log directory left. It must run before. For
    /// the other faults it must be down.
    pub fn may_end_brokers(&self) -> bool {
        matches!(self, Self::LogDirFails(_) | Self::Full)
    }

    /// The files that it hits on each of the nodes.
    ///
    /// # Errors
    /// [`FaultError::NoTarget`] when a node is no broker, has no such file, or its log directory has failed
    /// already; [`FaultError::State`] when a broker is not down or does not run, as this fault wants it.
    pub(super) async fn find(
        &self,
        scope: Scope<'_>,
        nodes: Vec<NodeId>,
    ) -> Result<HitDisks, FaultError> {
        let mut files = Vec::new();
        for node in &nodes {
            let NodeId::Broker(broker) = node else {
                return Err(FaultError::NoTarget(format!(
                    "{node} is no broker: {self} is for brokers"
                )));
            };
            let path = match self {
                Self::Truncate { log, bytes } | Self::Flip { log, bytes } => {
                    files::end_of(scope, *node, log, *bytes).await?
                }
                Self::LogDirFails(LogDir::Number(number)) => {
                    of_broker(scope, *broker, *number)?;
                    format!("log-dir-{number}")
                }
                Self::LogDirFails(LogDir::Of(log)) => files::log_dir_of(scope, *node, log).await?,
                Self::Full => {
                    has_own_disk(scope, *broker)?;
                    BALLAST.into()
                }
            };
            let file = HitFile { node: *node, path };
            self.check(scope, &file).await?;
            files.push(file);
        }
        Ok(HitDisks { what: self.clone(), nodes, files })
    }

    /// Refuses what cannot be done to the files of a node as it is.
    async fn check(&self, scope: Scope<'_>, file: &HitFile) -> Result<(), FaultError> {
        let HitFile { node, path } = file;
        match self {
            Self::Truncate { .. } | Self::Flip { .. } => {
                node::check_is_down(scope, *node, "changed on its disk").await?;
            }
            Self::LogDirFails(_) => {
                node::check_runs(scope, *node, NOTICE).await?;
                if file.is_replaced(scope).await? {
                    let why = format!("{path} of {node} has failed already");
                    return Err(FaultError::NoTarget(why));
                }
            }
            Self::Full => node::check_runs(scope, *node, NOTICE).await?,
        }
        Ok(())
    }
}

/// Disks of brokers that a fault has hit.
#[derive(Debug)]
pub(super) struct HitDisks {
    what: DiskFault,
    nodes: Vec<NodeId>,
    files: Vec<HitFile>,
}

#[async_trait]
impl Hit for HitDisks {
    fn nodes(&self) -> &[NodeId] {
        &self.nodes
    }

    async fn act(&self, scope: Scope<'_>) -> Result<(), FaultError> {
        for file in &self.files {
            match &self.what {
                DiskFault::Truncate { bytes, .. } => {
                    changed(scope, file, file.truncate(scope, *bytes)).await?;
                }
                DiskFault::Flip { bytes, .. } => {
                    changed(scope, file, file.flip(scope, *bytes)).await?;
                }
                DiskFault::LogDirFails(_) => {
                    let mark = LogMark::at_end(scope.cluster.runtime(), file.node).await?;
                    file.replace(scope).await?;
                    noticed(scope, file.node, mark).await?;
                }
                DiskFault::Full => {
                    let mark = LogMark::at_end(scope.cluster.runtime(), file.node).await?;
                    file.fill(scope).await?;
                    noticed(scope, file.node, mark).await?;
                }
            }
        }
        Ok(())
    }

    async fn look(&self, scope: Scope<'_>, evidence: &mut Evidence) {
        evidence::look_at_nodes(scope, &self.nodes, evidence).await;
        for file in &self.files {
            evidence.files.extend(file.look(scope).await);
        }
    }

    /// Repairs the disk. A broker that has given a log directory up takes it back only at a start, so it is
    /// restarted; one that is down is started. What cannot be repaired does not keep the rest from it.
    async fn heal(&self, scope: Scope<'_>) -> Result<(), FaultError> {
        let mut healed = Ok(());
        if scope.acts() {
            for file in &self.files {
                let repaired = match self.what {
                    DiskFault::Truncate { .. } | DiskFault::Flip { .. } => Ok(()),
                    DiskFault::LogDirFails(_) => {
                        let stopped = stop_if_alive(scope, file.node).await;
                        stopped.and(file.put_back(scope).await)
                    }
                    DiskFault::Full => {
                        let removed = file.remove(scope).await;
                        removed.and(stop_if_alive(scope, file.node).await)
                    }
                };
                healed = healed.and(repaired);
            }
        }
        healed.and(node::heal(scope, &self.nodes).await)
    }

    /// The files are as before and the brokers run. Replication repairs the logs themselves.
    fn is_healed(&self, evidence: &Evidence) -> bool {
        let seen = &evidence.files;
        let all =
            |state| seen.len() == self.files.len() && seen.iter().all(|seen| seen.state == state);
        let is_repaired = match self.what {
            DiskFault::Truncate { .. } | DiskFault::Flip { .. } => true,
            DiskFault::LogDirFails(_) => all(FileState::Folder),
            DiskFault::Full => all(FileState::Missing),
        };
        is_repaired && node::all_run(&self.nodes, evidence)
    }

    fn shows_effect(&self, before: &Evidence, after: &Evidence) -> bool {
        before.files != after.files
    }
}

/// Changes a file, which must be another one then.
async fn changed(
    scope: Scope<'_>,
    file: &HitFile,
    change: impl Future<Output = Result<(), FaultError>>,
) -> Result<(), FaultError> {
    let before = file.look(scope).await?;
    change.await?;
    match file.look(scope).await? == before {
        true => Err(FaultError::NoEffect(format!("{before}, as before"))),
        false => Ok(()),
    }
}

/// Waits until the broker has given the log directory up, or has ended because of it.
async fn noticed(scope: Scope<'_>, node: NodeId, mark: LogMark) -> Result<(), FaultError> {
    let look = || async move {
        let new = mark.later(scope.cluster.runtime()).await?;
        let given_up = GIVEN_UP.iter().any(|words| new.contains(words));
        Ok(match given_up || !scope.cluster.state(node).await?.is_alive() {
            true => Seen::Ready(()),
            false => Seen::NotYet(format!("{node} has not noticed")),
        })
    };
    let looked: Result<(), WaitError<FaultError>> = until(BITE_LIMIT, EFFECT_LOOK, look).await;
    Ok(looked?)
}

async fn stop_if_alive(scope: Scope<'_>, node: NodeId) -> Result<(), FaultError> {
    match scope.cluster.state(node).await?.is_alive() {
        true => node::stop(scope, &[node]).await,
        false => Ok(()),
    }
}

fn of_broker(scope: Scope<'_>, broker: BrokerId, number: u32) -> Result<(), FaultError> {
    let there = scope.cluster.spec().brokers().get(&broker).map_or(0, |broker| broker.log_dirs);
    if (1..=there).contains(&number) {
        return Ok(());
    }
    let why = format!("broker {broker} has no log directory {number}; it has {there}");
    Err(FaultError::NoTarget(why))
}

/// The disk of the machine is never filled.
fn has_own_disk(scope: Scope<'_>, broker: BrokerId) -> Result<(), FaultError> {
    let own = scope.cluster.spec().brokers().get(&broker).and_then(|broker| broker.disk_mib);
    own.map(|_| ()).ok_or_else(|| {
        let disk = "has no disk of its own; its fixture gives it one with `disk: 64 MB`";
        FaultError::NoTarget(format!("broker {broker} {disk}"))
    })
}

impl fmt::Display for DiskFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncate { log, bytes } => write!(f, "loss of the last {bytes} bytes of {log}"),
            Self::Flip { log, bytes } => write!(f, "wrong last {bytes} bytes of {log}"),
            Self::LogDirFails(LogDir::Number(number)) => {
                write!(f, "failure of log directory {number}")
            }
            Self::LogDirFails(LogDir::Of(log)) => {
                write!(f, "failure of the log directory of {log}")
            }
            Self::Full => f.write_str("full disk"),
        }
    }
}

impl fmt::Display for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.topic, self.partition)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::file_seen::FileSeen;
    use crate::event::node_state::NodeState;

    const NODE: NodeId = NodeId::Broker(BrokerId(1));

    fn evidence(node: NodeState, state: FileState) -> Evidence {
        let file = FileSeen { node: NODE, path: "log-dir-1".into(), state };
        Evidence { nodes: [(NODE, node)].into(), files: vec![file], ..Evidence::default() }
    }

    fn running() -> NodeState {
        NodeState::Running { handle: "7".into() }
    }

    #[test]
    fn a_log_directory_is_healed_when_it_is_back_and_the_broker_runs() {
        let hit = HitDisks {
            what: DiskFault::LogDirFails(LogDir::Number(1)),
            nodes: vec![NODE],
            files: vec![HitFile { node: NODE, path: "log-dir-1".into() }],
        };
        let file = FileState::File { bytes: 0, checksum: 7 };
        assert!(!hit.is_healed(&evidence(running(), file)));
        assert!(!hit.is_healed(&evidence(NodeState::Exited { code: 1 }, FileState::Folder)));
        assert!(hit.is_healed(&evidence(running(), FileState::Folder)));
        let unseen = Evidence { files: vec![], ..evidence(running(), FileState::Folder) };
        assert!(!hit.is_healed(&unseen), "the file could not be looked at");
    }

    #[test]
    fn a_file_that_is_another_one_shows_the_effect() {
        let hit = HitDisks { what: DiskFault::Full, nodes: vec![NODE], files: vec![] };
        let before = evidence(running(), FileState::Missing);
        assert!(!hit.shows_effect(&before, &before));
        let full = FileState::File { bytes: 9, checksum: 7 };
        assert!(hit.shows_effect(&before, &evidence(running(), full)));
    }
}
