//! The properties that brokers and topics know, one list for each version.
//!
//! `kafka-<version>.tsv` is what the broker itself prints (`kafka.server.KafkaConfig`'s own main method), and
//! `topic-<version>.tsv` what `LogConfig` prints of topics; both are written anew by
//! `TRIAL_BLESS=1 cargo test --test it properties::`. Of other versions, the jars print them when a run has fetched them
//! (`src/distribution/printed.rs`).

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::spec::Metadata;
use crate::distribution::{Printed, Release, Version};

/// A version and what it printed.
type List = (Version, &'static str);

const KAFKA: &[List] = &[
    (Version::before_1(11, 0, 3), include_str!("kafka-0.11.0.3.tsv")),
    (Version::new(2, 5, 0), include_str!("kafka-2.5.0.tsv")),
    (Version::new(3, 9, 2), include_str!("kafka-3.9.2.tsv")),
    (Version::new(4, 4, 0), include_str!("kafka-4.4.0.tsv")),
];

const TOPIC: &[List] = &[
    (Version::before_1(11, 0, 3), include_str!("topic-0.11.0.3.tsv")),
    (Version::new(2, 5, 0), include_str!("topic-2.5.0.tsv")),
    (Version::new(3, 9, 2), include_str!("topic-3.9.2.tsv")),
    (Version::new(4, 4, 0), include_str!("topic-4.4.0.tsv")),
];

/// Beginnings of names that brokers accept without listing them.
const KAFKA_PREFIXES: &[&str] = &["listener.name."];

/// Names that brokers pass on to the authorizer that ships with them, without listing them
/// (`kafka.security.authorizer.AclAuthorizer`, `kafka.security.auth.SimpleAclAuthorizer`).
const AUTHORIZER: &[(&str, Kind)] =
    &[("super.users", Kind::Text), ("allow.everyone.if.no.acl.found", Kind::Boolean)];

/// The properties that one version of a program knows.
#[derive(Debug, Clone)]
pub struct Properties {
    /// `Kafka 2.5.0`, `ZooKeeper 3.5.7`.
    pub program: String,
    known: Known,
    prefixes: &'static [&'static str],
}

/// Properties by their names.
type Known = BTreeMap<Cow<'static, str>, Property>;

/// What is known of one property.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Property {
    /// Type of the value.
    pub kind: Kind,
    /// Default as the program prints it; `null` for none, empty for a property that must be set.
    pub default: Cow<'static, str>,
    /// Valid values as the program prints them: `[1,...]`, `[0,...,65535]`, `[compact, delete]`, or empty.
    pub valid: Cow<'static, str>,
}

/// Types of values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// 16 bits, signed.
    Short,
    /// 32 bits, signed.
    Int,
    /// 64 bits, signed.
    Long,
    /// 64 bits, floating point.
    Double,
    /// `true` or `false`.
    Boolean,
    /// Values separated by commas.
    List,
    /// Any text: also names of classes and passwords.
    Text,
}

impl Properties {
    /// What the brokers of a release know.
    pub fn of_brokers(kafka: &Release) -> Self {
        let known = of_release(KAFKA, kafka, |printed| &printed.broker);
        Self::broker(kafka.version, known)
    }

    /// What the topics of a release may have.
    pub fn of_topics(kafka: &Release) -> Self {
        let known = of_release(TOPIC, kafka, |printed| &printed.topic);
        Self { program: format!("a topic of Kafka {}", kafka.version), known, prefixes: &[] }
    }

    /// What a broker of this version knows, without its jars.
    pub fn of_broker(kafka: Version) -> Self {
        Self::broker(kafka, of_version(KAFKA, kafka))
    }

    fn broker(kafka: Version, mut known: Known) -> Self {
        for (name, kind) in AUTHORIZER {
            let own = Property { kind: *kind, default: "null".into(), valid: "".into() };
            known.entry((*name).into()).or_insert(own);
        }
        Self { program: format!("Kafka {kafka}"), known, prefixes: KAFKA_PREFIXES }
    }

