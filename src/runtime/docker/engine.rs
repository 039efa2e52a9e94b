//! The Docker engine: whether one answers, and what it refuses.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use testcontainers::bollard;
use testcontainers::core::client::docker_client_instance;

use crate::runtime::RuntimeError;

/// How long an engine may take to answer the first time.
const ANSWER_LIMIT: Duration = Duration::from_secs(5);

/// A Docker engine that answers and runs Linux containers on this machine.
#[derive(Debug, Clone)]
pub struct Engine {
    pub(super) client: bollard::Docker,
    version: String,
}

impl Engine {
    /// The engine's version, as it states it: `20.10.24`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Where it keeps the files of containers; none if it does not say.
    pub async fn data_folder(&self) -> Option<PathBuf> {
        self.client.info().await.ok()?.docker_root_dir.map(PathBuf::from)
    }
}

/// The engine that testcontainers finds: `DOCKER_HOST`, else the usual sockets.
///
/// # Errors
/// [`RuntimeError::Environment`] that says why there is none: no socket, no permission, no answer, an engine
/// on another machine, or one without Linux containers.
pub async fn engine() -> Result<Engine, RuntimeError> {
    if let Some(host) = std::env::var("DOCKER_HOST").ok().filter(|host| !is_here(host)) {
        return Err(RuntimeError::Environment {
            what: format!("the Docker engine of DOCKER_HOST={host} is on another machine"),
            help: "ports of containers are published on the engine's 127.0.0.1 only; unset DOCKER_HOST \
                   to use an engine of this machine, or use --runtime local"
                .into(),
        });
    }
    let client = docker_client_instance().await.map_err(|error| unreachable(&error))?;
    let version = match tokio::time::timeout(ANSWER_LIMIT, client.version()).await {
        Ok(answer) => answer.map_err(|error| unreachable(&error))?,
        Err(_) => {
            return Err(RuntimeError::Environment {
                what: format!(
                    "the Docker engine does not answer within {}",
                    humantime::format_duration(ANSWER_LIMIT)
                ),
                help: "restart the engine, or use --runtime local".into(),
            });
        }
    };
    match version.os.as_deref() {
        Some("linux") | None => {}
        Some(other) => {
            return Err(RuntimeError::Environment {
                what: format!("the Docker engine runs {other} containers"),
                help: "switch the engine to Linux containers".into(),
            });
        }
    }
    Ok(Engine { client, version: version.version.unwrap_or_else(|| "of unknown version".into()) })
}

/// Whether an engine's address is on this machine, so that its loopback is ours.
fn is_here(docker_host: &str) -> bool {
    let Some((scheme, rest)) = docker_host.split_once("://") else { return true };
    let host = rest.split(['/', ':']).next().unwrap_or_default();
    matches!(scheme, "unix" | "npipe") || host == "localhost" || host.starts_with("127.")
}

fn unreachable(error: &(dyn std::error::Error + 'static)) -> RuntimeError {
    let denied = causes(error).any(|cause| {
        cause
            .downcast_ref::<io::Error>()
            .is_some_and(|error| error.kind() == io::ErrorKind::PermissionDenied)
    });
    let innermost = causes(error).last().map(ToString::to_string).unwrap_or_default();
    if denied {
        return RuntimeError::Environment {
            what: format!("the socket of the Docker engine may not be used: {innermost}"),
            help:
                "add yourself to the group of the socket (usually docker) and log in again, or use \
                   --runtime local"
                    .into(),
        };
    }
    RuntimeError::Environment {
        what: format!("no Docker engine answers: {innermost}"),
        help: "start the engine, or set DOCKER_HOST to its socket, or use --runtime local".into(),
    }
}

fn causes<'a>(
    error: &'a (dyn std::error::Error + 'static),
) -> impl Iterator<Item = &'a (dyn std::error::Error + 'static)> {
    std::iter::successors(Some(error), |error| error.source())
}

/// For `map_err`: the engine refused to do something; `doing` completes "failed to …".
pub(super) fn refused<E>(doing: impl Into<String>) -> impl FnOnce(E) -> RuntimeError
where
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let doing = doing.into();
    move |source| RuntimeError::Failed { doing, source: source.into() }
}

/// Status code of the engine's answer, where it answered with an error.
pub(super) fn status(error: &bollard::errors::Error) -> Option<u16> {
    match error {
        bollard::errors::Error::DockerResponseServerError { status_code, .. } => Some(*status_code),
        _ => None,
    }
}

/// The engine knows no such image, container or network.
pub(super) const NOT_FOUND: u16 = 404;
/// The state of the container does not allow it, or somebody else is doing it already.
pub(super) const CONFLICT: u16 = 409;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_engines_of_this_machine_are_used() {
        for here in ["unix:///var/run/docker.sock", "tcp://127.0.0.1:2375", "http://localhost:2375"]
        {
            assert!(is_here(here), "{here}");
        }
        for elsewhere in
            ["tcp://192.0.2.7:2376", "ssh://ci@build.example", "https://docker.example"]
        {
            assert!(!is_here(elsewhere), "{elsewhere}");
        }
    }

    #[test]
    fn a_socket_without_permission_is_told_from_a_missing_one() {
        let denied = unreachable(&io::Error::from(io::ErrorKind::PermissionDenied));
        assert!(denied.to_string().contains("may not be used"), "{denied}");
        let missing = unreachable(&io::Error::from(io::ErrorKind::NotFound));
        assert!(missing.to_string().contains("no Docker engine answers"), "{missing}");
    }
}
