//! The `pom.xml` from which Maven resolves the jars of a version: the release itself, and what its users' scripts would
//! have on the class path besides.

use std::fmt;

use super::release::Product;
use super::version::Version;

/// Poms of the versions that every release of trial is tried with, newest first within a product. Those of all others
/// follow from the rules below.
const PINNED: &[(Product, Version, &str)] = &[
    (
        Product::Kafka,
        Version::new(4, 4, 0),
        include_str!("../../docker/distributions/kafka-4.4.0/pom.xml"),
    ),
    (
        Product::Kafka,
        Version::new(3, 9, 2),
        include_str!("../../docker/distributions/kafka-3.9.2/pom.xml"),
    ),
    (
        Product::Kafka,
        Version::new(2, 5, 0),
        include_str!("../../docker/distributions/kafka-2.5.0/pom.xml"),
    ),
    (
        Product::Kafka,
        Version::before_1(11, 0, 3),
        include_str!("../../docker/distributions/kafka-0.11.0.3/pom.xml"),
    ),
    (
        Product::ZooKeeper,
        Version::new(3, 6, 1),
        include_str!("../../docker/distributions/zookeeper-3.6.1/pom.xml"),
    ),
];

/// Versions with a pinned pom, newest first within a product.
pub fn pinned() -> impl Iterator<Item = (Product, Version)> {
    PINNED.iter().map(|(product, version, _)| (*product, *version))
}

/// The pom of a version.
pub fn of(product: Product, version: Version) -> String {
    let pinned = PINNED.iter().find(|(its, of, _)| (*its, *of) == (product, version));
    if let Some((.., pom)) = pinned {
        return (*pom).to_owned();
    }
    let artifact = product.artifact();
    let wanted = match product {
        Product::Kafka => of_kafka(version),
        Product::ZooKeeper => of_zookeeper(version),
    };
    let wanted: String = wanted.iter().map(Dependency::to_string).collect();
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>io.github.kafka-trial.distributions</groupId>
  <artifactId>{artifact}</artifactId>
  <version>{version}</version>
  <packaging>pom</packaging>
  <dependencies>
{wanted}  </dependencies>
</project>
"#
    )
}

/// A pattern of a group and an artifact.
type Pattern = (&'static str, &'static str);

const EVERYTHING: &[Pattern] = &[("*", "*")];

/// Connect and its web server, which no tool for brokers needs.
const CONNECT: &[Pattern] = &[
    ("org.apache.kafka", "connect-runtime"),
    ("org.apache.kafka", "connect-api"),
    ("org.eclipse.jetty", "*"),
    ("org.glassfish.jersey.containers", "*"),
    ("org.glassfish.jersey.inject", "*"),
    ("com.fasterxml.jackson.jaxrs", "*"),
];

/// What ZooKeeper logs with since 3.8.
const LOGBACK: &[Pattern] = &[("ch.qos.logback", "*")];

fn of_kafka(version: Version) -> Vec<Dependency> {
    let released = version.to_string();
    let line = version.line();
    // The Scala that most users of the line have.
    let core = match line {
        (0, _) => "kafka_2.11",
        (1 | 2, _) => "kafka_2.12",
        _ => "kafka_2.13",
    };
    let core = Dependency::new("org.apache.kafka", core, &released);
    // Producers that measure and those that can be verified, and in time all console tools.
    let tools = Dependency::new("org.apache.kafka", "kafka-tools", &released);
    let mut wanted = match line {
        (0, _) => vec![core, tools],
        // Trogdor in the same jar brings a web server along, and nothing but this is needed of it all.
        (1 | 2, _) => vec![
            core,
            tools.without(EVERYTHING),
            Dependency::new("net.sourceforge.argparse4j", "argparse4j", "0.7.0"),
        ],
        _ => vec![core, tools.without(CONNECT)],
    };
    // One `log4j.properties` serves every version: lines until 3.1 log by log4j 1.x, then by reload4j (KAFKA-13660), and
    // 4.x brings no binding.
    wanted.push(match line < (3, 2) {
        true => Dependency::new("org.slf4j", "slf4j-log4j12", "1.7.30"),
        false => Dependency::new("org.slf4j", "slf4j-reload4j", "1.7.36"),
    });
    // Java 11 has no javax.xml.bind any more, and brokers know that since 2.1.
    if line < (2, 1) {
        wanted.push(Dependency::new("javax.xml.bind", "jaxb-api", "2.3.1"));
    }
    wanted
}

