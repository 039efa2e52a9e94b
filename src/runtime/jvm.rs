//! The command line of a node's JVM, the same in every runtime.

use std::path::Path;

use crate::java::tuning;
use crate::runtime::JavaCommand;
use crate::topology::{NodePaths, NodePlan, TOOLS_LOG4J};

/// Heap of a program beside a node, in MiB.
const PROGRAM_HEAP_MIB: u32 = 128;

/// Arguments of `java` for a node: class path of all jars in `jars`, heap, garbage collector, class-data
/// archive if there is one, then `extra` of the runtime, the plan's own options, main class and arguments.
///
/// The serial collector and the first compiler tier start fastest on few cores; a fixture's own
/// `jvm_options` come later on the line and win.
pub fn arguments(
    plan: &NodePlan,
    jars: &[String],
    archive: Option<&Path>,
    extra: &[String],
    log4j: &Path,
) -> Vec<String> {
    let mut line = tuning(plan.heap_mib);
    line.extend(archive.map(|file| format!("-XX:SharedArchiveFile={}", file.display())));
    line.push(format!("-Dlog4j.configuration=file:{}", log4j.display()));
    line.extend_from_slice(extra);
    line.extend_from_slice(&plan.jvm_options);
    line.extend(["-cp".into(), jars.join(":"), plan.main_class.into()]);
    line.extend_from_slice(&plan.arguments);
    line
}

/// `line` with its standard input from a file that has no name any more, where there is `input`: Kafka's tools may
/// open /dev/stdin more than once (kafka-reassign-partitions of 0.11 does), and of a pipe nothing would be left.
fn fed(line: Vec<String>, input: &str) -> Vec<String> {
    const FROM_FILE: &str =
        r#"file=$(mktemp) && cat >"$file" && exec 3<"$file" && rm "$file" && exec "$@" <&3 3<&-"#;
    if input.is_empty() {
        return line;
    }
    ["/bin/sh", "-c", FROM_FILE, "sh"].map(String::from).into_iter().chain(line).collect()
}

/// The line of a program of Kafka's beside a node: `java` begins it, `extra` are the options of the runtime. It logs as
/// Kafka's own scripts have it.
pub fn program(
    java: Vec<String>,
    command: &JavaCommand,
    class_path: &[String],
    extra: Vec<String>,
    paths: &NodePaths,
) -> Vec<String> {
    let mut line = java;
    line.extend(tuning(PROGRAM_HEAP_MIB));
    line.push(format!("-Dlog4j.configuration=file:{}", paths.config().join(TOOLS_LOG4J).display()));
    line.extend(extra);
    line.extend(["-cp".into(), class_path.join(":"), command.main_class.clone()]);
    line.extend_from_slice(&command.arguments);
    fed(line, &command.stdin)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn input_can_be_read_more_than_once() {
        let twice = ["/bin/sh", "-c", "cat /dev/stdin; cat /dev/stdin"].map(String::from).to_vec();
        let line = fed(twice, "moves\n");
        let mut shell = Command::new(&line[0]);
        shell.args(&line[1..]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = shell.spawn().expect("a shell");
        child.stdin.take().expect("its input").write_all(b"moves\n").expect("written");
        let output = child.wait_with_output().expect("ended");
        assert_eq!(String::from_utf8_lossy(&output.stdout), "moves\nmoves\n");
    }
}
