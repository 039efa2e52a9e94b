//! From the sentence that names a cluster to its description.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use miette::Diagnostic as _;

use crate::cluster::properties::Properties;
use crate::cluster::settings::SettingMistake;
use crate::cluster::spec::{self, ClusterSpec};
use crate::distribution::{self, Cache, Product};
use crate::error::UserError;
use crate::steps::cluster::ClusterWanted;

/// What flags say of clusters.
#[derive(Debug, Clone)]
pub struct ClusterFlags {
    /// Folder of the fixtures that sentences name.
    pub folder: PathBuf,
    /// Fixture of the scenarios that name none.
    pub default: Option<PathBuf>,
    /// Version of Kafka where the sentence names none.
    pub kafka: Option<String>,
    /// Where the properties are that jars have printed in earlier runs.
    pub cache: Option<Cache>,
}

impl Default for ClusterFlags {
    fn default() -> Self {
        Self { folder: spec::FOLDER.into(), default: None, kafka: None, cache: None }
    }
}

/// A cluster as a sentence describes it.
#[derive(Debug)]
pub struct Described {
    /// The description.
    pub spec: ClusterSpec,
    /// Equal for descriptions of the same cluster.
    pub key: String,
}

/// Describes each cluster once, however many scenarios want it.
#[derive(Debug)]
pub struct Clusters<'a> {
    flags: &'a ClusterFlags,
    known: HashMap<ClusterWanted, Result<Arc<Described>, ClusterMistake>>,
    /// What is wrong with fixtures and flags, each told once, whatever number of scenarios want them.
    pub broken: Vec<UserError>,
    /// Whether a sentence has left its fixture to the flag, and its version.
    used: Flags,
}

/// Flags that a sentence can leave something to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Flags {
    default: bool,
    kafka: bool,
}

/// Why a sentence describes no cluster.
#[derive(Debug, Clone)]
pub enum ClusterMistake {
    /// It names a fixture or a version that is not there.
    Sentence {
        /// What is wrong.
        what: String,
        /// How to fix it; may be empty.
        help: String,
    },
    /// A row of its table.
    Setting(SettingMistake),
    /// The fixture or a flag is wrong, not the sentence.
    Elsewhere,
}

impl<'a> Clusters<'a> {
    /// No fixture read yet.
    pub fn new(flags: &'a ClusterFlags) -> Self {
        Self { flags, known: HashMap::new(), broken: Vec::new(), used: Flags::default() }
    }

    /// The cluster that a sentence describes.
    ///
    /// # Errors
    /// What is wrong with the sentence, or that something else is, which is then in `broken`.
    pub fn find(&mut self, wanted: &ClusterWanted) -> Result<Arc<Described>, ClusterMistake> {
        if let Some(found) = self.known.get(wanted) {
            return found.clone();
        }
        let described = self.read(wanted).and_then(|spec| {
            let settings = wanted.settings.clone();
            let spec = spec.with_settings(settings).map_err(ClusterMistake::Setting)?;
            Ok(Arc::new(Described { key: spec.key(), spec }))
        });
        self.known.insert(wanted.clone(), described.clone());
        described
    }

    /// Looks at what no sentence has asked for, which must be right all the same. Flags that changed nothing are told:
    /// which, and why.
    pub fn look_at_unused(&mut self) -> Vec<String> {
        let mut told = Vec::new();
        if let Some(file) = self.flags.default.as_ref().filter(|_| !self.used.default) {
            if let Err(error) = ClusterSpec::load(file) {
                self.told(error, false);
            }
            told.push(format!(
                "--cluster {} changes nothing: every scenario names its own",
                file.display()
            ));
        }
        if let Some(version) = self.flags.kafka.as_ref().filter(|_| !self.used.kafka) {
            if let Err(error) = distribution::find(Product::Kafka, version) {
                self.told(error.into(), false);
            }
            told.push(format!(
                "--kafka {version} changes nothing: every scenario names its version"
            ));
        }
        told
    }

    fn read(&mut self, wanted: &ClusterWanted) -> Result<ClusterSpec, ClusterMistake> {
        self.used.default |= wanted.fixture.is_none();
        self.used.kafka |= wanted.kafka.is_none();
        let folder = &self.flags.folder;
        let (read, in_sentence) = match (&wanted.fixture, &self.flags.default) {
            (Some(name), _) => (ClusterSpec::named(name, folder), true),
            (None, Some(file)) => (ClusterSpec::load(file), false),
            (None, None) => (ClusterSpec::named(spec::DEFAULT, folder), false),
        };
        let spec = read.map_err(|error| self.told(error, in_sentence))?;
        let (spec, in_sentence) = match (&wanted.kafka, &self.flags.kafka) {
            (Some(version), _) => (spec.with_kafka(version), true),
            (None, Some(version)) => (spec.with_kafka(version), false),
            (None, None) => (Ok(spec), false),
        };
        let spec = spec.map_err(|error| self.told(error, in_sentence))?;
        let Some(cache) = &self.flags.cache else { return Ok(spec) };
        if Properties::are_certain(spec.kafka()) {
            return Ok(spec);
        }
        let release = spec.kafka().clone().with_cached_lists(cache);
        match release.printed {
            Some(_) => spec.with_release(release).map_err(|error| self.told(error, in_sentence)),
            None => Ok(spec),
        }
    }

    /// An error that points into a fixture is told there; one about a name, where the name is written.
    fn told(&mut self, error: UserError, in_sentence: bool) -> ClusterMistake {
        let points = error.source_code().is_some() || error.related().is_some();
        if in_sentence && !points {
            let help = error.help().map(|help| help.to_string()).unwrap_or_default();
            return ClusterMistake::Sentence { what: error.to_string(), help };
        }
        if self.broken.iter().all(|known| known.to_string() != error.to_string()) {
            self.broken.push(error);
        }
        ClusterMistake::Elsewhere
    }
}