    /// Without what brokers of clusters with the other kind of metadata alone know. Brokers take such settings, and
    /// do nothing with them.
    pub fn in_world(mut self, metadata: Metadata) -> Self {
        const WITH_ZOOKEEPER: &[&str] = &["zookeeper."];
        const WITH_KRAFT: &[&str] = &[
            "broker.heartbeat.interval.ms",
            "broker.session.timeout.ms",
            "controller.quorum.",
            "metadata.log.",
            "metadata.max.",
        ];
        let (others, world) = match metadata {
            Metadata::ZooKeeper => (WITH_KRAFT, "with"),
            Metadata::KRaft => (WITH_ZOOKEEPER, "without"),
        };
        let all = self.known.len();
        self.known.retain(|name, _| !others.iter().any(|other| name.starts_with(other)));
        if self.known.len() < all {
            self.program = format!("{} {world} ZooKeeper", self.program);
        }
        self
    }

    /// Whether trial knows for certain what a release knows.
    pub fn are_certain(kafka: &Release) -> bool {
        kafka.printed.is_some() || KAFKA.iter().any(|(version, _)| *version == kafka.version)
    }

    /// What a program knows: a row for each property, with the columns of [`Property`] after its name; and beginnings of
    /// further names.
    pub(super) fn of_program(
        program: String,
        rows: impl Iterator<Item = &'static str>,
        prefixes: &'static [&'static str],
    ) -> Self {
        let known = rows.filter_map(|row| property(row.split('\t').map(Cow::Borrowed))).collect();
        Self { program, known, prefixes }
    }

    /// What is known of a property; None if the program does not know it.
    pub fn get(&self, name: &str) -> Option<Property> {
        self.known.get(name).cloned().or_else(|| {
            let after = self.prefixes.iter().find_map(|prefix| name.strip_prefix(prefix));
            after.filter(|rest| !rest.is_empty()).map(|_| Property {
                kind: Kind::Text,
                default: "null".into(),
                valid: "".into(),
            })
        })
    }

    /// Every name, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> + Clone + '_ {
        self.known.keys().map(|name| &**name)
    }
}

/// What a release knows: by the list of its version, else by that of its jars.
fn of_release(lists: &[List], kafka: &Release, of: impl Fn(&Printed) -> &String) -> Known {
    match &kafka.printed {
        Some(printed) if lists.iter().all(|(version, _)| *version != kafka.version) => {
            let rows = of(printed).lines().skip(1);
            let cells = |row: &str| row.split('\t').map(|cell| cell.to_owned().into()).collect();
            rows.map(cells).filter_map(|cells: Vec<_>| property(cells.into_iter())).collect()
        }
        _ => of_version(lists, kafka.version),
    }
}

/// What a version knows. Of one without a list it is what the nearest older and the nearest newer list say: a name that
/// neither has is a mistake for certain, and what they do not agree on is left open.
fn of_version(lists: &[List], kafka: Version) -> Known {
    let older = lists.iter().rfind(|(version, _)| *version <= kafka);
    let newer = lists.iter().find(|(version, _)| *version >= kafka);
    let rows = |list: &List| {
        let rows = list.1.lines().skip(1);
        rows.filter_map(|row| property(row.split('\t').map(Cow::Borrowed)))
    };
    let mut known: Known = older.into_iter().flat_map(rows).collect();
    for (name, newer) in newer.into_iter().flat_map(rows) {
        match known.entry(name) {
            Entry::Vacant(entry) => {
                entry.insert(newer);
            }
            Entry::Occupied(mut entry) => {
                let older = entry.get_mut();
                if older.kind != newer.kind {
                    older.kind = Kind::Text;
                }
                if older.valid != newer.valid {
                    older.valid = "".into();
                }
            }
        }
    }
    known
}

fn property(
    mut cells: impl Iterator<Item = Cow<'static, str>>,
) -> Option<(Cow<'static, str>, Property)> {
    let name = cells.next()?;
    let kind = Kind::read(&cells.next()?);
    Some((name, Property { kind, default: cells.next()?, valid: cells.next()? }))
}

