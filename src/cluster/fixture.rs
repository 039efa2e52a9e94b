//! Reads a cluster fixture: from a YAML tree to the nodes of a cluster, collecting every mistake on the way.
//!
//! Every field but `kafka` may be left out:
//!
//! ```yaml
//! kafka: 2.5.0
//! metadata: zookeeper           # or kraft: by default zookeeper up to 3.9, kraft from 4.0 on
//! zookeeper: bundled            # with Kafka; or the version of an independent one: 3.6.1
//! brokers:
//!   count: 3                    # ids 1 to 3; or `ids: [10, 20, 30]`
//!   hosts: 3                    # by default one for each; fewer are shared, dealt out in turn
//!   heap: 384 MB
//!   jvm_options: []
//!   log_dirs: 1                 # folders in log.dirs
//!   disk: 64 MB                 # a disk of its own for the data, of this size; else that of the machine
//!   movable_clock: false        # whether a fault can move its clock
//!   authorizer: false           # whether brokers ask Kafka's own authorizer
//!   settings: {min.insync.replicas: 2}
//!   settings_with_zookeeper: {}   # only where ZooKeepers keep the metadata
//!   settings_with_kraft: {}       # only where controllers do
//!   each:                       # what one broker has of its own, by id
//!     2: {heap: 512 MB, jvm_options: [-Xss1m], log_dirs: 2, settings: {broker.rack: b}}
//! controllers:                  # with metadata: kraft
//!   count: 3                    # ids 101 to 103; or `ids`
//!   combined: false             # true: the first brokers are the controllers, and no node is one alone
//!   heap: 192 MB
//!   jvm_options: []
//!   settings: {controller.quorum.fetch.timeout.ms: 1000}
//!   each: {102: {heap: 256 MB}}
//! zookeepers:                   # with metadata: zookeeper
//!   count: 3                    # or `ids`
//!   heap: 128 MB
//!   jvm_options: []
//!   separate_data_log_dir: false
//!   settings: {tickTime: 2000}
//!   each: {3: {settings: {peerType: observer}}}
//! start_limit: 60 seconds       # a node that is not up by then is given up
//! ```

mod controllers;
mod fields;
mod metadata;
mod nodes;
mod zookeepers;

use std::collections::BTreeMap;
use std::time::Duration;

use miette::Diagnostic as _;

use self::fields::{Fields, Given, Reader};
use super::document::{Key, Mistake, Node, Source, Value};
use super::properties::Properties;
use super::quorum::zookeeper::settings as zookeeper;
use super::replication;
use super::settings::{self, Part, SettingMistake};
use super::spec::{BrokerSpec, Metadata, QuorumSpec};
use crate::distribution::{self, Product, Release};
use crate::error::UserError;
use crate::event::Settings;
use crate::event::id::{BrokerId, HostId};

/// Heaps between what a node starts with and what a test machine can have, in MiB.
const HEAP: std::ops::RangeInclusive<u32> = 64..=65_536;

/// Disks between what an empty broker needs and what a test machine can have, in MiB.
const DISK: std::ops::RangeInclusive<u32> = 16..=65_536;

const BROKER_HEAP: u32 = 384;

/// Settings of brokers that only clusters with ZooKeepers, or only those without, have.
const WITH_ZOOKEEPER: &str = "settings_with_zookeeper";
const WITH_KRAFT: &str = "settings_with_kraft";
const START_LIMIT: Duration = Duration::from_secs(60);

/// What a fixture says, complete and checked.
#[derive(Debug)]
pub struct Fixture {
    /// The Kafka release of the brokers.
    pub kafka: Release,
    /// The ZooKeeper release; None for the ZooKeeper bundled with Kafka.
    pub zookeeper: Option<Release>,
    /// The brokers.
    pub brokers: BTreeMap<BrokerId, BrokerSpec>,
    /// Settings of all brokers as the author gave them.
    pub of_all_brokers: Settings,
    /// What keeps the metadata.
    pub quorum: QuorumSpec,
    /// A node that is not up after this time is given up.
    pub start_limit: Duration,
}

/// What brokers and ZooKeepers have in common, as far as it is given.
#[derive(Default)]
struct Common {
    heap: Option<u32>,
    jvm_options: Vec<String>,
    settings: Vec<Given>,
}

