//! Kafka's own command-line tools, run on a broker: those in the folder `bin` of the cluster's version, without
//! those that start nodes or never end. `trial check` tells which there are. A tool that prints an error has failed,
//! whatever its exit code: kafka-consumer-groups, kafka-reassign-partitions and others end with 0 then.

mod ran;

use std::time::Duration;

use cucumber::gherkin::Step;
use cucumber::{given, then, when};

pub(super) use self::ran::run;
use self::ran::{contains, excerpt};
use super::meaning::Meaning;
use super::parameter::{BrokerNumber, Period};
use super::table;
use super::unfit::Unfit;
use super::world::World;
use crate::client::tool::ToolLine;
use crate::cluster::spec::ClusterSpec;
use crate::scenario::failure::StepFailure;
use crate::wait::{Seen, until};

/// A tool costs a second or more of both cores: not more often than this.
const INTERVAL: Duration = Duration::from_secs(1);

/// Runs one of Kafka's tools on a broker and expects it to end well within two minutes, and to print no error. trial
/// adds the option with the cluster's addresses as the version of Kafka spells it: --bootstrap-server, or
/// --zookeeper or --broker-list before. Where the command has one, write BOOTSTRAP or ZOOKEEPER for the addresses,
/// as in `--producer-props bootstrap.servers=BOOTSTRAP`. Topics, groups and transactional ids have the author's
/// names.
///
/// ```gherkin
/// When "kafka-topics --create --topic orders --partitions 1 --replication-factor 3" runs on broker 1
/// ```
/// ```gherkin
/// When "kafka-topics --zookeeper ZOOKEEPER --list" runs on broker 2
/// ```
#[given(expr = "{string} runs on broker {count}")]
#[when(expr = "{string} runs on broker {count}")]
async fn runs(world: &mut World, line: ToolLine, id: BrokerNumber) -> Result<(), StepFailure> {
    run(world, &line, *id, "").await?.well(&line).map(drop)
}

pub(crate) fn means_runs(line: &ToolLine, _: &BrokerNumber) -> Meaning {
    Meaning::RunsTool(line.clone())
}

/// Whether the version of the cluster has the tool.
pub(crate) fn fits_runs(
    cluster: &ClusterSpec,
    line: &ToolLine,
    _: &BrokerNumber,
) -> Result<(), Unfit> {
    there(cluster, line)
}

/// Runs one of Kafka's tools on a broker with the lines of the text as its standard input, and expects it to
/// end well within two minutes. Options are added as in `"kafka-topics --list" runs on broker 2`. A tool that takes a
/// file of JSON takes the text as that, with the names of topics as you write them, by the name /dev/stdin.
///
/// ```gherkin
/// When "kafka-console-producer --topic orders" runs on broker 1 with input:
///   """
///   first
///   second
///   """
/// ```
/// ```gherkin
/// When "kafka-delete-records --offset-json-file /dev/stdin" runs on broker 1 with input:
///   """
///   {"version": 1, "partitions": [{"topic": "orders", "partition": 0, "offset": 10}]}
///   """
/// ```
#[given(expr = "{string} runs on broker {count} with input:")]
#[when(expr = "{string} runs on broker {count} with input:")]
async fn runs_with_input(
    world: &mut World,
    line: ToolLine,
    id: BrokerNumber,
    #[step] step: &Step,
) -> Result<(), StepFailure> {
    let input = format!("{}\n", table::text(step)?.join("\n"));
    run(world, &line, *id, &input).await?.well(&line).map(drop)
}

pub(crate) fn means_runs_with_input(line: &ToolLine, _: &BrokerNumber) -> Meaning {
    Meaning::RunsTool(line.clone())
}

/// As for the sentence without input.
pub(crate) fn fits_runs_with_input(
    cluster: &ClusterSpec,
    line: &ToolLine,
    _: &BrokerNumber,
) -> Result<(), Unfit> {
    there(cluster, line)
}

