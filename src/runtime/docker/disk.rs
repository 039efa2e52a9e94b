//! The disk of a node: a volume of the engine, and a container that does nothing but hold it. What is done to
//! the files of a node that is down, or paused, is done from there.
//!
//! A disk of a size of its own is a file system in memory. It is made before the node and lives until the
//! container is removed, so the data outlives the node's process. Volumes have no names: they go with the
//! last container that uses them.

use std::collections::HashMap;

use testcontainers::bollard::models::{
    ContainerCreateBody, HostConfig, Mount, MountType, MountVolumeOptions,
    MountVolumeOptionsDriverConfig,
};
use testcontainers::bollard::query_parameters::{
    CreateContainerOptionsBuilder, InspectContainerOptions, RemoveContainerOptionsBuilder,
    StartContainerOptions,
};

use super::ROOT;
use super::engine::{Engine, NOT_FOUND, refused, status};
use super::image::Image;
use super::node::Node;
use super::owner::Owner;
use crate::event::id::NodeId;
use crate::runtime::RuntimeError;

/// A node's disk on an engine; its container need not be there yet.
#[derive(Debug)]
pub(super) struct Disk<'a> {
    engine: &'a Engine,
    owner: &'a Owner,
    id: NodeId,
    name: String,
}

impl<'a> Disk<'a> {
    pub(super) fn new(engine: &'a Engine, owner: &'a Owner, id: NodeId) -> Self {
        Self { engine, owner, id, name: owner.name(format_args!("disk-{id}")) }
    }

    /// Name of the container.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Makes a disk of this size, on which a node can be made.
    pub(super) async fn make(&self, image: &Image, size_mib: u32) -> Result<(), RuntimeError> {
        let mounts = Some(vec![volume(Some(size_mib))]);
        self.run(image, HostConfig { mounts, ..HostConfig::default() }).await
    }

    /// Holds the volume that a node has made, whether the node runs or not.
    pub(super) async fn share(&self, image: &Image, node: &Node<'_>) -> Result<(), RuntimeError> {
        let volumes_from = Some(vec![node.name().to_owned()]);
        self.run(image, HostConfig { volumes_from, ..HostConfig::default() }).await
    }

    async fn run(&self, image: &Image, host_config: HostConfig) -> Result<(), RuntimeError> {
        let body = ContainerCreateBody {
            image: Some(image.reference.clone()),
            cmd: Some(vec!["host".into()]),
            labels: Some(self.owner.labels()),
            host_config: Some(HostConfig { network_mode: Some("none".into()), ..host_config }),
            ..ContainerCreateBody::default()
        };
        let options = CreateContainerOptionsBuilder::new().name(&self.name).build();
        let (client, name) = (self.engine.client.clone(), self.name.clone());
        let making = async move {
            client.create_container(Some(options), body).await?;
            client.start_container(&name, None::<StartContainerOptions>).await
        };
        let made = self.owner.make(Box::pin(making)).await;
        made.map_err(refused(format!("make the disk of {}", self.id)))
    }

    /// Whether the container is there.
    pub(super) async fn exists(&self) -> Result<bool, RuntimeError> {
        let options = None::<InspectContainerOptions>;
        match self.engine.client.inspect_container(&self.name, options).await {
            Ok(_) => Ok(true),
            Err(error) if status(&error) == Some(NOT_FOUND) => Ok(false),
            Err(error) => Err(refused(format!("look at the disk of {}", self.id))(error)),
        }
    }

    /// Removes the container, if it is there; a volume that a node still uses goes with the node.
    pub(super) async fn remove(&self) -> Result<(), RuntimeError> {
        let options = RemoveContainerOptionsBuilder::new().force(true).v(true).build();
        match self.engine.client.remove_container(&self.name, Some(options)).await {
            Err(error) if status(&error) != Some(NOT_FOUND) => {
                Err(refused(format!("remove the disk of {}", self.id))(error))
            }
            _ => Ok(()),
        }
    }
}

/// A volume for the data: as large as the engine's disk, or of this size, in MiB, in memory.
pub(super) fn volume(size_mib: Option<u32>) -> Mount {
    let option = |name: &str, value: String| (name.to_owned(), value);
    let in_memory = size_mib.map(|size_mib| MountVolumeOptions {
        driver_config: Some(MountVolumeOptionsDriverConfig {
            name: Some("local".into()),
            options: Some(HashMap::from([
                option("type", "tmpfs".into()),
                option("device", "tmpfs".into()),
                option("o", format!("size={size_mib}m")),
            ])),
        }),
        ..MountVolumeOptions::default()
    });
    Mount {
        target: Some(format!("{ROOT}/data")),
        typ: Some(MountType::VOLUME),
        volume_options: in_memory,
        ..Mount::default()
    }
}
