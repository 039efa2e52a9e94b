//! Which versions there can be, and what is known of each.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use super::error::DistributionError;
use super::pom;
use super::printed::Printed;
use super::version::{Line, Version};
use crate::java;

/// The newest version of each line of Kafka, and the ZooKeeper that it is released with; 4.x has none. Lines that are
/// newer than all of these are taken as they come.
#[rustfmt::skip]
const KAFKA: &[(Version, Option<Version>)] = &[
    (Version::before_1(11, 0, 3), Some(v(3, 4, 10))),
    (v(1, 0, 2), Some(v(3, 4, 10))),
    (v(1, 1, 1), Some(v(3, 4, 10))),
    (v(2, 0, 1), Some(v(3, 4, 13))),
    (v(2, 1, 1), Some(v(3, 4, 13))),
    (v(2, 2, 2), Some(v(3, 4, 13))),
    (v(2, 3, 1), Some(v(3, 4, 14))),
    (v(2, 4, 1), Some(v(3, 5, 7))),
    (v(2, 5, 1), Some(v(3, 5, 7))),
    (v(2, 6, 3), Some(v(3, 5, 9))),
    (v(2, 7, 2), Some(v(3, 5, 9))),
    (v(2, 8, 2), Some(v(3, 5, 9))),
    (v(3, 0, 2), Some(v(3, 6, 3))),
    (v(3, 1, 2), Some(v(3, 6, 3))),
    (v(3, 2, 3), Some(v(3, 6, 3))),
    (v(3, 3, 2), Some(v(3, 6, 3))),
    (v(3, 4, 1), Some(v(3, 6, 4))),
    (v(3, 5, 2), Some(v(3, 6, 4))),
    (v(3, 6, 2), Some(v(3, 8, 4))),
    (v(3, 7, 2), Some(v(3, 8, 4))),
    (v(3, 8, 1), Some(v(3, 8, 4))),
    (v(3, 9, 2), Some(v(3, 8, 4))),
    (v(4, 0, 2), None),
    (v(4, 1, 2), None),
    (v(4, 2, 2), None),
    (v(4, 3, 1), None),
    (v(4, 4, 0), None),
];

/// The newest version of each line of ZooKeeper.
const ZOOKEEPER: &[Version] =
    &[v(3, 4, 14), v(3, 5, 10), v(3, 6, 4), v(3, 7, 2), v(3, 8, 7), v(3, 9, 6)];

/// No more versions come of lines before these.
const KAFKA_GOES_ON: Line = (3, 9);
const ZOOKEEPER_GOES_ON: Line = (3, 8);

/// The first stable version of its line; those before it have names such as `3.5.4-beta`.
const FIRST_3_5: Version = v(3, 5, 5);

/// The first Kafka that is ready to keep its metadata itself (KIP-833).
const KRAFT: Line = (3, 3);

const fn v(major: u32, minor: u32, patch: u32) -> Version {
    Version::new(major, minor, patch)
}

/// A version of a product: what its jars are, and what follows from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// `kafka` or `zookeeper`.
    pub product: Product,
    /// Its version.
    pub version: Version,
    /// Version of the ZooKeeper among its jars: the bundled one of a Kafka until 3.9, its own of a ZooKeeper.
    pub zookeeper: Option<Version>,
    /// The `pom.xml` from which Maven resolves the jars.
    pub pom: Arc<str>,
    /// The properties that its jars print, where they are known.
    pub printed: Option<Arc<Printed>>,
}

/// What keeps the metadata of a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Metadata {
    /// An ensemble beside the brokers.
    ZooKeeper,
    /// Kafka's own controllers.
    KRaft,
}

/// What a distribution is a distribution of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Product {
    /// Apache Kafka, with the ZooKeeper that it is released with.
    Kafka,
    /// Apache ZooKeeper on its own.
    ZooKeeper,
}

/// The versions that every release of trial is tried with, newest first within a product.
pub fn releases() -> Vec<Release> {
    pom::pinned().map(|(product, version)| Release::new(product, version)).collect()
}

