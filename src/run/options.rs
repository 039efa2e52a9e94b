//! What a run is asked to do.

use std::path::PathBuf;

use clap::ValueEnum;

use crate::event::runtime_kind::RuntimeKind;
use crate::event::shard::Shard;
use crate::plan::clusters::ClusterFlags;
use crate::plan::select::Selection;
use crate::run::at_once::AtOnce;

/// Everything that the command line says of a run.
#[derive(Debug, Clone)]
pub struct Options {
    /// Which scenarios.
    pub selection: Selection,
    /// Which clusters, where the scenarios leave it open.
    pub clusters: ClusterFlags,
    /// Where clusters run; none for the first runtime that this machine has.
    pub runtime: Option<RuntimeKind>,
    /// How many clusters are used at the same time.
    pub at_once: AtOnce,
    /// Scenarios side by side on one cluster, at least 1; none leaves it to the run.
    pub concurrency: Option<usize>,
    /// Start no scenario after the first that fails.
    pub fail_fast: bool,
    /// How often each scenario is performed, at least 1.
    pub repeat: u32,
    /// How often one that does not pass is attempted again.
    pub retry: u32,
    /// Which part of the scenarios, none for all.
    pub shard: Option<Shard>,
    /// Seed of everything random; none draws one.
    pub seed: Option<u64>,
    /// Folder of the results; none for `results/<run id>`.
    pub out: Option<PathBuf>,
    /// When a cluster is left running.
    pub keep_cluster: KeepCluster,
    /// A skip does not make the run inconclusive, even under `CI=true`.
    pub allow_skips: bool,
    /// −1 for quiet, 0, 1 with every step, 2 with what happens underneath.
    pub verbosity: i16,
}

/// What `trial run` does without flags.
impl Default for Options {
    fn default() -> Self {
        Self {
            selection: Selection::default(),
            clusters: ClusterFlags::default(),
            runtime: None,
            at_once: AtOnce::default(),
            concurrency: None,
            fail_fast: false,
            repeat: 1,
            retry: 0,
            shard: None,
            seed: None,
            out: None,
            keep_cluster: KeepCluster::default(),
            allow_skips: false,
            verbosity: 0,
        }
    }
}

impl Options {
    /// The flags that choose where and how, as they are typed to get the same again.
    pub fn arguments(&self, runtime: RuntimeKind) -> Vec<String> {
        let mut arguments = vec!["--runtime".to_owned(), runtime.to_string()];
        if let Some(file) = &self.clusters.default {
            arguments.extend(["--cluster".to_owned(), file.display().to_string()]);
        }
        if let Some(version) = &self.clusters.kafka {
            arguments.extend(["--kafka".to_owned(), version.clone()]);
        }
        arguments
    }
}

/// When a cluster is left running after the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum KeepCluster {
    /// Always stop it
    #[default]
    Never,
    /// Leave it if a scenario on it failed
    Failed,
    /// Always leave it
    Always,
}
