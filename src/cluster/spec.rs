//! What a cluster is to be: read from a fixture, changed by a flag or a sentence, checked before anything
//! starts.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use super::document::{Mistake, Source};
use super::fixture::{self, Fixture};
use super::properties::Properties;
use super::quorum::kraft::settings as kraft;
use super::quorum::zookeeper::settings as zookeeper;
use super::settings::{self, Part, SettingMistake};
use super::{defaults, quorum, replication};
pub use crate::distribution::Metadata;
use crate::distribution::{self, Product, Release, Version};
use crate::error::UserError;
use crate::event::Settings;
use crate::event::id::{BrokerId, ControllerId, HostId, NodeId, ZooKeeperId};
use crate::nearest::did_you_mean;
use crate::topology::Topology;

/// The fixture of a cluster that nobody has described.
pub const DEFAULT: &str = "three-broker";

/// The folder of fixtures, below the working directory.
pub const FOLDER: &str = "fixtures/clusters";

const SHIPPED: &[(&str, &str)] = &[
    ("authorizer", include_str!("../../fixtures/clusters/authorizer.yaml")),
    ("auto-create", include_str!("../../fixtures/clusters/auto-create.yaml")),
    (
        "five-brokers-on-three-nodes",
        include_str!("../../fixtures/clusters/five-brokers-on-three-nodes.yaml"),
    ),
    ("independent-zookeeper", include_str!("../../fixtures/clusters/independent-zookeeper.yaml")),
    ("kraft", include_str!("../../fixtures/clusters/kraft.yaml")),
    ("kraft-combined", include_str!("../../fixtures/clusters/kraft-combined.yaml")),
    ("kraft-quick-failover", include_str!("../../fixtures/clusters/kraft-quick-failover.yaml")),
    ("kraft-single", include_str!("../../fixtures/clusters/kraft-single.yaml")),
    ("kraft-two-log-dirs", include_str!("../../fixtures/clusters/kraft-two-log-dirs.yaml")),
    ("old", include_str!("../../fixtures/clusters/old.yaml")),
    ("movable-clocks", include_str!("../../fixtures/clusters/movable-clocks.yaml")),
    ("quick-failover", include_str!("../../fixtures/clusters/quick-failover.yaml")),
    ("quick-log-dirs", include_str!("../../fixtures/clusters/quick-log-dirs.yaml")),
    ("single", include_str!("../../fixtures/clusters/single.yaml")),
    ("small-disk", include_str!("../../fixtures/clusters/small-disk.yaml")),
    ("three-broker", include_str!("../../fixtures/clusters/three-broker.yaml")),
    ("two-log-dirs", include_str!("../../fixtures/clusters/two-log-dirs.yaml")),
];

/// A cluster as described, complete and checked: nothing in it is known to keep it from starting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterSpec {
    /// Name of the fixture: its file name without `.yaml`.
    pub name: String,
    /// The fixture's text, read again when the version of Kafka changes.
    source: Source,
    kafka: Release,
    zookeeper: Option<Release>,
    brokers: BTreeMap<BrokerId, BrokerSpec>,
    /// Settings of all brokers as the author gave them: controllers have them as well, as they make topics.
    of_all_brokers: Settings,
    quorum: QuorumSpec,
    start_limit: Duration,
    /// Settings from a sentence, which go to every broker and win over the fixture's.
    sentence: Vec<(String, String)>,
}

/// What keeps the metadata of a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QuorumSpec {
    /// An ensemble of ZooKeepers.
    ZooKeeper(BTreeMap<ZooKeeperId, ZooKeeperSpec>),
    /// A quorum of controllers.
    KRaft(BTreeMap<ControllerId, ControllerSpec>),
}

/// One controller as described.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ControllerSpec {
    /// A node of its own.
    Separate(SeparateSpec),
    /// The broker of the same id.
    Broker,
}

/// A controller that is a node of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeparateSpec {
    /// The host that it is on.
    pub host: HostId,
    /// `-Xmx` in MiB.
    pub heap_mib: u32,
    /// Further options of its JVM.
    pub jvm_options: Vec<String>,
    /// Its settings as the author gave them, those of all controllers included.
    pub settings: Settings,
}