fn of_zookeeper(version: Version) -> Vec<Dependency> {
    let core = Dependency::new("org.apache.zookeeper", "zookeeper", &version.to_string());
    // Since 3.6 the server uses what its own pom leaves to whoever provides it.
    let left_out = |metrics, snappy, cli| {
        [
            Dependency::new("io.dropwizard.metrics", "metrics-core", metrics),
            Dependency::new("org.xerial.snappy", "snappy-java", snappy),
            Dependency::new("commons-cli", "commons-cli", cli),
        ]
    };
    match version.line() {
        line if line < (3, 6) => vec![core],
        line if line < (3, 8) => {
            [core].into_iter().chain(left_out("3.2.5", "1.1.7", "1.2")).collect()
        }
        _ => {
            // In place of logback, so that one `log4j.properties` serves every version.
            let logging = [
                Dependency::new("org.slf4j", "slf4j-api", "1.7.36"),
                Dependency::new("org.slf4j", "slf4j-reload4j", "1.7.36"),
            ];
            let left_out = left_out("4.1.12.1", "1.1.10.5", "1.5.0");
            [core.without(LOGBACK)].into_iter().chain(logging).chain(left_out).collect()
        }
    }
}

/// What a pom asks for.
struct Dependency {
    group: &'static str,
    artifact: &'static str,
    version: String,
    /// What is left out of all that it brings along.
    without: &'static [Pattern],
}

impl Dependency {
    fn new(group: &'static str, artifact: &'static str, version: &str) -> Self {
        Self { group, artifact, version: version.to_owned(), without: &[] }
    }

    fn without(self, without: &'static [Pattern]) -> Self {
        Self { without, ..self }
    }
}

/// As an element of a pom.
impl fmt::Display for Dependency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { group, artifact, version, without } = self;
        writeln!(f, "    <dependency>")?;
        writeln!(f, "      <groupId>{group}</groupId>")?;
        writeln!(f, "      <artifactId>{artifact}</artifactId>")?;
        writeln!(f, "      <version>{version}</version>")?;
        if !without.is_empty() {
            writeln!(f, "      <exclusions>")?;
            for (group, artifact) in *without {
                writeln!(f, "        <exclusion>")?;
                writeln!(f, "          <groupId>{group}</groupId>")?;
                writeln!(f, "          <artifactId>{artifact}</artifactId>")?;
                writeln!(f, "        </exclusion>")?;
            }
            writeln!(f, "      </exclusions>")?;
        }
        writeln!(f, "    </dependency>")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kafka(version: &str) -> String {
        of(Product::Kafka, version.parse().expect("a version"))
    }

    #[test]
    fn every_pinned_pom_is_that_of_its_release() {
        let poms = concat!(env!("CARGO_MANIFEST_DIR"), "/docker/distributions");
        let folders = std::fs::read_dir(poms).expect("the folder of the poms");
        let mut folders: Vec<_> = folders
            .map(|folder| folder.expect("an entry").file_name().into_string().expect("a name"))
            .collect();
        let named =
            |(product, version): (Product, Version)| format!("{}-{version}", product.artifact());
        let mut table: Vec<_> = pinned().map(named).collect();
        folders.sort();
        table.sort();
        assert_eq!(folders, table, "a pom without a line in the table, or the other way round");
        for (product, version) in pinned() {
            let pom = of(product, version);
            let written = format!("<version>{version}</version>");
            assert!(pom.matches(&written).count() >= 2, "{product} {version}: {pom}");
        }
    }

    #[test]
    fn each_line_has_its_scala_and_its_logging() {
        for (version, scala, binding) in [
            ("0.11.0.0", "kafka_2.11<", "slf4j-log4j12<"),
            ("1.1.1", "kafka_2.12<", "slf4j-log4j12<"),
            ("2.8.2", "kafka_2.12<", "slf4j-log4j12<"),
            ("3.1.0", "kafka_2.13<", "slf4j-log4j12<"),
            ("3.3.2", "kafka_2.13<", "slf4j-reload4j<"),
            ("4.9.0", "kafka_2.13<", "slf4j-reload4j<"),
        ] {
            let pom = kafka(version);
            assert!(pom.contains(scala) && pom.contains(binding), "{pom}");
            assert_eq!(pom.matches(&format!("<version>{version}</version>")).count(), 3, "{pom}");
        }
        assert!(kafka("2.0.1").contains("jaxb-api") && !kafka("2.1.0").contains("jaxb-api"));
    }

    #[test]
    fn a_zookeeper_has_what_its_pom_leaves_to_others() {
        let zookeeper = |version: &str| of(Product::ZooKeeper, version.parse().expect("a version"));
        assert!(!zookeeper("3.5.9").contains("metrics-core"));
        assert!(zookeeper("3.7.2").contains("metrics-core"));
        assert!(zookeeper("3.9.5").contains("<groupId>ch.qos.logback</groupId>"));
    }
}