/// Reads the fixture, with Kafka of the version `kafka` instead of the one it names, if given.
///
/// # Errors
/// Every mistake in the text, in its order.
pub fn read(source: &Source, kafka: Option<Release>) -> Result<Fixture, Vec<Mistake>> {
    let document = source.read().map_err(|mistake| vec![mistake])?;
    if matches!(document.value, Value::Null) {
        return Err(vec![Mistake {
            what: "the fixture is empty".into(),
            label: "nothing here".into(),
            help: "the least that a fixture says is its version, for example `kafka: 2.5.0`".into(),
            span: 0..0,
        }]);
    }
    let mut reader = Reader::default();
    let fixture = reader.fixture(&document, kafka);
    let mut mistakes = reader.mistakes;
    mistakes.sort_by_key(|mistake| mistake.span.start);
    // What is wrong for all brokers is found at each of them again.
    mistakes.dedup();
    match fixture {
        Some(fixture) if mistakes.is_empty() => Ok(fixture),
        _ => Err(mistakes),
    }
}

impl Reader {
    fn fixture(&mut self, document: &Node, kafka: Option<Release>) -> Option<Fixture> {
        const KNOWN: &[&str] = &[
            "kafka",
            "metadata",
            "zookeeper",
            "brokers",
            "controllers",
            "zookeepers",
            "start_limit",
        ];
        let top = self.fields("the fixture", document, KNOWN)?;
        let written = match top.get("kafka") {
            Some(field) => self.release(Product::Kafka, field),
            None => {
                self.mistake(
                    "the fixture names no version of Kafka",
                    "`kafka` is missing",
                    "write for example `kafka: 2.5.0`",
                    document.span.start..document.span.start,
                );
                None
            }
        };
        let metadata = self.metadata(&top, written.as_ref(), kafka.as_ref());
        let kafka = kafka.or(written);
        let bundled = |text: &str| text == "bundled";
        let zookeeper = match top.get("zookeeper") {
            Some(field) if !self.text(field).is_some_and(bundled) => {
                self.release(Product::ZooKeeper, field)
            }
            _ => None,
        };
        let ensemble = zookeeper.as_ref().or(kafka.as_ref());
        let ensemble = ensemble.and_then(|release| release.zookeeper).map(zookeeper::properties);
        let broker = kafka.as_ref().map(|kafka| Properties::of_brokers(kafka).in_world(metadata));
        let (brokers, of_all_brokers) = self.brokers(top.get("brokers"), metadata, broker.as_ref());
        let quorum = match metadata {
            Metadata::ZooKeeper => QuorumSpec::ZooKeeper(self.zookeepers(
                top.get("zookeepers"),
                ensemble.as_ref(),
                &brokers,
            )),
            Metadata::KRaft => {
                let like = top.get("zookeepers");
                QuorumSpec::KRaft(self.controllers(
                    top.get("controllers"),
                    like,
                    broker.as_ref(),
                    &brokers,
                ))
            }
        };
        let start_limit = self.duration(top.get("start_limit")).unwrap_or(START_LIMIT);
        Some(Fixture { kafka: kafka?, zookeeper, brokers, of_all_brokers, quorum, start_limit })
    }

    fn release(&mut self, product: Product, (_, node): (&Key, &Node)) -> Option<Release> {
        let version = self.scalar(node, "a version such as 2.5.0")?;
        match distribution::find(product, version) {
            Ok(release) => Some(release),
            Err(error) => {
                let error = UserError::from(error);
                let help = error.help().map(|help| help.to_string()).unwrap_or_default();
                self.mistake(error.to_string(), "this version", help, node.span.clone());
                None
            }
        }
    }

