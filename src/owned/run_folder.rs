//! What a run owns on this machine: a folder with a lock that lives as long as the run's process, and a
//! record of everything that must not outlive it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use crate::event::run_id::RunId;
use serde::{Deserialize, Serialize};

/// Something outside this process that the run has started, as written to `owned.ndjson`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Owned {
    /// A process group, told from a later one with the same number by its leader's start time.
    Process {
        /// Process id, which is also the id of its group.
        pid: i32,
        /// Field 22 of `/proc/PID/stat`: clock ticks since boot.
        started_ticks: u64,
    },
}

/// The folder of a run that is alive: `<state>/runs/<run id>`, with `lock` and `owned.ndjson`.
#[derive(Debug)]
pub struct RunFolder {
    id: RunId,
    state: PathBuf,
    path: PathBuf,
    owned: Mutex<File>,
    /// Held, and so locked, as long as the process lives.
    _lock: File,
}

impl RunFolder {
    /// Makes and locks the folder of a new run below `state`.
    ///
    /// # Errors
    /// When the folder cannot be made or written.
    pub fn create(state: &Path, id: RunId) -> io::Result<Self> {
        let path = state.join("runs").join(id.as_str());
        fs::create_dir_all(&path)?;
        // Locked before it has its name, so that no sweep ever finds it unlocked.
        let lock = File::create(path.join("lock.new"))?;
        lock.lock()?;
        fs::rename(path.join("lock.new"), path.join("lock"))?;
        let owned = OpenOptions::new().create(true).append(true).open(path.join("owned.ndjson"))?;
        let (state, owned) = (state.to_owned(), Mutex::new(owned));
        Ok(Self { id, state, path, owned, _lock: lock })
    }

    /// The run's name.
    pub fn id(&self) -> &RunId {
        &self.id
    }

    /// The folder with what runs own, in which this one is.
    pub fn state(&self) -> &Path {
        &self.state
    }

    /// The folder; what is put into it goes when the run ends.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Records something that must not outlive the run, before or right after it starts.
    ///
    /// # Errors
    /// When the record cannot be written.
    pub fn own(&self, owned: &Owned) -> io::Result<()> {
        let mut line = serde_json::to_vec(owned)?;
        line.push(b'\n');
        let mut file = self.owned.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        file.write_all(&line)
    }

    /// Removes the folder: the run has ended and owns nothing any more.
    ///
    /// # Errors
    /// When something in the folder cannot be removed.
    pub fn remove(&self) -> io::Result<()> {
        fs::remove_dir_all(&self.path)
    }
}
