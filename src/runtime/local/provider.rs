//! The local runtime, as runs find and use it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;

use super::Local;
use crate::distribution::{Distribution, Prints, class_data};
use crate::error::UserError;
use crate::event::runtime_kind::RuntimeKind;
use crate::event::stream::Events;
use crate::java::{self, Java};
use crate::runtime::provider::{ClusterPlace, IsAlive, Provider};
use crate::runtime::registry::Registered;
use crate::runtime::{Runtime, RuntimeError};

/// Its entry in the registry.
pub const REGISTERED: Registered = Registered {
    kind: RuntimeKind::Local,
    about: "Child processes on loopback",
    needs: "a Java",
    lacking: "no Java is found",
    remedy: "install Java 17 (apt-get install openjdk-17-jre-headless)",
    leaves_more_than_processes: false,
    find: || Box::pin(async { Ok(Arc::new(LocalProvider { java: java::find().await? }) as _) }),
};

/// A Java that is new enough.
#[derive(Debug)]
struct LocalProvider {
    java: Java,
}

#[async_trait]
impl Prints for LocalProvider {
    async fn print(
        &self,
        distribution: &Distribution,
        main_class: &str,
        _events: &Events,
    ) -> Result<String, UserError> {
        let mut command = tokio::process::Command::new(&self.java.program);
        command.args(["-cp", &distribution.class_path().join(":"), main_class]);
        command.stdin(std::process::Stdio::null()).kill_on_drop(true);
        let output = command.output().await;
        let output = output.map_err(|error| {
            UserError::environment(format!("failed to run {main_class}"), "").because(error)
        })?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

#[async_trait]
impl Provider for LocalProvider {
    fn kind(&self) -> RuntimeKind {
        RuntimeKind::Local
    }

    fn found(&self) -> String {
        format!("Java {} at {}", self.java.version, self.java.program.display())
    }

    fn java(&self) -> Option<&Java> {
        Some(&self.java)
    }

    async fn disk(&self, state: &Path) -> PathBuf {
        state.to_owned()
    }

    async fn place(&self, cluster: ClusterPlace<'_>) -> Result<Arc<dyn Runtime>, UserError> {
        let ClusterPlace { run, name, distributions, cache, events } = cluster;
        let mut archives = HashMap::new();
        for distribution in distributions {
            let archive = class_data(distribution, &self.java, cache, events).await?;
            archives.extend(archive.map(|archive| (distribution.release.to_string(), archive)));
        }
        Ok(Arc::new(Local::new(Arc::clone(run), name, self.java.clone(), archives)))
    }

    /// Nodes are processes, which the folder of their run records.
    async fn sweep(&self, _: &Path, _: &IsAlive<'_>) -> Result<(), RuntimeError> {
        Ok(())
    }
}
