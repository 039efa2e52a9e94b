//! Maven in a container, for a machine with a Docker engine and without Maven.
//!
//! The jars are copied out of the container, so that the engine may be on another machine and files belong
//! to the user. The container is removed in every ending; only a killed process leaves it, and it ends by
//! itself then.

use std::path::Path;

use futures::TryStreamExt as _;
use testcontainers::bollard::query_parameters::DownloadFromContainerOptionsBuilder;
use testcontainers::core::client::docker_client_instance;
use testcontainers::runners::AsyncRunner as _;
use testcontainers::{ContainerAsync, GenericImage, ImageExt as _};
use tokio::io::AsyncBufReadExt as _;
use tokio_util::io::StreamReader;

use super::maven::{self, MavenFailure};

type Error = Box<dyn std::error::Error + Send + Sync>;

/// Where the pom and the jars are in the container.
const POM: &str = "/trial/pom.xml";
const JARS: &str = "/trial/jars";

/// Expects that a Docker engine answers.
pub(super) async fn engine() -> Result<(), Error> {
    docker_client_instance().await?.ping().await?;
    Ok(())
}

/// Copies the jars of `pom` into the folder `jars`; `downloaded` is called for each jar that Maven has
/// downloaded. The image is pulled where the engine does not have it.
pub(super) async fn run_maven(
    image: &str,
    pom: &str,
    jars: &Path,
    downloaded: impl FnMut(),
) -> Result<(), MavenFailure> {
    let failed = |source: Error| MavenFailure::Container { image: image.to_owned(), source };
    let container = start(image, pom).await.map_err(|error| failed(error.into()))?;
    let outcome = follow(&container, downloaded).await.map_err(failed);
    let copied = match outcome {
        Ok((Some(0), _)) => copy(&container, jars).await.map_err(failed),
        Ok((code, lines)) => Err(MavenFailure::Ended {
            status: code.map_or("no exit code".into(), |code| format!("exit status: {code}")),
            lines: maven::last_words(&lines),
        }),
        Err(error) => Err(error),
    };
    if let Err(error) = container.rm().await {
        tracing::warn!("cannot remove the container with Maven: {error}");
    }
    copied
}

async fn start(
    image: &str,
    pom: &str,
) -> testcontainers::core::error::Result<ContainerAsync<GenericImage>> {
    let maven = shell_words::join(maven::arguments(Path::new(POM), Path::new(JARS)));
    let script = format!("mkdir -p {JARS} && exec mvn {maven}");
    let (name, tag) = split_tag(image);
    GenericImage::new(name, tag)
        .with_entrypoint("sh")
        .with_cmd(["-c", &script])
        .with_copy_to(POM, pom.as_bytes().to_vec())
        .start()
        .await
}

/// Reads the container's output to its end: exit code and lines.
async fn follow(
    container: &ContainerAsync<GenericImage>,
    mut downloaded: impl FnMut(),
) -> Result<(Option<i64>, Vec<String>), Error> {
    let mut lines = Vec::new();
    let mut output = container.stdout(true).lines();
    while let Some(line) = output.next_line().await? {
        if maven::is_download(&line) {
            downloaded();
        }
        lines.push(line.trim_end().to_owned());
    }
    let stderr = container.stderr_to_vec().await?;
    lines.extend(String::from_utf8_lossy(&stderr).lines().map(str::to_owned));
    Ok((container.exit_code().await?, lines))
}

/// Unpacks the container's folder of jars to the folder `jars` of the same name.
async fn copy(container: &ContainerAsync<GenericImage>, jars: &Path) -> Result<(), Error> {
    let options = DownloadFromContainerOptionsBuilder::new().path(JARS).build();
    let docker = docker_client_instance().await?;
    let archive = docker.download_from_container(container.id(), Some(options));
    let reader = StreamReader::new(archive.map_err(std::io::Error::other));
    tokio_tar::Archive::new(reader).unpack(jars.parent().unwrap_or(jars)).await?;
    Ok(())
}

/// Name and tag; a colon before a slash is that of a registry's port.
fn split_tag(image: &str) -> (&str, &str) {
    match image.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, tag),
        _ => (image, "latest"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_told_from_a_port() {
        assert_eq!(split_tag("maven:3.9"), ("maven", "3.9"));
        assert_eq!(split_tag("localhost:5000/maven"), ("localhost:5000/maven", "latest"));
        assert_eq!(split_tag("localhost:5000/maven:3.9"), ("localhost:5000/maven", "3.9"));
    }
}
