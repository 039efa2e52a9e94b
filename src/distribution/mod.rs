//! Distributions of Kafka and ZooKeeper: which there are, and their jars in the per-user cache.

pub(crate) mod cache;
mod checksums;
pub(crate) mod child;
mod class_data;
mod container;
mod error;
mod fetch;
pub mod html;
mod index;
mod maven;
mod pom;
mod printed;
mod release;
mod soundness;
mod version;

use std::path::PathBuf;

pub use cache::Cache;
pub use class_data::{ClassData, TRAIN, class_data};
pub use error::DistributionError;
pub use fetch::{fetch, fetch_with, is_cached};
pub use index::published;
pub use maven::{Maven, MavenFailure};
pub use printed::{Printed, Prints};
pub use release::{Metadata, Product, Release, find, newest, releases};
pub use soundness::{broken, discard_broken};
pub use version::{Line, NotAVersion, Version};

/// A distribution whose jars are on this machine.
#[derive(Debug, Clone)]
pub struct Distribution {
    /// The release of the jars.
    pub release: Release,
    /// Absolute folder that holds the jars and nothing else.
    pub jars: PathBuf,
    /// File names of the jars, sorted by bytes.
    names: Vec<String>,
}

/// Whether Maven can run in a container, where this machine does not have it.
pub async fn has_maven_in_a_container() -> bool {
    container::engine().await.is_ok()
}

impl Distribution {
    /// The jars with these file names in the absolute folder `jars`.
    pub fn new(release: Release, jars: PathBuf, mut names: Vec<String>) -> Self {
        names.sort_unstable();
        Self { release, jars, names }
    }

    /// Absolute paths of all jars, sorted by bytes: the order of every class path of trial. An archive of
    /// class data is only valid for the class path that it was made with, so the order must be one.
    pub fn class_path(&self) -> Vec<String> {
        self.names.iter().map(|name| self.jars.join(name).display().to_string()).collect()
    }

    /// File names of all jars in the order of [`Distribution::class_path`], for a runtime that keeps them
    /// in a folder of its own.
    pub fn jar_names(&self) -> &[String] {
        &self.names
    }
}