/// The release of a product with this version. Whether it is published, only Maven knows.
///
/// # Errors
/// [`DistributionError::Unknown`] for what cannot be a version of the product.
pub fn find(product: Product, version: &str) -> Result<Release, DistributionError> {
    let parsed = parse(product, version);
    parsed.map(|parsed| Release::new(product, parsed)).ok_or_else(|| DistributionError::Unknown {
        product,
        version: version.to_owned(),
        nearest: nearest(newest(product).chain(tried(product)), version),
    })
}

/// The version of a product that this text names, if there can be one.
pub(super) fn parse(product: Product, text: &str) -> Option<Version> {
    text.parse().ok().filter(|version| product.can_have(*version))
}

/// The newest version of each line that was published before this trial, newest first.
pub fn newest(product: Product) -> impl Iterator<Item = Version> {
    product.newest().rev()
}

fn tried(product: Product) -> impl Iterator<Item = Version> {
    pom::pinned().filter(move |(of, _)| *of == product).map(|(_, version)| version)
}

/// The version with the most leading numbers in common, then the least difference in the first number that differs;
/// none for a text that is no version. Of several, the last one.
pub(super) fn nearest(among: impl Iterator<Item = Version>, text: &str) -> Option<Version> {
    let typed: Vec<u32> = text.split('.').map_while(|part| part.parse().ok()).collect();
    let nearness = |version: &Version| {
        let own = version.numbers();
        let common = own.iter().zip(&typed).take_while(|(own, typed)| own == typed).count();
        let at = |numbers: &[u32]| numbers.get(common).copied();
        let differs = at(&typed).map(|typed| at(own).unwrap_or_default().abs_diff(typed));
        (common, std::cmp::Reverse(differs))
    };
    among.max_by_key(nearness).filter(|_| !typed.is_empty())
}

impl Release {
    fn new(product: Product, version: Version) -> Self {
        let zookeeper = match product {
            Product::ZooKeeper => Some(version),
            Product::Kafka => {
                let of_line = KAFKA.iter().find(|(newest, _)| newest.line() == version.line());
                of_line.and_then(|(_, zookeeper)| *zookeeper)
            }
        };
        Self { product, version, zookeeper, pom: pom::of(product, version).into(), printed: None }
    }

    /// Whether every release of trial is tried with it.
    pub fn is_tried(&self) -> bool {
        tried(self.product).any(|version| version == self.version)
    }

    /// The oldest Java that runs it; trial itself needs [`java::OLDEST`].
    pub fn java(&self) -> u32 {
        let of_4 = self.product == Product::Kafka && self.version.line() >= (4, 0);
        if of_4 { 17 } else { java::OLDEST }
    }

    /// What can keep the metadata of a cluster of this Kafka; nothing for a ZooKeeper.
    pub fn metadata(&self) -> Vec<Metadata> {
        if self.product == Product::ZooKeeper {
            return Vec::new();
        }
        let zookeeper = self.zookeeper.map(|_| Metadata::ZooKeeper);
        let kraft = (self.version.line() >= KRAFT).then_some(Metadata::KRaft);
        zookeeper.into_iter().chain(kraft).collect()
    }
}

impl Product {
    /// Of its jar and of folders.
    pub(super) fn artifact(self) -> &'static str {
        match self {
            Self::Kafka => "kafka",
            Self::ZooKeeper => "zookeeper",
        }
    }

    /// The newest version of each line, oldest first.
    fn newest(self) -> impl DoubleEndedIterator<Item = Version> {
        let (kafka, zookeeper): (&[_], &[_]) = match self {
            Self::Kafka => (KAFKA, &[]),
            Self::ZooKeeper => (&[], ZOOKEEPER),
        };
        kafka.iter().map(|(version, _)| *version).chain(zookeeper.iter().copied())
    }

    /// Whether there can be such a version: of a line that goes on, or is new, only its repositories know.
    fn can_have(self, version: Version) -> bool {
        let goes_on = match self {
            Self::Kafka => KAFKA_GOES_ON,
            Self::ZooKeeper => ZOOKEEPER_GOES_ON,
        };
        let line = version.line();
        if self == Self::ZooKeeper && line == FIRST_3_5.line() && version < FIRST_3_5 {
            return false;
        }
        match self.newest().find(|newest| newest.line() == line) {
            Some(newest) => version <= newest || line >= goes_on,
            None => self.newest().all(|newest| newest.line() < line),
        }
    }
}

