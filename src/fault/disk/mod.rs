//! Faults of disks: logs that lose their end or get wrong bytes, log directories that fail, disks that are full.
//!
//! All of it is done to the files themselves, by a shell beside the node's data
//! ([`Runtime::shell`](crate::runtime::Runtime::shell)), so it is the same in every runtime, and permissions
//! that do not bind root play no part.

mod files;

use std::fmt;
use std::time::Duration;

pub use self::files::FileHit;
pub(super) use self::files::data_bytes;
use super::{FaultError, Found, Scope, node};
use crate::event::file_seen::{FileSeen, FileState};
use crate::event::id::{BrokerId, NodeId};
use crate::runtime::log_mark::LogMark;
use crate::wait::{EFFECT_LOOK, Seen, WaitError, until};

/// A broker writes to each log directory at least every 5 seconds, the high watermarks: it must notice by then.
const BITE_LIMIT: Duration = Duration::from_secs(30);

/// How brokers say that they have given a log directory up; those without other directories end.
const GIVEN_UP: [&str; 2] = ["Stopping serving replicas in dir", "Stopping serving logs in dir"];

/// What a broker cannot be that does not run, as in [`FaultError::State`].
const NOTICE: &str = "made to notice";

/// Takes the place of what was free on a full disk.
const BALLAST: &str = "ballast";

/// What is done to disks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DiskFault {
    /// The last bytes of a partition's log are cut off, while its broker is down.
    Truncate {
        /// Which.
        log: Log,
        /// How many.
        bytes: usize,
    },
    /// The highest bit of each of the last bytes of a partition's log is flipped, while its broker is down.
    Flip {
        /// Which.
        log: Log,
        /// How many.
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
    /// Whether a broker may end that has no room or no log directory left; it has to run. Others need it to be down.
    pub fn may_end_brokers(&self) -> bool {
        matches!(self, Self::LogDirFails(_) | Self::Full)
    }

    /// The files that it is about, on each of the nodes.
    ///
    /// # Errors
    /// [`FaultError::NoTarget`] when a node is no broker, has no such file, or its log directory has failed
    /// already; [`FaultError::State`] when a broker is not down or does not run, as this fault wants it.
    pub(super) async fn find(
        &self,
        scope: Scope<'_>,
        nodes: Vec<NodeId>,
    ) -> Result<Found, FaultError> {
        let mut found = Vec::new();
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
            let hit = FileHit { node: *node, path };
            self.check(scope, &hit).await?;
            found.push(hit);
        }
        Ok(Found { nodes, files: found, ..Found::default() })
    }

    /// Acts on the files and waits until that has bitten.
    pub(super) async fn act(&self, scope: Scope<'_>, hits: &[FileHit]) -> Result<(), FaultError> {
        if !scope.acts() {
            return Ok(());
        }
        for hit in hits {
            match self {
                Self::Truncate { bytes, .. } => {
                    changed(scope, hit, hit.truncate(scope, *bytes)).await?;
                }
                Self::Flip { bytes, .. } => changed(scope, hit, hit.flip(scope, *bytes)).await?,
                Self::LogDirFails(_) => {
                    let mark = LogMark::at_end(scope.cluster.runtime(), hit.node).await?;
                    hit.replace(scope).await?;
                    self.noticed(scope, hit.node, mark).await?;
                }
                Self::Full => {
                    let mark = LogMark::at_end(scope.cluster.runtime(), hit.node).await?;
                    hit.fill(scope).await?;
                    self.noticed(scope, hit.node, mark).await?;
                }
            }
        }
        Ok(())
    }

    /// Refuses what cannot be done to the files of a node as it is.
    async fn check(&self, scope: Scope<'_>, hit: &FileHit) -> Result<(), FaultError> {
        let FileHit { node, path } = hit;
        match self {
            Self::Truncate { .. } | Self::Flip { .. } => {
                node::check_is_down(scope, *node, "changed on its disk").await?;
            }
            Self::LogDirFails(_) => {
                node::check_runs(scope, *node, NOTICE).await?;
                if hit.is_replaced(scope).await? {
                    let why = format!("{path} of {node} has failed already");
                    return Err(FaultError::NoTarget(why));
                }
            }
            Self::Full => node::check_runs(scope, *node, NOTICE).await?,
        }
        Ok(())
    }

    /// Waits until the broker has given the log directory up, or has ended because of it.
    async fn noticed(
        &self,
        scope: Scope<'_>,
        node: NodeId,
        mark: LogMark,
    ) -> Result<(), FaultError> {
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

    /// Mends the disk. A broker that has given a log directory up takes it back only at a start, so it is
    /// restarted; one that is down is started.
    /// What cannot be mended does not keep the rest from it.
    pub(super) async fn heal(&self, scope: Scope<'_>, found: &Found) -> Result<(), FaultError> {
        let mut healed = Ok(());
        if scope.acts() {
            for hit in &found.files {
                let mended = match self {
                    Self::Truncate { .. } | Self::Flip { .. } => Ok(()),
                    Self::LogDirFails(_) => {
                        let stopped = stop_if_alive(scope, hit.node).await;
                        stopped.and(hit.put_back(scope).await)
                    }
                    Self::Full => {
                        let removed = hit.remove(scope).await;
                        removed.and(stop_if_alive(scope, hit.node).await)
                    }
                };
                healed = healed.and(mended);
            }
        }
        healed.and(node::heal(scope, &found.nodes).await)
    }

    /// Whether the files are as before; the logs themselves are mended by replication.
    pub(super) fn is_mended(&self, hits: &[FileHit], seen: &[FileSeen]) -> bool {
        let all = |state| seen.len() == hits.len() && seen.iter().all(|seen| seen.state == state);
        match self {
            Self::Truncate { .. } | Self::Flip { .. } => true,
            Self::LogDirFails(_) => all(FileState::Folder),
            Self::Full => all(FileState::Missing),
        }
    }
}

/// Changes a file, which must be another one then.
async fn changed(
    scope: Scope<'_>,
    hit: &FileHit,
    change: impl Future<Output = Result<(), FaultError>>,
) -> Result<(), FaultError> {
    let before = hit.look(scope).await?;
    change.await?;
    match hit.look(scope).await? == before {
        true => Err(FaultError::NoEffect(format!("{before}, as before"))),
        false => Ok(()),
    }
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
