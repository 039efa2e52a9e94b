//! What many scenarios cost to check, and to run on one cluster.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use kafka_trial::error::UserError;
use tokio::process::Command;

use crate::failed::failed;
use crate::series::Series;

const PER_FILE: u64 = 10;

/// `trial check` and `trial run` on 10 to 1000 scenarios, ten in each file.
pub async fn measure() -> Result<Series, UserError> {
    let columns = ["checked in, s", "run in, s", "of it for each scenario, ms"];
    let mut series = Series::new("Scenarios that look at the brokers", "scenarios", &columns);
    for number in [10, 100, 1000] {
        let folder = tempfile::tempdir().map_err(|error| failed("make a folder", error))?;
        write(folder.path(), number).map_err(|error| failed("write features", error))?;
        let checked = trial(&["check"], folder.path(), &format!("{number} scenarios in")).await?;
        let out = folder.path().join("out").display().to_string();
        let run = ["run", "--runtime", "local", "--out", &out];
        let ran = trial(&run, folder.path(), &format!("{number} passed")).await?;
        eprintln!("{number} scenarios: checked in {checked:?}, run in {ran:?}");
        let each = ran.as_secs_f64() * 1000.0 / number as f64;
        series.add(number, vec![checked.as_secs_f64(), ran.as_secs_f64(), each]);
    }
    Ok(series)
}

fn write(folder: &Path, number: u64) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    for file in 0..number / PER_FILE {
        let mut text = format!("Feature: Number {file}\n");
        for scenario in 0..PER_FILE {
            write!(
                text,
                "\n  Scenario: Number {scenario}\n    Given a running Kafka cluster\n    \
                 Then within 10 seconds every broker is registered\n"
            )?;
        }
        std::fs::write(folder.join(format!("{file}.feature")), text)?;
    }
    Ok(())
}

/// How long it takes; an error unless it says what is expected.
async fn trial(arguments: &[&str], features: &Path, says: &str) -> Result<Duration, UserError> {
    let began = Instant::now();
    let mut command = Command::new(env!("CARGO_BIN_EXE_trial"));
    command.args(arguments).arg(features).stdin(Stdio::null()).kill_on_drop(true);
    let output = command.output().await.map_err(|error| failed("run trial", error))?;
    let took = began.elapsed();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    match output.status.success() && said.contains(says) {
        true => Ok(took),
        false => Err(failed("run trial", said)),
    }
}
