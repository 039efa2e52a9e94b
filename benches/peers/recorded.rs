//! What recording costs a producer of a scenario at full speed: the same load with and without its history.

use std::collections::VecDeque;
use std::time::Instant;

use kafka_trial::client::message::Message;
use kafka_trial::client::producer::{Producer, UnderWay};
use kafka_trial::cluster::Cluster;
use kafka_trial::error::UserError;
use kafka_trial::history::line::Line;
use kafka_trial::history::recorder::{Flush, Recorder};

use crate::failed::failed;
use crate::median::median;
use crate::{PARTITIONS, SIZE, ground, settings};

/// Messages whose delivery reports are not waited for yet: as many as librdkafka queues.
const UNDER_WAY: usize = 100_000;

/// Rates and the memory at the peak, in messages per second and bytes, one of each for each round.
#[derive(Debug, Default)]
struct Rounds {
    rates: Vec<f64>,
    memory: u64,
}

/// Measures in turn, in so many rounds, and returns the medians as a table.
pub async fn measure(cluster: &Cluster, messages: u64, rounds: u32) -> Result<String, UserError> {
    send(cluster, "recorded-warm-up", messages.min(100_000), false).await?;
    let (mut plain, mut recorded) = (Rounds::default(), Rounds::default());
    for round in 1..=rounds {
        // Neither is always the first after a pause.
        let order = if round % 2 == 1 { [false, true] } else { [true, false] };
        for with_history in order {
            let topic = format!("recorded-{round}-{with_history}");
            ground::forget_memory()?;
            let rate = send(cluster, &topic, messages, with_history).await?;
            let measured = if with_history { &mut recorded } else { &mut plain };
            measured.rates.push(ground::told(&topic, rate));
            measured.memory = measured.memory.max(ground::memory_peak());
        }
    }
    let middle = |rounds: &Rounds| median(&rounds.rates).unwrap_or(f64::NAN);
    let row = |what: &str, rounds: &Rounds| {
        let share = middle(rounds) / middle(&plain);
        let (rate, megabytes) = (middle(rounds), rounds.memory / 1_000_000);
        format!("| {what} | {rate:.0} | {share:.2} | {megabytes} |\n")
    };
    Ok(format!(
        "| one producer of a scenario | messages/s | of unrecorded | MB of memory at most |\n\
         |---|---:|---:|---:|\n{}{}",
        row("unrecorded", &plain),
        row("recorded", &recorded),
    ))
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
    let producer = Producer::new(&cluster.bootstrap_servers(), &settings(), client);
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
