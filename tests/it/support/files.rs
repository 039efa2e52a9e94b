//! Files by their extension.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Every file in a folder and in the folders below it.
pub fn below(folder: impl AsRef<Path>) -> BTreeSet<PathBuf> {
    let folder = folder.as_ref();
    let entries =
        fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths.flat_map(|path| if path.is_dir() { below(&path) } else { [path].into() }).collect()
}

/// Those with this extension.
pub fn with_extension(folder: impl AsRef<Path>, extension: &str) -> BTreeSet<PathBuf> {
    let mut files = below(folder);
    files.retain(|file| file.extension().is_some_and(|found| found == extension));
    files
}
