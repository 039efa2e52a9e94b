//! A way round a fault of librdkafka (its issues 5456 and 5511, open in 2.14): a producer that commits offsets while
//! the coordinator of the group is down waits for it whatever its time limit is, and looks for the next one only
//! when a connection to any broker comes up or breaks.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use rdkafka::ClientContext;
use rdkafka::client::Client;

/// How long a call may be under way before all brokers are connected to.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long their answers are waited for.
const ANSWERS: Duration = Duration::from_secs(1);

/// Makes a call that needs the coordinator of a group. While it does not return, `client`, which makes it, is made
/// to connect to every broker that it has no connection to; each that comes up makes it look for the coordinator
/// again.
pub fn with_coordinator_sought<C: ClientContext, T>(
    client: &Client<C>,
    group: &str,
    call: impl FnOnce() -> T,
) -> T {
    let (under_way, ended) = mpsc::channel::<()>();
    thread::scope(|scope| {
        let seek = move || {
            while ended.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                // What they answer does not matter: it is the one question that goes to every broker.
                drop(client.fetch_group_list(Some(group), ANSWERS));
            }
        };
        if let Err(error) = thread::Builder::new().spawn_scoped(scope, seek) {
            tracing::debug!(%error, "the coordinator of a group is not sought while a call waits for it");
        }
        let _until_it_returns = under_way;
        call()
    })
}

#[cfg(test)]
mod tests {
    use rdkafka::config::ClientConfig;
    use rdkafka::consumer::{BaseConsumer, Consumer as _};
    use rdkafka::mocking::{MockCluster, MockCoordinator};
    use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};
    use rdkafka::{Offset, TopicPartitionList};

    use super::*;

    const LIMIT: Duration = Duration::from_secs(20);

    #[test]
    fn a_coordinator_that_comes_back_is_found() {
        let cluster = MockCluster::new(3).expect("brokers of librdkafka's own");
        let coordinator = |of, broker| cluster.coordinator(of, broker).expect("set");
        coordinator(MockCoordinator::Transaction("t".into()), 1);
        coordinator(MockCoordinator::Group("g".into()), 2);
        cluster.create_topic("copies", 1, 3).expect("made");
        cluster.partition_leader("copies", 0, Some(1)).expect("set");
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", cluster.bootstrap_servers());
        config.set("topic.metadata.refresh.interval.ms", "200");
        let producer: BaseProducer =
            config.clone().set("transactional.id", "t").create().expect("a producer");
        producer.init_transactions(LIMIT).expect("registered");
        producer.begin_transaction().expect("begun");
        let record = BaseRecord::<str, str>::to("copies").payload("one");
        producer.send(record).expect("queued");
        producer.flush(LIMIT).expect("sent");
        let consumer: BaseConsumer = config.set("group.id", "g").create().expect("a consumer");
        let member = consumer.group_metadata().expect("of the group");
        let mut next = TopicPartitionList::new();
        next.add_partition_offset("copies", 0, Offset::Offset(1)).expect("added");

        cluster.broker_down(2).expect("down");
        let (returned, result) = mpsc::channel();
        thread::spawn(move || {
            let send = || producer.send_offsets_to_transaction(&next, &member, LIMIT);
            let sent = with_coordinator_sought(producer.client(), "g", send);
            returned.send(sent.and_then(|()| producer.commit_transaction(LIMIT)))
        });
        // Long enough for the producer to hear from the others that the broker is gone, and to forget it.
        let early = result.recv_timeout(Duration::from_secs(3));
        assert_eq!(early, Err(RecvTimeoutError::Timeout));
        cluster.broker_up(2).expect("up");
        assert_eq!(result.recv_timeout(LIMIT).expect("it returns"), Ok(()));
    }
}
