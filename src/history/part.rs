//! One file of a history, line by line.

use std::io::Read;
use std::path::Path;

use super::header::Header;
use super::load::LoadError;
use super::reader::{Lines, LinesError};

/// One file behind its header.
pub(super) struct Part<'p, R> {
    pub(super) path: &'p Path,
    pub(super) lines: Lines<R>,
    pub(super) name: Option<String>,
    /// In bytes, where it is known.
    pub(super) size: Option<u64>,
}

impl<'p, R: Read> Part<'p, R> {
    pub(super) fn open(path: &'p Path, source: R) -> Result<Self, LoadError> {
        let mut lines = Lines::new(source);
        let header = {
            let header = lines.next_line().map_err(|error| cannot_cut(path, error))?;
            Header::read(header.map_or(b"".as_slice(), |line| line.bytes))
        };
        let header =
            header.map_err(|what| LoadError::Line { path: path.to_owned(), line: 1, what })?;
        Ok(Self { path, lines, name: header.name, size: None })
    }
}

/// The error of a line that cannot be had.
pub(super) fn cannot_cut(path: &Path, error: LinesError) -> LoadError {
    let what = error.to_string();
    let path = path.to_owned();
    match error {
        LinesError::Io(source) => LoadError::Io { path, source },
        LinesError::TooLong(line) => LoadError::Line { path, line, what },
    }
}
