//! The image of a distribution: base, Java, a user of its own, the jars, archives of class data.
//!
//! Built by testcontainers' [`GenericBuildableImage`], which makes the build context in memory and drives
//! BuildKit. Two runs that build the same image at once share the work inside BuildKit; both end with the
//! same tag, since the tag holds a hash of all that goes in.

use testcontainers::core::BuildImageOptions;
use testcontainers::runners::{AsyncBuilder as _, AsyncRunner as _};
use testcontainers::{GenericBuildableImage, GenericImage, ImageExt as _};
use tokio::io::AsyncReadExt as _;

use super::engine::{Engine, NOT_FOUND, refused, status};
use crate::distribution::{Distribution, Release, TRAIN};
use crate::event::stream::Events;
use crate::java::tuning;
use crate::runtime::RuntimeError;

/// The base image, unless the environment variable [`BASE_VARIABLE`] names another one.
const BASE: &str = "debian:bookworm-slim";
/// Names the base image: Debian, or anything else with Java 17, `useradd`, `timeout` and `tail`.
const BASE_VARIABLE: &str = "TRIAL_BASE_IMAGE";
/// Name of all images; the tag tells them apart.
const NAME: &str = "kafka-trial";
/// Heap of the nodes that make the archives of class data; an archive fits other heaps as well.
const TRAINING_HEAP_MIB: u32 = 384;
/// Where the image has the jars.
const JARS: &str = "/opt/trial/jars";

const DOCKERFILE: &str = include_str!("../../../docker/Dockerfile");
const LAUNCH: &str = include_str!("../../../docker/launch.sh");

/// Build arguments that Docker knows without `ARG` and that leave no trace in the image.
const PROXY_VARIABLES: [&str; 6] =
    ["http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"];

/// The image of one distribution, present on the engine.
#[derive(Debug, Clone)]
pub struct Image {
    /// Of which distribution.
    pub(super) release: Release,
    /// `kafka-trial:<distribution>-<hash>`.
    pub(super) reference: String,
    /// Jars as the containers see them, in the order of every class path.
    pub(super) class_path: Vec<String>,
}

impl Image {
    /// What a program of the jars prints on standard output, in a container of its own that is removed again.
    ///
    /// # Errors
    /// When it cannot be run or removed.
    pub(super) async fn print(&self, main_class: &str) -> Result<String, RuntimeError> {
        let run = format!("run {main_class} in a container");
        let (name, tag) = split_reference(&self.reference);
        let container = GenericImage::new(name, tag)
            .with_entrypoint("java")
            .with_cmd(["-cp", &self.class_path.join(":"), main_class])
            .start()
            .await
            .map_err(refused(&run))?;
        let mut printed = String::new();
        let read = container.stdout(true).read_to_string(&mut printed).await;
        container.rm().await.map_err(refused(format!("remove the container of {main_class}")))?;
        read.map_err(refused(run))?;
        Ok(printed)
    }
}

/// Builds the image of a distribution, unless the engine has it.
///
/// # Errors
/// [`RuntimeError::Environment`] where the base image cannot be had or the build fails.
pub async fn prepare(
    engine: &Engine,
    distribution: &Distribution,
    events: &Events,
) -> Result<Image, RuntimeError> {
    let base = std::env::var(BASE_VARIABLE).unwrap_or_else(|_| BASE.into());
    let base_id = base_image(engine, &base, events).await?;
    let jars = distribution.jar_names();
    let release = &distribution.release;
    let tag = format!("{release}-{:08x}", hash(&base_id, jars));
    let reference = format!("{NAME}:{tag}");
    if image_id(engine, &reference).await?.is_none() {
        events.phase(format!("image of {release}"), "building");
        build(distribution, &tag, &base).await?;
    }
    let class_path = jars.iter().map(|jar| format!("{JARS}/{jar}")).collect();
    Ok(Image { release: release.clone(), reference, class_path })
}