/// Runs one of Kafka's tools on a broker and expects this line, whole, in what it prints, be it an error. Options are
/// added as in `"kafka-topics --list" runs on broker 2`.
///
/// ```gherkin
/// Then "kafka-topics --list" on broker 2 prints the line "orders"
/// ```
#[then(expr = "{string} on broker {count} prints the line {string}")]
async fn prints_line(
    world: &mut World,
    line: ToolLine,
    id: BrokerNumber,
    expected: String,
) -> Result<(), StepFailure> {
    let ran = run(world, &line, *id, "").await?;
    if ran.code == 0 && ran.printed().lines().any(|line| line.trim() == expected) {
        return Ok(());
    }
    let output = ran.well(&line)?;
    Err(StepFailure::expectation(format!(
        "expected the line {expected:?}; \"{line}\" printed:\n{}",
        excerpt(output)
    )))
}

pub(crate) fn means_prints_line(line: &ToolLine, _: &BrokerNumber, _: &str) -> Meaning {
    Meaning::RunsTool(line.clone())
}

/// As for the sentence that runs it; every output has an empty line in it.
pub(crate) fn fits_prints_line(
    cluster: &ClusterSpec,
    line: &ToolLine,
    _: &BrokerNumber,
    expected: &str,
) -> Result<(), Unfit> {
    there(cluster, line)?;
    some(expected, 2)
}

/// Runs one of Kafka's tools on a broker and expects this text somewhere in a line that it prints, be it an error; runs
/// of blanks count as one, and those after a colon as none. Options are added as in
/// `"kafka-topics --list" runs on broker 2`.
///
/// ```gherkin
/// Then "kafka-topics --describe --topic orders" on broker 2 prints "ReplicationFactor: 3"
/// ```
#[then(expr = "{string} on broker {count} prints {string}")]
async fn prints(
    world: &mut World,
    line: ToolLine,
    id: BrokerNumber,
    expected: String,
) -> Result<(), StepFailure> {
    let ran = run(world, &line, *id, "").await?;
    if ran.code == 0 && contains(&ran.printed(), &expected) {
        return Ok(());
    }
    let output = ran.well(&line)?;
    Err(StepFailure::expectation(format!(
        "expected the text {expected:?}; \"{line}\" printed:\n{}",
        excerpt(output)
    )))
}

pub(crate) fn means_prints(line: &ToolLine, _: &BrokerNumber, _: &str) -> Meaning {
    Meaning::RunsTool(line.clone())
}

/// As for the sentence that runs it; every output has an empty text in it.
pub(crate) fn fits_prints(
    cluster: &ClusterSpec,
    line: &ToolLine,
    _: &BrokerNumber,
    expected: &str,
) -> Result<(), Unfit> {
    there(cluster, line)?;
    some(expected, 2)
}

/// Runs one of Kafka's tools on a broker and expects it to print the lines of the text and no others, in this
/// order. Options are added as in `"kafka-topics --list" runs on broker 2`.
///
/// ```gherkin
/// Then "kafka-console-consumer --topic orders --from-beginning --max-messages 2" on broker 3 prints exactly:
///   """
///   first
///   second
///   """
/// ```
#[then(expr = "{string} on broker {count} prints exactly:")]
async fn prints_exactly(
    world: &mut World,
    line: ToolLine,
    id: BrokerNumber,
    #[step] step: &Step,
) -> Result<(), StepFailure> {
    let expected = table::text(step)?;
    let ran = run(world, &line, *id, "").await?;
    let found: Vec<&str> = ran.stdout.lines().collect();
    if ran.code == 0 && found == expected {
        return Ok(());
    }
    let output = ran.well(&line)?;
    let (count, expected) = (expected.len(), expected.join("\n"));
    Err(StepFailure::expectation(format!(
        "expected exactly these {count} lines:\n{expected}\n\"{line}\" printed {}:\n{}",
        found.len(),
        excerpt(output)
    )))
}

pub(crate) fn means_prints_exactly(line: &ToolLine, _: &BrokerNumber) -> Meaning {
    Meaning::RunsTool(line.clone())
}

