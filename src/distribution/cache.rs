//! The per-user cache: folders that are made once, whole or not at all, however many runs want them.
//!
//! Below the root there is one shelf for each kind of entry. An entry is made in a temporary folder on its
//! shelf and then renamed, under the lock of the shelf. The lock goes with the process that holds it, and
//! whoever holds it removes what interrupted processes have left on the shelf.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use etcetera::BaseStrategy as _;
use tempfile::TempDir;

use super::checksums::{self, Look};
use super::error::DistributionError;
use crate::wait::{self, Seen, WaitError};

/// Begins the name of every folder that is still being filled, or is to be removed.
const PARTIAL: &str = ".partial-";
/// A fetch over a slow line takes minutes; a process that holds the lock for longer hangs.
const LOCK_LIMIT: Duration = Duration::from_secs(30 * 60);
const LOCK_INTERVAL: Duration = Duration::from_millis(100);

/// The cache of one user, and where the runs that use it keep what they own.
#[derive(Debug, Clone)]
pub struct Cache {
    root: PathBuf,
    state: PathBuf,
}

/// A kind of entry: what is made by one sort of work, and so under one lock.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Shelf {
    /// Folders of jars, one for each pom. Maven keeps a repository of its own that two processes must not
    /// write at once: another reason for one lock.
    Jars,
    /// Folders of class-data archives, one for each folder of jars and JVM.
    ClassData,
    /// Lists of the properties that jars print, one for each pom.
    Properties,
    /// Virtual environments of client programs in Python.
    Python,
    /// Classes of the Java client, one folder for each version of its library and JVM.
    Java,
}

/// What the cache says to somebody who wants an entry.
#[derive(Debug)]
pub(crate) enum Claim {
    /// It is there.
    Present(PathBuf),
    /// It is not, and it is for the caller to make it; others wait as long as the vacancy lives.
    Vacant(Vacancy),
}

/// The right and the duty to make an entry. Dropped, it leaves nothing behind.
#[derive(Debug)]
pub(crate) struct Vacancy {
    shelf: Shelf,
    entry: PathBuf,
    temporary: TempDir,
    lock: File,
    /// Why the entry that was there before was taken away.
    broken: Option<String>,
}

impl Cache {
    /// The folder that `TRIAL_CACHE_DIR` names, else the user's own cache folder (`~/.cache/kafka-trial`
    /// on Linux). It need not exist. Runs keep what they own in the folder that `TRIAL_STATE_DIR` names,
    /// else in the cache's.
    ///
    /// # Errors
    /// [`DistributionError::NoFolder`] where neither is set.
    pub fn of_user() -> Result<Self, DistributionError> {
        let own = || {
            let folders = etcetera::choose_base_strategy().ok()?;
            Some(folders.cache_dir().join("kafka-trial"))
        };
        let named = |variable| {
            std::env::var_os(variable).filter(|folder| !folder.is_empty()).map(PathBuf::from)
        };
        let root = named("TRIAL_CACHE_DIR").or_else(own).ok_or(DistributionError::NoFolder)?;
        let cache = Self::at(root);
        Ok(match named("TRIAL_STATE_DIR") {
            Some(state) => Self { state: absolute(&state), ..cache },
            None => cache,
        })
    }

