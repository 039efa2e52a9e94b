//! Programs run in a container that runs already: Java programs beside a node's JVM, shells beside its data.

use std::time::{Duration, Instant};

use futures::StreamExt as _;
use testcontainers::bollard::container::LogOutput;
use testcontainers::bollard::errors::Error;
use testcontainers::bollard::exec::{CreateExecOptions, StartExecResults};
use tokio::io::AsyncWriteExt as _;

use super::engine::{Engine, refused};
use crate::event::id::NodeId;
use crate::runtime::{ExecOutput, RuntimeError};
use crate::wait::{self, Seen};

/// What `timeout -s KILL` ends with when the limit has passed: 128 + SIGKILL.
const KILLED: i32 = 137;
/// The limit is kept inside the container, where the program can be killed. This much later we give up as
/// well: the container may be paused.
const GRACE: Duration = Duration::from_secs(5);

/// A program to run in a container.
pub(super) struct Program<'a> {
    /// What people call it.
    pub(super) name: &'a str,
    /// Its command line.
    pub(super) line: Vec<String>,
    /// Where it runs; none for the folder of the image.
    pub(super) folder: Option<String>,
    /// Written to its standard input, which is then closed.
    pub(super) stdin: &'a str,
    /// It is killed when it has not ended after this time.
    pub(super) limit: Duration,
}

/// Runs a program for a node, feeds it and waits for its end.
///
/// # Errors
/// [`RuntimeError::Timeout`] when it was killed at its limit, else what the engine refused.
pub(super) async fn run(
    engine: &Engine,
    container: &str,
    node: NodeId,
    program: Program<'_>,
) -> Result<ExecOutput, RuntimeError> {
    let Program { name, line: launch, folder, stdin, limit } = program;
    let doing = || format!("run {name} on {node}");
    // A limit of 0 would mean none.
    let seconds = limit.max(Duration::from_millis(1)).as_secs_f64();
    let mut line = ["timeout", "-s", "KILL", &format!("{seconds:.3}")].map(String::from).to_vec();
    line.extend(launch);
    let options = CreateExecOptions {
        attach_stdin: Some(true),
        attach_stdout: Some(true),
        attach_stderr: Some(true),
        cmd: Some(line),
        working_dir: folder,
        ..CreateExecOptions::default()
    };
    let exec = engine.client.create_exec(container, options).await.map_err(refused(doing()))?.id;
    let start = Instant::now();
    let timed_out = || RuntimeError::Timeout { node, command: name.to_owned(), limit };
    let talk = async {
        let (stdout, stderr) = talk(engine, &exec, stdin).await.map_err(refused(doing()))?;
        Ok(ExecOutput { code: exit_code(engine, &exec, &doing()).await?, stdout, stderr })
    };
    match tokio::time::timeout(limit + GRACE, talk).await {
        Ok(Ok(output)) if output.code == KILLED && start.elapsed() >= limit => Err(timed_out()),
        Ok(output) => output,
        Err(_) => Err(timed_out()),
    }
}

/// Starts the program; writes its input and reads its output at the same time.
async fn talk(engine: &Engine, exec: &str, stdin: &str) -> Result<(String, String), Error> {
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    if let StartExecResults::Attached { mut output, mut input } =
        engine.client.start_exec(exec, None).await?
    {
        let feed = async {
            // A program that ends without reading its input is judged by its exit code.
            input.write_all(stdin.as_bytes()).await.ok();
            input.shutdown().await.ok();
        };
        let listen = async {
            while let Some(piece) = output.next().await {
                match piece? {
                    LogOutput::StdErr { message } => stderr.extend_from_slice(&message),
                    piece => stdout.extend_from_slice(&piece.into_bytes()),
                }
            }
            Ok(())
        };
        let ((), heard) = tokio::join!(feed, listen);
        let heard: Result<(), Error> = heard;
        heard?;
    }
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Ok((text(stdout), text(stderr)))
}

/// The engine may notice the end a moment after the output has ended.
async fn exit_code(engine: &Engine, exec: &str, doing: &str) -> Result<i32, RuntimeError> {
    let ended = wait::until(GRACE, Duration::from_millis(5), || async {
        let seen = engine.client.inspect_exec(exec).await?;
        Ok::<_, Error>(match (seen.running, seen.exit_code) {
            (Some(false), Some(code)) => Seen::Ready(i32::try_from(code).unwrap_or(i32::MAX)),
            _ => Seen::NotYet("its output has ended and it has not".into()),
        })
    });
    ended.await.map_err(refused(doing))
}
