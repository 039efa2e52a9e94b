//! `--runtime`: asked for, or found.

use crate::error::UserError;
use crate::java;
use crate::run::options::RuntimeChoice;
use crate::run::stage::Ground;
use crate::runtime::docker;

/// Finds what the choice needs; the text says why this runtime.
///
/// # Errors
/// When the machine lacks it: for `auto`, neither an engine nor a Java.
pub async fn choose(choice: RuntimeChoice) -> Result<(Ground, String), UserError> {
    match choice {
        RuntimeChoice::Docker => Ok((Ground::Docker(docker::engine().await?), "asked for".into())),
        RuntimeChoice::Local => Ok((Ground::Local(java::find().await?), "asked for".into())),
        RuntimeChoice::Auto => match docker::engine().await {
            Ok(engine) => {
                let because = format!("Docker engine {} answers", engine.version());
                Ok((Ground::Docker(engine), because))
            }
            Err(no_engine) => match java::find().await {
                Ok(java) => Ok((Ground::Local(java), "no Docker engine answers".into())),
                Err(no_java) => Err(UserError::environment(
                    format!("there is neither a Docker engine nor a Java: {no_engine}; {no_java}"),
                    "start Docker, or install Java 17 (apt-get install openjdk-17-jre-headless)",
                )),
            },
        },
    }
}
