//! One producer of a load, in a process of its own.

use std::process::Stdio;

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::{oneshot, watch};

use super::probe::Sink;
use super::send::{Sent, Work};
use super::task::{LoadReport, LoadTask};
use crate::client::ClientError;
use crate::run::folder::RunFolder;
use crate::runtime::local::process::spawn_owned;

/// Starts the process, hands what it does to `sink`, and returns how it ends. It stops when `stop` says true;
/// when the sender of `stop` is gone, it is killed.
///
/// # Errors
/// When it cannot be started.
pub fn spawn(
    work: Work,
    run: &RunFolder,
    mut sink: impl Sink,
    stop: watch::Receiver<bool>,
) -> std::io::Result<oneshot::Receiver<Result<Sent, ClientError>>> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("client").arg("--run").arg(run.path());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let child = spawn_owned(&mut command, run)?;
    let (tell, ended) = oneshot::channel();
    tokio::spawn(async move {
        let ended = watch(child, work, &mut sink, stop).await;
        // Nobody listens any more once the load was dropped.
        tell.send(ended).ok();
    });
    Ok(ended)
}

async fn watch(
    mut child: Child,
    work: Work,
    sink: &mut impl Sink,
    mut stop: watch::Receiver<bool>,
) -> Result<Sent, ClientError> {
    let producer = work.producer;
    let failed = |why: String| ClientError::Failed {
        doing: format!("send with producer {producer} in a process of its own"),
        why,
    };
    let pipes = (child.stdin.take(), child.stdout.take());
    let (Some(mut input), Some(output)) = pipes else { return Err(failed("no pipes".into())) };
    let mut task =
        serde_json::to_vec(&LoadTask { load: work }).map_err(|error| failed(error.to_string()))?;
    task.push(b'\n');
    input.write_all(&task).await.map_err(|error| failed(error.to_string()))?;
    let mut input = Some(input);
    let mut lines = BufReader::new(output).lines();
    loop {
        let line = tokio::select! {
            line = lines.next_line() => line.map_err(|error| failed(error.to_string()))?,
            changed = stop.changed(), if input.is_some() => {
                if changed.is_err() {
                    return Err(failed("the load was given up".into()));
                }
                input = None;
                continue;
            }
        };
        let Some(line) = line else {
            let status = child.wait().await.map_err(|error| failed(error.to_string()))?;
            return Err(failed(format!("it has ended halfway: {status}")));
        };
        match serde_json::from_str(&line).map_err(|error| failed(error.to_string()))? {
            LoadReport::Done(portion) => sink.take(portion),
            LoadReport::Sent(handed_over, ranges) => {
                return Ok(Sent::told(producer, handed_over, ranges));
            }
            LoadReport::Failed(why) => return Err(failed(why)),
        }
    }
}
