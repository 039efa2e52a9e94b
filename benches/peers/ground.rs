//! A cluster to measure on, and loads on it as a feature would start them.

use std::time::{Duration, Instant};

use kafka_trial::client::admin::Admin;
use kafka_trial::client::settings::Settings;
use kafka_trial::cluster::Cluster;
use kafka_trial::cluster::spec::{self, ClusterSpec};
use kafka_trial::distribution::Cache;
use kafka_trial::error::UserError;
use kafka_trial::event::run_id::RunId;
use kafka_trial::event::runtime_kind::RuntimeKind;
use kafka_trial::event::stream::Events;
use kafka_trial::load::process::Home;
use kafka_trial::load::receive::Reading;
use kafka_trial::load::receivers::Receivers;
use kafka_trial::load::send::Messages;
use kafka_trial::load::senders::{Destination, Senders, Sending};
use kafka_trial::owned::interrupt::Interrupts;
use kafka_trial::run::stage::Stage;
use kafka_trial::runtime::registry;
use kafka_trial::wait::{Seen, until};

use crate::failed::failed;
use kafka_trial::cluster::listener::CLIENT;

const REPLICAS: i32 = 3;

/// Starts the default cluster in the local runtime, without links, has `work` done on it, and stops it in any
/// case.
pub async fn on_cluster<T>(
    work: impl AsyncFnOnce(&Stage, &Cluster) -> Result<T, UserError>,
) -> Result<T, UserError> {
    let mut interrupts = Interrupts::listen()?;
    let (provider, _) = registry::find(Some(RuntimeKind::Local)).await?;
    let (events, _stream) = Events::channel();
    let logs = tempfile::tempdir().map_err(|error| failed("make a folder", error))?;
    let cache = Cache::of_user()?;
    let stage =
        Stage::set(RunId::new(), cache, provider, events.clone(), logs.path().to_owned()).await?;
    let done = tokio::select! {
        done = async {
            let spec = ClusterSpec::named(spec::DEFAULT, spec::FOLDER.as_ref())?;
            let cluster = stage.start(spec, "bench", false).await?;
            let done = work(&stage, &cluster).await?;
            cluster.stop().await?;
            Ok(done)
        } => done,
        signal = interrupts.next() => Err(signal.into()),
    };
    stage.clear().await?;
    done
}

/// Makes a topic on three replicas, and waits until all of them are in sync.
pub async fn create(cluster: &Cluster, topic: &str, partitions: i32) -> Result<(), UserError> {
    let made = admin(cluster)?.create_topic(topic, partitions, REPLICAS, &[]).await;
    made.map_err(|error| failed("create a topic", error))?;
    let led = until(Duration::from_secs(60), Duration::from_millis(50), || async {
        let topics = cluster.topics().await.map_err(|error| error.to_string())?;
        let led = topics.get(topic).is_some_and(|found| {
            found.len() == partitions as usize
                && found.iter().all(|partition| partition.isr.len() == REPLICAS as usize)
        });
        Ok::<_, String>(if led { Seen::Ready(()) } else { Seen::NotYet("no leaders".into()) })
    });
    led.await.map_err(|error| failed("create a topic", error.to_string()))
}

/// Deletes a topic.
pub async fn remove(cluster: &Cluster, topic: &str) -> Result<(), UserError> {
    let removed = admin(cluster)?.delete_topic(topic).await;
    removed.map_err(|error| failed("delete a topic", error))
}

/// What producers send, each so many messages of so many bytes, as fast as they can; messages per second, from the
/// start of the first producer to the end of the last.
pub async fn send(
    cluster: &Cluster,
    topic: &str,
    (producers, messages, size): (u32, u64, usize),
    settings: Settings,
) -> Result<f64, UserError> {
    let each = Messages { number: Some(messages), ..Messages::of_size(size) };
    let sending = Sending { producers, each, settings };
    let to = Destination {
        access: cluster.access(&CLIENT),
        topic: topic.to_owned(),
        first_producer: 1,
        seed: 1,
    };
    let began = Instant::now();
    let senders =
        Senders::start(&sending, &to, &Home::Threads).map_err(|error| failed("send", error))?;
    let ended = senders.end().await.map_err(|error| failed("send", error))?;
    let rate = rate(ended.acknowledged.count(), began.elapsed());
    if ended.acknowledged.count() != messages * u64::from(producers) {
        return Err(failed("send", format!("{:?}", ended.measured.failed)));
    }
    Ok(told(topic, rate))
}

/// One consumer reads so many messages from the beginning; messages per second, with its time in the group.
pub async fn read(cluster: &Cluster, topic: &str, messages: u64) -> Result<f64, UserError> {
    let reading = Reading {
        access: cluster.access(&CLIENT),
        topic: topic.to_owned(),
        group: format!("{topic}-trial"),
        settings: Settings::default(),
        follows: false,
        rate: None,
        warm_up: Duration::ZERO,
    };
    let began = Instant::now();
    let receivers = Receivers::start(1, &reading, &Home::Threads);
    let receivers = receivers.map_err(|error| failed("read", error))?;
    let book = receivers.book().clone();
    let waited = until(Duration::from_secs(300), Duration::from_millis(10), || {
        let count = book.received().ids.count();
        std::future::ready(Ok::<_, String>(match count == messages {
            true => Seen::Ready(()),
            false => Seen::NotYet(format!("{count} of {messages} messages were read")),
        }))
    });
    waited.await.map_err(|error| failed("read", error.to_string()))?;
    let took = began.elapsed();
    receivers.end().await.map_err(|error| failed("read", error))?;
    Ok(told(&format!("{topic}, read"), rate(messages, took)))
}

/// Messages per second.
pub fn rate(messages: u64, took: Duration) -> f64 {
    messages as f64 / took.as_secs_f64()
}

/// Says how it goes.
pub fn told(what: &str, rate: f64) -> f64 {
    eprintln!("{what}: {rate:.0} messages a second");
    rate
}

/// Has [`memory_peak`] begin anew.
pub fn forget_memory() -> Result<(), UserError> {
    std::fs::write("/proc/self/clear_refs", "5").map_err(|error| failed("reset the peak", error))
}

/// The most memory that this process had since it started or [`forget_memory`] was called, in bytes.
pub fn memory_peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = peak.and_then(|peak| peak.split_whitespace().next()?.parse::<u64>().ok());
    kib.unwrap_or_default() * 1024
}

fn admin(cluster: &Cluster) -> Result<Admin, UserError> {
    let admin = Admin::new(&cluster.access(&CLIENT));
    admin.map_err(|error| failed("start an admin client", error))
}
