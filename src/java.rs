//! The Java that runs Kafka on this machine.

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::process::Stdio;

use thiserror::Error;
use tokio::process::Command;

use crate::error::UserError;

/// The first Java with `jdk.net.hosts.file`, by which each node gets names of its own.
pub const OLDEST: u32 = 11;
const INSTALL: &str = "install Java 11 or later (for example `apt-get install openjdk-17-jre-headless`), \
                       or let JAVA_HOME name the folder of one";

/// Options that every JVM of trial gets; an archive of class data is only valid under the same ones.
pub fn tuning(heap_mib: u32) -> Vec<String> {
    vec![
        format!("-Xmx{heap_mib}m"),
        "-Xms64m".into(),
        "-XX:+UseSerialGC".into(),
        "-XX:TieredStopAtLevel=1".into(),
        "-XX:-UsePerfData".into(),
        "-Djava.awt.headless=true".into(),
        "-Djava.net.preferIPv4Stack=true".into(),
    ]
}

/// A Java that is new enough.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Java {
    /// The `java` program, absolute.
    pub program: PathBuf,
    /// Feature release: 17.
    pub version: u32,
    /// Changes whenever another build of the JVM is found: part of the key of what only fits one build.
    pub identity: String,
}

/// Why there is no Java.
#[derive(Debug, Error)]
pub enum JavaError {
    /// No program of this name.
    #[error("Java was not found: {looked}")]
    Missing {
        /// Where trial searched.
        looked: String,
    },
    /// A Java, but too old.
    #[error("{} is Java {version}; Java {OLDEST} or later is needed", program.display())]
    TooOld {
        /// The program found.
        program: PathBuf,
        /// Its feature release.
        version: u32,
    },
    /// The program could not be run.
    #[error("cannot run {}", program.display())]
    Start {
        /// The program.
        program: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The program ran and did not say what it is.
    #[error("{} does not print its version; it ended with {status}", program.display())]
    Broken {
        /// The program.
        program: PathBuf,
        /// Exit status, in words.
        status: String,
        /// What it printed.
        #[source]
        said: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// The Java in `JAVA_HOME` if that is set, else the one on the `PATH`.
///
/// # Errors
/// When there is none, it is older than 11, or it does not run.
pub async fn find() -> Result<Java, JavaError> {
    find_in(std::env::var_os("JAVA_HOME")).await
}

/// [`find`] with another `JAVA_HOME`; None and empty mean the `PATH`.
async fn find_in(home: Option<OsString>) -> Result<Java, JavaError> {
    let home = home.filter(|home| !home.is_empty()).map(PathBuf::from);
    let program = home.as_ref().map_or("java".into(), |home| home.join("bin").join("java"));
    let mut command = Command::new(&program);
    command.args(["-XshowSettings:properties", "-version"]).stdin(Stdio::null()).kill_on_drop(true);
    let output = command.output().await.map_err(|source| match (&home, source.kind()) {
        (Some(home), io::ErrorKind::NotFound) => JavaError::Missing {
            looked: format!("JAVA_HOME is {}, and there is no bin/java in it", home.display()),
        },
        (None, io::ErrorKind::NotFound) => {
            JavaError::Missing { looked: "JAVA_HOME is not set and the PATH has no java".into() }
        }
        _ => JavaError::Start { program: program.clone(), source },
    })?;
    let said = String::from_utf8_lossy(&output.stderr);
    let Some(java) = parse(&said) else {
        let status = output.status.to_string();
        return Err(JavaError::Broken { program, status, said: said.into_owned().into() });
    };
    if java.version < OLDEST {
        return Err(JavaError::TooOld { program: java.program, version: java.version });
    }
    Ok(java)
}

/// Reads what `java -XshowSettings:properties` prints; the settings name the real folder behind links.
fn parse(said: &str) -> Option<Java> {
    let property = |key: &str| {
        said.lines().find_map(|line| {
            let (name, value) = line.trim().split_once(" = ")?;
            (name == key).then_some(value)
        })
    };
    let (home, build) = (property("java.home")?, property("java.vm.version")?);
    // "17", and "1.8" before Java 9.
    let version = property("java.specification.version")?;
    let version = version.strip_prefix("1.").unwrap_or(version).parse().ok()?;
    let name = property("java.vm.name").unwrap_or_default();
    Some(Java {
        program: PathBuf::from(home).join("bin").join("java"),
        version,
        identity: format!("{name} {build} in {home}"),
    })
}

impl From<JavaError> for UserError {
    fn from(error: JavaError) -> Self {
        let user = Self::environment(error.to_string(), INSTALL);
        match error {
            JavaError::Missing { .. } | JavaError::TooOld { .. } => user,
            JavaError::Start { source, .. } => user.because(source),
            JavaError::Broken { said, .. } => user.because(said),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    const OLD: &str = "Property settings:\n    java.home = /opt/jdk8/jre\n    java.specification.version = 1.8\n    \
                       java.vm.name = OpenJDK 64-Bit Server VM\n    java.vm.version = 25.382-b05\n";

    /// A folder with a `bin/java` that is this shell script. Another process writes it: a file that this
    /// one has open, however briefly, may be open in a child of another test, and cannot be run then.
    fn home(script: &str) -> tempfile::TempDir {
        let home = tempfile::tempdir().expect("a folder");
        let write = "mkdir bin && printf '#!/bin/sh\n%s\n' \"$0\" > bin/java && chmod 755 bin/java";
        let mut sh = std::process::Command::new("sh");
        let status = sh.args(["-c", write, script]).current_dir(&home).status().expect("sh runs");
        assert!(status.success());
        home
    }

    #[test]
    fn settings_are_read_of_old_and_new_versions() {
        let old = parse(OLD).expect("Java 8");
        assert_eq!((old.version, old.program.as_path()), (8, Path::new("/opt/jdk8/jre/bin/java")));
        let new = OLD.replace("= 1.8", "= 17").replace("25.382-b05", "17.0.15+6-Debian");
        let new = parse(&new).expect("Java 17");
        assert_eq!(new.version, 17);
        assert_ne!(new.identity, old.identity);
        assert_eq!(parse("bash: no job control"), None);
    }

    #[tokio::test]
    async fn a_java_that_is_too_old_is_refused() {
        let home = home(&format!("cat >&2 <<'END'\n{OLD}END"));
        let error = find_in(Some(home.path().into())).await.expect_err("Java 8 is too old");
        assert!(matches!(error, JavaError::TooOld { version: 8, .. }), "{error}");
    }

    #[tokio::test]
    async fn a_java_home_without_java_is_named() {
        let home = tempfile::tempdir().expect("a folder");
        let error = find_in(Some(home.path().into())).await.expect_err("it is empty");
        assert!(error.to_string().contains(&home.path().display().to_string()), "{error}");
    }

    #[tokio::test]
    async fn a_java_that_fails_shows_what_it_said() {
        let home = home("echo 'Could not reserve enough space' >&2; exit 1");
        let error = find_in(Some(home.path().into())).await.expect_err("it fails");
        let JavaError::Broken { said, .. } = error else { panic!("{error}") };
        assert!(said.to_string().contains("Could not reserve"), "{said}");
    }
}