/// The id of the base image, which is pulled if need be.
async fn base_image(engine: &Engine, base: &str, events: &Events) -> Result<String, RuntimeError> {
    if let Some(id) = image_id(engine, base).await? {
        return Ok(id);
    }
    events.phase(format!("image {base}"), "pulling");
    let (name, tag) = split_reference(base);
    let pulled = GenericImage::new(name, tag).pull_image().await;
    let why = match pulled {
        Ok(_) => match image_id(engine, base).await? {
            Some(id) => return Ok(id),
            None => "it was pulled and is not there".into(),
        },
        Err(error) => error.to_string(),
    };
    Err(RuntimeError::Environment {
        what: format!("the base image {base} is not on the engine and cannot be pulled: {why}"),
        help: format!(
            "set {BASE_VARIABLE} to a Debian image that the engine has or can pull, or make one: \
             mmdebstrap --variant=minbase bookworm base.tar && docker import base.tar {base}"
        ),
    })
}

async fn image_id(engine: &Engine, reference: &str) -> Result<Option<String>, RuntimeError> {
    match engine.client.inspect_image(reference).await {
        Ok(image) => Ok(Some(image.id.unwrap_or_default())),
        Err(error) if status(&error) == Some(NOT_FOUND) => Ok(None),
        Err(error) => Err(refused(format!("look for image {reference}"))(error)),
    }
}

/// Name and tag; a colon before the last slash belongs to a registry's port.
fn split_reference(reference: &str) -> (&str, &str) {
    match reference.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, tag),
        _ => (reference, "latest"),
    }
}

/// Of everything that goes into an image. Jars have their versions in their names, and a release is never
/// published twice.
fn hash(base_id: &str, jars: &[String]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    let jars = jars.iter().map(String::as_str);
    for part in [DOCKERFILE, LAUNCH, TRAIN, &training_options(), base_id].into_iter().chain(jars) {
        hasher.update(part.as_bytes());
        hasher.update(b"\0");
    }
    hasher.finalize()
}

/// None of the options holds a blank.
fn training_options() -> String {
    tuning(TRAINING_HEAP_MIB).join(" ")
}

async fn build(distribution: &Distribution, tag: &str, base: &str) -> Result<(), RuntimeError> {
    let proxies = PROXY_VARIABLES
        .iter()
        .filter_map(|name| Some((String::from(*name), std::env::var(name).ok()?)));
    let arguments =
        [("BASE".to_owned(), base.to_owned()), ("OPTIONS".to_owned(), training_options())];
    let arguments = proxies.chain(arguments).collect();
    let image = GenericBuildableImage::new(NAME, tag)
        .with_dockerfile_string(DOCKERFILE)
        .with_data(LAUNCH, "launch.sh")
        .with_data(TRAIN, "train.sh")
        .with_file(&distribution.jars, "jars");
    let options = BuildImageOptions::new().with_skip_if_exists(true).with_build_args(arguments);
    match image.build_image_with(options).await {
        Ok(_) => Ok(()),
        Err(error) => Err(RuntimeError::Environment {
            what: format!("image {NAME}:{tag} cannot be built: {error}"),
            help: format!(
                "the build installs Java with apt-get, so containers must reach Debian's packages \
                 (http_proxy and https_proxy are passed on); or set {BASE_VARIABLE} to an image with \
                 Java 17; disk space: docker system df"
            ),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registry_port_is_not_a_tag() {
        assert_eq!(split_reference("debian:bookworm-slim"), ("debian", "bookworm-slim"));
        assert_eq!(split_reference("debian"), ("debian", "latest"));
        let with_port = "registry.example:5000/debian";
        assert_eq!(split_reference(with_port), (with_port, "latest"));
        assert_eq!(
            split_reference("registry.example:5000/debian:12"),
            ("registry.example:5000/debian", "12")
        );
    }

    #[test]
    fn another_base_or_another_jar_makes_another_image() {
        let jars = ["kafka-1.jar".to_owned()];
        let one = hash("sha256:1", &jars);
        assert_eq!(one, hash("sha256:1", &jars));
        assert_ne!(one, hash("sha256:2", &jars));
        assert_ne!(one, hash("sha256:1", &["kafka-2.jar".to_owned()]));
    }
}
