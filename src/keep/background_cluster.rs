//! A cluster that outlives the command that started it: a keeper, this same program in the background,
//! holds its processes and links until it is asked to end.

use std::fs::{self, File};
use std::io::{Read as _, Seek as _};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde::{Deserialize, Serialize};
use tokio::process::Command;

use crate::cluster::listener::CLIENT;
use crate::cluster::spec::ClusterSpec;
use crate::distribution::Cache;
use crate::error::UserError;
use crate::event::run_id::RunId;
use crate::event::runtime_kind::RuntimeKind;
use crate::event::stream::Events;
use crate::owned::interrupt::Interrupts;
use crate::owned::process::started_ticks;
use crate::owned::sweep;
use crate::run::stage::Stage;
use crate::runtime::registry;
use crate::wait::{Seen, WaitError, until};

/// Name of the description in the run's folder; it is there once the cluster is up.
const FILE: &str = "kept.json";
/// Fetching and building come before the start, so a first start takes minutes.
const UP_LIMIT: Duration = Duration::from_secs(15 * 60);
const DOWN_LIMIT: Duration = Duration::from_secs(60);
const LOOK: Duration = Duration::from_millis(50);

/// A cluster that is kept, as written into its run's folder.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Kept {
    /// Name of the run that holds it.
    pub run: String,
    /// Name of its fixture.
    pub cluster: String,
    /// Version of Kafka.
    pub kafka: String,
    /// Where it runs.
    pub runtime: String,
    /// For clients.
    pub bootstrap_servers: String,
    /// Where its ZooKeepers are reached.
    pub zookeepers: String,
    /// The keeper's process.
    pid: i32,
    /// When that process was started, in clock ticks since boot.
    started_ticks: u64,
}

/// Starts a keeper with the arguments of this command, `keep` instead of `up`, and waits until its cluster
/// is up.
///
/// # Errors
/// What the keeper says when it cannot.
pub async fn up(cache: &Cache, arguments: Vec<std::ffi::OsString>) -> Result<Kept, UserError> {
    let program = std::env::current_exe().map_err(|error| failed("find this program", error))?;
    cache.ensure_writable()?;
    let unwritten = |error| failed("write what the keeper says", error);
    let mut said = tempfile::tempfile_in(cache.root()).map_err(unwritten)?;
    let mut keeper = Command::new(program)
        .args(["cluster", "keep"])
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(said.try_clone().map_err(unwritten)?)
        .process_group(0)
        .spawn()
        .map_err(|error| failed("start the keeper", error))?;
    let pid = keeper.id().and_then(|pid| i32::try_from(pid).ok());
    let kept = until(UP_LIMIT, LOOK, || {
        let looked = match keeper.try_wait() {
            Ok(Some(_)) => Err(read_back(&mut said)),
            Err(error) => Err(error.to_string()),
            Ok(None) => {
                let kept = kept(cache).unwrap_or_default();
                let ours = kept.into_iter().find(|kept| Some(kept.pid) == pid);
                Ok(ours.map_or_else(|| Seen::NotYet("it is starting".into()), Seen::Ready))
            }
        };
        std::future::ready(looked)
    });
    kept.await.map_err(|error| match error {
        WaitError::Failed(said) => UserError::environment(said.trim(), ""),
        late @ WaitError::TimedOut { .. } => UserError::environment(
            format!("the cluster is not up: {late}"),
            "trial cluster down stops the keeper",
        ),
    })
}

/// Everything in the file that could be read.
fn read_back(file: &mut File) -> String {
    let mut bytes = Vec::new();
    match file.rewind().and_then(|()| file.read_to_end(&mut bytes)) {
        Ok(_) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(error) => format!("the keeper ended, and what it said cannot be read: {error}"),
    }
}

/// Starts a cluster and holds it until this process is asked to end.
///
/// # Errors
/// When it does not come up or cannot be cleared away.
pub async fn keep(
    spec: ClusterSpec,
    runtime: Option<RuntimeKind>,
    cache: Cache,
) -> Result<(), UserError> {
    let mut interrupts = Interrupts::listen()?;
    let (provider, _) = registry::find(runtime).await?;
    let (events, _) = Events::channel();
    let run = RunId::new();
    let kind = provider.kind().to_string();
    let logs = cache.state().join("kept-logs").join(run.as_str());
    let stage = Stage::set(run.clone(), cache, provider, events, logs).await?;
    let held = async {
        let cluster = stage.start(spec, "kept", false).await?;
        let pid = Pid::this();
        let kept = Kept {
            run: run.to_string(),
            cluster: cluster.name().to_owned(),
            kafka: cluster.kafka().to_string(),
            runtime: kind,
            bootstrap_servers: cluster.access(&CLIENT).bootstrap,
            zookeepers: cluster.zookeeper_outside(),
            pid: pid.as_raw(),
            started_ticks: started_ticks(pid).unwrap_or_default(),
        };
        let text = serde_json::to_string(&kept).map_err(|error| failed("describe it", error))?;
        // Renamed, so that nobody reads half of it.
        let (new, file) = (stage.run().path().join("kept.new"), stage.run().path().join(FILE));
        let written = fs::write(&new, text).and_then(|()| fs::rename(&new, file));
        written.map_err(|error| failed("write its description", error))?;
        std::future::pending::<Result<(), UserError>>().await
    };
    let ended = tokio::select! {
        ended = held => ended,
        _ = interrupts.next() => Ok(()),
    };
    let cleared = stage.clear().await;
    ended.and(cleared)
}

