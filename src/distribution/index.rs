//! Which versions are published: Maven's own index of an artifact, `maven-metadata.xml`.

use std::io;
use std::path::Path;
use std::process::Stdio;

use super::error::DistributionError;
use super::maven::{self, Job, Maven};
use super::release::{self, Product};
use super::version::Version;
use super::{cache, container};

/// Every version of a product that is published and that trial can run, oldest first.
///
/// # Errors
/// [`DistributionError::NoIndex`] where Maven cannot say.
pub async fn published(product: Product) -> Result<Vec<Version>, DistributionError> {
    published_by(product, &Maven::of_user()).await
}

/// [`published`] by a Maven other than the user's.
pub(super) async fn published_by(
    product: Product,
    maven: &Maven,
) -> Result<Vec<Version>, DistributionError> {
    let read = read(product, maven).await;
    read.map_err(|why| DistributionError::NoIndex { product, why })
}

type Error = Box<dyn std::error::Error + Send + Sync>;

async fn read(product: Product, maven: &Maven) -> Result<Vec<Version>, Error> {
    let folder = cache::blocking(tempfile::tempdir).await?;
    let (pom, out) = (folder.path().join("pom.xml"), folder.path().join("out"));
    let text = pom_of(product);
    cache::blocking({
        let (pom, out, text) = (pom.clone(), out.clone(), text.clone());
        move || std::fs::create_dir(&out).and_then(|()| std::fs::write(&pom, text))
    })
    .await?;
    let paths = (pom.as_path(), out.as_path());
    let ran = maven::on_host(&maven.program, Job::Index, paths, Stdio::null(), || ()).await?;
    if ran.is_none() {
        container::engine().await?;
        container::run_maven(&maven.image, Job::Index, (&text, &out), || ()).await?;
    }
    let texts = cache::blocking(move || indexes(&folder.path().join("out"))).await?;
    let mut versions: Vec<_> = texts.iter().flat_map(|text| versions(product, text)).collect();
    versions.sort_unstable();
    versions.dedup();
    if versions.is_empty() {
        return Err("its repositories have no index of them".into());
    }
    Ok(versions)
}

/// A pom whose parent is a version that is never published: Maven reads the index to find it, by its own mirrors and
/// proxies, and needs no plugin for that.
fn pom_of(product: Product) -> String {
    let (group, artifact) = match product {
        Product::Kafka => ("org.apache.kafka", "kafka-clients"),
        Product::ZooKeeper => ("org.apache.zookeeper", "zookeeper"),
    };
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <parent>
    <groupId>{group}</groupId>
    <artifactId>{artifact}</artifactId>
    <version>[999999,)</version>
    <relativePath/>
  </parent>
  <artifactId>index</artifactId>
  <packaging>pom</packaging>
</project>
"#
    )
}

/// The text of every index below a folder: one for each repository.
fn indexes(folder: &Path) -> io::Result<Vec<String>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() {
            found.extend(indexes(&path)?);
        } else if name.starts_with("maven-metadata") && name.ends_with(".xml") {
            found.push(std::fs::read_to_string(&path)?);
        }
    }
    Ok(found)
}

/// The versions in an index. It holds nothing else in elements of this name, and no other tags inside them.
fn versions(product: Product, index: &str) -> impl Iterator<Item = Version> {
    let texts = index.split("<version>").skip(1).filter_map(|rest| rest.split('<').next());
    texts.filter_map(move |text| release::parse(product, text.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_that_trial_can_run_are_read_from_an_index() {
        let index = "<metadata>\n<versioning>\n<latest>4.4.0</latest><release>4.4.0</release>\n<versions>\n\
                     <version>0.10.2.2</version>\n<version>0.11.0.0</version>\n<version>4.4.0</version>\n\
                     <version>4.5.0-rc1</version>\n</versions></versioning></metadata>";
        let found: Vec<_> = versions(Product::Kafka, index).map(|it| it.to_string()).collect();
        assert_eq!(found, ["0.11.0.0", "4.4.0"]);
        assert_eq!(versions(Product::Kafka, "no index").count(), 0);
    }
}
