//! A coordinator that goes and comes back, played by librdkafka's own brokers.
//!
//! When such a broker goes down it takes its port anew at once, and librdkafka's assertion that it could ends the
//! process. A program that another test starts meanwhile has the old socket too until its `exec`, so none may be started.

use std::sync::PoisonError;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use kafka_trial::client::coordinator::with_coordinator_sought;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::mocking::{MockCluster, MockCoordinator};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};
use rdkafka::{Offset, TopicPartitionList};

use crate::STARTING;

const LIMIT: Duration = Duration::from_secs(20);

#[test]
fn a_coordinator_that_comes_back_is_found() {
    // A test that has failed with it has ended what it had started.
    let _alone = STARTING.write().unwrap_or_else(PoisonError::into_inner);
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