/// Every cluster that is kept and up.
///
/// # Errors
/// When the folder of runs cannot be read.
pub fn kept(cache: &Cache) -> Result<Vec<Kept>, UserError> {
    let runs = cache.state().join("runs");
    let folders = match fs::read_dir(&runs) {
        Ok(folders) => folders,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed("read the folder of runs", error)),
    };
    let files: Vec<PathBuf> = folders.flatten().map(|folder| folder.path().join(FILE)).collect();
    let all = files.iter().filter_map(|file| fs::read_to_string(file).ok());
    let all = all.filter_map(|text| serde_json::from_str::<Kept>(&text).ok());
    Ok(all.filter(|kept| sweep::is_alive(cache.state(), &kept.run)).collect())
}

/// Tells every keeper to end and waits until it has; returns how many clusters were stopped.
///
/// # Errors
/// When a keeper does not end within a minute.
pub async fn down(cache: &Cache) -> Result<usize, UserError> {
    let all = kept(cache)?;
    for kept in &all {
        let pid = Pid::from_raw(kept.pid);
        if started_ticks(pid) == Some(kept.started_ticks) {
            kill(pid, Signal::SIGTERM).map_err(|error| failed("end a keeper", error))?;
        }
    }
    let gone = until(DOWN_LIMIT, LOOK, || {
        let left = all.iter().find(|kept| sweep::is_alive(cache.state(), &kept.run));
        std::future::ready(Ok::<_, String>(match left {
            Some(kept) => Seen::NotYet(format!("{} is still up", kept.run)),
            None => Seen::Ready(()),
        }))
    });
    gone.await.map_err(|error| UserError::environment(error.to_string(), ""))?;
    Ok(all.len())
}

fn failed(doing: &str, error: impl std::error::Error + Send + Sync + 'static) -> UserError {
    UserError::environment(format!("failed to {doing}"), "").because(error)
}

#[cfg(test)]
mod tests {
    use tokio::process::Child;

    use super::*;
    use crate::owned::run_folder::RunFolder;

    /// A run that holds a cluster, as the keeper describes it; `ticks` is added to the start time of its process.
    fn kept_cluster(cache: &Cache, ticks: u64) -> (RunFolder, Child) {
        let run = RunFolder::create(cache.state(), RunId::new()).expect("a folder");
        let keeper = Command::new("sleep").arg("600").kill_on_drop(true).spawn().expect("sleep");
        let pid = i32::try_from(keeper.id().expect("it runs")).expect("a pid");
        let started_ticks = started_ticks(Pid::from_raw(pid)).expect("it runs") + ticks;
        let text = || String::from("text");
        let kept = Kept {
            run: run.id().to_string(),
            cluster: text(),
            kafka: text(),
            runtime: text(),
            bootstrap_servers: text(),
            zookeepers: text(),
            pid,
            started_ticks,
        };
        let json = serde_json::to_string(&kept).expect("JSON");
        fs::write(run.path().join(FILE), json).expect("written");
        (run, keeper)
    }

    fn cache() -> (tempfile::TempDir, Cache) {
        let folder = tempfile::tempdir().expect("a folder");
        let cache = Cache::at(folder.path());
        (folder, cache)
    }

    #[tokio::test]
    async fn a_kept_cluster_is_listed_until_its_keeper_has_ended_by_the_signal() {
        let (_folder, cache) = cache();
        let (run, mut keeper) = kept_cluster(&cache, 0);
        assert_eq!(kept(&cache).expect("a list").len(), 1);
        let ends = async {
            let status = keeper.wait().await.expect("it ends");
            drop(run);
            status
        };
        let (stopped, status) = tokio::join!(down(&cache), ends);
        assert_eq!(stopped.expect("it ends"), 1);
        assert!(!status.success(), "a signal has ended it");
        assert!(kept(&cache).expect("a list").is_empty());
    }

    #[tokio::test]
    async fn a_process_that_has_the_number_of_a_keeper_is_left_alone() {
        let (_folder, cache) = cache();
        let (run, mut other) = kept_cluster(&cache, 1);
        let (stopped, ()) = tokio::join!(down(&cache), async { drop(run) });
        assert_eq!(stopped.expect("the run has ended"), 1);
        assert!(other.try_wait().expect("a state").is_none(), "it lives");
    }

    #[test]
    fn nothing_is_kept_where_no_run_was() {
        let (_folder, cache) = cache();
        assert!(kept(&cache).expect("no folder is no error").is_empty());
    }
}
