//! Kafka's own command-line tools, as each version spells them.

use std::time::Duration;

use thiserror::Error;

use super::suggestion;
use crate::nearest::nearest;
use crate::runtime::JavaCommand;

/// Where the tools of a cluster connect to, and how that cluster's version spells it.
#[derive(Debug, Clone)]
pub struct ToolTarget<'a> {
    /// Version of Kafka: `2.5.0`.
    pub kafka: &'a str,
    /// What `BOOTSTRAP` stands for.
    pub bootstrap: String,
    /// What `ZOOKEEPER` stands for.
    pub zookeeper: String,
}

/// How a tool is told of its cluster: since which version by which option, newest first.
type Spelling = &'static [((u32, u32), &'static str)];

/// A tool: its name, its main class, the main class since 3.9 where it moved, and its spelling.
struct Tool(&'static str, &'static str, Option<&'static str>, Spelling);

const BOOTSTRAP: Spelling = &[((0, 0), "--bootstrap-server")];
const ZOOKEEPER_BEFORE_2_2: Spelling = &[((2, 2), "--bootstrap-server"), ((0, 0), "--zookeeper")];
const ZOOKEEPER_BEFORE_2_5: Spelling = &[((2, 5), "--bootstrap-server"), ((0, 0), "--zookeeper")];
const ZOOKEEPER_BEFORE_2_6: Spelling = &[((2, 6), "--bootstrap-server"), ((0, 0), "--zookeeper")];
const BROKER_LIST_BEFORE_2_5: Spelling =
    &[((2, 5), "--bootstrap-server"), ((0, 0), "--broker-list")];
const BROKER_LIST_BEFORE_3_0: Spelling =
    &[((3, 0), "--bootstrap-server"), ((0, 0), "--broker-list")];

/// Main classes as found in the jars of 0.11.0.3, 2.5.0 and 3.9.2.
#[rustfmt::skip]
const TOOLS: &[Tool] = &[
    Tool("kafka-topics", "kafka.admin.TopicCommand", Some("org.apache.kafka.tools.TopicCommand"), ZOOKEEPER_BEFORE_2_2),
    Tool("kafka-console-producer", "kafka.tools.ConsoleProducer", None, BROKER_LIST_BEFORE_2_5),
    Tool("kafka-console-consumer", "kafka.tools.ConsoleConsumer", Some("org.apache.kafka.tools.consumer.ConsoleConsumer"), BOOTSTRAP),
    Tool("kafka-consumer-groups", "kafka.admin.ConsumerGroupCommand", Some("org.apache.kafka.tools.consumer.group.ConsumerGroupCommand"), BOOTSTRAP),
    Tool("kafka-configs", "kafka.admin.ConfigCommand", None, ZOOKEEPER_BEFORE_2_5),
    Tool("kafka-broker-api-versions", "kafka.admin.BrokerApiVersionsCommand", None, BOOTSTRAP),
    Tool("kafka-get-offsets", "kafka.tools.GetOffsetShell", Some("org.apache.kafka.tools.GetOffsetShell"), BROKER_LIST_BEFORE_3_0),
    Tool("kafka-delete-records", "kafka.admin.DeleteRecordsCommand", Some("org.apache.kafka.tools.DeleteRecordsCommand"), BOOTSTRAP),
    Tool("kafka-reassign-partitions", "kafka.admin.ReassignPartitionsCommand", Some("org.apache.kafka.tools.reassign.ReassignPartitionsCommand"), ZOOKEEPER_BEFORE_2_6),
    Tool("kafka-log-dirs", "kafka.admin.LogDirsCommand", Some("org.apache.kafka.tools.LogDirsCommand"), BOOTSTRAP),
    Tool("kafka-dump-log", "kafka.tools.DumpLogSegments", None, &[]),
];

/// A command line that names no tool.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ToolError {
    /// Quotes do not match.
    #[error("the command {0:?} has a quote that is not closed")]
    Quotes(String),
    /// There is no such tool.
    #[error("there is no tool {name:?}{}", suggestion(.nearest))]
    Unknown {
        /// As given.
        name: String,
        /// The most similar name, if one is similar.
        nearest: Option<String>,
    },
    /// `kafka-run-class` without a class.
    #[error("kafka-run-class needs the name of a class")]
    NoClass,
}

