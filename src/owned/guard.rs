//! A process beside a run that clears away what the run leaves when it is killed.
//!
//! It reads from a pipe that the run holds: whatever ends the run, the kernel closes it. A run that has cleared away
//! after itself says so before.

use std::io::{self, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Stdio};
use std::time::Duration;

use super::sweep;
use crate::event::run_id::RunId;
use crate::wait::{Seen, WaitError, until};

/// What a run says that has left nothing.
const CLEARED: &str = "cleared";

/// The kernel lets go of the run's lock when it has closed all that the run had open.
const DEATH_LIMIT: Duration = Duration::from_secs(30);

/// How often the guard checks that.
const LOOK: Duration = Duration::from_millis(50);

/// The run's end of the pipe.
#[derive(Debug)]
pub struct Guard(ChildStdin);

impl Guard {
    /// Starts the process. Without it what a killed run leaves is cleared away by the next one.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(state: &Path, run: &RunId) -> io::Result<Self> {
        let mut guard = Command::new(std::env::current_exe()?)
            .arg("guard")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Ctrl-C is for the run.
            .process_group(0)
            .spawn()?;
        let mut pipe = guard.stdin.take().ok_or(io::ErrorKind::BrokenPipe)?;
        writeln!(pipe, "{}\n{run}", state.display())?;
        Ok(Self(pipe))
    }

    /// The run has left nothing.
    pub fn dismiss(mut self) {
        // A guard that is gone already needs no message.
        writeln!(self.0, "{CLEARED}").ok();
    }
}

/// A run that was killed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Killed {
    state: PathBuf,
    run: String,
}

impl Killed {
    /// Reads what the run says until it has ended; none when it has left nothing, or was none.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read(from: impl io::Read) -> io::Result<Option<Self>> {
        let said = io::read_to_string(from)?;
        let mut lines = said.lines();
        let (Some(state), Some(run), None) = (lines.next(), lines.next(), lines.next()) else {
            return Ok(None);
        };
        Ok(Some(Self { state: state.into(), run: run.into() }))
    }

    /// Waits until it has ended for certain; false where it goes on without its guard.
    pub async fn has_ended(&self) -> bool {
        let dead: Result<(), WaitError<String>> = until(DEATH_LIMIT, LOOK, || async {
            Ok(match sweep::is_alive(&self.state, &self.run) {
                true => Seen::NotYet("it holds its lock".into()),
                false => Seen::Ready(()),
            })
        })
        .await;
        if let Err(error) = &dead {
            tracing::warn!(run = self.run, %error, "the run goes on without its guard");
        }
        dead.is_ok()
    }

    /// The folder with what runs own.
    pub fn state(&self) -> &Path {
        &self.state
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::owned::run_folder::RunFolder;

    #[test]
    fn only_a_run_that_has_not_cleared_away_was_killed() {
        let read = |said: &str| Killed::read(said.as_bytes()).expect("text");
        let killed = Killed { state: "/s".into(), run: "r".into() };
        assert_eq!(read("/s\nr\n"), Some(killed));
        for ended in ["/s\nr\ncleared\n", "/s\n", ""] {
            assert_eq!(read(ended), None, "{ended:?}");
        }
    }

    #[tokio::test]
    async fn a_killed_run_has_ended_once_nobody_holds_its_lock() {
        let state = tempfile::tempdir().expect("a folder");
        let run = RunFolder::create(state.path(), RunId::new()).expect("a folder");
        let killed = Killed { state: state.path().into(), run: run.id().to_string() };
        let waits = killed.has_ended();
        tokio::pin!(waits);
        assert!(futures::poll!(&mut waits).is_pending(), "it is alive");
        drop(run);
        assert!(waits.await);
    }
}
