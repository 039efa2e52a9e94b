//! Kafka's own command-line tools, run on a broker.
//!
//! Tools: kafka-topics, kafka-console-producer, kafka-console-consumer, kafka-consumer-groups, kafka-configs,
//! kafka-get-offsets, kafka-broker-api-versions, kafka-delete-records, kafka-reassign-partitions,
//! kafka-log-dirs, kafka-dump-log, kafka-run-class.

use std::time::Duration;

use cucumber::gherkin::Step;
use cucumber::{given, then, when};
use serde_json::Value;

use super::altered;
use super::broker::broker;
use super::failure::StepFailure;
use super::names::Names;
use super::parameter::{Count, Period};
use super::world::World;
use crate::client::tool::{self, ToolTarget};
use crate::runtime::ExecOutput;
use crate::wait::{Seen, until};

/// A tool needs some seconds to start; one that runs for longer than this is stuck.
const LIMIT: Duration = Duration::from_secs(120);

/// What the options of tools have in their names that take a file of JSON.
const JSON_FILE: &str = "json-file";

/// A tool costs a second or more of both cores: not more often than this.
const INTERVAL: Duration = Duration::from_secs(1);

/// Runs one of Kafka's tools on a broker and expects it to end well within two minutes. The option that tells it
/// of the cluster is added as the version of Kafka spells it (--bootstrap-server, or --zookeeper or
/// --broker-list before), unless the command has one; then write BOOTSTRAP or ZOOKEEPER for the addresses.
///
/// ```gherkin
/// When "kafka-topics --create --topic orders --partitions 1 --replication-factor 3" runs on broker 1
/// ```
/// ```gherkin
/// When "kafka-topics --zookeeper ZOOKEEPER --list" runs on broker 2
/// ```
#[given(expr = "{string} runs on broker {count}")]
#[when(expr = "{string} runs on broker {count}")]
async fn runs(world: &mut World, line: String, id: Count) -> Result<(), StepFailure> {
    well(&line, run(world, &line, id, "").await?).map(drop)
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
    line: String,
    id: Count,
    #[step] step: &Step,
) -> Result<(), StepFailure> {
    let mut input = format!("{}\n", lines_of(step)?.join("\n"));
    if line.contains(JSON_FILE) {
        input = with_names(&input, world.names()?);
    }
    well(&line, run(world, &line, id, &input).await?).map(drop)
}

/// Runs one of Kafka's tools on a broker and expects this line, whole, in what it prints. Options are added as
/// in `"kafka-topics --list" runs on broker 2`.
///
/// ```gherkin
/// Then "kafka-topics --list" on broker 2 prints the line "orders"
/// ```
#[then(expr = "{string} on broker {count} prints the line {string}")]
async fn prints_line(
    world: &mut World,
    line: String,
    id: Count,
    expected: String,
) -> Result<(), StepFailure> {
    let output = well(&line, run(world, &line, id, "").await?)?;
    if output.lines().any(|line| line.trim() == expected) {
        return Ok(());
    }
    Err(StepFailure::expectation(format!(
        "expected the line {expected:?}; {line:?} printed:\n{}",
        excerpt(&output)
    )))
}

/// Runs one of Kafka's tools on a broker and expects this text somewhere in a line that it prints; runs of
/// blanks count as one, and those after a colon as none. Options are added as in `"kafka-topics --list" runs on broker 2`.
///
/// ```gherkin
/// Then "kafka-topics --describe --topic orders" on broker 2 prints "ReplicationFactor: 3"
/// ```
#[then(expr = "{string} on broker {count} prints {string}")]
async fn prints(
    world: &mut World,
    line: String,
    id: Count,
    expected: String,
) -> Result<(), StepFailure> {
    let output = well(&line, run(world, &line, id, "").await?)?;
    if contains(&output, &expected) {
        return Ok(());
    }
    Err(StepFailure::expectation(format!(
        "expected the text {expected:?}; {line:?} printed:\n{}",
        excerpt(&output)
    )))
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
    line: String,
    id: Count,
    #[step] step: &Step,
) -> Result<(), StepFailure> {
    let expected = lines_of(step)?;
    let output = well(&line, run(world, &line, id, "").await?)?;
    let found: Vec<&str> = output.lines().collect();
    if found == expected {
        return Ok(());
    }
    let (count, expected) = (expected.len(), expected.join("\n"));
    Err(StepFailure::expectation(format!(
        "expected exactly these {count} lines:\n{expected}\n{line:?} printed {}:\n{}",
        found.len(),
        excerpt(&output)
    )))
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
    line: String,
    id: Count,
    gone: String,
) -> Result<(), StepFailure> {
    let world = &*world;
    until(limit.0, INTERVAL, async || {
        let output = well(&line, run(world, &line, id, "").await?)?;
        Ok::<_, StepFailure>(match output.lines().any(|line| line.trim() == gone) {
            true => Seen::NotYet(format!("{line:?} still printed the line {gone:?}")),
            false => Seen::Ready(()),
        })
    })
    .await?;
    Ok(())
}