    /// A cache in this folder, which need not exist. A relative path is taken from the working directory
    /// of now.
    pub fn at(root: impl AsRef<Path>) -> Self {
        let root = absolute(root.as_ref());
        Self { state: root.clone(), root }
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The folder in which runs keep what they own, below `runs`. A run sweeps what killed runs have left
    /// in its own state folder and nowhere else.
    pub fn state(&self) -> &Path {
        &self.state
    }

    /// Makes the folder if need be, and a file in it that is gone at once.
    ///
    /// # Errors
    /// [`DistributionError::Cache`] when one of them cannot be made.
    pub fn ensure_writable(&self) -> Result<(), DistributionError> {
        fs::create_dir_all(&self.root).map_err(failed("make a folder", &self.root))?;
        tempfile::tempfile_in(&self.root).map_err(failed("make a file", &self.root))?;
        Ok(())
    }

    /// Whether the entry `key` of the shelf is there, and as it was made.
    pub(crate) fn holds(&self, shelf: Shelf, key: &str) -> bool {
        self.entry(shelf, key).is_some()
    }

    /// The entry `key` of the shelf, if it is there and as it was made.
    pub(crate) fn entry(&self, shelf: Shelf, key: &str) -> Option<PathBuf> {
        let entry = self.shelf(shelf).join(key);
        (entry.is_dir() && shelf.broken(&entry, Look::Quick).is_none()).then_some(entry)
    }

    /// Every entry of the shelf that is no longer as it was made, and why. Of one without checksums it is not known.
    pub(crate) fn broken(&self, shelf: Shelf) -> Vec<(PathBuf, String)> {
        let entries = fs::read_dir(self.shelf(shelf)).into_iter().flatten().flatten();
        let entries = entries.map(|entry| entry.path()).filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            !name.starts_with(PARTIAL) && checksums::are_in(path)
        });
        let broken = entries.filter_map(|path| {
            let why = shelf.broken(&path, Look::Whole)?;
            Some((path, why))
        });
        broken.collect()
    }

    /// Takes an entry away, so that it is made anew when it is next wanted.
    pub(crate) fn discard(&self, entry: &Path) -> Result<(), DistributionError> {
        fs::remove_dir_all(entry).map_err(failed("remove a folder", entry))
    }

    /// The entry `key` of the shelf if it is there and as it was made, or else the right to make it. `waiting` is
    /// called once when another process holds the lock.
    pub(crate) async fn claim(
        &self,
        shelf: Shelf,
        key: &str,
        mut waiting: impl FnMut(),
    ) -> Result<Claim, DistributionError> {
        let kind = shelf;
        let shelf = self.shelf(shelf);
        let entry = shelf.join(key);
        if entry.is_dir() && kind.looked_at(&entry).await.is_none() {
            return Ok(Claim::Present(entry));
        }
        let path = shelf.join("lock");
        let lock = blocking({
            let (shelf, path) = (shelf.clone(), path.clone());
            move || {
                fs::create_dir_all(&shelf).map_err(failed("make a folder", &shelf))?;
                File::create(&path).map_err(failed("make a file", &path))
            }
        })
        .await?;
        let mut told = false;
        let mut look = || match lock.try_lock() {
            Ok(()) => Ok(Seen::Ready(())),
            Err(TryLockError::WouldBlock) => {
                if !told {
                    waiting();
                    told = true;
                }
                Ok(Seen::NotYet("locked".into()))
            }
            Err(TryLockError::Error(error)) => Err(error),
        };
        let locked = wait::until(LOCK_LIMIT, LOCK_INTERVAL, || std::future::ready(look()));
        match locked.await {
            Ok(()) => {}
            Err(WaitError::TimedOut { limit, .. }) => {
                return Err(DistributionError::Busy { lock: path, limit });
            }
            Err(WaitError::Failed(error)) => return Err(failed("lock a file", &path)(error)),
        }
        let broken = match entry.is_dir() {
            true => match kind.looked_at(&entry).await {
                None => return Ok(Claim::Present(entry)),
                broken => broken,
            },
            false => None,
        };
        let old = broken.is_some().then(|| entry.clone());
        let temporary = blocking(move || {
            sweep(&shelf).map_err(failed("remove what an interrupted run has left", &shelf))?;
            let temporary = tempfile::Builder::new().prefix(PARTIAL).tempdir_in(&shelf);
            let temporary = temporary.map_err(failed("make a folder", &shelf))?;
            if let Some(old) = old {
                // It goes with the temporary folder.
                let away = temporary.path().join("broken");
                fs::rename(&old, away).map_err(failed("move a folder", &old))?;
            }
            Ok(temporary)
        });
        let temporary = temporary.await?;
        Ok(Claim::Vacant(Vacancy { shelf: kind, entry, temporary, lock, broken }))
    }

    fn shelf(&self, shelf: Shelf) -> PathBuf {
        self.root.join(match shelf {
            Shelf::Jars => "jars",
            Shelf::ClassData => "class-data",
            Shelf::Properties => "properties",
            Shelf::Python => "python",
            Shelf::Java => "java",
        })
    }
}

impl Shelf {
    /// Whether entries have checksums: those without folders in them. Python writes into a virtual environment besides.
    fn is_checked(self) -> bool {
        matches!(self, Self::Jars | Self::ClassData | Self::Properties)
    }

    fn broken(self, entry: &Path, look: Look) -> Option<String> {
        self.is_checked().then(|| checksums::broken(entry, look)).flatten()
    }

    async fn looked_at(self, entry: &Path) -> Option<String> {
        let entry = entry.to_owned();
        blocking(move || self.broken(&entry, Look::Quick)).await
    }
}

impl Vacancy {
    /// Why the entry that was there before is made anew; none where there was none.
    pub(crate) fn broken(&self) -> Option<&str> {
        self.broken.as_deref()
    }

    /// A folder to work in; on the file system of the cache, and gone with the vacancy.
    pub(crate) fn folder(&self) -> &Path {
        self.temporary.path()
    }

    /// Standard input for the process that does the work. It is empty and carries the lock, so that where
    /// this process is killed and cannot end the other, nobody else begins before the other has ended.
    pub(crate) fn stdin(&self) -> Result<Stdio, DistributionError> {
        self.lock.try_clone().map(Stdio::from).map_err(failed("share a lock", &self.entry))
    }

    /// Makes `made`, a folder inside [`Vacancy::folder`], the entry.
    pub(crate) fn fill(self, made: &Path) -> Result<PathBuf, DistributionError> {
        if self.shelf.is_checked() {
            checksums::write(made).map_err(failed("write checksums", made))?;
        }
        fs::rename(made, &self.entry).map_err(failed("make a folder", &self.entry))?;
        Ok(self.entry)
    }
}

/// Only an empty path or a working directory that is gone cannot be made absolute; the first use of the
/// folder fails then and names it.
fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// A key that changes with `contents`, readable by its `name`.
pub(crate) fn key(name: impl std::fmt::Display, contents: &str) -> String {
    format!("{name}-{:08x}", crc32fast::hash(contents.as_bytes()))
}

/// Runs file work off the threads that drive futures; a panic in it goes on here.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}

/// For `map_err`: what was being done, and where.
pub(crate) fn failed(
    doing: &'static str,
    path: &Path,
) -> impl FnOnce(io::Error) -> DistributionError {
    move |source| DistributionError::Cache { doing, path: path.to_owned(), source }
}

/// Removes the folders that are still being filled; the lock says that nobody is filling them.
fn sweep(shelf: &Path) -> io::Result<()> {
    for entry in fs::read_dir(shelf)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(PARTIAL) {
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}
