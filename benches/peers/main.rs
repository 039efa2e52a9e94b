//! Loads of trial beside Kafka's own performance tools and a bare loop of librdkafka, on the same cluster with
//! the same settings:
//!
//! ```text
//! cargo bench --bench peers                              # the guide's load, 16 × 64 000 × 1 KB, three rounds
//! cargo bench --bench peers -- --messages 16000 --rounds 1   # a quick look
//! cargo bench --bench peers -- --recorded                # what recording costs a producer, and nothing else
//! ```
//!
//! Each sends to a topic of its own with 12 partitions on three replicas, acks=all, linger.ms=5, batches of at
//! most 128 KiB, and no compression, and reads it back with one consumer:
//!
//! - trial: 16 producers as in a feature, ids and acknowledgements of every message kept; and one producer
//!   with as many messages.
//! - Java: sixteen `ProducerPerformance` at once, each in a JVM of its own, and one with as many messages;
//!   `ConsumerPerformance`.
//! - bare: sixteen threads that hand one and the same value to librdkafka and count delivery reports; one that
//!   polls and counts. Its queues are librdkafka's own: a gigabyte for each producer.
//!
//! Rates are messages over wall time, from the start of the first client (for Java: of the first JVM, and the
//! tool's own figure beside it) to the end of the last. All rows are measured in turn in every round.

mod bare;
#[path = "../support/class_path.rs"]
mod class_path;
#[path = "../support/failed.rs"]
mod failed;
mod ground;
mod java;
#[path = "../support/machine.rs"]
mod machine;
#[path = "../support/median.rs"]
mod median;
mod recorded;
mod table;

use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use kafka_trial::client::settings::Settings;
use kafka_trial::cluster::Cluster;
use kafka_trial::error::UserError;
use kafka_trial::run::stage::Stage;

use self::failed::failed;
use self::ground::{rate, told};
use self::java::Tools;
use self::table::Table;
use kafka_trial::cluster::listener::CLIENT;

/// Bytes of each value.
const SIZE: usize = 1000;
const PARTITIONS: i32 = 12;

/// The same for all, in librdkafka's names and in Java's where they differ.
///
/// With librdkafka's own million of requests under way nothing ever waits, so its batches are as small as what
/// comes in five milliseconds; five is what Java's producer has.
const SETTINGS: [(&str, &str); 5] = [
    ("acks", "all"),
    ("linger.ms", "5"),
    ("batch.size", "131072"),
    ("compression.type", "none"),
    ("max.in.flight.requests.per.connection", "5"),
];

#[derive(Debug, Clone, Parser)]
#[command(name = "peers")]
struct Arguments {
    /// Producers
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..))]
    producers: u32,
    /// Messages of each
    #[arg(long, default_value_t = 64_000, value_parser = clap::value_parser!(u64).range(1..))]
    messages: u64,
    /// Rounds that are counted
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Only what recording costs one producer that sends as many messages as all of them
    #[arg(long)]
    recorded: bool,
    /// Given by cargo bench; without it, as under cargo test, nothing is measured
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if !arguments.bench {
        println!("nothing is measured: cargo bench --bench peers");
        return ExitCode::SUCCESS;
    }
    match kafka_trial::cli::block_on(measure(&arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => kafka_trial::cli::terminal::fail(&error).into(),
    }
}

async fn measure(arguments: &Arguments) -> Result<(), UserError> {
    let table = ground::on_cluster(async |stage: &Stage, cluster: &Cluster| {
        if arguments.recorded {
            let messages = arguments.messages * u64::from(arguments.producers);
            return recorded::measure(cluster, messages, arguments.rounds).await;
        }
        let tools = Tools::fetch(stage).await?;
        rounds(arguments, cluster, &tools).await.map(|table| table.to_string())
    });
    println!("\n{}", table.await?);
    Ok(())
}