/// Runs one of Kafka's tools on a broker and expects it to complain with this text, or to end with an exit
/// code that says so and this text. Options are added as in `"kafka-topics --list" runs on broker 2`.
///
/// ```gherkin
/// Then "kafka-topics --create --topic orders --partitions 1 --replication-factor 4" on broker 1 fails with "larger than available brokers"
/// ```
#[then(expr = "{string} on broker {count} fails with {string}")]
async fn fails(
    world: &mut World,
    line: String,
    id: Count,
    expected: String,
) -> Result<(), StepFailure> {
    let output = run(world, &line, id, "").await?;
    let all = format!("{}\n{}", output.stdout, output.stderr);
    if output.code == 0 {
        return Err(StepFailure::expectation(format!(
            "expected a failure with {expected:?}; {line:?} ended well and printed:\n{}",
            excerpt(&all)
        )));
    }
    if contains(&all, &expected) {
        return Ok(());
    }
    Err(StepFailure::expectation(format!(
        "expected a failure with {expected:?}; {line:?} ended with exit code {} and printed:\n{}",
        output.code,
        excerpt(&all)
    )))
}

/// Runs a tool on a broker with this as its standard input.
///
/// # Errors
/// Usage, when there is no such tool or broker.
pub(super) async fn run(
    world: &World,
    line: &str,
    id: Count,
    input: &str,
) -> Result<ExecOutput, StepFailure> {
    let (cluster, names) = (world.cluster()?, world.names()?);
    let target = ToolTarget {
        kafka: cluster.kafka(),
        bootstrap: cluster.internal_bootstrap(),
        zookeeper: cluster.zookeeper_connect(),
    };
    let (topic, group) = (|name: &str| names.topic(name), |name: &str| names.group(name));
    let command = tool::command(line, &target, topic, group, input.to_owned(), LIMIT);
    let command = command.map_err(|error| StepFailure::usage(error.to_string()))?;
    let output = cluster.java(broker(cluster, id)?, &command).await?;
    if output.code == 0 {
        altered::settle(world, line).await?;
    }
    Ok(ExecOutput {
        code: output.code,
        stdout: names.shown(&output.stdout),
        stderr: names.shown(&output.stderr),
    })
}

/// What a tool printed that ended well.
pub(super) fn well(line: &str, output: ExecOutput) -> Result<String, StepFailure> {
    if output.code == 0 {
        return Ok(output.stdout);
    }
    Err(StepFailure::expectation(format!(
        "{line:?} ended with exit code {}:\n{}",
        output.code,
        excerpt(&format!("{}\n{}", output.stdout, output.stderr))
    )))
}

/// An input of JSON with the names of topics in the cluster; any other is as it was.
fn with_names(input: &str, names: &Names) -> String {
    fn rename(value: &mut Value, names: &Names) {
        match value {
            Value::Object(fields) => fields.iter_mut().for_each(|(field, value)| match value {
                Value::String(topic) if field == "topic" => *topic = names.topic(topic),
                value => rename(value, names),
            }),
            Value::Array(values) => values.iter_mut().for_each(|value| rename(value, names)),
            _ => {}
        }
    }
    let Ok(mut value) = serde_json::from_str(input) else { return input.to_owned() };
    rename(&mut value, names);
    value.to_string()
}

fn lines_of(step: &Step) -> Result<Vec<&str>, StepFailure> {
    let text = step.docstring.as_deref().unwrap_or_default();
    // A docstring begins with the line break after its opening quotes.
    let text = text.strip_prefix('\n').unwrap_or(text);
    let text = text.strip_suffix('\n').unwrap_or(text);
    if text.is_empty() {
        return Err(StepFailure::usage("this step needs a text between lines of \"\"\""));
    }
    Ok(text.lines().collect())
}

/// Whether a line of the output has the text, with runs of blanks as one, since tools align with tabs, and
/// none after a colon, since old versions have none there.
fn contains(output: &str, text: &str) -> bool {
    let plain = |text: &str| {
        let words: Vec<_> = text.split_whitespace().collect();
        words.join(" ").replace(": ", ":")
    };
    let text = plain(text);
    output.lines().any(|line| plain(line).contains(&text))
}

/// The last lines of an output, for a message.
fn excerpt(output: &str) -> String {
    const LINES: usize = 20;
    let lines: Vec<_> = output.lines().filter(|line| !line.trim().is_empty()).collect();
    if lines.is_empty() {
        return "nothing".into();
    }
    lines[lines.len().saturating_sub(LINES)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_do_not_matter() {
        let output = "Topic: t\tPartitionCount: 1\tReplicationFactor: 3";
        assert!(contains(output, "PartitionCount: 1 ReplicationFactor: 3"));
        assert!(contains("PartitionCount:1\tReplicationFactor:3", "PartitionCount: 1"));
        assert!(!contains(output, "ReplicationFactor: 1"));
    }

    #[test]
    fn topics_in_json_are_those_of_the_cluster() {
        let names = Names::new("x");
        let input = r#"{"partitions":[{"offset":1,"topic":"t"}],"version":1}"#;
        let expected = r#"{"partitions":[{"offset":1,"topic":"t-x"}],"version":1}"#;
        assert_eq!(with_names(input, &names), expected);
        assert_eq!(with_names("no JSON\n", &names), "no JSON\n");
    }

    #[test]
    fn a_failed_tool_is_told_with_its_last_lines() {
        let output = ExecOutput { code: 1, stdout: String::new(), stderr: "no broker\n".into() };
        let failure = well("kafka-topics --list", output).unwrap_err();
        assert_eq!(failure.message, "\"kafka-topics --list\" ended with exit code 1:\nno broker");
    }
}
