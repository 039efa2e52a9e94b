//! Kafka's own performance tools, with the jars of the release and `kafka-tools` beside them.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use kafka_trial::error::UserError;
use kafka_trial::java;
use kafka_trial::owned::process::spawn_owned;
use kafka_trial::run::stage::Stage;
use tokio::process::Command;

use crate::class_path::class_path;
use crate::failed::failed;
use crate::{SETTINGS, SIZE};

/// Heap of a tool: what `kafka-producer-perf-test.sh` and `kafka-consumer-perf-test.sh` set.
const HEAP: &str = "-Xmx512M";

/// The tools, ready to run.
pub struct Tools<'a> {
    stage: &'a Stage,
    java: PathBuf,
    class_path: String,
}

impl<'a> Tools<'a> {
    /// Resolves the jars with Maven.
    pub async fn fetch(stage: &'a Stage) -> Result<Self, UserError> {
        let java = java::find().await?.program;
        let pom = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/peers/pom.xml");
        let class_path = class_path(&pom, stage.run().path()).await?;
        Ok(Self { stage, java, class_path })
    }

    /// So many producers at once; the sum of the rates that they tell themselves.
    pub async fn produce(
        &self,
        servers: &str,
        topic: &str,
        producers: u32,
        messages: u64,
    ) -> Result<f64, UserError> {
        let mut arguments = vec![
            "--topic".to_owned(),
            topic.to_owned(),
            "--num-records".into(),
            messages.to_string(),
            "--record-size".into(),
            SIZE.to_string(),
            "--throughput".into(),
            "-1".into(),
            "--producer-props".into(),
            format!("bootstrap.servers={servers}"),
        ];
        arguments.extend(SETTINGS.iter().map(|(name, value)| format!("{name}={value}")));
        let class = "org.apache.kafka.tools.ProducerPerformance";
        let all = (0..producers).map(|_| self.run(class, &arguments));
        let mut rate = 0.0;
        for said in futures::future::try_join_all(all).await? {
            // 64000 records sent, 35029.010000 records/sec (33.41 MB/sec), 12.34 ms avg latency, …
            let last = said.lines().rfind(|line| line.contains("50th")).unwrap_or_default();
            let own: Option<f64> =
                last.split(", ").nth(1).and_then(|rate| rate.split(' ').next()?.parse().ok());
            rate += own.ok_or_else(|| failed("read what the producer said", said.clone()))?;
        }
        Ok(rate)
    }

    /// One consumer; the rate that it tells itself, with its time in the group.
    pub async fn consume(
        &self,
        servers: &str,
        topic: &str,
        messages: u64,
    ) -> Result<f64, UserError> {
        let messages = messages.to_string();
        let arguments = [
            "--broker-list",
            servers,
            "--topic",
            topic,
            "--messages",
            &messages,
            "--timeout",
            "60000",
            "--hide-header",
        ];
        let arguments: Vec<_> = arguments.iter().map(ToString::to_string).collect();
        let said = self.run("kafka.tools.ConsumerPerformance", &arguments).await?;
        // start.time, end.time, data.consumed.in.MB, MB.sec, data.consumed.in.nMsg, nMsg.sec, …
        let last = said.lines().rfind(|line| line.contains(", ")).unwrap_or_default();
        let rate = last.split(", ").nth(5).and_then(|rate| rate.parse().ok());
        rate.ok_or_else(|| failed("read what the consumer said", said.clone()))
    }

    async fn run(&self, class: &str, arguments: &[String]) -> Result<String, UserError> {
        let mut command = Command::new(&self.java);
        command.arg(HEAP).args(["-cp", &self.class_path, class]).args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = spawn_owned(&mut command, self.stage.run());
        let child = child.map_err(|error| failed("start a tool", error))?;
        let output = child.wait_with_output().await;
        let output = output.map_err(|error| failed("run a tool", error))?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        if !output.status.success() {
            let said = said + &String::from_utf8_lossy(&output.stderr);
            return Err(failed(&format!("run {class}"), said));
        }
        Ok(said)
    }
}
