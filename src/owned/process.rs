//! Child processes: started in a process group of their own, recorded as owned, signalled by group,
//! reaped.

use std::fs::OpenOptions;
use std::io;
use std::path::Path;
use std::process::{ExitStatus, Stdio};

use nix::sys::signal::{Signal as UnixSignal, killpg};
use nix::unistd::Pid;
use tokio::process::{Child, Command};

use super::run_folder::{Owned, RunFolder};
use super::signal::Signal;
use crate::event::node_state::NodeState;

/// A running or ended child process.
#[derive(Debug)]
pub struct Process {
    pid: Pid,
    child: Child,
}

impl Process {
    /// Starts the command with its output appended to `log`. Recorded in the run's folder so that it can
    /// be swept if this process is killed.
    ///
    /// # Errors
    /// When the program or the log cannot be opened, or the record cannot be written.
    pub fn start(mut command: Command, log: &Path, run: &RunFolder) -> io::Result<Self> {
        let out = OpenOptions::new().create(true).append(true).open(log)?;
        let err = out.try_clone()?;
        command.stdin(Stdio::null()).stdout(out).stderr(err);
        let child = spawn_owned(&mut command, run)?;
        let pid = pid_of(&child)?;
        Ok(Self { pid, child })
    }

    /// Its process id.
    pub fn pid(&self) -> Pid {
        self.pid
    }

    /// How the process is now.
    ///
    /// # Errors
    /// When the operating system does not say.
    pub fn state(&mut self) -> io::Result<NodeState> {
        if let Some(status) = self.child.try_wait()? {
            return Ok(NodeState::Exited { code: exit_code(status) });
        }
        let handle = format!("process {}", self.pid);
        Ok(match is_stopped(self.pid) {
            true => NodeState::Paused { handle },
            false => NodeState::Running { handle },
        })
    }

    /// Signals the process and what it has started.
    ///
    /// # Errors
    /// When it has ended.
    pub fn signal(&self, signal: Signal) -> io::Result<()> {
        signal_group(self.pid, signal)
    }

    /// Kills the process, if it is still there, and waits until it is gone.
    ///
    /// # Errors
    /// When it cannot be waited for.
    pub async fn kill(&mut self) -> io::Result<()> {
        if self.child.try_wait()?.is_none() {
            self.signal(Signal::Kill)?;
            self.child.wait().await?;
        }
        Ok(())
    }
}

/// Starts a command in a process group of its own that dies with the returned value, and records it.
///
/// # Errors
/// When it cannot be started or recorded.
pub fn spawn_owned(command: &mut Command, run: &RunFolder) -> io::Result<Child> {
    let child = command.process_group(0).kill_on_drop(true).spawn()?;
    let pid = pid_of(&child)?;
    if let Some(started_ticks) = started_ticks(pid) {
        run.own(&Owned::Process { pid: pid.as_raw(), started_ticks })?;
    }
    Ok(child)
}

/// Signals every process of a group.
///
/// # Errors
/// When there is none.
pub fn signal_group(leader: Pid, signal: Signal) -> io::Result<()> {
    let signal = match signal {
        Signal::Kill => UnixSignal::SIGKILL,
        Signal::Terminate => UnixSignal::SIGTERM,
        Signal::Pause => UnixSignal::SIGSTOP,
        Signal::Resume => UnixSignal::SIGCONT,
    };
    Ok(killpg(leader, signal)?)
}

/// Whether SIGSTOP has stopped the process.
pub fn is_stopped(pid: Pid) -> bool {
    stat_field(pid, STATE).as_deref() == Some("T")
}

/// When the process was started, in clock ticks since boot; with the pid it names a process for good.
pub fn started_ticks(pid: Pid) -> Option<u64> {
    stat_field(pid, START_TIME)?.parse().ok()
}

/// Exit code, or 128 + signal as shells have it.
pub fn exit_code(status: ExitStatus) -> i32 {
    use std::os::unix::process::ExitStatusExt as _;
    status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0))
}

/// Index of the process state among the fields after the command's name in `/proc/PID/stat`.
const STATE: usize = 0;
/// Index of the start time among them: field 22 of proc(5), counted from field 3.
const START_TIME: usize = 19;

fn stat_field(pid: Pid, index: usize) -> Option<String> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name, in parentheses, may hold blanks and parentheses itself.
    let fields = stat.rsplit_once(')')?.1;
    fields.split_whitespace().nth(index).map(str::to_owned)
}

fn pid_of(child: &Child) -> io::Result<Pid> {
    let pid = child.id().and_then(|id| i32::try_from(id).ok());
    pid.map(Pid::from_raw).ok_or_else(|| io::Error::other("the process ended at once"))
}
