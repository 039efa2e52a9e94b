//! The program.

use std::ffi::OsStr;
use std::path::Path;

use assert_cmd::Command;

/// For `--cluster`, in whatever folder: one ZooKeeper and one broker.
pub const SINGLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/clusters/single.yaml");

/// When the machine lacks something, as README says.
pub const EXIT_ENVIRONMENT: i32 = 3;

/// `trial` in the root of the project, as a pipe sees it.
pub fn trial(arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Command {
    trial_in(Path::new(env!("CARGO_MANIFEST_DIR")), arguments)
}

/// `trial` in a folder, without those variables of this environment that change what it prints or writes.
pub fn trial_in(folder: &Path, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_trial"));
    command.args(arguments).current_dir(folder);
    for variable in ["GITHUB_STEP_SUMMARY", "NO_COLOR", "RUST_LOG"] {
        command.env_remove(variable);
    }
    command
}