/// Reads a command line such as `kafka-topics --list` for a cluster.
///
/// `BOOTSTRAP` and `ZOOKEEPER` among the arguments stand for the addresses; where the command says neither
/// `--bootstrap-server`, `--broker-list` nor `--zookeeper`, the option that the version wants is added.
/// `topic` and `group` turn names in the values of options into names in the cluster.
///
/// # Errors
/// [`ToolError`] for a command line that names no tool.
pub fn command(
    line: &str,
    target: &ToolTarget<'_>,
    topic: impl Fn(&str) -> String,
    group: impl Fn(&str) -> String,
    stdin: String,
    limit: Duration,
) -> Result<JavaCommand, ToolError> {
    let words = shell_words::split(line).map_err(|_| ToolError::Quotes(line.to_owned()))?;
    let mut words = words.into_iter();
    let name = words.next().unwrap_or_default();
    let name = name.strip_suffix(".sh").unwrap_or(&name);
    let (main_class, spelling) = if name == "kafka-run-class" {
        (words.next().ok_or(ToolError::NoClass)?, &[] as Spelling)
    } else {
        let Tool(_, class, moved, spelling) = find(name)?;
        let class = moved.filter(|_| version(target.kafka) >= (3, 9)).unwrap_or(class);
        (class.to_owned(), *spelling)
    };
    let words: Vec<String> = words.collect();
    let mut arguments = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let option = at.checked_sub(1).map_or("", |before| words[before].as_str());
        arguments.push(match (option, word.as_str()) {
            (_, "BOOTSTRAP") => target.bootstrap.clone(),
            (_, "ZOOKEEPER") => target.zookeeper.clone(),
            ("--topic", value) => topics(value, &topic),
            ("--entity-name", value) if words.iter().any(|word| word == "topics") => topic(value),
            ("--group", value) => group(value),
            ("--consumer-property", value) => match value.strip_prefix("group.id=") {
                Some(value) => format!("group.id={}", group(value)),
                None => value.to_owned(),
            },
            (_, word) => word.to_owned(),
        });
    }
    let given = ["--bootstrap-server", "--broker-list", "--zookeeper"];
    if !words.iter().any(|word| given.contains(&word.as_str())) {
        let since = spelling.iter().find(|(since, _)| version(target.kafka) >= *since);
        if let Some((_, option)) = since {
            let address =
                if *option == "--zookeeper" { &target.zookeeper } else { &target.bootstrap };
            arguments.extend([(*option).to_owned(), address.clone()]);
        }
    }
    Ok(JavaCommand { main_class, arguments, stdin, limit })
}

fn find(name: &str) -> Result<&'static Tool, ToolError> {
    TOOLS.iter().find(|tool| tool.0 == name).ok_or_else(|| ToolError::Unknown {
        name: name.to_owned(),
        nearest: nearest(name, TOOLS.iter().map(|tool| tool.0)).map(str::to_owned),
    })
}

/// The first two numbers of a version.
fn version(text: &str) -> (u32, u32) {
    let mut numbers = text.split('.').map(|number| number.parse().unwrap_or(0));
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0))
}

/// `orders`, `orders:0,1` and `orders,payments` with the names of the cluster.
fn topics(value: &str, topic: impl Fn(&str) -> String) -> String {
    match value.split_once(':') {
        Some((name, partitions)) => format!("{}:{partitions}", topic(name)),
        None => value.split(',').map(topic).collect::<Vec<_>>().join(","),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelt(kafka: &str, line: &str) -> (String, String) {
        let target = ToolTarget { kafka, bootstrap: "b:9092".into(), zookeeper: "z:2181".into() };
        let unique = |name: &str| format!("{name}-x");
        let limit = Duration::from_secs(1);
        let command = command(line, &target, unique, unique, String::new(), limit);
        let command = command.expect("a command");
        (command.main_class, command.arguments.join(" "))
    }

    #[test]
    fn each_version_gets_its_own_spelling() {
        let list = "kafka-topics --list";
        let old = "kafka.admin.TopicCommand".to_owned();
        assert_eq!(spelt("0.11.0.3", list), (old.clone(), "--list --zookeeper z:2181".into()));
        assert_eq!(spelt("2.5.0", list), (old, "--list --bootstrap-server b:9092".into()));
        let new = "org.apache.kafka.tools.TopicCommand".to_owned();
        assert_eq!(spelt("3.9.2", list), (new, "--list --bootstrap-server b:9092".into()));
        let (_, producer) = spelt("0.11.0.3", "kafka-console-producer --topic t");
        assert_eq!(producer, "--topic t-x --broker-list b:9092");
    }

    #[test]
    fn an_option_that_the_author_gives_stays() {
        let (_, arguments) = spelt("2.5.0", "kafka-topics.sh --zookeeper ZOOKEEPER --list");
        assert_eq!(arguments, "--zookeeper z:2181 --list");
    }

    #[test]
    fn names_in_options_become_names_in_the_cluster() {
        let line =
            "kafka-console-consumer --topic a --consumer-property group.id=g --from-beginning";
        let (_, arguments) = spelt("2.5.0", line);
        let expected = "--topic a-x --consumer-property group.id=g-x --from-beginning \
                        --bootstrap-server b:9092";
        assert_eq!(arguments, expected);
        let (_, arguments) = spelt("2.5.0", "kafka-run-class a.B --topic t:0,1");
        assert_eq!(arguments, "--topic t-x:0,1");
    }

    #[test]
    fn an_unknown_tool_is_an_error_with_the_nearest_name() {
        let error = find("kafka-topic").err().expect("no such tool");
        assert_eq!(
            error.to_string(),
            "there is no tool \"kafka-topic\"; did you mean \"kafka-topics\"?"
        );
    }
}
