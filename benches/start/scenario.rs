//! What one more scenario costs on a cluster that is up.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use kafka_trial::error::UserError;
use tokio::process::Command;

use crate::failed::failed;

/// Scenarios measured, each by the name of its row.
pub const KINDS: [(&str, &str); 2] = [
    (
        "one more scenario, a look at the brokers",
        "    Given a running Kafka cluster\n    Then within 10 seconds every broker is registered\n",
    ),
    (
        "one more scenario, a message sent and received",
        "    Given a running Kafka cluster\n    \
         And a topic \"t\" with 1 partition and replication factor 3\n    \
         And a producer \"p\"\n    And a consumer \"c\" reading topic \"t\" from the beginning\n    \
         When producer \"p\" sends to topic \"t\":\n      | value |\n      | one   |\n    \
         Then within 20 seconds consumer \"c\" receives exactly in this order:\n      \
         | value |\n      | one   |\n",
    ),
];

const FEW: u32 = 1;
const MANY: u32 = 11;

/// Time of one more scenario with these steps.
pub async fn cost(steps: &str) -> Result<Duration, UserError> {
    let few = scenarios(steps, FEW).await?;
    let many = scenarios(steps, MANY).await?;
    Ok(many.saturating_sub(few) / (MANY - FEW))
}

/// From the cluster that is up to the end of the last scenario, one after another.
async fn scenarios(steps: &str, number: u32) -> Result<Duration, UserError> {
    let folder = tempfile::tempdir().map_err(|error| failed("make a folder", error))?;
    let mut text = String::from("Feature: Cost\n");
    for scenario in 1..=number {
        write!(text, "\n  Scenario: Number {scenario}\n{steps}")
            .map_err(|error| failed("write a feature", error))?;
    }
    let (feature, out) = (folder.path().join("cost.feature"), folder.path().join("out"));
    std::fs::write(&feature, text).map_err(|error| failed("write a feature", error))?;
    let output = Command::new(env!("CARGO_BIN_EXE_trial"))
        .args(["run", "--runtime", "local", "--concurrency", "1", "--out"])
        .args([&out, &feature])
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .map_err(|error| failed("run trial", error))?;
    if !output.status.success() {
        let said =
            String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        return Err(failed("run the scenarios", said.into_owned()));
    }
    between(&out).map_err(|error| failed("read the events of a run", error))
}

fn between(out: &Path) -> Result<Duration, Box<dyn std::error::Error + Send + Sync>> {
    let text = std::fs::read_to_string(out.join("events.ndjson"))?;
    let (mut up, mut last) = (None, None);
    for line in text.lines() {
        let event: serde_json::Value = serde_json::from_str(line)?;
        let at = event["at"].as_str().unwrap_or_default();
        match event["event"].as_str() {
            Some("cluster_started") => up = Some(at.parse::<jiff::Timestamp>()?),
            Some("scenario_finished") => last = Some(at.parse::<jiff::Timestamp>()?),
            _ => {}
        }
    }
    let (Some(up), Some(last)) = (up, last) else { return Err("no scenario has ended".into()) };
    Ok(last.duration_since(up).try_into()?)
}
