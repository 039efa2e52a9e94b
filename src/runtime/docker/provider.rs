//! The docker runtime, as runs find and use it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;

use super::{Docker, Engine, engine, prepare, sweep};
use crate::distribution::{Distribution, Prints};
use crate::error::UserError;
use crate::event::runtime_kind::RuntimeKind;
use crate::event::stream::Events;
use crate::runtime::provider::{ClusterPlace, IsAlive, Provider};
use crate::runtime::registry::Registered;
use crate::runtime::{Runtime, RuntimeError};

/// Its entry in the registry.
pub const REGISTERED: Registered = Registered {
    kind: RuntimeKind::Docker,
    about: "Containers",
    needs: "a Docker engine",
    lacking: "no Docker engine answers",
    remedy: "start Docker",
    leaves_more_than_processes: true,
    find: || Box::pin(async { Ok(Arc::new(DockerProvider { engine: engine().await? }) as _) }),
};

/// An engine that answers.
#[derive(Debug)]
struct DockerProvider {
    engine: Engine,
}

#[async_trait]
impl Prints for DockerProvider {
    async fn print(
        &self,
        distribution: &Distribution,
        main_class: &str,
        events: &Events,
    ) -> Result<String, UserError> {
        let image = prepare(&self.engine, distribution, events).await?;
        Ok(image.print(main_class).await?)
    }
}

#[async_trait]
impl Provider for DockerProvider {
    fn kind(&self) -> RuntimeKind {
        RuntimeKind::Docker
    }

    fn found(&self) -> String {
        format!("Docker engine {}", self.engine.version())
    }

    /// On few cores, producers that wait may take all time from brokers in containers where the kernel shares CPUs out
    /// by session.
    fn advice(&self) -> Option<String> {
        let few = std::thread::available_parallelism().is_ok_and(|cores| cores.get() <= 4);
        let setting = std::fs::read_to_string("/proc/sys/kernel/sched_autogroup_enabled").ok()?;
        (few && setting.trim() == "1").then(|| {
            "! CPUs: few, and the kernel shares them out by session, not by thread: loads may starve brokers in \
             containers\n    sysctl -w kernel.sched_autogroup_enabled=0"
                .to_owned()
        })
    }

    async fn disk(&self, _state: &Path) -> PathBuf {
        self.engine.data_folder().await.unwrap_or_else(|| "/".into())
    }

    async fn place(&self, cluster: ClusterPlace<'_>) -> Result<Arc<dyn Runtime>, UserError> {
        let ClusterPlace { run, name, distributions, events, .. } = cluster;
        let mut images = Vec::new();
        for distribution in distributions {
            images.push(prepare(&self.engine, distribution, events).await?);
        }
        let (engine, id) = (self.engine.clone(), run.id().clone());
        Ok(Arc::new(Docker::new(engine, id, run.state(), name, images)))
    }

    async fn sweep(&self, state: &Path, is_alive: &IsAlive<'_>) -> Result<(), RuntimeError> {
        sweep(&self.engine, state, is_alive).await.map(drop)
    }
}
