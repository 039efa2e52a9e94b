//! The brokers that spring-kafka-test puts into a JVM of its own for tests: three, and one ZooKeeper.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use kafka_trial::error::UserError;
use kafka_trial::java::{self, Java};
use kafka_trial::owned::process::spawn_owned;
use kafka_trial::run::stage::Stage;
use tokio::process::Command;

use crate::class_path::class_path;
use crate::failed::failed;

const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/start/embedded");

/// The compiled program; jars and classes are there before anything is measured.
#[derive(Debug)]
pub struct Embedded {
    java: Java,
    class_path: String,
    root: PathBuf,
}

impl Embedded {
    /// Resolves the jars with Maven, and compiles.
    pub async fn prepare(stage: &Stage) -> Result<Self, UserError> {
        let root = stage.run().path().join("embedded");
        tokio::fs::create_dir_all(&root).await.map_err(|error| failed("make a folder", error))?;
        let jars = class_path(&Path::new(SOURCES).join("pom.xml"), &root).await?;
        let class_path = format!("{}:{jars}", root.display());
        let embedded = Self { java: java::find().await?, class_path, root };
        let mut compiler = embedded.java("org.eclipse.jdt.internal.compiler.batch.Main")?;
        compiler.args(["-11", "-cp", &embedded.class_path, "-d"]).arg(&embedded.root);
        compiler.arg(Path::new(SOURCES).join("Embedded.java"));
        embedded.run(stage, compiler).await?;
        Ok(embedded)
    }

    /// From the start of the JVM to the message with acks=all that is read back.
    pub async fn start(&self, stage: &Stage) -> Result<Duration, UserError> {
        let began = Instant::now();
        self.run(stage, self.java("Embedded")?).await?;
        Ok(began.elapsed())
    }

    fn java(&self, class: &str) -> Result<Command, UserError> {
        let mut command = Command::new(&self.java.program);
        // It ends without removing its data: that goes with the folder of the run.
        command.arg(format!("-Djava.io.tmpdir={}", self.root.display()));
        command.args(["-cp", &self.class_path, class]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Ok(command)
    }

    async fn run(&self, stage: &Stage, mut command: Command) -> Result<(), UserError> {
        let child = spawn_owned(&mut command, stage.run());
        let child = child.map_err(|error| failed("start a JVM", error))?;
        let output = child.wait_with_output().await;
        let output = output.map_err(|error| failed("run a JVM", error))?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        Err(failed("run spring-kafka-test", said))
    }
}