/// One broker as described.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokerSpec {
    /// The host that it is on.
    pub host: HostId,
    /// `-Xmx` in MiB.
    pub heap_mib: u32,
    /// Further options of its JVM.
    pub jvm_options: Vec<String>,
    /// Number of folders in `log.dirs`.
    pub log_dirs: u32,
    /// Size of a disk of its own for its data, in MiB; none for the disk of the machine.
    pub disk_mib: Option<u32>,
    /// Whether a fault can move its clock.
    pub movable_clock: bool,
    /// Whether it asks Kafka's own authorizer, which allows what no ACL is about.
    pub authorizer: bool,
    /// Its settings as the author gave them, those of all brokers included.
    pub settings: Settings,
}

/// One ZooKeeper as described.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZooKeeperSpec {
    /// The host that it is on.
    pub host: HostId,
    /// `-Xmx` in MiB.
    pub heap_mib: u32,
    /// Further options of its JVM.
    pub jvm_options: Vec<String>,
    /// Whether `dataLogDir` is a folder of its own; otherwise ZooKeeper falls back to `dataDir`.
    pub separate_data_log_dir: bool,
    /// Its settings as the author gave them, those of all ZooKeepers included.
    pub settings: Settings,
}

impl ClusterSpec {
    /// Reads a fixture.
    ///
    /// # Errors
    /// When the file cannot be read, or with every mistake in it: exit code 64.
    pub fn load(path: &Path) -> Result<Self, UserError> {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Self::read(name, Source::open(path)?, None)
    }

    /// Reads the fixture `<folder>/<name>.yaml`, else the one of that name that is shipped with trial.
    ///
    /// # Errors
    /// When there is none of that name, or as [`ClusterSpec::load`].
    pub fn named(name: &str, folder: &Path) -> Result<Self, UserError> {
        let path = folder.join(format!("{name}.yaml"));
        if is_plain(name) && path.exists() {
            return Self::load(&path);
        }
        if let Some((name, text)) = SHIPPED.iter().find(|(shipped, _)| *shipped == name) {
            let source =
                Source { file: format!("{name}.yaml (shipped)"), text: (*text).to_owned() };
            return Self::read((*name).to_owned(), source, None);
        }
        let names = names(folder);
        let help = did_you_mean(name, names.iter().map(String::as_str));
        let what = format!("there is no cluster fixture \"{name}\" in {}", folder.display());
        Err(UserError::usage(what, help))
    }

    fn read(name: String, source: Source, kafka: Option<Release>) -> Result<Self, UserError> {
        let fixture = fixture::read(&source, kafka).map_err(|found| all(found, &source))?;
        let Fixture { kafka, zookeeper, brokers, of_all_brokers, quorum, start_limit } = fixture;
        let sentence = Vec::new();
        Ok(Self {
            name,
            source,
            kafka,
            zookeeper,
            brokers,
            of_all_brokers,
            quorum,
            start_limit,
            sentence,
        })
    }

    /// The same cluster with another version of Kafka, and with its bundled ZooKeeper unless the fixture
    /// names an independent one.
    ///
    /// # Errors
    /// When the version is unknown, or does not know a setting of the fixture.
    pub fn with_kafka(self, version: &str) -> Result<Self, UserError> {
        self.with_release(distribution::find(Product::Kafka, version)?)
    }

    /// [`ClusterSpec::with_kafka`] for a release of which more is known than its version, such as the properties that its
    /// jars print.
    ///
    /// # Errors
    /// As [`ClusterSpec::with_kafka`].
    pub fn with_release(self, release: Release) -> Result<Self, UserError> {
        let changed = Self::read(self.name, self.source, Some(release))?;
        let settings = changed.with_settings(self.sentence);
        settings.map_err(|mistake| UserError::usage(mistake.what, mistake.help))
    }

    /// The same cluster with these settings for every broker; they win over those of the fixture.
    ///
    /// # Errors
    /// The first setting that is unknown, given twice, of the wrong type or not possible in this cluster.
    pub fn with_settings(
        mut self,
        settings: Vec<(String, String)>,
    ) -> Result<Self, SettingMistake> {
        let known = self.broker_properties();
        for (index, (name, value)) in settings.iter().enumerate() {
            settings::check_broker(&known, name, value)?;
            if settings[..index].iter().any(|(earlier, _)| earlier == name) {
                return Err(SettingMistake {
                    name: name.clone(),
                    part: Part::Name,
                    what: format!("{name} is given twice"),
                    help: "leave out one of the two".into(),
                    nearest: None,
                });
            }
        }
        let count = self.brokers.len();
        self.of_all_brokers.extend(settings.iter().cloned());
        for broker in self.brokers.values_mut() {
            broker.settings.extend(settings.iter().cloned());
            if let Some(mistake) = replication::check(&broker.settings, count).into_iter().next() {
                return Err(mistake);
            }
        }
        self.sentence.extend(settings);
        Ok(self)
    }

