//! What comes of a tool that runs on a broker.

use std::time::Duration;

use super::super::altered;
use super::super::broker::broker;
use super::super::parameter::Count;
use super::super::world::World;
use crate::client::tool::{ToolLine, ToolTarget, complaint};
use crate::cluster::listener::INTERNAL;
use crate::scenario::failure::StepFailure;

/// A tool needs some seconds to start; one that runs for longer than this is stuck.
const LIMIT: Duration = Duration::from_secs(120);

/// What came of a tool, with the author's names.
#[derive(Debug)]
pub(in crate::steps) struct Ran {
    pub(super) code: i32,
    pub(super) stdout: String,
    stderr: String,
    /// The error that it printed, though it ended with exit code 0.
    pub(super) complaint: Option<String>,
}

impl Ran {
    /// All that it printed.
    pub(super) fn printed(&self) -> String {
        format!("{}\n{}", self.stdout, self.stderr)
    }

    /// What it printed, if it ended well.
    ///
    /// # Errors
    /// When it did not, or printed an error.
    pub(in crate::steps) fn well(
        &self,
        line: &impl std::fmt::Display,
    ) -> Result<&str, StepFailure> {
        let ended = match (self.code, &self.complaint) {
            (0, None) => return Ok(&self.stdout),
            (0, Some(complaint)) => {
                format!("printed an error, {complaint:?}, and ended with exit code 0")
            }
            (code, _) => format!("ended with exit code {code}"),
        };
        let printed = self.printed();
        Err(StepFailure::expectation(format!("\"{line}\" {ended}:\n{}", excerpt(&printed))))
    }
}

/// Runs a tool on a broker with this as its standard input.
///
/// # Errors
/// Usage, when there is no such tool or broker.
pub(in crate::steps) async fn run(
    world: &World,
    line: &ToolLine,
    id: Count,
    input: &str,
) -> Result<Ran, StepFailure> {
    let (cluster, names) = (world.cluster()?, world.names()?);
    let target = ToolTarget {
        kafka: cluster.kafka(),
        brokers: cluster.access(&INTERNAL),
        zookeeper: cluster.zookeeper_connect(),
    };
    let command = line.command(&target, names, input.to_owned(), LIMIT);
    let command = command.map_err(|error| StepFailure::usage(error.to_string()))?;
    let output = cluster.java(broker(cluster, id)?, &command).await?;
    let complaint = complaint(&command.main_class, &output);
    if output.code == 0 {
        altered::settle(world, line.written()).await?;
    }
    Ok(Ran {
        code: output.code,
        stdout: names.shown(&output.stdout),
        stderr: names.shown(&output.stderr),
        complaint: complaint.map(|complaint| names.shown(&complaint)),
    })
}

/// Whether a line of the output has the text, with runs of blanks as one, since tools align with tabs, and
/// none after a colon, since old versions have none there.
pub(super) fn contains(output: &str, text: &str) -> bool {
    let plain = |text: &str| {
        let words: Vec<_> = text.split_whitespace().collect();
        words.join(" ").replace(": ", ":")
    };
    let text = plain(text);
    output.lines().any(|line| plain(line).contains(&text))
}

/// The last lines of an output, for a message.
pub(super) fn excerpt(output: &str) -> String {
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
    fn a_failed_tool_is_told_with_its_last_lines() {
        let ran =
            Ran { code: 1, stdout: String::new(), stderr: "no broker\n".into(), complaint: None };
        let failure = ran.well(&"kafka-topics --list").unwrap_err();
        assert_eq!(failure.message, "\"kafka-topics --list\" ended with exit code 1:\nno broker");
    }

    #[test]
    fn a_tool_that_printed_an_error_has_failed() {
        let complaint = Some("Error: g is Stable".to_owned());
        let stdout = "Error: g is Stable\n".to_owned();
        let ran = Ran { code: 0, stdout, stderr: String::new(), complaint };
        let failure = ran.well(&"kafka-consumer-groups").unwrap_err();
        assert_eq!(
            failure.message,
            "\"kafka-consumer-groups\" printed an error, \"Error: g is Stable\", and ended with exit code 0:\n\
             Error: g is Stable"
        );
    }
}
