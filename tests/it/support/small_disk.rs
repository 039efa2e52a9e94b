//! A disk that is soon full.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

/// What a shell does with a file system of its own of so many bytes at `small`; none where this machine lets
/// nobody have one.
pub fn with_small_disk(folder: &Path, bytes: u32, script: &str) -> Option<Output> {
    let small = folder.join("small");
    fs::create_dir_all(&small).expect("made");
    let script = format!("mount -t tmpfs -o size={bytes} tmpfs small && {script}");
    let own = ["--user", "--map-root-user", "--mount", "sh", "-c"];
    let may = Command::new("unshare").args(own).arg("mount -t tmpfs tmpfs /mnt").output();
    if !may.is_ok_and(|output| output.status.success()) {
        eprintln!(
            "NOT TESTED: reports on a full disk, as unshare cannot mount one on this machine"
        );
        return None;
    }
    let mut command = Command::new("unshare");
    command.args(own).arg(script).current_dir(folder).env_remove("GITHUB_STEP_SUMMARY");
    Some(command.env("TRIAL", env!("CARGO_BIN_EXE_trial")).output().expect("it runs"))
}
