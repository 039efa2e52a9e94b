//! A client program in any language, as a child process.

use std::collections::BTreeMap;
use std::io;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use thiserror::Error;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::Command;
use tokio::task::JoinHandle;

use crate::distribution::child::Group;
use crate::owned::process::spawn_owned;
use crate::owned::run_folder::RunFolder;
use crate::topology::Access;

/// A program that was started: a process group of its own, killed when this is dropped.
#[derive(Debug)]
pub struct Program {
    group: Group,
    stdout: Capture,
    stderr: Capture,
}

/// Why a program could not be run.
#[derive(Debug, Error)]
pub enum ProgramError {
    /// The command line is empty or has a quote that is not closed.
    #[error("the command {0:?} is empty or has a quote that is not closed")]
    Command(String),
    /// There is no such program.
    #[error("there is no program {0:?} here, nor on the PATH")]
    NotFound(String),
    /// The operating system refused.
    #[error("cannot {doing}: {source}")]
    Io {
        /// What failed.
        doing: &'static str,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// It had not ended when its time was over, and was killed.
    #[error("it had not ended after {} and was killed", humantime::format_duration(*.0))]
    TimedOut(Duration),
}

/// What a program prints, line by line, as it comes.
#[derive(Debug)]
struct Capture {
    lines: Arc<Mutex<Vec<String>>>,
    reader: JoinHandle<()>,
}

/// Name and value of each variable that a program gets besides those of this process.
///
/// `TRIAL_BOOTSTRAP_SERVERS`, and for each topic and group `TRIAL_TOPIC_<NAME>` and `TRIAL_GROUP_<NAME>`:
/// the author's name in capitals, with `_` for all but letters and digits, to the name in the cluster.
pub fn environment(
    access: Access,
    topics: &[(String, String)],
    groups: &[(String, String)],
) -> BTreeMap<String, String> {
    let variable = |kind: &str, name: &str| {
        let letter = |letter: char| if letter.is_ascii_alphanumeric() { letter } else { '_' };
        format!("TRIAL_{kind}_{}", name.chars().map(letter).collect::<String>().to_uppercase())
    };
    let topics = topics.iter().map(|(name, unique)| (variable("TOPIC", name), unique.clone()));
    let groups = groups.iter().map(|(name, unique)| (variable("GROUP", name), unique.clone()));
    let servers = ("TRIAL_BOOTSTRAP_SERVERS".to_owned(), access.bootstrap);
    std::iter::once(servers).chain(topics).chain(groups).collect()
}

/// The words of a command line.
///
/// # Errors
/// [`ProgramError::Command`].
pub fn words(line: &str) -> Result<Vec<String>, ProgramError> {
    let words = shell_words::split(line).ok().filter(|words| !words.is_empty());
    words.ok_or_else(|| ProgramError::Command(line.to_owned()))
}

impl Program {
    /// Starts a program with this environment; the run owns it until it ends.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(
        words: &[String],
        environment: &BTreeMap<String, String>,
        folder: &RunFolder,
    ) -> Result<Self, ProgramError> {
        let [program, arguments @ ..] = words else {
            return Err(ProgramError::Command(String::new()));
        };
        let mut command = Command::new(program);
        command.args(arguments).envs(environment);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child =
            spawn_owned(&mut command, folder).map_err(|source| match source.kind() {
                io::ErrorKind::NotFound => ProgramError::NotFound(program.clone()),
                _ => ProgramError::Io { doing: "start the program", source },
            })?;
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let group = Group(child);
        Ok(Self { group, stdout: Capture::of(stdout), stderr: Capture::of(stderr) })
    }

    /// Waits for the program to end; kills it when it has not after `limit`.
    ///
    /// # Errors
    /// [`ProgramError::TimedOut`], or when it cannot be waited for.
    pub async fn end(&mut self, limit: Duration) -> Result<ExitStatus, ProgramError> {
        let ended = tokio::time::timeout(limit, async {
            let status = self.group.0.wait().await;
            // Its output is complete when it is closed, which may be a little later.
            self.stdout.closed().await;
            self.stderr.closed().await;
            status
        });
        match ended.await {
            Ok(Ok(status)) => Ok(status),
            Ok(Err(source)) => Err(ProgramError::Io { doing: "wait for the program", source }),
            Err(_) => {
                self.group.kill();
                Err(ProgramError::TimedOut(limit))
            }
        }
    }

    /// The lines of its standard output so far.
    pub fn stdout(&self) -> Vec<String> {
        self.stdout.lines()
    }

    /// The lines of its standard error so far.
    pub fn stderr(&self) -> Vec<String> {
        self.stderr.lines()
    }
}

impl Capture {
    fn of(pipe: Option<impl AsyncRead + Unpin + Send + 'static>) -> Self {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&lines);
        let reader = tokio::spawn(async move {
            let Some(pipe) = pipe else { return };
            let mut pipe = BufReader::new(pipe).split(b'\n');
            // A pipe that breaks ends like one that is closed.
            while let Ok(Some(line)) = pipe.next_segment().await {
                let line = String::from_utf8_lossy(&line).trim_end_matches('\r').to_owned();
                sink.lock().unwrap_or_else(PoisonError::into_inner).push(line);
            }
        });
        Self { lines, reader }
    }

    async fn closed(&mut self) {
        if !self.reader.is_finished() {
            // The task ends with the pipe; that it cannot be joined means that it is gone as well.
            (&mut self.reader).await.ok();
        }
    }

    fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Capture {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::run_id::RunId;

    fn start(script: &str, environment: &BTreeMap<String, String>) -> (Program, tempfile::TempDir) {
        let state = tempfile::tempdir().expect("a folder");
        let folder = RunFolder::create(state.path(), RunId::new()).expect("a run's folder");
        let words = ["sh", "-c", script].map(str::to_owned);
        (Program::start(&words, environment, &folder).expect("sh is there"), state)
    }

    #[tokio::test]
    async fn a_program_finds_its_cluster_in_its_environment() {
        let pair = |name: &str, unique: &str| vec![(name.to_owned(), unique.to_owned())];
        let topics = pair("big orders", "big orders-x");
        let environment = environment(Access::plaintext("h:1"), &topics, &pair("mygrp", "mygrp-x"));
        let script = "echo $TRIAL_BOOTSTRAP_SERVERS; echo $TRIAL_TOPIC_BIG_ORDERS; \
                      echo $TRIAL_GROUP_MYGRP >&2; exit 3";
        let (mut program, _state) = start(script, &environment);
        let status = program.end(Duration::from_secs(20)).await.expect("it ends");
        assert_eq!(status.code(), Some(3));
        assert_eq!(program.stdout(), ["h:1", "big orders-x"]);
        assert_eq!(program.stderr(), ["mygrp-x"]);
    }

    #[tokio::test]
    async fn a_program_that_does_not_end_is_killed() {
        let (mut program, _state) = start("exec sleep 1000", &BTreeMap::new());
        let error = program.end(Duration::from_millis(50)).await.unwrap_err();
        assert!(matches!(error, ProgramError::TimedOut(_)));
        let status = program.end(Duration::from_secs(20)).await.expect("it was killed");
        assert_eq!(status.code(), None);
    }

    #[test]
    fn an_empty_command_is_an_error() {
        assert!(words(" ").is_err() && words("a 'b").is_err());
    }
}
