//! Why a distribution could not be had.

use std::io;
use std::path::PathBuf;

use bytesize::ByteSize;
use thiserror::Error;

use super::maven::MavenFailure;
use super::release::{Product, Release};
use super::version::Version;
use crate::error::UserError;

/// Why a distribution could not be had.
#[derive(Debug, Error)]
pub enum DistributionError {
    /// There is no such version, or none that trial can run.
    #[error("there is no {product} {version} that trial can run")]
    Unknown {
        /// The product of the version.
        product: Product,
        /// As given.
        version: String,
        /// What was probably meant.
        nearest: Option<Version>,
    },
    /// There could be such a version, and there is none.
    #[error("{product} {version} is not published")]
    NotPublished {
        /// The product of the version.
        product: Product,
        /// As asked for.
        version: Version,
        /// What was probably meant.
        nearest: Option<Version>,
    },
    /// Maven was not able to say which versions there are.
    #[error("Maven does not say which versions of {product} are published")]
    NoIndex {
        /// The product.
        product: Product,
        /// Why not.
        #[source]
        why: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The user has no cache folder.
    #[error("there is no folder for the cache: neither TRIAL_CACHE_DIR nor HOME is set")]
    NoFolder,
    /// The cache folder, or something in it, cannot be read or written.
    #[error("cannot {doing} in the cache: {}", path.display())]
    Cache {
        /// What failed: "make a folder".
        doing: &'static str,
        /// Path of the file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Another process has held the lock of the cache for too long.
    #[error("another run has been working in the cache for {}: {}", humantime::format_duration(*limit), lock.display())]
    Busy {
        /// The file that is locked.
        lock: PathBuf,
        /// How long this run has waited.
        limit: std::time::Duration,
    },
    /// Too little free disk.
    #[error("{} is free for the jars of {release}, {needed} is needed: {}", free, path.display())]
    Disk {
        /// What was to be fetched.
        release: Release,
        /// The cache folder.
        path: PathBuf,
        /// What its file system has left for this user.
        free: ByteSize,
        /// What a fetch may take.
        needed: ByteSize,
    },
    /// No Maven, and no engine in which to run it.
    #[error(
        "the jars of {release} are not in the cache, Maven is not on the PATH, and no Docker engine answers to run it in a container"
    )]
    NoMaven {
        /// What was to be fetched.
        release: Release,
        /// Why there is no engine.
        #[source]
        engine: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Maven ran and did not resolve the jars, or the container with it did not run.
    #[error("Maven could not fetch the jars of {release}")]
    Maven {
        /// What was to be fetched.
        release: Release,
        /// What it said.
        #[source]
        source: MavenFailure,
    },
}

impl From<DistributionError> for UserError {
    fn from(error: DistributionError) -> Self {
        let what = error.to_string();
        let help = error.help();
        match error {
            DistributionError::Unknown { .. } | DistributionError::NotPublished { .. } => {
                Self::usage(what, help)
            }
            DistributionError::NoIndex { why, .. } => Self::environment(what, help).because(why),
            DistributionError::Cache { source, .. } => {
                Self::environment(what, help).because(source)
            }
            DistributionError::NoMaven { engine, .. } => {
                Self::environment(what, help).because(engine)
            }
            DistributionError::Maven { source, .. } => {
                Self::environment(what, help).because(source)
            }
            DistributionError::NoFolder
            | DistributionError::Busy { .. }
            | DistributionError::Disk { .. } => Self::environment(what, help),
        }
    }
}

impl DistributionError {
    /// How to fix it.
    pub(crate) fn help(&self) -> String {
        match self {
            Self::Unknown { product, nearest, .. } => {
                let meant = nearest.map(|nearest| format!("did you mean {nearest}? "));
                let (since, such_as) = match product {
                    Product::Kafka => ("0.11.0.0", "2.5.0"),
                    Product::ZooKeeper => ("3.4.0", "3.6.1"),
                };
                format!(
                    "{}write a released version, {since} or newer, with all its numbers, as in {such_as}",
                    meant.unwrap_or_default()
                )
            }
            Self::NotPublished { nearest, .. } => {
                let meant = nearest.map(|nearest| format!("did you mean {nearest}? "));
                format!("{}`trial versions` lists all", meant.unwrap_or_default())
            }
            Self::NoIndex { .. } => "Maven must reach a repository with Maven Central's artefacts: check the network, and \
                                     the mirrors and proxies in ~/.m2/settings.xml"
                .into(),
            Self::NoFolder => "set TRIAL_CACHE_DIR to a folder that you can write to".into(),
            Self::Cache { .. } => {
                "let your user write there, or set TRIAL_CACHE_DIR to a folder that you can write to"
                    .into()
            }
            Self::Busy { .. } => {
                "wait until it has ended, or end it; the lock goes with its process".into()
            }
            Self::Disk { .. } => {
                "free some space, or set TRIAL_CACHE_DIR to a folder on another disk".into()
            }
            Self::NoMaven { .. } => {
                "install Maven (for example `apt-get install maven`), or start a Docker engine".into()
            }
            Self::Maven { source, .. } => source.help(),
        }
    }
}
