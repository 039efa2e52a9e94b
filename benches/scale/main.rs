//! How cost grows with messages, producers, partitions and scenarios:
//!
//! ```text
//! cargo bench --bench scale                          # everything, some ten minutes
//! cargo bench --bench scale -- messages scenarios    # only these
//! ```
//!
//! - `messages`: one to sixteen million messages, as in one to sixteen gigabytes of 1 KB, with values of 64
//!   bytes, sent by 16 producers and read by one consumer.
//! - `producers`: 1 to 256 producers share 512 000 messages of 1 KB.
//! - `partitions`: 16 producers send 256 000 messages of 1 KB to 3 to 600 partitions.
//! - `scenarios`: 10 to 1000 scenarios, checked, and run on one cluster.
//!
//! Loads run in this process as in `trial run`; memory is the most that it had during the row. Every
//! message is acknowledged by three replicas. Prints tables and charts (Mermaid) in Markdown.

#[path = "../support/failed.rs"]
mod failed;
#[path = "../peers/ground.rs"]
mod ground;
#[path = "../support/machine.rs"]
mod machine;
mod scenarios;
mod series;

use std::collections::BTreeSet;
use std::process::ExitCode;
use std::time::Instant;

use clap::{Parser, ValueEnum};
use kafka_trial::client::settings::Settings;
use kafka_trial::cluster::Cluster;
use kafka_trial::error::UserError;
use kafka_trial::run::stage::Stage;

use self::series::Series;

const PARTITIONS: i32 = 12;
const PRODUCERS: u32 = 16;

#[derive(Debug, Parser)]
#[command(name = "scale")]
struct Arguments {
    /// What to measure [default: everything]
    #[arg(value_enum)]
    subjects: Vec<Subject>,
    /// Given by cargo bench; without it, as under cargo test, nothing is measured
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
enum Subject {
    Messages,
    Producers,
    Partitions,
    Scenarios,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if !arguments.bench {
        println!("nothing is measured: cargo bench --bench scale");
        return ExitCode::SUCCESS;
    }
    let mut wanted: BTreeSet<_> = arguments.subjects.into_iter().collect();
    if wanted.is_empty() {
        wanted.extend(Subject::value_variants());
    }
    match kafka_trial::cli::block_on(measure(wanted)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => kafka_trial::cli::terminal::fail(&error).into(),
    }
}

/// Prints each series when it is complete, so that one that fails costs none of the others.
async fn measure(mut wanted: BTreeSet<Subject>) -> Result<(), UserError> {
    println!("{}\n", machine::machine());
    if wanted.remove(&Subject::Scenarios) {
        println!("{}", scenarios::measure().await?);
    }
    if !wanted.is_empty() {
        ground::on_cluster(async |_: &Stage, cluster: &Cluster| loads(&wanted, cluster).await)
            .await?;
    }
    Ok(())
}

async fn loads(wanted: &BTreeSet<Subject>, cluster: &Cluster) -> Result<(), UserError> {
    // Brokers that have never had a load are slow for some seconds.
    load(cluster, "warm-up", PARTITIONS, (PRODUCERS, 8000, 1000)).await?;
    for subject in wanted {
        let columns = ["sent per second", "read per second", "topic made in, ms", "memory, MB"];
        let (mut series, rows) = match subject {
            Subject::Messages => {
                let title = "Messages of 64 bytes, 16 producers, 12 partitions";
                let rows = [1, 2, 4, 8, 16].map(|millions| {
                    (millions, PARTITIONS, (PRODUCERS, millions * 1_000_000 / 16, 64))
                });
                (Series::new(title, "millions of messages", &columns), rows.to_vec())
            }
            Subject::Producers => {
                let title = "512 000 messages of 1 KB, 12 partitions";
                let rows = [1, 4, 16, 64, 256].map(|producers: u32| {
                    let each = 512_000 / u64::from(producers);
                    (u64::from(producers), PARTITIONS, (producers, each, 1000))
                });
                (Series::new(title, "producers", &columns), rows.to_vec())
            }
            Subject::Partitions => {
                let title = "256 000 messages of 1 KB, 16 producers";
                let rows = [3, 12, 60, 300, 600].map(|number: i32| {
                    (number.unsigned_abs().into(), number, (PRODUCERS, 16_000, 1000))
                });
                (Series::new(title, "partitions", &columns), rows.to_vec())
            }
            Subject::Scenarios => continue,
        };
        for (x, partitions, sent) in rows {
            let topic = format!("{subject:?}-{x}").to_lowercase();
            series.add(x, load(cluster, &topic, partitions, sent).await?);
        }
        println!("{series}");
    }
    Ok(())
}

/// Sends, reads and deletes: messages sent and read per second, milliseconds until all replicas of the topic were
/// there, and memory in MB.
async fn load(
    cluster: &Cluster,
    topic: &str,
    partitions: i32,
    (producers, messages, size): (u32, u64, usize),
) -> Result<Vec<f64>, UserError> {
    let began = Instant::now();
    ground::create(cluster, topic, partitions).await?;
    let made = began.elapsed();
    ground::forget_memory()?;
    let sent =
        ground::send(cluster, topic, (producers, messages, size), Settings::default()).await?;
    let read = ground::read(cluster, topic, messages * u64::from(producers)).await?;
    let memory = ground::memory_peak() as f64 / 1e6;
    ground::remove(cluster, topic).await?;
    Ok(vec![sent, read, made.as_secs_f64() * 1000.0, memory])
}
