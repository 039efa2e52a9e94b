//! The container of one node: made, given its files, started, signalled, looked at.

use std::path::Path;

use futures::TryStreamExt as _;
use jiff::Timestamp;
use testcontainers::bollard::body_full;
use testcontainers::bollard::models::{
    ContainerCreateBody, ContainerInspectResponse, ContainerStateStatusEnum, HostConfig,
    HostConfigLogConfig,
};
use testcontainers::bollard::query_parameters::{
    CreateContainerOptionsBuilder, DownloadFromContainerOptionsBuilder, InspectContainerOptions,
    KillContainerOptionsBuilder, LogsOptionsBuilder, RemoveContainerOptionsBuilder,
    StartContainerOptions, UploadToContainerOptionsBuilder,
};

use super::disk::{self, Disk};
use super::engine::{Engine, NOT_FOUND, refused, status};
use super::image::Image;
use super::owner::Owner;
use super::{archive, host};
use crate::event::id::{HostId, NodeId};
use crate::event::node_state::NodeState;
use crate::owned::signal::Signal;
use crate::runtime::RuntimeError;

/// So many lines of a log are asked for at first where only those since a time are wanted.
const LAST_LINES: usize = 1000;

/// A node's container on an engine; it need not be there yet.
#[derive(Debug)]
pub(super) struct Node<'a> {
    engine: &'a Engine,
    owner: &'a Owner,
    id: NodeId,
    name: String,
}

impl<'a> Node<'a> {
    pub(super) fn new(engine: &'a Engine, owner: &'a Owner, id: NodeId) -> Self {
        Self { engine, owner, id, name: owner.name(id) }
    }

    /// Name of the container.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Makes the container, which will run the command (docker/launch.sh) with the data on the disk, else on
    /// one of the engine's volumes, on the network of a host that is there. Its output is kept by the engine
    /// over all starts.
    pub(super) async fn create(
        &self,
        image: &Image,
        on: HostId,
        command: Vec<String>,
        disk: Option<&Disk<'_>>,
        environment: Option<String>,
    ) -> Result<(), RuntimeError> {
        let body = ContainerCreateBody {
            image: Some(image.reference.clone()),
            cmd: Some(command),
            env: environment.map(|variable| vec![variable]),
            labels: Some(self.owner.labels()),
            host_config: Some(HostConfig {
                mounts: disk.is_none().then(|| vec![disk::volume(None)]),
                volumes_from: disk.map(|disk| vec![disk.name().to_owned()]),
                network_mode: Some(format!("container:{}", host::container(self.owner, on))),
                // Whatever the engine's default is: this one can be read back.
                log_config: Some(HostConfigLogConfig {
                    typ: Some("json-file".into()),
                    config: None,
                }),
                ..HostConfig::default()
            }),
            ..ContainerCreateBody::default()
        };
        let options = CreateContainerOptionsBuilder::new().name(&self.name).build();
        let client = self.engine.client.clone();
        let making = async move { client.create_container(Some(options), body).await };
        self.owner
            .make(making)
            .await
            .map_err(refused(format!("make the container of {}", self.id)))?;
        Ok(())
    }

    /// Copies an archive made by [`archive::pack`] into the container, which need not run.
    pub(super) async fn upload(&self, archive: Vec<u8>) -> Result<(), RuntimeError> {
        let options = UploadToContainerOptionsBuilder::new().path("/").build();
        let body = body_full(archive.into());
        let copied = self.engine.client.upload_to_container(&self.name, Some(options), body).await;
        copied.map_err(refused(format!("copy files to {}", self.id)))
    }

    pub(super) async fn start(&self) -> Result<(), RuntimeError> {
        let started =
            self.engine.client.start_container(&self.name, None::<StartContainerOptions>).await;
        started.map_err(refused(format!("start {}", self.id)))
    }

    /// Removes the container with all its files, if it is there.
    pub(super) async fn remove(&self) -> Result<(), RuntimeError> {
        let options = RemoveContainerOptionsBuilder::new().force(true).v(true).build();
        match self.engine.client.remove_container(&self.name, Some(options)).await {
            Err(error) if status(&error) != Some(NOT_FOUND) => {
                Err(refused(format!("remove the container of {}", self.id))(error))
            }
            _ => Ok(()),
        }
    }

    /// SIGKILL and SIGTERM go to the JVM, which is process 1 of the container. A pause is the engine's: it
    /// freezes the whole container, which looks the same from outside as SIGSTOP, and the engine tells it.
    pub(super) async fn signal(&self, signal: Signal) -> Result<(), RuntimeError> {
        let client = &self.engine.client;
        let kill = |signal| {
            let options = KillContainerOptionsBuilder::new().signal(signal).build();
            client.kill_container(&self.name, Some(options))
        };
        let sent = match (signal, self.state().await?) {
            (_, NodeState::Exited { .. } | NodeState::NotStarted) => {
                return Err(RuntimeError::Node { node: self.id, why: "is not running".into() });
            }
            (Signal::Kill, _) => kill("SIGKILL").await,
            (Signal::Terminate, _) => kill("SIGTERM").await,
            (Signal::Pause, NodeState::Running { .. }) => client.pause_container(&self.name).await,
            (Signal::Resume, NodeState::Paused { .. }) => {
                client.unpause_container(&self.name).await
            }
            // As with SIGSTOP to a stopped process and SIGCONT to one that runs: nothing happens.
            (Signal::Pause, NodeState::Paused { .. })
            | (Signal::Resume, NodeState::Running { .. }) => Ok(()),
        };
        sent.map_err(refused(format!("signal {}", self.id)))
    }