    /// The release of the brokers.
    pub fn kafka(&self) -> &Release {
        &self.kafka
    }

    /// What keeps its metadata.
    pub fn metadata(&self) -> Metadata {
        match self.quorum {
            QuorumSpec::ZooKeeper(_) => Metadata::ZooKeeper,
            QuorumSpec::KRaft(_) => Metadata::KRaft,
        }
    }

    /// The release whose jars the ZooKeepers run: an independent one, else that of the brokers.
    pub fn zookeeper(&self) -> &Release {
        self.zookeeper.as_ref().unwrap_or(&self.kafka)
    }

    /// Version of ZooKeeper itself, bundled or not; none for a cluster without one.
    pub fn zookeeper_version(&self) -> Option<Version> {
        match self.metadata() {
            Metadata::ZooKeeper => self.zookeeper().zookeeper,
            Metadata::KRaft => None,
        }
    }

    /// Every broker.
    pub fn brokers(&self) -> &BTreeMap<BrokerId, BrokerSpec> {
        &self.brokers
    }

    /// Every ZooKeeper; none in a cluster without them.
    pub fn zookeepers(&self) -> &BTreeMap<ZooKeeperId, ZooKeeperSpec> {
        static NONE: BTreeMap<ZooKeeperId, ZooKeeperSpec> = BTreeMap::new();
        match &self.quorum {
            QuorumSpec::ZooKeeper(zookeepers) => zookeepers,
            QuorumSpec::KRaft(_) => &NONE,
        }
    }

    /// Every controller of KRaft; none in a cluster with ZooKeepers.
    pub fn controllers(&self) -> &BTreeMap<ControllerId, ControllerSpec> {
        static NONE: BTreeMap<ControllerId, ControllerSpec> = BTreeMap::new();
        match &self.quorum {
            QuorumSpec::ZooKeeper(_) => &NONE,
            QuorumSpec::KRaft(controllers) => controllers,
        }
    }

    /// The controllers that are nodes of their own.
    pub fn separate_controllers(&self) -> impl Iterator<Item = (ControllerId, &SeparateSpec)> {
        self.controllers().iter().filter_map(|(id, controller)| match controller {
            ControllerSpec::Separate(node) => Some((*id, node)),
            ControllerSpec::Broker => None,
        })
    }

    /// The node that is this controller.
    pub fn node_of_controller(&self, id: ControllerId) -> NodeId {
        match self.controllers().get(&id) {
            Some(ControllerSpec::Separate(_)) => id.into(),
            // With ZooKeeper, every broker may be the controller.
            Some(ControllerSpec::Broker) | None => BrokerId(id.0).into(),
        }
    }

    /// Whether a broker is a controller of KRaft as well.
    pub fn is_controller(&self, id: BrokerId) -> bool {
        self.controllers().get(&ControllerId(id.0)) == Some(&ControllerSpec::Broker)
    }

    /// A node that is not up after this time is given up.
    pub fn start_limit(&self) -> Duration {
        self.start_limit
    }

    /// Settings of a broker as they are written for it, without addresses and folders: trial's own
    /// defaults and the author's. Empty for a broker that is not in the cluster.
    pub fn broker_settings(&self, id: BrokerId) -> Settings {
        let Some(broker) = self.brokers.get(&id) else { return Settings::new() };
        let mut settings = self.defaults_of_broker(broker.authorizer);
        if self.is_controller(id) {
            settings.extend(kraft::defaults(&self.broker_properties()));
        }
        settings.extend(broker.settings.clone());
        settings
    }

    /// What trial sets for brokers.
    fn defaults_of_broker(&self, authorizer: bool) -> Settings {
        let (known, count) = (self.broker_properties(), self.brokers.len());
        let mut settings = defaults::of_broker(&known, count, self.metadata());
        if authorizer {
            settings.extend(defaults::of_authorizer(self.kafka.version, self.metadata()));
        }
        settings
    }

