//! One client of a load, in a process of its own.

use std::process::Stdio;
use std::sync::Arc;

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::{oneshot, watch};

use super::task::{LoadReport, LoadTask};
use crate::client::ClientError;
use crate::owned::process::spawn_owned;
use crate::owned::run_folder::RunFolder;

/// Where the clients of a load run.
#[derive(Debug, Clone)]
pub enum Home {
    /// Threads of this process.
    Threads,
    /// A process each, owned by the run.
    Processes(Arc<RunFolder>),
}

/// Starts the process of `client`, such as `producer 3`, and hands its reports to `take`, until that returns the result
/// of the client. The process stops when `stop` is true. It is killed when the sender of `stop` is gone.
///
/// # Errors
/// When it cannot be started.
pub fn spawn<T: Send + 'static>(
    client: String,
    task: LoadTask,
    run: &RunFolder,
    stop: watch::Receiver<bool>,
    take: impl FnMut(LoadReport) -> Option<T> + Send + 'static,
) -> std::io::Result<oneshot::Receiver<Result<T, ClientError>>> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("client").arg("--run").arg(run.path());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let child = spawn_owned(&mut command, run)?;
    let (tell, ended) = oneshot::channel();
    tokio::spawn(async move {
        let ended = watch(child, &task, stop, take).await;
        let doing = format!("run {client} in a process of its own");
        // Nobody listens when the load was dropped.
        tell.send(ended.map_err(|why| ClientError::Failed { doing, why })).ok();
    });
    Ok(ended)
}

async fn watch<T>(
    mut child: Child,
    task: &LoadTask,
    mut stop: watch::Receiver<bool>,
    mut take: impl FnMut(LoadReport) -> Option<T>,
) -> Result<T, String> {
    let pipes = (child.stdin.take(), child.stdout.take());
    let (Some(mut input), Some(output)) = pipes else { return Err("no pipes".into()) };
    let mut task = serde_json::to_vec(task).map_err(|error| error.to_string())?;
    task.push(b'\n');
    input.write_all(&task).await.map_err(|error| error.to_string())?;
    let mut input = Some(input);
    let mut lines = BufReader::new(output).lines();
    loop {
        let line = tokio::select! {
            line = lines.next_line() => line.map_err(|error| error.to_string())?,
            changed = stop.changed(), if input.is_some() => {
                if changed.is_err() {
                    return Err("the load was given up".into());
                }
                input = None;
                continue;
            }
        };
        let Some(line) = line else {
            let status = child.wait().await.map_err(|error| error.to_string())?;
            return Err(format!("it has ended halfway: {status}"));
        };
        let report = serde_json::from_str(&line).map_err(|error| error.to_string())?;
        if let LoadReport::Failed(why) = report {
            return Err(why);
        }
        if let Some(ended) = take(report) {
            return Ok(ended);
        }
    }
}
