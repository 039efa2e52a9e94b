//! Maven in a container, for a machine with a Docker engine and without Maven.
//!
//! The jars are copied out of the container, so that the engine may be on another machine and files belong
//! to the user. The container is removed in every ending; only a killed process leaves it, and it ends by
//! itself then.

use std::path::{Path, PathBuf};

use futures::TryStreamExt as _;
use testcontainers::bollard::query_parameters::DownloadFromContainerOptionsBuilder;
use testcontainers::core::client::docker_client_instance;
use testcontainers::runners::AsyncRunner as _;
use testcontainers::{ContainerAsync, GenericImage, ImageExt as _};
use tokio::io::AsyncBufReadExt as _;
use tokio_util::io::StreamReader;

use super::maven::{self, Job, MavenFailure};

type Error = Box<dyn std::error::Error + Send + Sync>;

/// Where the pom and what Maven leaves are in the container.
const FOLDER: &str = "/trial";
const POM: &str = "/trial/pom.xml";

/// Expects that a Docker engine answers.
pub(super) async fn engine() -> Result<(), Error> {
    docker_client_instance().await?.ping().await?;
    Ok(())
}

/// Does the job for `pom` and copies what Maven leaves into the folder `out`; `downloaded` is called for each jar that
/// Maven has downloaded. The image is pulled where the engine does not have it.
pub(super) async fn run_maven(
    image: &str,
    job: Job,
    (pom, out): (&str, &Path),
    downloaded: impl FnMut(),
) -> Result<(), MavenFailure> {
    let failed = |source: Error| MavenFailure::Container { image: image.to_owned(), source };
    let container =
        start(image, job, pom, &inside(out)).await.map_err(|error| failed(error.into()))?;
    let outcome = follow(&container, downloaded).await.map_err(failed);
    let copied = match outcome {
        Ok((Some(0), _)) => copy(&container, out).await.map_err(failed),
        Ok(_) if job == Job::Index => copy(&container, out).await.map_err(failed),
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
    job: Job,
    pom: &str,
    out: &Path,
) -> testcontainers::core::error::Result<ContainerAsync<GenericImage>> {
    let maven = shell_words::join(job.arguments(Path::new(POM), out));
    let script = format!("mkdir -p {} && exec mvn {maven}", out.display());
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

/// The folder of the same name in the container.
fn inside(out: &Path) -> PathBuf {
    Path::new(FOLDER).join(out.file_name().unwrap_or_default())
}

/// Unpacks the container's folder to the folder `out` of the same name.
async fn copy(container: &ContainerAsync<GenericImage>, out: &Path) -> Result<(), Error> {
    let path = inside(out).display().to_string();
    let options = DownloadFromContainerOptionsBuilder::new().path(&path).build();
    let docker = docker_client_instance().await?;
    let archive = docker.download_from_container(container.id(), Some(options));
    let reader = StreamReader::new(archive.map_err(std::io::Error::other));
    tokio_tar::Archive::new(reader).unpack(out.parent().unwrap_or(out)).await?;
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
