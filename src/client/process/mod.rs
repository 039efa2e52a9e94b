//! Clients as processes of their own: this program, started again as `trial client`, or a program on Kafka's own
//! client library ([`super::java`]). What kills, pauses or outlives such a client does so to all of it: its
//! connections, its buffers, its place in a group.
//!
//! [`task`] is what the two ends say to each other, [`library`] starts the other end, [`child`] is the client on
//! librdkafka, [`clients`] are those of a scenario.

pub mod child;
pub mod clients;
pub mod library;
pub mod store;
pub mod task;

use std::collections::VecDeque;
use std::io;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use nix::unistd::Pid;
use thiserror::Error;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout};
use tokio::sync::{Mutex, watch};
use tokio::task::JoinHandle;

use self::library::Library;
use self::task::{Order, Report, Task};
use crate::event::node_state::NodeState;
use crate::owned::process::{exit_code, is_stopped, signal_group, spawn_owned};
use crate::owned::run_folder::RunFolder;
use crate::owned::signal::Signal;
use crate::wait::{Seen, WaitError, until};

/// How often reports are checked.
const LOOK: Duration = Duration::from_millis(10);

/// Lines of its standard error that are kept.
const KEPT: usize = 20;

/// A client that runs, or has ended. Dropping it kills the process.
#[derive(Debug)]
pub struct ClientProcess {
    task: Task,
    library: Library,
    pid: Pid,
    orders: Mutex<ChildStdin>,
    status: watch::Receiver<ClientStatus>,
    keeper: JoinHandle<()>,
    /// Nobody needs it any more: another process has its place, or the scenario is over.
    let_go: AtomicBool,
}

/// How a client is, as it has reported.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClientStatus {
    /// Its producers are ready.
    pub ready: bool,
    /// The partitions that it reads; none as long as it has not been given any share.
    pub partitions: Option<Vec<i32>>,
    /// Messages acknowledged or committed by this process.
    pub done: u64,
    /// Everything is sent.
    pub finished: bool,
    /// It has halted halfway through a batch.
    pub halted: bool,
    /// How often it has.
    pub halts: u64,
    /// The commits that Kafka refused.
    pub refused: Vec<String>,
    /// The reason why it was fenced.
    pub fenced: Option<String>,
    /// Why no client can be made with its settings.
    pub unfit: Option<String>,
    /// Why it could not go on.
    pub failed: Option<String>,
    /// The code with which its process has ended.
    pub ended: Option<i32>,
    /// The last lines of its standard error.
    complaints: VecDeque<String>,
}

/// Why a client process could not be started or took no order.
#[derive(Debug, Clone, Error)]
pub enum ProcessError {
    /// The operating system refused.
    #[error("cannot {doing}: {source}")]
    Io {
        /// Completes "cannot …".
        doing: &'static str,
        /// What it said.
        #[source]
        source: Arc<io::Error>,
    },
    /// It has ended by itself.
    #[error("{client} has ended: {why}")]
    Ended {
        /// The client.
        client: String,
        /// Its last words.
        why: String,
    },
    /// Its settings do not make a client.
    #[error("{client} cannot be made with its settings: {why}")]
    Unfit {
        /// The client.
        client: String,
        /// What the client library says.
        why: String,
    },
    /// It did not do in time what was expected.
    #[error("{0}")]
    TimedOut(String),
}

