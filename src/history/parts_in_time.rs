//! In which order the parts of a history are read.

use std::fs::File;
use std::path::{Path, PathBuf};

use rustc_hash::FxHashMap;

use super::header::Header;
use super::line::Line;
use super::reader::Lines;

/// The files, with those of one history that have times in the order of their first times. The others stay where they
/// are, and so does what is no file: a pipe can be read only once.
pub(super) fn in_time(files: &[PathBuf]) -> Vec<&Path> {
    let mut ordered: Vec<&Path> = files.iter().map(PathBuf::as_path).collect();
    let mut histories: FxHashMap<String, Vec<(usize, u64)>> = FxHashMap::default();
    for (place, path) in files.iter().enumerate() {
        if let Some((name, first_ns)) = begun(path) {
            histories.entry(name).or_default().push((place, first_ns));
        }
    }
    for parts in histories.into_values() {
        let mut sorted = parts.clone();
        sorted.sort_by_key(|(_, first_ns)| *first_ns);
        for ((to, _), (from, _)) in parts.into_iter().zip(sorted) {
            ordered[to] = &files[from];
        }
    }
    ordered
}

/// The name in a file's header, and its first time. Whoever reads the file says what is wrong with it.
fn begun(path: &Path) -> Option<(String, u64)> {
    let is_file = path.metadata().is_ok_and(|found| found.is_file());
    let mut lines = Lines::new(is_file.then(|| File::open(path).ok()).flatten()?);
    let header = Header::read(lines.next_line().ok()??.bytes).ok()?;
    let name = header.name?;
    let first_ns = header.mono_ns.or_else(|| {
        let line = lines.next_line().ok()??;
        serde_json::from_slice::<Line<'_>>(line.bytes).ok()?.mono_ns
    });
    Some((name, first_ns?))
}
