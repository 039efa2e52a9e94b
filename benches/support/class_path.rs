//! Jars of peers.

use std::path::Path;

use kafka_trial::error::UserError;
use tokio::process::Command;

use crate::failed::failed;

/// The class path of a pom's dependencies, resolved with Maven, which writes it into a file in `folder`.
pub async fn class_path(pom: &Path, folder: &Path) -> Result<String, UserError> {
    let list = folder.join("class-path");
    let mut maven = Command::new("mvn");
    maven.args(["-q", "-B", "dependency:build-classpath"]);
    maven.arg(format!("-Dmdep.outputFile={}", list.display())).arg("-f").arg(pom);
    let ended = maven.kill_on_drop(true).status().await;
    if !ended.map_err(|error| failed("run Maven", error))?.success() {
        return Err(failed("fetch the jars", "Maven has failed"));
    }
    let jars = tokio::fs::read_to_string(list).await;
    let jars = jars.map_err(|error| failed("read the class path", error))?;
    Ok(jars.trim().to_owned())
}
