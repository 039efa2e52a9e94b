//! Clears away what killed runs have left on this machine: their processes and folders. Never anything of a
//! run that is alive, whose folder is locked, nor of others.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use super::process::started_ticks;
use super::run_folder::{Owned, RunFolder};

/// A run that has ended without clearing away.
#[derive(Debug)]
pub struct DeadRun {
    /// Name of the run.
    pub id: String,
    /// Held so that no other run sweeps it at the same time.
    _lock: File,
}

/// The runs below `state` whose process is gone.
///
/// # Errors
/// When the folder cannot be read.
pub fn dead_runs(state: &Path) -> io::Result<Vec<DeadRun>> {
    let folders = match fs::read_dir(state.join("runs")) {
        Ok(folders) => folders,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut dead = Vec::new();
    for folder in folders {
        let folder = folder?;
        // A folder without a lock file is one that its run is making or removing right now.
        let Ok(lock) = File::open(folder.path().join("lock")) else { continue };
        if lock.try_lock().is_ok() {
            let id = folder.file_name().to_string_lossy().into_owned();
            dead.push(DeadRun { id, _lock: lock });
        }
    }
    Ok(dead)
}

/// Whether a run below `state` is alive or may still be.
pub fn is_alive(state: &Path, run: &str) -> bool {
    let lock = state.join("runs").join(run).join("lock");
    File::open(lock).is_ok_and(|lock| lock.try_lock().is_err())
}

/// Clears away what killed runs have left. What cannot be cleared now is left to the next run, so it is
/// reported but stops nobody.
pub fn leftovers(state: &Path) {
    let dead = match dead_runs(state) {
        Ok(dead) => dead,
        Err(error) => {
            tracing::warn!(%error, "leftovers of killed runs could not be searched for");
            return;
        }
    };
    for run in dead {
        if let Err(error) = clear_processes(state, &run) {
            tracing::warn!(run = run.id, %error, "what a killed run has left could not be removed");
        }
    }
}

/// Kills what a dead run has left and removes its folder.
///
/// # Errors
/// When its folder cannot be removed.
pub fn clear_processes(state: &Path, run: &DeadRun) -> io::Result<()> {
    let folder = state.join("runs").join(&run.id);
    kill_owned(&folder);
    fs::remove_dir_all(folder)
}

/// Kills every process that this run has recorded, without waiting for anything.
pub fn kill_at_once(run: &RunFolder) {
    kill_owned(run.path());
}

/// Another process may have a recorded number by now; its start time tells.
fn kill_owned(folder: &Path) {
    for Owned::Process { pid, started_ticks: started } in owned(folder) {
        let pid = Pid::from_raw(pid);
        if started_ticks(pid) == Some(started) {
            tracing::info!(%pid, "killing a process that a run has left");
            // It may end by itself in this moment, which is as good.
            killpg(pid, Signal::SIGKILL).ok();
        }
    }
}

/// What a run has recorded; a last line cut off by its end is left out.
pub fn owned(folder: &Path) -> Vec<Owned> {
    let record = fs::read_to_string(folder.join("owned.ndjson")).unwrap_or_default();
    record.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::CommandExt as _;
    use std::process::{Command, Stdio};

    use super::*;
    use crate::event::run_id::RunId;

    #[test]
    fn a_run_that_is_alive_is_not_swept() {
        let state = tempfile::tempdir().unwrap();
        let run = RunFolder::create(state.path(), RunId::new()).unwrap();
        assert!(dead_runs(state.path()).unwrap().is_empty());
        assert!(is_alive(state.path(), run.id().as_str()));
    }

    #[test]
    fn the_process_of_a_dead_run_is_killed_and_others_are_not() {
        let state = tempfile::tempdir().unwrap();
        let run = RunFolder::create(state.path(), RunId::new()).unwrap();
        let sleeper = || {
            Command::new("sleep").arg("600").process_group(0).stdin(Stdio::null()).spawn().unwrap()
        };
        let (mut left, mut other) = (sleeper(), sleeper());
        let pid = |child: &std::process::Child| Pid::from_raw(child.id().cast_signed());
        let started = started_ticks(pid(&left)).unwrap();
        run.own(&Owned::Process { pid: pid(&left).as_raw(), started_ticks: started }).unwrap();
        // The number of a later process, as if the pid had been given out again.
        run.own(&Owned::Process { pid: pid(&other).as_raw(), started_ticks: 1 }).unwrap();
        drop(run);

        // A child that another test starts right now holds a copy of the lock until it is another program.
        let looks = std::iter::repeat_with(|| dead_runs(state.path()).unwrap());
        let dead = looks.take(100_000).find(|dead| !dead.is_empty());
        let cleared = dead.map(|dead| clear_processes(state.path(), &dead[0]));
        let other_lives = other.try_wait().unwrap().is_none();
        other.kill().unwrap();
        other.wait().unwrap();
        cleared.expect("the run is dead").unwrap();
        assert!(!left.wait().unwrap().success());
        assert!(other_lives);
        assert!(dead_runs(state.path()).unwrap().is_empty());
    }
}
