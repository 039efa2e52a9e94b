//! Maven resolves jars: on this machine, or in a container where it is missing.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};

use thiserror::Error;
use tokio::process::Command;

use super::child;

/// The goal that copies the jars of a pom into a folder, of a pinned version of its plugin.
const GOAL: &str = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies";

/// How Maven is run.
#[derive(Debug, Clone)]
pub struct Maven {
    /// The program; a bare name is searched for on the `PATH`.
    pub program: PathBuf,
    /// The image with `mvn` in it that is used where there is no such program.
    pub image: String,
}

/// What went wrong with Maven; the source of [`super::DistributionError::Maven`].
#[derive(Debug, Error)]
pub enum MavenFailure {
    /// It ended with an error.
    #[error("Maven ended with {status}{}", indented(lines))]
    Ended {
        /// Exit status, in words.
        status: String,
        /// Its own last words.
        lines: Vec<String>,
    },
    /// It ended well and there are no jars.
    #[error("Maven reported success but copied no jar")]
    NoJars,
    /// The program could not be started.
    #[error("cannot run {}", program.display())]
    Start {
        /// Which program.
        program: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The container with Maven could not be run.
    #[error("cannot run Maven in a container of the image {image}")]
    Container {
        /// The image.
        image: String,
        /// What the engine said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl Maven {
    /// `mvn` on the `PATH`, else an image: the one that `TRIAL_MAVEN_IMAGE` names, or the official one.
    pub fn of_user() -> Self {
        let image = std::env::var("TRIAL_MAVEN_IMAGE").ok().filter(|image| !image.is_empty());
        Self {
            program: "mvn".into(),
            image: image.unwrap_or_else(|| "maven:3.9-eclipse-temurin-17".into()),
        }
    }
}

/// What Maven is to leave in a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Job {
    /// The jars of a pom, and nothing else.
    Jars,
    /// The index of the artifact that is the parent of a pom, below the folder. Maven ends with an error then.
    Index,
}

impl Job {
    /// Arguments of `mvn` that do it.
    pub(super) fn arguments(self, pom: &Path, out: &Path) -> Vec<String> {
        let of_job = match self {
            Self::Jars => vec![
                GOAL.into(),
                "-DincludeScope=runtime".into(),
                format!("-DoutputDirectory={}", out.display()),
            ],
            Self::Index => {
                vec!["validate".into(), format!("-Dmaven.repo.local={}", out.display())]
            }
        };
        let pom = pom.display().to_string();
        let first = ["--batch-mode".into(), "-Dstyle.color=never".into(), "--file".into(), pom];
        first.into_iter().chain(of_job).collect()
    }
}

/// Runs `program` on this machine; `downloaded` is called for each jar that it has downloaded. None: there is
/// no such program.
pub(super) async fn on_host(
    program: &Path,
    job: Job,
    (pom, out): (&Path, &Path),
    stdin: Stdio,
    mut downloaded: impl FnMut(),
) -> Result<Option<()>, MavenFailure> {
    let mut command = Command::new(program);
    command.args(job.arguments(pom, out)).stdin(stdin);
    let ended = child::run(command, |line| {
        if is_download(line) {
            downloaded();
        }
    });
    match ended.await {
        Ok(_) if job == Job::Index => Ok(Some(())),
        Ok(ended) => judge(ended.status, &ended.lines).map(Some),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(MavenFailure::Start { program: program.to_owned(), source }),
    }
}

fn judge(status: ExitStatus, lines: &[String]) -> Result<(), MavenFailure> {
    if status.success() {
        return Ok(());
    }
    Err(MavenFailure::Ended { status: status.to_string(), lines: last_words(lines) })
}

/// Whether a line of Maven's reports a downloaded jar.
pub(super) fn is_download(line: &str) -> bool {
    line.contains("Downloaded from ") && line.contains(".jar ")
}

/// The lines that say what went wrong: Maven's errors without its advice on how to run it again, or
/// without any, the last lines.
pub(super) fn last_words(lines: &[String]) -> Vec<String> {
    const KEPT: usize = 6;
    const ADVICE: [&str; 4] =
        ["[Help ", "Re-run Maven", "To see the full stack", "For more information"];
    let errors: Vec<String> = lines
        .iter()
        .filter_map(|line| line.strip_prefix("[ERROR]").map(str::trim))
        .filter(|text| !text.is_empty() && !ADVICE.iter().any(|advice| text.starts_with(advice)))
        .map(|text| text.replace(" -> [Help 1]", ""))
        .take(KEPT)
        .collect();
    if errors.is_empty() {
        let told: Vec<_> = lines.iter().filter(|line| !line.is_empty()).cloned().collect();
        return told[told.len().saturating_sub(KEPT)..].to_vec();
    }
    errors
}

fn indented(lines: &[String]) -> String {
    lines.iter().map(|line| format!("\n  {line}")).collect()
}

impl MavenFailure {
    /// How to fix it.
    pub(super) fn help(&self) -> String {
        match self {
            Self::Ended { .. } | Self::NoJars => "Maven must reach a repository with Maven Central's artefacts: check the network, \
                 and the mirrors and proxies in ~/.m2/settings.xml; once fetched, the jars stay in the cache"
                .into(),
            Self::Start { program, .. } => {
                format!("see that {} can be executed", program.display())
            }
            Self::Container { .. } => "install Maven (for example `apt-get install maven`), or name an image that the engine \
                 has or can pull, with `mvn` in it, in TRIAL_MAVEN_IMAGE"
                .into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn the_last_words_are_the_errors_without_the_advice() {
        let said = lines(
            "[INFO] BUILD FAILURE\n[ERROR] Failed to resolve x: Connection refused -> [Help 1]\n[ERROR]\n\
             [ERROR] To see the full stack trace of the errors, re-run Maven with the -e switch.\n\
             [ERROR] [Help 1] https://example.org",
        );
        assert_eq!(last_words(&said), ["Failed to resolve x: Connection refused"]);
    }

    #[test]
    fn without_errors_the_last_lines_are_kept() {
        let said = lines("a\nb\n\nThe JAVA_HOME environment variable is not defined correctly\n");
        assert_eq!(last_words(&said).last(), said.last());
        assert_eq!(last_words(&said).len(), 3);
        assert!(last_words(&[]).is_empty());
    }
}