    /// Settings of a controller that is a node of its own, likewise. It has those of all brokers too: controllers make
    /// topics with the factors, and choose leaders by the settings, that they have themselves.
    pub fn controller_settings(&self, id: ControllerId) -> Settings {
        let Some(ControllerSpec::Separate(controller)) = self.controllers().get(&id) else {
            return Settings::new();
        };
        let authorizer = self.brokers.values().any(|broker| broker.authorizer);
        let mut settings = self.defaults_of_broker(authorizer);
        settings.extend(kraft::defaults(&self.broker_properties()));
        settings.extend(self.of_all_brokers.clone());
        settings.extend(controller.settings.clone());
        settings
    }

    /// Settings of a ZooKeeper as they are written for it, without addresses and folders.
    pub fn zookeeper_settings(&self, id: ZooKeeperId) -> Settings {
        let Some(zookeeper) = self.zookeepers().get(&id) else { return Settings::new() };
        let Some(version) = self.zookeeper_version() else { return Settings::new() };
        let known = zookeeper::properties(version);
        let mut settings = zookeeper::defaults(&known);
        settings.extend(zookeeper.settings.clone());
        settings
    }

    /// The nodes and the hosts they are on.
    pub fn topology(&self) -> Topology {
        let quorum = quorum::of(self);
        let brokers = self.brokers.iter();
        let brokers = brokers.map(|(id, node)| ((*id).into(), quorum.broker(self, *id, node.host)));
        quorum.nodes(self).into_iter().chain(brokers).collect()
    }

    /// Equal for two descriptions of the same cluster, whatever their names: what is started is alike to
    /// the last setting. For sharing clusters; it has no meaning of its own.
    pub fn key(&self) -> String {
        let brokers = self.brokers.iter().map(|(id, broker)| {
            let BrokerSpec {
                host, heap_mib, jvm_options, log_dirs, disk_mib, movable_clock, ..
            } = broker;
            let machine = (host, heap_mib, jvm_options, log_dirs, disk_mib, movable_clock);
            (id, machine, self.broker_settings(*id))
        });
        let zookeepers = self.zookeepers().iter().map(|(id, zookeeper)| {
            let ZooKeeperSpec { host, heap_mib, jvm_options, separate_data_log_dir, .. } =
                zookeeper;
            (id, host, heap_mib, jvm_options, separate_data_log_dir, self.zookeeper_settings(*id))
        });
        let controllers = self.controllers().iter().map(|(id, controller)| {
            let machine = match controller {
                ControllerSpec::Separate(node) => {
                    let SeparateSpec { host, heap_mib, jvm_options, settings: _ } = node;
                    Some((host, heap_mib, jvm_options))
                }
                ControllerSpec::Broker => None,
            };
            (id, machine, self.controller_settings(*id))
        });
        let (brokers, zookeepers): (Vec<_>, Vec<_>) = (brokers.collect(), zookeepers.collect());
        let controllers: Vec<_> = controllers.collect();
        let (kafka, zookeeper) =
            (self.kafka.version, self.zookeeper.as_ref().map(|release| release.version));
        format!("{kafka} {zookeeper:?} {brokers:?} {zookeepers:?} {controllers:?}")
    }

    fn broker_properties(&self) -> Properties {
        Properties::of_brokers(&self.kafka).in_world(self.metadata())
    }
}

/// Names of all fixtures: those in the folder and those shipped, sorted.
pub fn names(folder: &Path) -> Vec<String> {
    let shipped = SHIPPED.iter().map(|(name, _)| (*name).to_owned());
    // A folder that cannot be listed has no fixtures to offer; opening one of it says why.
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten().filter_map(|entry| {
        let path = entry.path();
        let is_fixture = path.extension().is_some_and(|extension| extension == "yaml");
        is_fixture.then(|| path.file_stem().map(|stem| stem.to_string_lossy().into_owned()))?
    });
    let mut names: Vec<_> = shipped.chain(files).collect();
    names.sort();
    names.dedup();
    names
}

/// Whether a name is one file below the folder, not a path to somewhere else.
fn is_plain(name: &str) -> bool {
    !name.is_empty() && !name.contains(['/', '\\', '\0'])
}

/// One error for all mistakes of a fixture.
fn all(mistakes: Vec<Mistake>, source: &Source) -> UserError {
    let mut errors: Vec<_> =
        mistakes.into_iter().map(|mistake| mistake.in_source(source)).collect();
    if errors.len() == 1 {
        return errors.remove(0);
    }
    let what = format!("{} mistakes in {}", errors.len(), source.file);
    UserError::usage(what, "").with_others(errors)
}