/// As for the sentence that runs it.
pub(crate) fn fits_prints_exactly(
    cluster: &ClusterSpec,
    line: &ToolLine,
    _: &BrokerNumber,
) -> Result<(), Unfit> {
    there(cluster, line)
}

/// Runs one of Kafka's tools on a broker, again and again, until it no longer prints this line, before the
/// time is over. Options are added as in `"kafka-topics --list" runs on broker 2`.
///
/// ```gherkin
/// Then within 30 seconds "kafka-topics --list" on broker 2 no longer prints the line "orders"
/// ```
#[then(expr = "within {duration} {string} on broker {count} no longer prints the line {string}")]
async fn no_longer_prints(
    world: &mut World,
    limit: Period,
    line: ToolLine,
    id: BrokerNumber,
    gone: String,
) -> Result<(), StepFailure> {
    let world = &*world;
    until(limit.0, INTERVAL, async || {
        let ran = run(world, &line, *id, "").await?;
        let output = ran.well(&line)?;
        Ok::<_, StepFailure>(match output.lines().any(|line| line.trim() == gone) {
            true => Seen::NotYet(format!("\"{line}\" still printed the line {gone:?}")),
            false => Seen::Ready(()),
        })
    })
    .await?;
    Ok(())
}

pub(crate) fn means_no_longer_prints(
    _: &Period,
    line: &ToolLine,
    _: &BrokerNumber,
    _: &str,
) -> Meaning {
    Meaning::RunsTool(line.clone())
}

/// As for the sentence that runs it; every output has an empty line in it.
pub(crate) fn fits_no_longer_prints(
    cluster: &ClusterSpec,
    _: &Period,
    line: &ToolLine,
    _: &BrokerNumber,
    gone: &str,
) -> Result<(), Unfit> {
    there(cluster, line).map_err(|unfit| Unfit { argument: 1, ..unfit })?;
    some(gone, 3)
}

/// Runs one of Kafka's tools on a broker and expects it to fail with this text: by its exit code, or by an
/// error that it prints though it ends with exit code 0. Options are added as in `"kafka-topics --list" runs on broker 2`.
///
/// ```gherkin
/// Then "kafka-topics --create --topic orders --partitions 1 --replication-factor 4" on broker 1 fails with "larger than available brokers"
/// ```
#[then(expr = "{string} on broker {count} fails with {string}")]
async fn fails(
    world: &mut World,
    line: ToolLine,
    id: BrokerNumber,
    expected: String,
) -> Result<(), StepFailure> {
    let ran = run(world, &line, *id, "").await?;
    let all = ran.printed();
    if ran.code == 0 && ran.complaint.is_none() {
        return Err(StepFailure::expectation(format!(
            "expected a failure with {expected:?}; \"{line}\" ended well and printed:\n{}",
            excerpt(&all)
        )));
    }
    if contains(&all, &expected) {
        return Ok(());
    }
    Err(StepFailure::expectation(format!(
        "expected a failure with {expected:?}; \"{line}\" ended with exit code {} and printed:\n{}",
        ran.code,
        excerpt(&all)
    )))
}

pub(crate) fn means_fails(line: &ToolLine, _: &BrokerNumber, _: &str) -> Meaning {
    Meaning::RunsTool(line.clone())
}

/// As for the sentence that runs it; every output has an empty text in it.
pub(crate) fn fits_fails(
    cluster: &ClusterSpec,
    line: &ToolLine,
    _: &BrokerNumber,
    expected: &str,
) -> Result<(), Unfit> {
    there(cluster, line)?;
    some(expected, 2)
}

fn there(cluster: &ClusterSpec, line: &ToolLine) -> Result<(), Unfit> {
    let there = line.check(cluster.kafka().version);
    there.map_err(|error| Unfit { argument: 0, why: error.to_string() })
}

fn some(expected: &str, argument: usize) -> Result<(), Unfit> {
    if expected.trim().is_empty() {
        return Err(Unfit {
            argument,
            why: "it is in every output; write some of its words".into(),
        });
    }
    Ok(())
}
