//! What recording costs a producer of a scenario at full speed: the same load with and without its history.

use std::collections::VecDeque;
use std::time::Instant;

use kafka_trial::client::message::Message;
use kafka_trial::client::producer::{Producer, UnderWay};
use kafka_trial::cluster::Cluster;
use kafka_trial::error::UserError;
use kafka_trial::history::line::Line;
use kafka_trial::history::recorder::{Flush, Recorder};
use procfs::process::Process;

use crate::failed::failed;
use crate::median::median;
use crate::{PARTITIONS, SIZE, ground, settings};
use kafka_trial::cluster::listener::CLIENT;

/// Messages whose delivery reports are not waited for yet: as many as librdkafka queues.
const UNDER_WAY: usize = 100_000;

/// Of each round messages per second and microseconds of this process's CPU time for each message; of all rounds
/// the memory at the peak, in bytes.
#[derive(Debug, Default)]
struct Rounds {
    rates: Vec<f64>,
    cpu: Vec<f64>,
    memory: u64,
}

/// Measures in turn, in so many rounds, and returns the medians as a table. What a machine gives can change by a
/// third within minutes, so each rate is compared with the other of its own round.
pub async fn measure(cluster: &Cluster, messages: u64, rounds: u32) -> Result<String, UserError> {
    send(cluster, "recorded-warm-up", messages.min(100_000), false).await?;
    let (mut plain, mut recorded) = (Rounds::default(), Rounds::default());
    for round in 1..=rounds {
        // Neither is always the first after a pause.
        let order = if round % 2 == 1 { [false, true] } else { [true, false] };
        for with_history in order {
            let topic = format!("recorded-{round}-{with_history}");
            ground::forget_memory()?;
            let cpu_before = cpu_seconds()?;
            let rate = send(cluster, &topic, messages, with_history).await?;
            let measured = if with_history { &mut recorded } else { &mut plain };
            measured.cpu.push((cpu_seconds()? - cpu_before) * 1e6 / messages as f64);
            measured.rates.push(ground::told(&topic, rate));
            measured.memory = measured.memory.max(ground::memory_peak());
        }
    }
    let row = |what: &str, rounds: &Rounds| {
        let shares = rounds.rates.iter().zip(&plain.rates).map(|(rate, plain)| rate / plain);
        let [rate, share, cpu] = [rounds.rates.clone(), shares.collect(), rounds.cpu.clone()]
            .map(|figures| median(&figures).unwrap_or(f64::NAN));
        let megabytes = rounds.memory / 1_000_000;
        format!("| {what} | {rate:.0} | {share:.2} | {cpu:.1} | {megabytes} |\n")
    };
    Ok(format!(
        "| one producer of a scenario | messages/s | of unrecorded | µs of CPU for each message, brokers not counted | MB of memory at most |\n\
         |---|---:|---:|---:|---:|\n{}{}",
        row("unrecorded", &plain),
        row("recorded", &recorded),
    ))
}

/// What this process has had of the CPUs so far, with librdkafka's threads.
fn cpu_seconds() -> Result<f64, UserError> {
    let stat = Process::myself().and_then(|me| me.stat());
    let stat = stat.map_err(|error| failed("read this process's CPU time", error))?;
    Ok((stat.utime + stat.stime) as f64 / procfs::ticks_per_second() as f64)
}

/// Sends so many messages as fast as it goes; messages per second, up to the last delivery report and, where
/// there is one, the end of the history.
async fn send(
    cluster: &Cluster,
    topic: &str,
    messages: u64,
    with_history: bool,
) -> Result<f64, UserError> {
    ground::create(cluster, topic, PARTITIONS).await?;
    let folder = tempfile::tempdir().map_err(|error| failed("make a folder", error))?;
    let recorder = match with_history {
        true => Some(Recorder::create(&folder.path().join("history.ndjson"), None, Flush::Soon)?),
        false => None,
    };
    let client = recorder.as_ref().map(|recorder| recorder.client("p", Line::default()));
    let producer = Producer::new(&cluster.access(&CLIENT), &settings(), client);
    let producer = producer.map_err(|error| failed("start a producer", error))?;
    let message = Message::of(vec![b'x'; SIZE]);
    let began = Instant::now();
    let mut under_way = VecDeque::new();
    for _ in 0..messages {
        if under_way.len() == UNDER_WAY {
            delivered(under_way.pop_front()).await?;
        }
        let handed_over = producer.hand_over(topic, &message).await;
        under_way.push_back(handed_over.map_err(|error| failed("send", error))?);
    }
    while !under_way.is_empty() {
        delivered(under_way.pop_front()).await?;
    }
    producer.close().await.map_err(|error| failed("close the producer", error))?;
    if let Some(recorder) = recorder {
        recorder.finish()?;
    }
    let rate = ground::rate(messages, began.elapsed());
    ground::remove(cluster, topic).await?;
    Ok(rate)
}

async fn delivered(under_way: Option<UnderWay>) -> Result<(), UserError> {
    let Some(under_way) = under_way else { return Ok(()) };
    under_way.delivered().await.map(drop).map_err(|error| failed("deliver", error))
}