/// As in folder names: `kafka-2.5.0`.
impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.product.artifact(), self.version)
    }
}

/// As in sentences.
impl fmt::Display for Metadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ZooKeeper => "ZooKeeper",
            Self::KRaft => "KRaft",
        })
    }
}

/// As in sentences: `Kafka`.
impl fmt::Display for Product {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Kafka => "Kafka",
            Self::ZooKeeper => "ZooKeeper",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kafka(version: &str) -> Release {
        find(Product::Kafka, version).expect("it can be")
    }

    fn suggestion(version: &str) -> Option<String> {
        match find(Product::Kafka, version) {
            Err(DistributionError::Unknown { nearest, .. }) => nearest.map(|it| it.to_string()),
            other => panic!("{version} led to {other:?}"),
        }
    }

    #[test]
    fn every_release_is_found_by_its_version() {
        for release in releases() {
            let found = find(release.product, &release.version.to_string());
            assert_eq!(found.expect("it is there"), release);
        }
        assert!(find(Product::ZooKeeper, "2.5.0").is_err(), "a Kafka is no ZooKeeper");
    }

    #[test]
    fn any_version_of_a_line_is_found_and_of_lines_to_come() {
        for version in ["0.11.0.0", "2.4.1", "3.9.7", "4.4.1", "4.12.0", "5.0.1"] {
            assert_eq!(kafka(version).version.to_string(), version);
        }
    }

    #[test]
    fn a_version_that_never_comes_is_refused() {
        let can_be = |product, version: &str| find(product, version).is_ok();
        for version in ["0.11.0.4", "2.5.2", "2.9.0", "3.8.2", "3.10.0", "0.10.2.2"] {
            assert!(!can_be(Product::Kafka, version), "{version}");
        }
        for version in ["3.3.6", "3.4.15", "3.5.0", "3.7.3"] {
            assert!(!can_be(Product::ZooKeeper, version), "{version}");
        }
        assert!(can_be(Product::ZooKeeper, "3.5.5") && can_be(Product::ZooKeeper, "3.9.9"));
    }

    #[test]
    fn java_and_metadata_follow_from_the_version() {
        use Metadata::{KRaft, ZooKeeper};
        assert_eq!((kafka("4.0.0").java(), kafka("4.0.0").metadata()), (17, vec![KRaft]));
        assert_eq!(
            (kafka("3.3.2").java(), kafka("3.3.2").metadata()),
            (11, vec![ZooKeeper, KRaft])
        );
        assert_eq!(kafka("3.2.0").metadata(), [ZooKeeper]);
    }

    #[test]
    fn the_bundled_zookeeper_is_that_of_the_line() {
        let bundled = |version| kafka(version).zookeeper.map(|it| it.line());
        assert_eq!(bundled("1.1.0"), Some((3, 4)));
        assert_eq!(bundled("2.8.1"), Some((3, 5)));
        assert_eq!(bundled("3.9.1"), Some((3, 8)));
        assert_eq!(bundled("4.0.0"), None);
        assert_eq!(bundled("5.0.0"), None);
    }

    #[test]
    fn the_nearest_version_is_suggested() {
        let suggested = [
            ("2.5", "2.5.0"),
            ("2.6", "2.6.3"),
            ("0.11", "0.11.0.3"),
            ("0.10.2.1", "0.11.0.3"),
            ("3.10.0", "3.9.2"),
            ("1.2.0", "1.1.1"),
            ("4", "4.4.0"),
            ("2.5.9", "2.5.1"),
        ];
        for (version, nearest) in suggested {
            assert_eq!(suggestion(version).as_deref(), Some(nearest), "{version}");
        }
        assert_eq!(suggestion("newest"), None);
        assert_eq!(suggestion(""), None);
    }
}