    /// How the JVM is; [`NodeState::NotStarted`] also where the container is made and not started.
    pub(super) async fn state(&self) -> Result<NodeState, RuntimeError> {
        Ok(self.inspect().await?.map_or(NodeState::NotStarted, |container| state_of(&container)))
    }

    /// Whether the container was made, started or not.
    pub(super) async fn exists(&self) -> Result<bool, RuntimeError> {
        Ok(self.inspect().await?.is_some())
    }

    async fn inspect(&self) -> Result<Option<ContainerInspectResponse>, RuntimeError> {
        let options = None::<InspectContainerOptions>;
        match self.engine.client.inspect_container(&self.name, options).await {
            Ok(container) => Ok(Some(container)),
            Err(error) if status(&error) == Some(NOT_FOUND) => Ok(None),
            Err(error) => Err(refused(format!("look at the container of {}", self.id))(error)),
        }
    }

    /// Standard output and error of all starts from the second of a time on, in order.
    pub(super) async fn log(&self, since: Timestamp) -> Result<Vec<u8>, RuntimeError> {
        if since == Timestamp::UNIX_EPOCH {
            return Ok(self.pieces(output().tail("all")).await?.concat());
        }
        let second = i32::try_from(since.as_second()).unwrap_or(i32::MAX);
        // An engine that is told no number reads a log from its beginning, and clusters live long.
        let mut last = LAST_LINES;
        loop {
            let options = output().since(second).tail(&last.to_string());
            let pieces = self.pieces(options).await?;
            if pieces.len() < last {
                return Ok(pieces.concat());
            }
            // There may be more of that time.
            last = last.saturating_mul(8);
        }
    }

    /// All of the log, and when the engine has taken each piece of it in.
    pub(super) async fn timed_log(&self) -> Result<Vec<Logged>, RuntimeError> {
        let pieces = self.pieces(output().tail("all").timestamps(true)).await?;
        Ok(pieces.iter().map(|piece| Logged::of(piece)).collect())
    }

    /// Lines mostly.
    async fn pieces(&self, options: LogsOptionsBuilder) -> Result<Vec<Vec<u8>>, RuntimeError> {
        let pieces = self.engine.client.logs(&self.name, Some(options.build()));
        let pieces: Result<Vec<_>, _> =
            pieces.map_ok(|piece| piece.into_bytes().to_vec()).try_collect().await;
        match pieces {
            Err(error) if status(&error) == Some(NOT_FOUND) => Ok(Vec::new()),
            pieces => pieces.map_err(refused(format!("read the log of {}", self.id))),
        }
    }

    /// The contents of a file in the container, running or not.
    pub(super) async fn read(&self, path: &Path) -> Result<Vec<u8>, RuntimeError> {
        let doing = || format!("read {} of {}", path.display(), self.id);
        let options =
            DownloadFromContainerOptionsBuilder::new().path(&path.display().to_string()).build();
        let pieces = self.engine.client.download_from_container(&self.name, Some(options));
        let pieces: Vec<_> = pieces.try_collect().await.map_err(refused(doing()))?;
        let file = archive::first_file(&pieces.concat()).await.map_err(refused(doing()))?;
        file.ok_or_else(|| refused(doing())("it is not a file"))
    }
}

/// Standard output and standard error.
fn output() -> LogsOptionsBuilder {
    LogsOptionsBuilder::new().stdout(true).stderr(true)
}

/// A piece of a log, a line mostly.
#[derive(Debug)]
pub(super) struct Logged {
    /// When the engine has taken it in, in seconds since 1970.
    pub(super) second: i64,
    /// With its end of line.
    pub(super) text: Vec<u8>,
}

impl Logged {
    /// From a piece that begins with its time and a blank.
    fn of(piece: &[u8]) -> Self {
        let blank = piece.iter().position(|byte| *byte == b' ');
        let (time, text) = piece.split_at(blank.unwrap_or_default());
        let time = std::str::from_utf8(time).ok().and_then(|time| time.parse::<Timestamp>().ok());
        match time {
            Some(time) => Self { second: time.as_second(), text: text[1..].to_vec() },
            None => Self { second: 0, text: piece.to_vec() },
        }
    }
}

fn state_of(container: &ContainerInspectResponse) -> NodeState {
    let Some(state) = &container.state else { return NodeState::NotStarted };
    let id: String = container.id.iter().flat_map(|id| id.chars().take(12)).collect();
    let handle = format!("container {id}, process {}", state.pid.unwrap_or_default());
    if state.paused == Some(true) {
        NodeState::Paused { handle }
    } else if state.running == Some(true) {
        NodeState::Running { handle }
    } else if state.status == Some(ContainerStateStatusEnum::CREATED) {
        NodeState::NotStarted
    } else {
        let code = state.exit_code.and_then(|code| i32::try_from(code).ok());
        NodeState::Exited { code: code.unwrap_or(i32::MAX) }
    }
}
