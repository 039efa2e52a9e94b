//! The sentences that name a scenario's cluster. The plan reads them, and the run hands each scenario its
//! cluster; as steps they only check that it did.

use cucumber::gherkin::Step;
use cucumber::given;

use super::world::World;
use crate::scenario::failure::StepFailure;

/// What a sentence says of the cluster that the scenario wants.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct ClusterWanted {
    /// Version of Kafka, instead of the fixture's.
    pub kafka: Option<String>,
    /// Name of a fixture: a file of that name in `fixtures/clusters`, without `.yaml`.
    pub fixture: Option<String>,
    /// Settings of all brokers, on top of the fixture's.
    pub settings: Vec<(String, String)>,
}

impl ClusterWanted {
    /// Reads a step; none when it is not one of the sentences of this file.
    pub fn read(step: &Step) -> Option<Self> {
        let rest = step.value.strip_prefix("a running Kafka ")?;
        let (rest, with_settings) = match rest.strip_suffix(" with settings:") {
            Some(rest) => (rest, true),
            None => (rest, false),
        };
        let (before, after) = rest.split_once("cluster")?;
        let kafka = (!before.is_empty()).then(|| before.trim_end().to_string());
        let fixture = after.trim_start().strip_prefix("described by ");
        let fixture = fixture.map(|name| name.trim_matches(['"', '\'']).to_string());
        let rows = step.table.iter().filter(|_| with_settings).flat_map(|table| &table.rows);
        let settings = rows.skip(1).filter_map(|row| match row.as_slice() {
            [name, value] => Some((name.clone(), value.clone())),
            _ => None,
        });
        Some(Self { kafka, fixture, settings: settings.collect() })
    }
}

/// Whether the step's table, if it has one, is one of settings: with the columns name and value.
pub fn is_settings_table(step: &Step) -> bool {
    let heading = step.table.as_ref().and_then(|table| table.rows.first());
    heading.is_none_or(|heading| *heading == ["name", "value"])
}

/// The cluster that the scenario runs on. Every scenario names one, itself or in its background.
///
/// Without more, it is the cluster of `--cluster`, or else `three-broker`: three ZooKeepers and three
/// brokers. A fixture is a file in `fixtures/clusters`, named without `.yaml`; a version stands in place of
/// the fixture's and of `--kafka`. Scenarios that want the same cluster share it.
///
/// ```gherkin
/// Given a running Kafka cluster
/// ```
/// ```gherkin
/// Given a running Kafka 0.11.0.3 cluster
/// ```
/// ```gherkin
/// Given a running Kafka cluster described by "two-log-dirs"
/// ```
/// ```gherkin
/// Given a running Kafka 2.5.0 cluster described by "independent-zookeeper"
/// ```
#[given(expr = "a running Kafka cluster")]
#[given(expr = "a running Kafka {word} cluster")]
#[given(expr = "a running Kafka cluster described by {string}")]
#[given(expr = "a running Kafka {word} cluster described by {string}")]
pub async fn running_cluster(world: &mut World) -> Result<(), StepFailure> {
    world.cluster().map(drop)
}

/// The cluster that the scenario runs on, with settings of all its brokers: any property of
/// `server.properties`, in a table with the columns name and value. They stand in place of the fixture's own.
///
/// ```gherkin
/// Given a running Kafka cluster with settings:
///   | name                | value |
///   | min.insync.replicas | 2     |
/// ```
/// ```gherkin
/// Given a running Kafka 0.11.0.3 cluster with settings:
///   | name                      | value |
///   | auto.create.topics.enable | false |
/// ```
/// ```gherkin
/// Given a running Kafka cluster described by "two-log-dirs" with settings:
///   | name             | value |
///   | log.retention.ms | 60000 |
/// ```
/// ```gherkin
/// Given a running Kafka 2.5.0 cluster described by "single" with settings:
///   | name           | value |
///   | num.partitions | 3     |
/// ```
#[given(expr = "a running Kafka cluster with settings:")]
#[given(expr = "a running Kafka {word} cluster with settings:")]
#[given(expr = "a running Kafka cluster described by {string} with settings:")]
#[given(expr = "a running Kafka {word} cluster described by {string} with settings:")]
pub async fn running_cluster_with_settings(world: &mut World) -> Result<(), StepFailure> {
    world.cluster().map(drop)
}

#[cfg(test)]
mod tests {
    use cucumber::gherkin::{StepType, Table};

    use super::*;

    fn read(sentence: &str) -> Option<ClusterWanted> {
        let rows = [["name", "value"], ["min.insync.replicas", "2"]];
        let rows = rows.map(|row| row.map(String::from).to_vec()).to_vec();
        let table = Table::builder().rows(rows).build();
        let step = Step::builder().keyword("Given ".into()).ty(StepType::Given);
        ClusterWanted::read(&step.value(sentence.into()).table(Some(table)).build())
    }

    #[test]
    fn reads_version_fixture_and_settings() {
        let settings = vec![("min.insync.replicas".to_string(), "2".to_string())];
        assert_eq!(
            read("a running Kafka 2.5.0 cluster described by \"two-log-dirs\" with settings:"),
            Some(ClusterWanted {
                kafka: Some("2.5.0".into()),
                fixture: Some("two-log-dirs".into()),
                settings,
            })
        );
        assert_eq!(read("a running Kafka cluster"), Some(ClusterWanted::default()));
        assert_eq!(read("a topic \"orders\""), None);
    }
}