impl Kind {
    fn read(name: &str) -> Self {
        match name {
            "short" => Self::Short,
            "int" => Self::Int,
            "long" => Self::Long,
            "double" => Self::Double,
            "boolean" => Self::Boolean,
            "list" => Self::List,
            _ => Self::Text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::{Product, find, releases};

    fn broker(kafka: &str) -> Properties {
        Properties::of_broker(kafka.parse().expect("a version"))
    }

    #[test]
    fn each_kafka_knows_its_own_properties() {
        let (old, new) = (broker("0.11.0.3"), broker("2.5.0"));
        assert!(old.get("control.plane.listener.name").is_none());
        assert!(new.get("control.plane.listener.name").is_some());
        assert_eq!(
            new.get("min.insync.replicas"),
            Some(Property { kind: Kind::Int, default: "1".into(), valid: "[1,...]".into() })
        );
        assert!(broker("4.4.0").get("zookeeper.connect").is_none());
    }

    #[test]
    fn a_kafka_without_a_list_knows_what_its_neighbours_know() {
        // From 2.5.0 to 3.9.2, KRaft came, and advertised.host.name went.
        let between = broker("2.8.2");
        assert!(between.get("process.roles").is_some());
        assert!(between.get("advertised.host.name").is_some());
        assert!(between.get("min.insync.replica").is_none());
        // The range that 4.x has is narrower.
        let valid = |kafka| broker(kafka).get("log.segment.bytes").map(|it| it.valid);
        assert_eq!(valid("3.9.2").as_deref(), Some("[14,...]"));
        assert_eq!(valid("4.1.0").as_deref(), Some(""));
        // Newer and older than all lists.
        assert_eq!(broker("4.9.0").names().count(), broker("4.4.0").names().count());
        assert_eq!(broker("0.11.0.0").names().count(), broker("0.11.0.3").names().count());
    }

    #[test]
    fn what_jars_print_is_taken_where_there_is_no_list() {
        let of = |version: &str| {
            let broker = "name\ttype\tdefault\tvalid\nnew.one\tint\t8\t[1,...]\n".to_owned();
            let printed = Some(Printed { broker, topic: String::new() }.into());
            Release { printed, ..find(Product::Kafka, version).expect("a version") }
        };
        let new = Property { kind: Kind::Int, default: "8".into(), valid: "[1,...]".into() };
        let asked = of("2.8.2");
        assert_eq!(Properties::of_brokers(&asked).get("new.one"), Some(new));
        assert_eq!(Properties::of_brokers(&asked).get("num.io.threads"), None);
        assert!(Properties::of_brokers(&asked).get("super.users").is_some());
        assert_eq!(Properties::of_brokers(&of("2.5.0")).get("new.one"), None);
        assert!(Properties::are_certain(&asked));
        assert!(!Properties::are_certain(&find(Product::Kafka, "2.8.2").expect("a version")));
    }

    #[test]
    fn there_is_a_list_for_every_kafka_that_trial_is_tried_with() {
        let kafka = releases().into_iter().filter(|release| release.product == Product::Kafka);
        let mut versions: Vec<_> = kafka.map(|release| release.version).collect();
        versions.sort_unstable();
        for lists in [KAFKA, TOPIC] {
            assert_eq!(versions, lists.iter().map(|(version, _)| *version).collect::<Vec<_>>());
        }
    }

    #[test]
    fn every_row_of_every_list_is_read() {
        for (version, list) in KAFKA {
            let rows = list.lines().count() - 1;
            let known = Properties::of_broker(*version).names().count();
            assert!((rows..=rows + AUTHORIZER.len()).contains(&known), "{version}");
            assert!(list.lines().all(|row| row.split('\t').count() == 4), "{version}");
        }
    }

    #[test]
    fn names_below_a_free_prefix_are_known() {
        let broker = broker("2.5.0");
        assert!(broker.get("listener.name.internal.ssl.client.auth").is_some());
        assert!(broker.get("listener.name.").is_none());
    }
}