    fn brokers(
        &mut self,
        field: Option<(&Key, &Node)>,
        metadata: Metadata,
        known: Option<&Properties>,
    ) -> (BTreeMap<BrokerId, BrokerSpec>, Settings) {
        const ONE: &[&str] =
            &["heap", "jvm_options", "log_dirs", "disk", "movable_clock", "settings"];
        const KNOWN: &[&str] = &[
            "count",
            "ids",
            "hosts",
            "heap",
            "jvm_options",
            "log_dirs",
            "disk",
            "movable_clock",
            "authorizer",
            "settings",
            WITH_ZOOKEEPER,
            WITH_KRAFT,
            "each",
        ];
        let all = field.and_then(|(_, node)| self.fields("`brokers`", node, KNOWN));
        let all = all.unwrap_or_default();
        let ids = self.ids(&all, "brokers", 0..=1000);
        let count = u32::try_from(ids.len()).unwrap_or(u32::MAX).max(1);
        let hosts = self.hosts(all.get("hosts"), count);
        let mut common = self.common(&all);
        let of_world = match metadata {
            Metadata::ZooKeeper => all.get(WITH_ZOOKEEPER),
            Metadata::KRaft => all.get(WITH_KRAFT),
        };
        common.settings.extend(self.settings(of_world));
        let log_dirs = self.number(all.get("log_dirs"), "a number of folders", 1..=16);
        let disk = self.mebibytes(all.get("disk"), "disk", DISK);
        let movable_clock = self.boolean(all.get("movable_clock"));
        let authorizer = self.boolean(all.get("authorizer")).unwrap_or(false);
        let mut each = self.each(&all, "broker", &ids, ONE);
        let own: Vec<_> = ids.iter().map(|id| each.remove(id).unwrap_or_default()).collect();
        let parts: Vec<_> = own.iter().map(|one| self.common(one)).collect();
        let check = |reader: &mut Self, own: &[Given], common: &[Given]| {
            reader.check(own, |name, value| {
                known.map_or(Ok(()), |known| settings::check_broker(known, name, value))
            });
            for mistake in replication::check(&merged(common, own), ids.len()) {
                reader.setting_mistake(own.iter().chain(common), mistake);
            }
        };
        check(self, &common.settings, &[]);
        let mut brokers = BTreeMap::new();
        for ((index, id), (own, part)) in (0u32..).zip(&ids).zip(own.iter().zip(parts)) {
            check(self, &part.settings, &common.settings);
            let own_dirs = self.number(own.get("log_dirs"), "a number of folders", 1..=16);
            let own_disk = self.mebibytes(own.get("disk"), "disk", DISK);
            let own_clock = self.boolean(own.get("movable_clock"));
            let broker = BrokerSpec {
                host: host(index % hosts),
                heap_mib: part.heap.or(common.heap).unwrap_or(BROKER_HEAP),
                jvm_options: [common.jvm_options.clone(), part.jvm_options].concat(),
                log_dirs: own_dirs.or(log_dirs).unwrap_or(1),
                disk_mib: own_disk.or(disk),
                movable_clock: own_clock.or(movable_clock).unwrap_or(false),
                authorizer,
                settings: merged(&common.settings, &part.settings),
            };
            brokers.insert(BrokerId(i32::try_from(*id).unwrap_or(i32::MAX)), broker);
        }
        (brokers, merged(&common.settings, &[]))
    }

    fn common(&mut self, fields: &Fields<'_>) -> Common {
        Common {
            heap: self.mebibytes(fields.get("heap"), "heap", HEAP),
            jvm_options: self.list(fields.get("jvm_options")),
            settings: self.settings(fields.get("settings")),
        }
    }

    fn check(&mut self, given: &[Given], check: impl Fn(&str, &str) -> Result<(), SettingMistake>) {
        for setting in given {
            if let Err(mistake) = check(&setting.name, &setting.value) {
                self.setting_mistake(given.iter(), mistake);
            }
        }
    }

    /// Marks a mistake at the first setting of its name.
    fn setting_mistake<'g>(
        &mut self,
        mut given: impl Iterator<Item = &'g Given>,
        mistake: SettingMistake,
    ) {
        let Some(setting) = given.find(|setting| setting.name == mistake.name) else {
            return;
        };
        let (span, label) = match mistake.part {
            Part::Name => (setting.name_span.clone(), "this setting"),
            Part::Value => (setting.value_span.clone(), "this value"),
        };
        self.mistake(mistake.what, label, mistake.help, span);
    }
}

fn merged(common: &[Given], own: &[Given]) -> Settings {
    let both = common.iter().chain(own);
    both.map(|setting| (setting.name.clone(), setting.value.clone())).collect()
}

fn host(index: u32) -> HostId {
    HostId(u8::try_from(index + 1).unwrap_or(u8::MAX))
}
