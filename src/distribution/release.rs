//! The table of releases that trial knows.

use std::fmt;

use super::error::DistributionError;

/// Every release, newest first within a product.
///
/// To add a version of the ZooKeeper era, write `docker/distributions/<product>-<version>/pom.xml` and add
/// an entry here, and for Kafka one in `KAFKA` of `src/cluster/properties/mod.rs` (CONTRIBUTING.md). The pom names the release itself and what its users' scripts would have on the class
/// path besides: a binding of slf4j to log4j 1.x unless it brings one (`slf4j-log4j12`, or `slf4j-reload4j`
/// where the release uses reload4j), and what the release's own pom leaves to others. The ZooKeeper version is the one that
/// Maven resolves for it.
const RELEASES: &[Release] = &[
    Release {
        product: Product::Kafka,
        version: "3.9.2",
        zookeeper: "3.8.4",
        pom: include_str!("../../docker/distributions/kafka-3.9.2/pom.xml"),
    },
    Release {
        product: Product::Kafka,
        version: "2.5.0",
        zookeeper: "3.5.7",
        pom: include_str!("../../docker/distributions/kafka-2.5.0/pom.xml"),
    },
    Release {
        product: Product::Kafka,
        version: "0.11.0.3",
        zookeeper: "3.4.10",
        pom: include_str!("../../docker/distributions/kafka-0.11.0.3/pom.xml"),
    },
    Release {
        product: Product::ZooKeeper,
        version: "3.6.1",
        zookeeper: "3.6.1",
        pom: include_str!("../../docker/distributions/zookeeper-3.6.1/pom.xml"),
    },
];

/// A distribution that trial knows: one pinned `pom.xml` and what follows from it.
#[derive(Debug, PartialEq, Eq)]
pub struct Release {
    /// `kafka` or `zookeeper`.
    pub product: Product,
    /// As its users write it: `2.5.0`.
    pub version: &'static str,
    /// Version of the ZooKeeper among its jars: the bundled one of a Kafka, its own of a ZooKeeper.
    pub zookeeper: &'static str,
    /// The pinned `pom.xml` from which Maven resolves the jars.
    pub pom: &'static str,
}

/// What a distribution is a distribution of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Product {
    /// Apache Kafka, with the ZooKeeper that it is released with.
    Kafka,
    /// Apache ZooKeeper on its own.
    ZooKeeper,
}

/// Every release that trial knows, newest first within a product.
pub fn releases() -> &'static [Release] {
    RELEASES
}

/// The release of a product with exactly this version.
///
/// # Errors
/// [`DistributionError::Unknown`] with the versions there are and the one that was probably meant.
pub fn find(product: Product, version: &str) -> Result<&'static Release, DistributionError> {
    let known = || RELEASES.iter().filter(|release| release.product == product);
    known().find(|release| release.version == version).ok_or_else(|| DistributionError::Unknown {
        product,
        version: version.to_owned(),
        nearest: nearest(known(), version),
        known: known().map(|release| release.version).collect(),
    })
}

/// The version with the most leading numbers in common, then the least difference in the first number
/// that differs; none for a text that is no version.
fn nearest<'a>(known: impl Iterator<Item = &'a Release>, version: &str) -> Option<&'static str> {
    let typed = numbers(version);
    let distance = |release: &&Release| {
        let own = numbers(release.version);
        let common = own.iter().zip(&typed).take_while(|(own, typed)| own == typed).count();
        let at = |numbers: &[u32]| numbers.get(common).copied().unwrap_or(0);
        (std::cmp::Reverse(common), at(&own).abs_diff(at(&typed)))
    };
    known.min_by_key(distance).filter(|_| !typed.is_empty()).map(|release| release.version)
}

/// Numbers of a version; what is no number ends it.
fn numbers(version: &str) -> Vec<u32> {
    version.split('.').map_while(|part| part.parse().ok()).collect()
}

/// As in folder names: `kafka-2.5.0`.
impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let product = match self.product {
            Product::Kafka => "kafka",
            Product::ZooKeeper => "zookeeper",
        };
        write!(f, "{product}-{}", self.version)
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

    fn suggestion(version: &str) -> Option<&'static str> {
        match find(Product::Kafka, version) {
            Err(DistributionError::Unknown { nearest, .. }) => nearest,
            other => panic!("{version} led to {other:?}"),
        }
    }

    #[test]
    fn every_release_is_found_by_its_version() {
        for release in releases() {
            assert_eq!(
                find(release.product, release.version).expect("it is in the table"),
                release
            );
        }
        assert!(find(Product::ZooKeeper, "2.5.0").is_err(), "a Kafka is no ZooKeeper");
    }

    #[test]
    fn the_nearest_version_is_suggested() {
        assert_eq!(suggestion("2.5.1"), Some("2.5.0"));
        assert_eq!(suggestion("2.5"), Some("2.5.0"));
        assert_eq!(suggestion("0.11"), Some("0.11.0.3"));
        assert_eq!(suggestion("3.9.0"), Some("3.9.2"));
        assert_eq!(suggestion("4.1.0"), Some("3.9.2"));
        assert_eq!(suggestion("newest"), None);
        assert_eq!(suggestion(""), None);
    }

    #[test]
    fn every_pom_is_that_of_its_release() {
        let poms = concat!(env!("CARGO_MANIFEST_DIR"), "/docker/distributions");
        let folders = std::fs::read_dir(poms).expect("the folder of the poms");
        let mut folders: Vec<_> = folders
            .map(|folder| folder.expect("an entry").file_name().into_string().expect("a name"))
            .collect();
        let mut table: Vec<_> = releases().iter().map(Release::to_string).collect();
        folders.sort();
        table.sort();
        assert_eq!(folders, table, "a pom without a line in the table, or the other way round");
        for release in releases() {
            let version = format!("<version>{}</version>", release.version);
            assert!(release.pom.matches(&version).count() >= 2, "{release}: {}", release.pom);
        }
    }
}
