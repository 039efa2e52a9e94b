//! Finds what a run has left behind.

use std::fs;
use std::process::Command;

use kafka_trial::runtime::docker::engine;

/// Processes that have the text in their command line, containers and networks that have the label.
pub async fn of(text: &str, label: &str) -> Vec<String> {
    let mut found = processes(text);
    // Where only the engine is installed, what is left there is not seen.
    if engine().await.is_ok() && Command::new("docker").arg("--version").output().is_ok() {
        let label = format!("label={label}");
        for listing in [["ps", "-a"].as_slice(), &["network", "ls"]] {
            let listed = Command::new("docker")
                .args(listing)
                .args(["--filter", &label, "--format", "{{.ID}}"])
                .output()
                .expect("docker answers");
            assert!(listed.status.success(), "{listed:?}");
            let listed = String::from_utf8_lossy(&listed.stdout);
            found.extend(listed.lines().map(|id| format!("{listing:?} {id}")));
        }
    }
    found
}

fn processes(text: &str) -> Vec<String> {
    let processes = fs::read_dir("/proc").expect("this is Linux").flatten();
    let lines = processes.filter_map(|process| {
        // Others end while we look.
        let line = fs::read(process.path().join("cmdline")).ok()?;
        let line = String::from_utf8_lossy(&line).replace('\0', " ");
        line.contains(text).then(|| format!("{} {line}", process.path().display()))
    });
    lines.collect()
}

/// The runtimes that this machine has.
pub async fn runtimes() -> Vec<&'static str> {
    let docker = engine().await.is_ok().then_some("docker");
    let local = kafka_trial::java::find().await.is_ok().then_some("local");
    let runtimes: Vec<_> = local.into_iter().chain(docker).collect();
    if runtimes.len() < 2 {
        eprintln!("NOT TESTED: endings in both runtimes, as this machine has only {runtimes:?}");
    }
    runtimes
}
