//! What a kind of runtime offers to a run: it says what it has found on this machine, and makes a [`Runtime`] for
//! each cluster.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;

use super::{Runtime, RuntimeError};
use crate::distribution::{Cache, Distribution, Prints, Release};
use crate::error::UserError;
use crate::event::runtime_kind::RuntimeKind;
use crate::event::stream::Events;
use crate::java::Java;
use crate::owned::run_folder::RunFolder;

/// A runtime that this machine can use.
#[async_trait]
pub trait Provider: Prints + fmt::Debug + Send + Sync {
    /// Which kind of runtime its clusters run on.
    fn kind(&self) -> RuntimeKind;

    /// What it has found, as in "Docker engine 27.1".
    fn found(&self) -> String;

    /// What would make it work better on this machine.
    fn advice(&self) -> Option<String> {
        None
    }

    /// The Java that its nodes run on, and where that is; none where it brings one that runs every version.
    fn java(&self) -> Option<&Java> {
        None
    }

    /// Whether its Java runs a release.
    ///
    /// # Errors
    /// The Java that is needed.
    fn check_java(&self, release: &Release) -> Result<(), UserError> {
        let needed = release.java();
        match self.java() {
            Some(java) if java.version < needed => Err(UserError::environment(
                format!(
                    "{} {} needs Java {needed} or later, and {} is Java {}",
                    release.product,
                    release.version,
                    java.program.display(),
                    java.version
                ),
                format!(
                    "install it (for example `apt-get install openjdk-{needed}-jre-headless`) and let JAVA_HOME name its \
                     folder; or run with `--runtime docker`, which brings its own"
                ),
            )),
            _ => Ok(()),
        }
    }

    /// The folder whose disk holds the data of nodes. `state` is the folder with what runs own.
    async fn disk(&self, state: &Path) -> PathBuf;

    /// Makes a runtime for one cluster, and before that what its nodes start from, unless an earlier run has made
    /// it. Starts nothing.
    ///
    /// # Errors
    /// When that cannot be made.
    async fn place(&self, cluster: ClusterPlace<'_>) -> Result<Arc<dyn Runtime>, UserError>;

    /// Removes what dead runs have left outside their folders; `is_alive` tells by the name of a run. The processes
    /// that a run has recorded in its folder are not its task: see [`crate::owned::sweep`].
    ///
    /// # Errors
    /// When something cannot be removed.
    async fn sweep(&self, state: &Path, is_alive: &IsAlive<'_>) -> Result<(), RuntimeError>;
}

/// Whether the run of this name is alive.
pub type IsAlive<'a> = dyn Fn(&str) -> bool + Send + Sync + 'a;

/// The cluster that a runtime is made for.
#[derive(Debug)]
pub struct ClusterPlace<'a> {
    /// The run's folder.
    pub run: &'a Arc<RunFolder>,
    /// The cluster's name, unique within the run.
    pub name: &'a str,
    /// What its nodes run.
    pub distributions: &'a [Distribution],
    /// Where things are kept that later runs need as well.
    pub cache: &'a Cache,
    /// Where the wait for slow things is reported.
    pub events: &'a Events,
}
