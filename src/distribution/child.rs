//! A child process that cannot outlive the one who waits for it.

use std::collections::VecDeque;
use std::io;
use std::process::ExitStatus;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::unix::pipe;
use tokio::process::{Child, Command};

/// So many of the last lines are kept for an error message.
const KEPT: usize = 200;

/// How a child process ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// Its exit status.
    pub status: ExitStatus,
    /// The last lines of both its outputs, as they came.
    pub lines: Vec<String>,
}

/// Runs the command to its end in a process group of its own and hands each line of its two outputs to
/// `line`. A dropped future kills the group.
///
/// # Errors
/// When the program cannot be started ([`io::ErrorKind::NotFound`]: there is none) or its output not be read.
pub(crate) async fn run(mut command: Command, mut line: impl FnMut(&str)) -> io::Result<Ended> {
    let (output, input) = io::pipe()?;
    command.stdout(input.try_clone()?).stderr(input).process_group(0);
    let mut group = Group(command.spawn()?);
    // It holds the other end of the pipe, whose closing tells the end.
    drop(command);
    let mut output = BufReader::new(pipe::Receiver::from_owned_fd(output.into())?).split(b'\n');
    let mut lines = VecDeque::new();
    while let Some(bytes) = output.next_segment().await? {
        let text = String::from_utf8_lossy(&bytes).trim_end().to_owned();
        line(&text);
        if lines.len() == KEPT {
            lines.pop_front();
        }
        lines.push_back(text);
    }
    Ok(Ended { status: group.0.wait().await?, lines: lines.into() })
}

/// Leader of a process group; the group is killed when this is dropped before the leader has ended.
#[derive(Debug)]
pub(crate) struct Group(pub Child);

impl Group {
    /// Kills every process of the group; one that has ended is no error.
    pub(crate) fn kill(&self) {
        // No id: it has ended and was waited for, and the number may be that of another process by now.
        let Some(id) = self.0.id().and_then(|id| i32::try_from(id).ok()) else { return };
        if let Err(error) = killpg(Pid::from_raw(id), Signal::SIGKILL) {
            tracing::warn!("cannot kill process group {id}: {error}");
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.kill();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::wait::{self, Seen};

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[tokio::test]
    async fn both_outputs_are_read_in_the_order_in_which_they_were_written() {
        let mut seen = Vec::new();
        let script = "echo one; echo two >&2; echo three; exit 7";
        let ended = run(shell(script), |line| seen.push(line.to_owned())).await.expect("sh runs");
        assert_eq!(seen, ["one", "two", "three"]);
        assert_eq!(ended.lines, seen);
        assert_eq!(ended.status.code(), Some(7));
    }

    #[tokio::test]
    async fn a_dropped_future_kills_the_whole_group() {
        let (sender, mut pids) = tokio::sync::mpsc::unbounded_channel();
        let script = "sleep 1000 & echo $!; echo $$; wait";
        let send =
            move |line: &str| sender.send(line.parse::<i32>().expect("a pid")).expect("sent");
        let both = async { [pids.recv().await, pids.recv().await] };
        let pids = tokio::select! {
            ended = run(shell(script), send) => panic!("it waits, and yet: {ended:?}"),
            pids = both => pids.map(|pid| pid.expect("a pid")),
        };
        for pid in pids {
            wait::until(Duration::from_secs(10), Duration::from_millis(10), || async {
                let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
                let gone = stat.is_empty() || stat.contains(") Z ");
                Ok::<_, String>(if gone { Seen::Ready(()) } else { Seen::NotYet(stat) })
            })
            .await
            .expect("the process is gone");
        }
    }
}
