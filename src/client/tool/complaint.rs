//! What a tool says that has not done what it was asked, and ends with exit code 0 all the same.

use regex::RegexSet;

use super::table::{TOOLS, Tool};
use crate::runtime::ExecOutput;

/// How to recognize complaints in the output of a tool.
#[derive(Debug, Clone, Copy)]
pub struct Heard {
    /// Patterns of lines, beside those that are complaints of every tool.
    pub complaints: &'static [&'static str],
    /// Whether its standard output has contents of messages or nodes, which may read like anything.
    pub prints_messages: bool,
    /// Words in the line behind a complaint that make it none, as it was asked for.
    pub excused: &'static [&'static str],
}

/// Nothing but what every tool may say.
pub const IN_GENERAL: Heard = Heard { complaints: &[], prints_messages: false, excused: &[] };

/// Each partition has a line.
pub const DELETED_RECORDS: Heard = Heard { complaints: &["\terror: "], ..IN_GENERAL };

/// Complaints of every tool: in words, and in a log.
const OF_EVERY_TOOL: [&str; 2] = ["^(?:Error|ERROR):? ", r"^\[[^\]]+\] (?:ERROR|FATAL) "];

/// The first complaint in what a program printed that ended with exit code 0; none of a program that is no tool.
pub fn complaint(main_class: &str, output: &ExecOutput) -> Option<String> {
    let of = |tool: &&Tool| tool.classes.iter().any(|(_, class)| *class == main_class);
    let Heard { complaints, prints_messages, excused } = TOOLS.iter().find(of)?.heard;
    // Patterns that are known to be right: a test makes them all.
    let patterns = RegexSet::new(OF_EVERY_TOOL.iter().chain(complaints)).ok()?;
    let find = |text: &str| {
        let lines: Vec<&str> = text.lines().collect();
        let is_excused = |index: usize| {
            let around = lines[index..].iter().take(2);
            around.into_iter().any(|line| excused.iter().any(|word| line.contains(word)))
        };
        let mut complaints = (0..lines.len())
            .filter(|index| patterns.is_match(lines[*index]) && !is_excused(*index));
        complaints.next().map(|index| lines[index].trim().to_owned())
    };
    let printed = if prints_messages { None } else { find(&output.stdout) };
    printed.or_else(|| find(&output.stderr))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(class: &str, stdout: &str, stderr: &str) -> Option<String> {
        complaint(class, &ExecOutput { code: 0, stdout: stdout.into(), stderr: stderr.into() })
    }

    #[test]
    fn every_pattern_is_one() {
        for tool in TOOLS {
            RegexSet::new(OF_EVERY_TOOL.iter().chain(tool.heard.complaints)).expect("patterns");
        }
    }

    #[test]
    fn what_tools_print_when_nothing_was_done_is_heard() {
        for (class, stdout, stderr) in [
            (
                "kafka.admin.ConsumerGroupCommand",
                "\nError: Assignments can only be reset if the group 'g' is inactive, but the current state is Stable.\n",
                "",
            ),
            (
                "kafka.admin.ReassignPartitionsCommand",
                "Partitions reassignment failed due to unknown broker 9\n",
                "",
            ),
            ("kafka.admin.ReassignPartitionsCommand", "Reassignment of partition t-0 failed\n", ""),
            (
                "kafka.admin.DeleteRecordsCommand",
                "partition: t-0\terror: OffsetOutOfRangeException\n",
                "",
            ),
            ("kafka.admin.BrokerApiVersionsCommand", "b:9092 (id: 1) -> ERROR: closed\n", ""),
            (
                "kafka.tools.GetOffsetShell",
                "",
                "Error: partition 0 does not have a leader. Skip getting offsets\n",
            ),
            (
                "kafka.tools.ConsoleProducer",
                "",
                "[2026-01-01 00:00:00,000] ERROR Error when sending message to topic t\n",
            ),
            (
                "org.apache.kafka.tools.ProducerPerformance",
                "",
                "org.apache.kafka.common.errors.TimeoutException: Topic t not present\n",
            ),
            (
                "org.apache.kafka.tools.VerifiableProducer",
                r#"{"timestamp":1,"name":"producer_send_error","topic":"t"}"#,
                "",
            ),
            ("kafka.tools.ZooKeeperMainWrapper", "", "Node does not exist: /nothing\n"),
        ] {
            assert!(heard(class, stdout, stderr).is_some(), "{class}: {stdout}{stderr}");
        }
    }

    #[test]
    fn what_was_asked_for_is_no_complaint() {
        let consumer = "kafka.tools.ConsoleConsumer";
        assert_eq!(heard(consumer, "Error: a message\n", "Processed 1 messages\n"), None);
        let timed_out = "[2026-01-01 00:00:00,000] ERROR Error processing message, terminating consumer process:\n\
            org.apache.kafka.common.errors.TimeoutException\n";
        assert_eq!(heard(consumer, "", timed_out), None);
        let refused = "[2026-01-01 00:00:00,000] ERROR Error processing message, terminating consumer process:\n\
            org.apache.kafka.common.errors.TopicAuthorizationException: t\n";
        assert!(heard(consumer, "", refused).is_some());
        assert_eq!(heard("a.B", "Error: whatever", ""), None);
        assert_eq!(heard("kafka.admin.TopicCommand", "errors\nTopic: Error: x\n", ""), None);
    }
}
