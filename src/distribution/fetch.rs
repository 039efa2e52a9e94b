//! Brings the jars of a release into the cache.

use std::path::Path;

use bytesize::ByteSize;

use super::cache::{self, Cache, Claim, Shelf, Vacancy};
use super::error::DistributionError;
use super::maven::{self, Job, Maven, MavenFailure};
use super::release::{Release, nearest};
use super::{Distribution, container, index};
use crate::event::stream::Events;

/// The largest release takes 50 MB here, as much again in Maven's own repository, and Maven's plugins;
/// class-data archives follow.
const NEEDED: ByteSize = ByteSize::mib(300);
/// A phase event after so many downloaded jars.
const PROGRESS: usize = 20;

/// The release with its jars, fetched by Maven unless they are in the cache. The jars are all there or none
/// of them; a dropped future ends Maven and leaves nothing. Of several runs that want the same release, one
/// fetches and the others wait.
///
/// # Errors
/// Every variant of [`DistributionError`] but `Unknown`.
pub async fn fetch(
    release: &Release,
    cache: &Cache,
    events: &Events,
) -> Result<Distribution, DistributionError> {
    fetch_with(release, cache, events, &Maven::of_user()).await
}

/// Whether the jars of the release are in the cache, as they were fetched, so that nothing need be fetched.
pub fn is_cached(release: &Release, cache: &Cache) -> bool {
    cache.holds(Shelf::Jars, &cache::key(release, &release.pom))
}

/// [`fetch`] with a Maven other than the user's.
///
/// # Errors
/// As [`fetch`].
pub async fn fetch_with(
    release: &Release,
    cache: &Cache,
    events: &Events,
    maven: &Maven,
) -> Result<Distribution, DistributionError> {
    let subject = release.to_string();
    let waiting = || events.phase(&subject, "waiting for another run that fetches");
    let key = cache::key(release, &release.pom);
    let jars = match cache.claim(Shelf::Jars, &key, waiting).await? {
        Claim::Present(jars) => jars,
        Claim::Vacant(vacancy) => make(release, vacancy, events, maven).await?,
    };
    let names = {
        let jars = jars.clone();
        cache::blocking(move || jar_names(&jars)).await?
    };
    Ok(Distribution { release: release.clone(), jars, names })
}

async fn make(
    release: &Release,
    vacancy: Vacancy,
    events: &Events,
    maven: &Maven,
) -> Result<std::path::PathBuf, DistributionError> {
    let subject = release.to_string();
    let folder = vacancy.folder().to_owned();
    let (pom, jars) = (folder.join("pom.xml"), folder.join("jars"));
    cache::blocking({
        let (release, pom, jars) = (release.clone(), pom.clone(), jars.clone());
        move || {
            check_space(&release, &folder, NEEDED)?;
            std::fs::create_dir(&jars).map_err(cache::failed("make a folder", &jars))?;
            std::fs::write(&pom, &*release.pom).map_err(cache::failed("write a file", &pom))
        }
    })
    .await?;

    match vacancy.broken() {
        None => events.phase(&subject, "fetching"),
        Some(why) => events
            .phase(&subject, format!("fetching again, as the jars in the cache are broken: {why}")),
    }
    let mut jars_downloaded = 0;
    let mut downloaded = || {
        jars_downloaded += 1;
        if jars_downloaded % PROGRESS == 0 {
            let told =
                format!("fetching, {jars_downloaded} jars downloaded, Maven's own among them");
            events.phase(&subject, told);
        }
    };
    let failed = |source| DistributionError::Maven { release: release.clone(), source };
    let program = &maven.program;
    let ran =
        maven::on_host(program, Job::Jars, (&pom, &jars), vacancy.stdin()?, &mut downloaded).await;
    let ran = match ran {
        Ok(ran) => ran,
        Err(failure) => return Err(explained(release, failure, maven).await),
    };
    if ran.is_none() {
        let engine = container::engine().await;
        let missing = |engine| DistributionError::NoMaven { release: release.clone(), engine };
        engine.map_err(missing)?;
        let image = &maven.image;
        events.phase(
            &subject,
            format!("fetching in a container of {image}, as Maven is missing here"),
        );
        let ran = container::run_maven(image, Job::Jars, (&release.pom, &jars), &mut downloaded);
        if let Err(failure) = ran.await {
            return Err(explained(release, failure, maven).await);
        }
    }

    let count = {
        let jars = jars.clone();
        cache::blocking(move || jar_names(&jars)).await?.len()
    };
    if count == 0 {
        return Err(failed(MavenFailure::NoJars));
    }
    let made = cache::blocking(move || vacancy.fill(&jars)).await?;
    events.phase(&subject, format!("fetched, {count} jars"));
    Ok(made)
}

/// Why Maven could not fetch a release: it may not be published at all.
async fn explained(release: &Release, source: MavenFailure, maven: &Maven) -> DistributionError {
    let Release { product, version, .. } = *release;
    match index::published_by(product, maven).await {
        Ok(published) if !published.is_empty() && !published.contains(&version) => {
            let nearest = nearest(published.into_iter(), &version.to_string());
            DistributionError::NotPublished { product, version, nearest }
        }
        _ => DistributionError::Maven { release: release.clone(), source },
    }
}

fn jar_names(folder: &Path) -> Result<Vec<String>, DistributionError> {
    let read = || -> std::io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(folder)? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if name.ends_with(".jar") {
                names.push(name);
            }
        }
        names.sort_unstable();
        Ok(names)
    };
    read().map_err(cache::failed("read a folder", folder))
}

#[allow(clippy::useless_conversion, reason = "the numbers are narrower on other systems")]
fn check_space(
    release: &Release,
    folder: &Path,
    needed: ByteSize,
) -> Result<(), DistributionError> {
    let stat = nix::sys::statvfs::statvfs(folder)
        .map_err(|error| cache::failed("ask for free space", folder)(error.into()))?;
    let free = ByteSize::b(u64::from(stat.blocks_available()) * u64::from(stat.fragment_size()));
    if free < needed {
        let path = folder.parent().and_then(Path::parent).unwrap_or(folder).to_owned();
        let release = release.clone();
        return Err(DistributionError::Disk { release, path, free, needed });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::releases;

    #[test]
    fn too_little_disk_is_told_with_what_is_free() {
        let folder = tempfile::tempdir().expect("a folder");
        let release = &releases()[0];
        check_space(release, folder.path(), ByteSize::b(1)).expect("one byte is free");
        let error = check_space(release, folder.path(), ByteSize::b(u64::MAX)).unwrap_err();
        assert!(matches!(error, DistributionError::Disk { .. }), "{error}");
        assert!(error.to_string().contains("is free for the jars of kafka-"), "{error}");
    }

    #[test]
    fn only_jars_are_listed_sorted_by_bytes() {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["kafka_2.12.jar", "kafka-clients.jar", "Z.jar", "notes.txt"] {
            std::fs::write(folder.path().join(name), "").expect("written");
        }
        let names = jar_names(folder.path()).expect("readable");
        assert_eq!(names, ["Z.jar", "kafka-clients.jar", "kafka_2.12.jar"]);
    }
}
