//! The properties that brokers and topics know, one list for each version.
//!
//! `kafka-<version>.tsv` is what the broker itself prints (`kafka.server.KafkaConfig`'s own main method), and
//! `topic-<version>.tsv` what `LogConfig` prints of topics; both are written anew by
//! `TRIAL_BLESS=1 cargo test --test it properties::`.

use std::collections::BTreeMap;

const KAFKA: &[(&str, &str)] = &[
    ("0.11.0.3", include_str!("kafka-0.11.0.3.tsv")),
    ("2.5.0", include_str!("kafka-2.5.0.tsv")),
    ("3.9.2", include_str!("kafka-3.9.2.tsv")),
];

const TOPIC: &[(&str, &str)] = &[
    ("0.11.0.3", include_str!("topic-0.11.0.3.tsv")),
    ("2.5.0", include_str!("topic-2.5.0.tsv")),
    ("3.9.2", include_str!("topic-3.9.2.tsv")),
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
    known: BTreeMap<&'static str, Property>,
    prefixes: &'static [&'static str],
}

/// What is known of one property.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Property {
    /// Type of the value.
    pub kind: Kind,
    /// Default as the program prints it; `null` for none, empty for a property that must be set.
    pub default: &'static str,
    /// Valid values as the program prints them: `[1,...]`, `[0,...,65535]`, `[compact, delete]`, or empty.
    pub valid: &'static str,
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
    /// What a broker of this version knows; a version without a list knows nothing.
    pub fn of_broker(kafka: &str) -> Self {
        let mut known = of_version(KAFKA, kafka);
        for (name, kind) in AUTHORIZER {
            known.entry(*name).or_insert(Property { kind: *kind, default: "null", valid: "" });
        }
        Self { program: format!("Kafka {kafka}"), known, prefixes: KAFKA_PREFIXES }
    }

    /// What a topic may have in this version; a version without a list knows nothing.
    pub fn of_topic(kafka: &str) -> Self {
        let known = of_version(TOPIC, kafka);
        Self { program: format!("a topic of Kafka {kafka}"), known, prefixes: &[] }
    }

    /// What a program knows: a row for each property, with the columns of [`Property`] after its name; and beginnings of
    /// further names.
    pub(super) fn of_program(
        program: String,
        rows: impl Iterator<Item = &'static str>,
        prefixes: &'static [&'static str],
    ) -> Self {
        Self { program, known: rows.filter_map(property).collect(), prefixes }
    }

    /// What is known of a property; None if the program does not know it.
    pub fn get(&self, name: &str) -> Option<Property> {
        let free = Property { kind: Kind::Text, default: "null", valid: "" };
        self.known.get(name).copied().or_else(|| {
            let after = self.prefixes.iter().find_map(|prefix| name.strip_prefix(prefix));
            after.filter(|rest| !rest.is_empty()).map(|_| free)
        })
    }

    /// Every name, sorted.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + Clone + '_ {
        self.known.keys().copied()
    }
}

fn of_version(lists: &[(&str, &'static str)], kafka: &str) -> BTreeMap<&'static str, Property> {
    let list = lists.iter().find(|(version, _)| *version == kafka).map_or("", |(_, list)| list);
    list.lines().skip(1).filter_map(property).collect()
}

/// Major and minor number of a version: a release line.
pub fn release_line(version: &str) -> Option<(u32, u32)> {
    let mut numbers = version.split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

fn property(row: &'static str) -> Option<(&'static str, Property)> {
    let mut cells = row.split('\t');
    let name = cells.next()?;
    let kind = Kind::read(cells.next()?);
    let default = cells.next()?;
    Some((name, Property { kind, default, valid: cells.next()? }))
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
    use crate::distribution::{Product, releases};

    #[test]
    fn each_kafka_knows_its_own_properties() {
        let old = Properties::of_broker("0.11.0.3");
        let new = Properties::of_broker("2.5.0");
        assert!(old.get("control.plane.listener.name").is_none());
        assert!(new.get("control.plane.listener.name").is_some());
        assert_eq!(
            new.get("min.insync.replicas"),
            Some(Property { kind: Kind::Int, default: "1", valid: "[1,...]" })
        );
    }

    #[test]
    fn there_is_a_list_for_every_kafka_that_trial_knows() {
        let kafka = releases().iter().filter(|release| release.product == Product::Kafka);
        let mut versions: Vec<_> = kafka.map(|release| release.version).collect();
        versions.sort_unstable();
        assert_eq!(versions, KAFKA.iter().map(|(version, _)| *version).collect::<Vec<_>>());
    }

    #[test]
    fn every_row_of_every_list_is_read() {
        for (version, list) in KAFKA {
            let rows = list.lines().count() - 1;
            let known = Properties::of_broker(version).names().count();
            assert!((rows..=rows + AUTHORIZER.len()).contains(&known), "{version}");
            assert!(list.lines().all(|row| row.split('\t').count() == 4), "{version}");
        }
    }

    #[test]
    fn names_below_a_free_prefix_are_known() {
        let broker = Properties::of_broker("2.5.0");
        assert!(broker.get("listener.name.internal.ssl.client.auth").is_some());
        assert!(broker.get("listener.name.").is_none());
    }
}
