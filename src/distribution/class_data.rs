//! Archives of class data, with which a JVM starts faster: made once for each distribution and JVM.

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::process::Command;

use super::cache::{self, Cache, Claim, Shelf, Vacancy};
use super::{Distribution, DistributionError, child};
use crate::event::stream::Events;
use crate::java::{Java, tuning};

/// The script that makes the archives, for a runtime that builds an image; its head says how it is called.
pub const TRAIN: &str = include_str!("../../docker/train.sh");

/// The first Java with `-XX:ArchiveClassesAtExit`.
const OLDEST: u32 = 13;
/// It takes 6 to 10 seconds on two cores; a script that hangs must not keep a run from starting.
const LIMIT: Duration = Duration::from_secs(180);
/// The heap of the nodes that train. An archive fits other heaps as well.
const HEAP_MIB: u32 = 384;
/// Takes the place of the archives where they could not be made.
const FAILURE: &str = "failure.log";

/// The archives of one distribution for one JVM, each for `-XX:SharedArchiveFile`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassData {
    /// For a broker; None for a distribution of ZooKeeper alone.
    pub kafka: Option<PathBuf>,
    /// For a ZooKeeper; None for a Kafka that has none.
    pub zookeeper: Option<PathBuf>,
}

impl ClassData {
    /// The archive with this name, if there is one.
    pub fn of(&self, archive: &str) -> Option<&Path> {
        match archive {
            "kafka" => self.kafka.as_deref(),
            _ => self.zookeeper.as_deref(),
        }
    }
}

/// The archives of the distribution for this JVM, made by a short training of a ZooKeeper and a broker
/// unless they are in the cache.
///
/// None where Java is older than 13, which cannot make them, and where the training failed, which an event
/// tells: nodes start without archives, only slower. A failure is kept, so that it is not repeated in every
/// run; the event names the folder that must be removed for another try.
///
/// # Errors
/// When the cache cannot be read or written.
pub async fn class_data(
    distribution: &Distribution,
    java: &Java,
    cache: &Cache,
    events: &Events,
) -> Result<Option<ClassData>, DistributionError> {
    if java.version < OLDEST {
        return Ok(None);
    }
    let subject = distribution.release.to_string();
    let waiting =
        || events.phase(&subject, "waiting for another run that makes class-data archives");
    let options = tuning(HEAP_MIB);
    let jars = distribution.jars.display().to_string();
    let key = cache::key(&subject, &[&java.identity, &jars, TRAIN, &options.join(" ")].join("\n"));
    let folder = match cache.claim(Shelf::ClassData, &key, waiting).await? {
        Claim::Present(folder) => folder,
        Claim::Vacant(vacancy) => {
            let again =
                vacancy.broken().map(|why| format!("; those in the cache are broken: {why}"));
            let again = again.unwrap_or_default();
            events
                .phase(&subject, format!("making class-data archives, once for this Java{again}"));
            make(distribution, java, &options, vacancy).await?
        }
    };
    let failure = folder.join(FAILURE);
    let read = cache::blocking(move || std::fs::read_to_string(failure)).await;
    if let Ok(said) = read {
        let last = said.lines().last().unwrap_or_default();
        let folder = folder.display();
        let told = format!(
            "no class-data archives, it starts slower ({last}; remove {folder} to try again)"
        );
        events.phase(&subject, told);
        return Ok(None);
    }
    let there = |name: &str| Some(folder.join(name)).filter(|file| file.is_file());
    Ok(Some(ClassData { kafka: there("kafka.jsa"), zookeeper: there("zookeeper.jsa") }))
}

/// Trains in the vacancy, and fills it with the archives or with what went wrong.
async fn make(
    distribution: &Distribution,
    java: &Java,
    options: &[String],
    vacancy: Vacancy,
) -> Result<PathBuf, DistributionError> {
    let (script, out) = (vacancy.folder().join("train.sh"), vacancy.folder().join("archives"));
    cache::blocking({
        let (script, out) = (script.clone(), out.clone());
        move || {
            std::fs::create_dir(&out).map_err(cache::failed("make a folder", &out))?;
            std::fs::write(&script, TRAIN).map_err(cache::failed("write a file", &script))
        }
    })
    .await?;
    let said = match free_ports() {
        Ok(ports) => {
            let mut command = Command::new("sh");
            command.arg(&script).arg(&java.program).arg(&distribution.jars).arg(&out);
            command.args(ports.map(|port| port.to_string())).args(options).stdin(vacancy.stdin()?);
            train(command).await
        }
        Err(error) => Err(format!("no free port: {error}")),
    };
    cache::blocking(move || {
        if let Err(said) = said {
            let failure = out.join(FAILURE);
            std::fs::write(&failure, said).map_err(cache::failed("write a file", &failure))?;
        }
        vacancy.fill(&out)
    })
    .await
}

/// Runs the script; what it said where it failed, the gist in the last line.
async fn train(command: Command) -> Result<(), String> {
    match tokio::time::timeout(LIMIT, child::run(command, |_| ())).await {
        Ok(Ok(ended)) if ended.status.success() => Ok(()),
        Ok(Ok(ended)) => {
            Err(format!("{}\nthe training ended with {}", ended.lines.join("\n"), ended.status))
        }
        Ok(Err(error)) => Err(format!("the training could not be run: {error}")),
        Err(_) => {
            Err(format!("the training did not end within {}", humantime::format_duration(LIMIT)))
        }
    }
}

/// Four ports of loopback that were free a moment ago; all held until the last is found, so that they
/// differ.
fn free_ports() -> std::io::Result<[u16; 4]> {
    let listeners: [_; 4] = std::array::from_fn(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)));
    let mut ports = [0; 4];
    for (port, listener) in ports.iter_mut().zip(listeners) {
        *port = listener?.local_addr()?.port();
    }
    Ok(ports)
}
