//! Producers that must not take the brokers' share of a small machine.

use std::panic::resume_unwind;

use rdkafka::ClientContext;
use rdkafka::config::{ClientConfig, FromClientConfigAndContext};
use rdkafka::error::KafkaResult;
use rustix::process::setpriority_process;

use super::recording::is_idempotent;

/// Of the threads of idempotent producers; brokers have 0. The kernel gives a busy thread of this niceness a
/// twenty-eighth of what one of the brokers' gets.
const NICENESS: i32 = 15;

/// Makes a producer. librdkafka (2.12) keeps a thread for each broker busy while an idempotent producer has
/// five messages of a partition under way and more wait, so on few cores the brokers would be the slower the
/// more waits, and more wait the slower they are. The threads of such a producer stand back.
///
/// # Errors
/// As [`ClientConfig::create_with_context`].
pub fn create_producer<C, P>(config: &ClientConfig, context: C) -> KafkaResult<P>
where
    C: ClientContext + Send,
    P: FromClientConfigAndContext<C> + Send,
{
    if !is_idempotent(config, &config.create_native_config()?)? {
        return config.create_with_context(context);
    }
    // Threads inherit what the thread has that starts them; this one ends, as nobody may take it back.
    let made = std::thread::scope(|scope| {
        let make = || {
            if let Err(error) = setpriority_process(None, NICENESS) {
                tracing::debug!(%error, "the threads of a producer have the priority of all others");
            }
            config.create_with_context(context)
        };
        scope.spawn(make).join()
    });
    made.unwrap_or_else(|panic| resume_unwind(panic))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;
    use std::time::Duration;

    use rdkafka::mocking::MockCluster;
    use rdkafka::producer::{BaseProducer, DefaultProducerContext, Producer as _};

    use super::*;

    /// The niceness of every thread of this process by its id.
    fn niceness() -> BTreeMap<String, String> {
        let threads = fs::read_dir("/proc/self/task").expect("threads").flatten();
        let of = |thread: fs::DirEntry| {
            // It may have ended.
            let stat = fs::read_to_string(thread.path().join("stat")).ok()?;
            let after_name = stat.rsplit_once(')')?.1;
            let niceness = after_name.split_whitespace().nth(16)?.to_owned();
            Some((thread.file_name().to_string_lossy().into_owned(), niceness))
        };
        threads.filter_map(of).collect()
    }

    #[test]
    fn only_threads_of_idempotent_producers_stand_back() {
        let cluster = MockCluster::new(1).expect("a broker of librdkafka's own");
        let mut new = Vec::new();
        for idempotent in ["false", "true"] {
            let before = niceness();
            let producer: BaseProducer<DefaultProducerContext> = create_producer(
                ClientConfig::new()
                    .set("bootstrap.servers", cluster.bootstrap_servers())
                    .set("enable.idempotence", idempotent),
                DefaultProducerContext,
            )
            .expect("a producer");
            producer.client().fetch_metadata(None, Duration::from_secs(10)).expect("met");
            let after = niceness().into_iter().filter(|(id, _)| !before.contains_key(id));
            new.push(after.filter(|(_, niceness)| niceness == "15").count());
        }
        assert_eq!(new[0], 0);
        assert!(new[1] >= 2, "its main thread and one for a broker: {new:?}");
    }
}