async fn rounds(
    arguments: &Arguments,
    cluster: &Cluster,
    tools: &Tools<'_>,
) -> Result<Table, UserError> {
    let Arguments { producers, messages, .. } = *arguments;
    let all = messages * u64::from(producers);
    let mut table = Table::new(producers, messages, SIZE);
    // Brokers that have never had a load are slow for some seconds.
    let round = Round { cluster, tools, name: "warm-up".into() };
    round.ours("warm-up", producers, messages.min(8000)).await?;
    for number in 1..=arguments.rounds {
        let round = Round { cluster, tools, name: format!("round-{number}") };
        ground::forget_memory()?;
        table.add(table::OURS, round.ours("trial", producers, messages).await?);
        table.memory = table.memory.max(ground::memory_peak());
        table.add(table::JAVA, round.java("java", producers, messages).await?);
        table.add(table::BARE, round.bare("bare", producers, messages).await?);
        table.add(table::OURS_ONE, round.ours("trial-one", 1, all).await?);
        table.add(table::JAVA_ONE, round.java("java-one", 1, all).await?);
        table.add(table::BARE_ONE, round.bare("bare-one", 1, all).await?);
        table.add(table::OURS_READ, round.ours_read("trial", all).await?);
        table.add(table::JAVA_READ, round.java_read("java", all).await?);
        table.add(table::BARE_READ, round.bare_read("bare", all).await?);
        for topic in ["trial", "java", "bare", "trial-one", "java-one", "bare-one"] {
            ground::remove(cluster, &round.full(topic)).await?;
        }
    }
    Ok(table)
}

/// One round: every row once, each on a topic of its own.
struct Round<'a> {
    cluster: &'a Cluster,
    tools: &'a Tools<'a>,
    name: String,
}

impl Round<'_> {
    async fn ours(&self, topic: &str, producers: u32, messages: u64) -> Result<f64, UserError> {
        let topic = self.topic(topic).await?;
        ground::send(self.cluster, &topic, (producers, messages, SIZE), settings()).await
    }

    async fn ours_read(&self, topic: &str, messages: u64) -> Result<f64, UserError> {
        ground::read(self.cluster, &self.full(topic), messages).await
    }

    async fn java(&self, topic: &str, producers: u32, messages: u64) -> Result<f64, UserError> {
        let topic = self.topic(topic).await?;
        let servers = self.cluster.access(&CLIENT).bootstrap;
        let began = Instant::now();
        let own = self.tools.produce(&servers, &topic, producers, messages).await?;
        let rate = rate(messages * u64::from(producers), began.elapsed());
        eprintln!("{topic}: {own:.0} messages a second by the tools' own figures");
        // One JVM is judged by its own figure, which leaves its start out.
        Ok(told(&topic, if producers == 1 { own } else { rate }))
    }

    async fn java_read(&self, topic: &str, messages: u64) -> Result<f64, UserError> {
        let topic = self.full(topic);
        let servers = self.cluster.access(&CLIENT).bootstrap;
        let rate = self.tools.consume(&servers, &topic, messages).await?;
        Ok(told(&format!("{topic}, read"), rate))
    }

    async fn bare(&self, topic: &str, producers: u32, messages: u64) -> Result<f64, UserError> {
        let topic = self.topic(topic).await?;
        let servers = self.cluster.access(&CLIENT).bootstrap;
        let (to, began) = (topic.clone(), Instant::now());
        let sent = tokio::task::spawn_blocking(move || {
            bare::produce(&servers, &to, producers, messages, &settings())
        });
        let sent = sent.await.map_err(|error| failed("send", error))??;
        Ok(told(&topic, rate(sent, began.elapsed())))
    }

    async fn bare_read(&self, topic: &str, messages: u64) -> Result<f64, UserError> {
        let topic = self.full(topic);
        let servers = self.cluster.access(&CLIENT).bootstrap;
        let (from, began) = (topic.clone(), Instant::now());
        let read = tokio::task::spawn_blocking(move || bare::consume(&servers, &from, messages));
        read.await.map_err(|error| failed("read", error))??;
        Ok(told(&format!("{topic}, read"), rate(messages, began.elapsed())))
    }

    fn full(&self, topic: &str) -> String {
        format!("{}-{topic}", self.name)
    }

    /// A new topic.
    async fn topic(&self, topic: &str) -> Result<String, UserError> {
        let topic = self.full(topic);
        ground::create(self.cluster, &topic, PARTITIONS).await?;
        Ok(topic)
    }
}

fn settings() -> Settings {
    SETTINGS.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}
