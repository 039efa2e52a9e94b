//! Whether an entry of the cache is what it was when it was made: a list of its files, with a checksum of each, beside
//! them. Disks fill up and machines crash, and a jar that is cut makes a broker that does not start.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::UNIX_EPOCH;
use std::{fs, io};

use serde::{Deserialize, Serialize};

/// The name of the list.
const LIST: &str = "checksums.json";

/// A file as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Known {
    size: u64,
    /// When it was last changed, in nanoseconds since 1970: where that is the same, it is not read again.
    changed_ns: u64,
    crc32: u32,
}

/// How closely files are checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// Sizes and times, and the contents of files that have another time.
    Quick,
    /// All contents.
    Whole,
}

/// Writes the list of the files in a folder.
pub fn write(folder: &Path) -> io::Result<()> {
    let mut list = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let (size, changed_ns) = size_and_time(&entry.path())?;
        let known = Known { size, changed_ns, crc32: crc32(&entry.path())? };
        list.insert(entry.file_name().to_string_lossy().into_owned(), known);
    }
    fs::write(folder.join(LIST), serde_json::to_vec_pretty(&list)?)
}

/// Whether a folder has a list; one that an older version of trial has made has none.
pub fn are_in(folder: &Path) -> bool {
    folder.join(LIST).is_file()
}

/// What is wrong with the files in a folder; none where they are what they were.
pub fn broken(folder: &Path, look: Look) -> Option<String> {
    let list = match fs::read(folder.join(LIST)) {
        Ok(list) => list,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Some("it has no checksums".into());
        }
        Err(error) => return Some(format!("its checksums cannot be read: {error}")),
    };
    let Ok(list) = serde_json::from_slice::<BTreeMap<String, Known>>(&list) else {
        return Some("its checksums are broken".into());
    };
    let wrong = list.iter().find_map(|(name, known)| {
        let why = changed(&folder.join(name), *known, look)?;
        Some(format!("{name} {why}"))
    });
    wrong.or_else(|| {
        let there = fs::read_dir(folder).ok()?;
        let mut names =
            there.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
        let other = names.find(|name| name != LIST && !list.contains_key(name))?;
        Some(format!("{other} was not there when it was made"))
    })
}

fn changed(file: &Path, known: Known, look: Look) -> Option<String> {
    let (size, changed_ns) = match size_and_time(file) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Some("is missing".into()),
        Err(error) => return Some(format!("cannot be looked at: {error}")),
    };
    if size != known.size {
        return Some(format!("has {size} bytes and had {}", known.size));
    }
    if look == Look::Quick && changed_ns == known.changed_ns {
        return None;
    }
    match crc32(file) {
        Ok(crc32) if crc32 == known.crc32 => None,
        Ok(_) => Some("has other contents than when it was made".into()),
        Err(error) => Some(format!("cannot be read: {error}")),
    }
}

fn size_and_time(file: &Path) -> io::Result<(u64, u64)> {
    let found = file.metadata()?;
    let since = found.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
    Ok((found.len(), u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)))
}

fn crc32(file: &Path) -> io::Result<u32> {
    let mut hasher = crc32fast::Hasher::new();
    let mut reader = io::BufReader::with_capacity(1 << 16, fs::File::open(file)?);
    loop {
        let bytes = io::BufRead::fill_buf(&mut reader)?;
        if bytes.is_empty() {
            return Ok(hasher.finalize());
        }
        hasher.update(bytes);
        let read = bytes.len();
        io::BufRead::consume(&mut reader, read);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["a.jar", "b.jar"] {
            fs::write(folder.path().join(name), name.repeat(100)).expect("written");
        }
        write(folder.path()).expect("listed");
        folder
    }

    #[test]
    fn what_is_as_it_was_is_whole() {
        let folder = entry();
        assert_eq!(broken(folder.path(), Look::Quick), None);
        assert_eq!(broken(folder.path(), Look::Whole), None);
        // From another machine: the same contents, another time.
        fs::write(folder.path().join("a.jar"), "a.jar".repeat(100)).expect("written");
        assert_eq!(broken(folder.path(), Look::Quick), None);
    }

    #[test]
    fn what_is_cut_empty_missing_changed_or_new_is_broken() {
        type Break = fn(&Path);
        let cases: [(Break, &str); 6] = [
            (|it| fs::write(it.join("a.jar"), "a").expect("cut"), "a.jar has 1 bytes and had 500"),
            (
                |it| fs::write(it.join("a.jar"), "").expect("emptied"),
                "a.jar has 0 bytes and had 500",
            ),
            (|it| fs::remove_file(it.join("b.jar")).expect("removed"), "b.jar is missing"),
            (
                |it| fs::write(it.join("b.jar"), "x".repeat(500)).expect("changed"),
                "b.jar has other contents",
            ),
            (|it| fs::write(it.join("c.jar"), "").expect("added"), "c.jar was not there"),
            (|it| fs::remove_file(it.join(LIST)).expect("removed"), "it has no checksums"),
        ];
        for (spoil, told) in cases {
            let folder = entry();
            spoil(folder.path());
            let why = broken(folder.path(), Look::Quick).expect("it is broken");
            assert!(why.starts_with(told), "{why}");
        }
    }

    #[test]
    fn a_whole_look_sees_what_times_do_not_tell() {
        let folder = entry();
        let file = folder.path().join("a.jar");
        let time = file.metadata().and_then(|found| found.modified()).expect("a time");
        fs::write(&file, "x".repeat(500)).expect("changed");
        let opened = fs::File::options().write(true).open(&file).expect("opened");
        opened.set_modified(time).expect("set");
        assert_eq!(broken(folder.path(), Look::Quick), None);
        assert!(broken(folder.path(), Look::Whole).is_some());
    }
}
