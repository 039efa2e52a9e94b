//! Which versions there can be, and what is known of each.

use std::fmt;
use std::sync::Arc;

use super::error::DistributionError;
use super::pom;
use super::version::{Line, Version};

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
    let newest = product.newest().last().map(|it| it.line());
    let can_be = |it: &Version| product.has(it.line()) || Some(it.line()) > newest;
    let parsed = version.parse().ok().filter(can_be);
    parsed.map(|parsed| Release::new(product, parsed)).ok_or_else(|| DistributionError::Unknown {
        product,
        version: version.to_owned(),
        nearest: nearest(product, version),
    })
}

/// The version with the most leading numbers in common, then the least difference in the first number that differs,
/// then one that trial is tried with; none for a text that is no version.
fn nearest(product: Product, text: &str) -> Option<Version> {
    let typed: Vec<u32> = text.split('.').map_while(|part| part.parse().ok()).collect();
    let tried = pom::pinned().filter(|(of, _)| *of == product).map(|(_, version)| version);
    let distance = |version: &Version| {
        let own = version.numbers();
        let common = own.iter().zip(&typed).take_while(|(own, typed)| own == typed).count();
        let at = |numbers: &[u32]| numbers.get(common).copied();
        let differs = at(&typed).map(|typed| at(own).unwrap_or_default().abs_diff(typed));
        (std::cmp::Reverse(common), differs)
    };
    tried.chain(product.newest()).min_by_key(distance).filter(|_| !typed.is_empty())
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
        Self { product, version, zookeeper, pom: pom::of(product, version).into() }
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

    /// Whether there is such a line.
    fn has(self, line: Line) -> bool {
        self.newest().any(|it| it.line() == line)
    }
}

/// As in folder names: `kafka-2.5.0`.
impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.product.artifact(), self.version)
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
        ];
        for (version, nearest) in suggested {
            assert_eq!(suggestion(version).as_deref(), Some(nearest), "{version}");
        }
        assert_eq!(suggestion("newest"), None);
        assert_eq!(suggestion(""), None);
    }
}