impl ClientProcess {
    /// Starts the process with its task. The run owns it until it ends.
    ///
    /// # Errors
    /// When it cannot be started.
    pub async fn start(
        task: Task,
        library: Library,
        folder: &RunFolder,
    ) -> Result<Self, ProcessError> {
        let io = |doing| move |source| ProcessError::Io { doing, source: Arc::new(source) };
        let mut command = library.command(folder.path()).map_err(io("find this program"))?;
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = spawn_owned(&mut command, folder).map_err(io("start a client"))?;
        let pid = child.id().and_then(|id| i32::try_from(id).ok()).map(Pid::from_raw);
        let pid = pid.ok_or_else(|| io("start a client")(io::ErrorKind::NotFound.into()))?;
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(orders), Some(reports), Some(complaints)) = pipes else {
            return Err(io("talk to a client")(io::ErrorKind::BrokenPipe.into()));
        };
        let (sender, status) = watch::channel(ClientStatus::default());
        let complaints = BufReader::new(complaints).lines();
        let keeper = tokio::spawn(keep(child, BufReader::new(reports), complaints, sender));
        let (orders, let_go) = (Mutex::new(orders), AtomicBool::new(false));
        let process = Self { task, library, pid, orders, status, keeper, let_go };
        let task = serde_json::to_string(&process.task);
        let task = task.map_err(|error| io("name a task")(error.into()))?;
        process.say(&task).await?;
        Ok(process)
    }

    /// Its task.
    pub fn task(&self) -> &Task {
        &self.task
    }

    /// The client library that it runs on.
    pub fn library(&self) -> &Library {
        &self.library
    }

    /// How it is, as it has reported.
    pub fn status(&self) -> ClientStatus {
        self.status.borrow().clone()
    }

    /// How its process is now. The handle is its process id.
    pub fn state(&self) -> NodeState {
        let handle = self.pid.to_string();
        match self.status.borrow().ended {
            Some(code) => NodeState::Exited { code },
            None if is_stopped(self.pid) => NodeState::Paused { handle },
            None => NodeState::Running { handle },
        }
    }

    /// Signals the process.
    ///
    /// # Errors
    /// When it has ended.
    pub fn signal(&self, signal: Signal) -> Result<(), ProcessError> {
        if let Some(why) = self.ended() {
            return Err(why);
        }
        signal_group(self.pid, signal).map_err(|source| ProcessError::Io {
            doing: "signal a client",
            source: Arc::new(source),
        })
    }

    /// Orders something.
    ///
    /// # Errors
    /// When it has ended.
    pub async fn order(&self, order: Order) -> Result<(), ProcessError> {
        let line = serde_json::to_string(&order).map_err(|error| ProcessError::Io {
            doing: "name an order",
            source: Arc::new(error.into()),
        })?;
        self.say(&line).await
    }

    /// Waits until its status is as wanted.
    ///
    /// # Errors
    /// When it ends before, or the limit passes.
    pub async fn until(
        &self,
        limit: Duration,
        wanted: impl Fn(&ClientStatus) -> Result<(), String> + Send,
    ) -> Result<(), ProcessError> {
        let looked = until(limit, LOOK, || {
            let status = self.status.borrow();
            std::future::ready(match wanted(&status) {
                Ok(()) => Ok(Seen::Ready(())),
                Err(_) if status.ended.is_some() => Err(self.why_ended(&status)),
                Err(seen) => Ok(Seen::NotYet(seen)),
            })
        });
        looked.await.map_err(|error| match error {
            WaitError::Failed(ended) => ended,
            late @ WaitError::TimedOut { .. } => ProcessError::TimedOut(late.to_string()),
        })
    }

    /// Why it has ended, if it has.
    pub fn ended(&self) -> Option<ProcessError> {
        let status = self.status.borrow();
        status.ended.map(|_| self.why_ended(&status))
    }

    fn why_ended(&self, status: &ClientStatus) -> ProcessError {
        let client = self.task.client.clone();
        if let Some(why) = status.unfit.clone() {
            return ProcessError::Unfit { client, why };
        }
        let said = status.fenced.iter().chain(&status.failed).next().cloned();
        let why = said.unwrap_or_else(|| {
            let code = status.ended.map_or_else(|| "none".into(), |code| code.to_string());
            let complaints: Vec<&str> = status.complaints.iter().map(String::as_str).collect();
            match complaints.as_slice() {
                [] => format!("exit code {code}"),
                lines => format!("exit code {code}: {}", lines.join("\n")),
            }
        });
        ProcessError::Ended { client, why }
    }

    async fn say(&self, line: &str) -> Result<(), ProcessError> {
        let mut orders = self.orders.lock().await;
        let said = orders.write_all(format!("{line}\n").as_bytes()).await;
        said.map_err(|source| {
            self.ended()
                .unwrap_or(ProcessError::Io { doing: "talk to a client", source: Arc::new(source) })
        })
    }
}

impl ClientProcess {
    /// Says that nobody needs it any more.
    pub fn let_go(&self) {
        self.let_go.store(true, Ordering::Relaxed);
    }

    /// Whether nobody needs it any more.
    pub fn is_let_go(&self) -> bool {
        self.let_go.load(Ordering::Relaxed)
    }

    /// Kills it, if it is still there.
    pub fn kill(&self) {
        // The keeper has the process, which dies with it.
        self.keeper.abort();
    }
}

impl Drop for ClientProcess {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Follows the reports of the process until it has ended.
async fn keep(
    mut child: Child,
    reports: BufReader<ChildStdout>,
    mut complaints: tokio::io::Lines<BufReader<tokio::process::ChildStderr>>,
    status: watch::Sender<ClientStatus>,
) {
    let mut reports = reports.lines();
    let reading = async {
        while let Ok(Some(line)) = reports.next_line().await {
            match serde_json::from_str(&line) {
                Ok(report) => status.send_modify(|status| status.take_in(report)),
                Err(error) => tracing::warn!(line, %error, "a client reports what is no report"),
            }
        }
    };
    let complaining = async {
        while let Ok(Some(line)) = complaints.next_line().await {
            status.send_modify(|status| {
                status.complaints.push_back(line);
                if status.complaints.len() > KEPT {
                    status.complaints.pop_front();
                }
            });
        }
    };
    tokio::join!(reading, complaining);
    // Both pipes are closed, so it has ended or is about to.
    let code = child.wait().await.map_or(-1, exit_code);
    status.send_modify(|status| status.ended = Some(code));
}

impl ClientStatus {
    fn take_in(&mut self, report: Report) {
        match report {
            Report::Ready => self.ready = true,
            Report::Assigned(partitions) => self.partitions = Some(partitions),
            Report::Done(count) => {
                self.done = count;
                self.halted = false;
            }
            Report::Finished => self.finished = true,
            Report::Halted => {
                self.halted = true;
                self.halts += 1;
            }
            Report::Refused(why) => {
                self.refused.push(why);
                self.halted = false;
            }
            Report::Fenced(why) => self.fenced = Some(why),
            Report::Unfit(why) => self.unfit = Some(why),
            Report::Failed(why) => self.failed = Some(why),
        }
    }
}
