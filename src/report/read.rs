//! `events.ndjson` as it is read back, also of a run that was killed.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::model::{Fold, Report};
use crate::error::UserError;
use crate::event::{Event, FORMAT, Stamped};

/// Name of the file in the folder of results.
pub const EVENTS: &str = "events.ndjson";

/// Why events cannot be read.
#[derive(Debug, Error)]
pub enum ReadError {
    /// The file cannot be opened or read.
    #[error("failed to read {}", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// It was written by a program whose events this one does not know.
    #[error("{}:{line} has version {found} of the events, and this trial reads version {FORMAT}", path.display())]
    Version {
        /// Which file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
        /// The version that it says.
        found: u64,
    },
    /// A line in the middle is no event.
    #[error("{}:{line} is no event: {why}", path.display())]
    Line {
        /// Which file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
        /// What is wrong with it.
        why: String,
    },
    /// The run had not begun when it ended.
    #[error("{} has no run: it ended before its cluster could be chosen", path.display())]
    NoRun {
        /// Which file.
        path: PathBuf,
    },
}

impl From<ReadError> for UserError {
    fn from(error: ReadError) -> Self {
        let help = match &error {
            ReadError::Io { .. } => "name the folder of a run's results, as given with --out",
            ReadError::Version { .. } => "make the report with the trial that has run it",
            ReadError::Line { .. } => "the file was changed or damaged after the run",
            ReadError::NoRun { .. } => "run it again",
        };
        match error {
            ReadError::Io { path, source } => {
                Self::usage(format!("failed to read {}", path.display()), help).because(source)
            }
            other => Self::usage(other.to_string(), help),
        }
    }
}

/// Reads the events of a run from the folder of its results. A last line that was only written in part is
/// left out, with a note.
///
/// # Errors
/// When the file cannot be read, is of another version, or is damaged other than at its end.
pub fn report(folder: &Path) -> Result<Report, ReadError> {
    let path = folder.join(EVENTS);
    let unreadable = |source| ReadError::Io { path: path.clone(), source };
    let mut file = BufReader::new(File::open(&path).map_err(unreadable)?);
    let mut fold = Fold::default();
    let mut notes = Vec::new();
    let mut bytes = Vec::new();
    for line in 1.. {
        bytes.clear();
        if file.read_until(b'\n', &mut bytes).map_err(unreadable)? == 0 {
            break;
        }
        let complete = bytes.ends_with(b"\n");
        match serde_json::from_slice::<Stamped>(&bytes) {
            Ok(stamped) => {
                refuse_other_version(&stamped, &path, line)?;
                fold.add(&stamped);
            }
            Err(_) if !complete => {
                notes.push(format!("{}:{line} was written only in part", path.display()));
            }
            Err(error) => {
                // A newer program may write events that this one does not know.
                if let Some(found) = version(&bytes).filter(|found| *found != u64::from(FORMAT)) {
                    return Err(ReadError::Version { path, line, found });
                }
                return Err(ReadError::Line { path, line, why: error.to_string() });
            }
        }
    }
    let mut report = fold.report().ok_or(ReadError::NoRun { path })?;
    report.notes.extend(notes);
    Ok(report)
}

fn refuse_other_version(stamped: &Stamped, path: &Path, line: usize) -> Result<(), ReadError> {
    match stamped.event {
        Event::RunStarted { format, .. } if format != FORMAT => {
            Err(ReadError::Version { path: path.to_owned(), line, found: format.into() })
        }
        _ => Ok(()),
    }
}

/// The version of the events that a line names, whatever else it says.
fn version(line: &[u8]) -> Option<u64> {
    let value: serde_json::Value = serde_json::from_slice(line).ok()?;
    value.get("format")?.as_u64()
}
