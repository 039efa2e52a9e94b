//! Tar archives, in which files go into containers and come out of them.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use futures::StreamExt as _;
use tokio_tar::{Archive, Builder, EntryType, Header};

/// User and group of the image, as docker/Dockerfile makes them: the owner of what is copied in.
const OWNER: u64 = 10001;

/// An archive, to be unpacked at `/`, of files and folders below `root` with all folders that lead to them.
///
/// # Errors
/// When a path is too long or leads out of the root.
pub(super) async fn pack(
    root: &Path,
    folders: &[PathBuf],
    files: &[(PathBuf, Vec<u8>)],
) -> io::Result<Vec<u8>> {
    let mut archive = Builder::new(Vec::new());
    for folder in all_folders(root, folders, files) {
        let mut header = header(EntryType::Directory, 0o755, 0);
        archive.append_data(&mut header, relative(&folder), io::Cursor::new(&[])).await?;
    }
    for (path, contents) in files {
        let mut header = header(EntryType::Regular, 0o644, contents.len() as u64);
        let path = root.join(path);
        archive.append_data(&mut header, relative(&path), contents.as_slice()).await?;
    }
    archive.into_inner().await
}

/// The contents of the first file in an archive; None where there is none, as in that of an empty folder.
///
/// # Errors
/// When it is not an archive.
pub(super) async fn first_file(archive: &[u8]) -> io::Result<Option<Vec<u8>>> {
    let mut archive = Archive::new(archive);
    let mut entries = archive.entries()?;
    while let Some(entry) = entries.next().await {
        let mut entry = entry?;
        if entry.header().entry_type() == EntryType::Regular {
            let mut bytes = Vec::new();
            tokio::io::AsyncReadExt::read_to_end(&mut entry, &mut bytes).await?;
            return Ok(Some(bytes));
        }
    }
    Ok(None)
}

/// Sorted, so that a folder comes before what is in it.
fn all_folders(
    root: &Path,
    folders: &[PathBuf],
    files: &[(PathBuf, Vec<u8>)],
) -> BTreeSet<PathBuf> {
    let folders = folders.iter().map(|folder| root.join(folder));
    let parents = files.iter().filter_map(|(file, _)| root.join(file).parent().map(PathBuf::from));
    folders
        .chain(parents)
        .flat_map(|folder| folder.ancestors().map(PathBuf::from).collect::<Vec<_>>())
        .filter(|folder| folder.starts_with(root))
        .collect()
}

fn relative(path: &Path) -> &Path {
    path.strip_prefix("/").unwrap_or(path)
}

fn header(kind: EntryType, mode: u32, size: u64) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_uid(OWNER);
    header.set_gid(OWNER);
    header.set_mtime(u64::try_from(jiff::Timestamp::now().as_second()).unwrap_or_default());
    header.set_size(size);
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn folders_come_before_their_files_and_belong_to_the_user() {
        let files = [(PathBuf::from("config/zoo.cfg"), b"tickTime=500\n".to_vec())];
        let packed = pack(Path::new("/var/lib/trial"), &["data/a".into()], &files).await.unwrap();
        let mut archive = Archive::new(packed.as_slice());
        let mut entries = archive.entries().unwrap();
        let mut seen = Vec::new();
        while let Some(entry) = entries.next().await {
            let entry = entry.unwrap();
            assert_eq!(entry.header().uid().unwrap(), OWNER);
            seen.push(entry.path().unwrap().display().to_string());
        }
        let expected = ["", "/config", "/data", "/data/a", "/config/zoo.cfg"];
        assert_eq!(seen, expected.map(|path| format!("var/lib/trial{path}")));
    }

    #[tokio::test]
    async fn what_was_packed_is_read_back() {
        let files = [(PathBuf::from("myid"), b"3\n".to_vec())];
        let packed = pack(Path::new("/data"), &[], &files).await.unwrap();
        assert_eq!(first_file(&packed).await.unwrap().as_deref(), Some(b"3\n".as_slice()));
    }

    #[tokio::test]
    async fn an_archive_without_files_holds_none() {
        let packed = pack(Path::new("/data"), &["empty".into()], &[]).await.unwrap();
        assert_eq!(first_file(&packed).await.unwrap(), None);
    }
}
