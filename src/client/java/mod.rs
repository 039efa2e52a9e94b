//! Kafka's own client library, in Java. The program in `program/` works at the tasks of client processes; it is
//! compiled once for each version of the library, by the Java that runs it, and kept in the per-user cache.

pub mod settings;

use std::path::{Path, PathBuf};

use thiserror::Error;
use tokio::process::Command;

use crate::distribution::cache::{self, Cache, Claim, Shelf, Vacancy};
use crate::distribution::{self, Distribution, DistributionError, Release, Version, child};
use crate::event::stream::Events;
use crate::history::errors::numbers_without_effect;
use crate::history::recorder::monotonic_ns;
use crate::java::{self, Java, JavaError, tuning};

/// Each source file with its name.
macro_rules! sources {
    ($($name:literal)*) => { [$(($name, include_str!(concat!("program/", $name)))),*] };
}

/// The program.
const SOURCES: [(&str, &str); 15] = sources![
    "Calls.java" "Client.java" "Consuming.java" "Control.java" "Copying.java" "Failures.java" "History.java"
    "Input.java" "Producing.java" "Reader.java" "Sender.java" "Settings.java" "Task.java" "Trouble.java" "Work.java"
];

/// Its class with `main`.
const MAIN: &str = "trial.Client";

/// Java's own compiler. It is a part of the JVM of every JDK, and of the packages of some that only run programs.
const COMPILER: &str = "jdk.compiler/com.sun.tools.javac.Main";

/// What a client needs at most: a producer fills 32 MiB when brokers do not answer.
const HEAP_MIB: u32 = 192;

/// The program, compiled for a version of the library.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JavaClient {
    program: PathBuf,
    class_path: String,
    version: Version,
}

/// Why there is no Java client.
#[derive(Debug, Error)]
pub enum JavaClientError {
    /// There is no Java on this machine.
    #[error("a Java client needs Java 11 or later on this machine: {0}")]
    NoJava(#[from] JavaError),
    /// The library could not be had, or the cache does not work.
    #[error(transparent)]
    Distribution(#[from] DistributionError),
    /// The Java of this machine cannot compile.
    #[error(
        "{} has no compiler, which a Java client needs once: install a JDK (for example `apt-get install \
         openjdk-17-jdk-headless`), or let JAVA_HOME name the folder of one",
        program.display()
    )]
    NoCompiler {
        /// The program found.
        program: PathBuf,
    },
    /// The compiler could not be run.
    #[error("cannot run {}: {source}", program.display())]
    Start {
        /// The program found.
        program: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The compiler ran and failed.
    #[error("the Java client cannot be compiled for {release}:\n{output}")]
    Failed {
        /// The version of the library.
        release: Release,
        /// What it said.
        output: String,
    },
}

/// The program for the library of this release, compiled unless it is in the cache.
///
/// # Errors
/// When there is no Java, no compiler, or the jars cannot be had; what was half-made is gone.
pub async fn prepare(
    release: &Release,
    cache: &Cache,
    events: &Events,
) -> Result<JavaClient, JavaClientError> {
    let java = java::find().await?;
    let jars = distribution::fetch(release, cache, events).await?;
    let subject = format!("Java client of {release}");
    let sources = SOURCES.map(|(name, text)| format!("{name}\n{text}")).concat();
    let contents = format!("{}\n{}\n{sources}", java.identity, jars.jars.display());
    let waiting = || events.phase(&subject, "waiting for another run that compiles");
    let classes = match cache.claim(Shelf::Java, &cache::key(release, &contents), waiting).await? {
        Claim::Present(classes) => classes,
        Claim::Vacant(vacancy) => {
            events.phase(&subject, "compiling");
            compile(&java, &jars, vacancy).await?
        }
    };
    let class_path = [classes.display().to_string()].into_iter().chain(jars.class_path());
    let class_path = class_path.collect::<Vec<_>>().join(":");
    Ok(JavaClient { program: java.program, class_path, version: release.version })
}

async fn compile(
    java: &Java,
    jars: &Distribution,
    vacancy: Vacancy,
) -> Result<PathBuf, JavaClientError> {
    let (folder, classes) = (vacancy.folder().join("sources"), vacancy.folder().join("classes"));
    cache::blocking({
        let folder = folder.clone();
        move || {
            std::fs::create_dir(&folder).map_err(cache::failed("make a folder", &folder))?;
            SOURCES.iter().try_for_each(|(name, text)| {
                let file = folder.join(name);
                std::fs::write(&file, text).map_err(cache::failed("write a file", &file))
            })
        }
    })
    .await?;
    let mut command = Command::new(&java.program);
    command.args(["-XX:TieredStopAtLevel=1", "--module", COMPILER, "-nowarn", "-d"]).arg(&classes);
    command.arg("-cp").arg(jars.class_path().join(":"));
    command.args(SOURCES.map(|(name, _)| folder.join(name))).stdin(vacancy.stdin()?);
    let program = java.program.clone();
    let ended = child::run(command, |_| {}).await;
    let ended =
        ended.map_err(|source| JavaClientError::Start { program: program.clone(), source })?;
    let output = ended.lines.join("\n");
    if ended.status.success() {
        return Ok(cache::blocking(move || vacancy.fill(&classes)).await?);
    }
    Err(match output.contains("Module jdk.compiler not found") {
        true => JavaClientError::NoCompiler { program },
        false => JavaClientError::Failed { release: jars.release.clone(), output },
    })
}

impl JavaClient {
    /// What starts it, for the run of this folder.
    pub fn command(&self, run: &Path) -> Command {
        let certain: Vec<_> = numbers_without_effect().map(|number| number.to_string()).collect();
        let mut command = Command::new(&self.program);
        command.args(tuning(HEAP_MIB)).arg("-cp").arg(&self.class_path).arg(MAIN);
        command.arg(monotonic_ns().to_string()).arg(certain.join(",")).arg(run);
        command
    }

    /// Whether it says which generation of its group commits: since 2.5 (KIP-447).
    pub fn knows_generations(&self) -> bool {
        self.version.line() >= (2, 5)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_source_file_is_compiled() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/client/java/program");
        let files = std::fs::read_dir(folder).expect("the folder of the program");
        let mut files: Vec<_> = files
            .map(|file| file.expect("an entry").file_name().into_string().expect("a name"))
            .collect();
        files.sort();
        assert_eq!(files, SOURCES.map(|(name, _)| name));
    }
}
