//! Delivery reports of a producer that the thread which sends takes in itself.

use std::time::{Duration, Instant};

use rdkafka::producer::{BaseProducer, Producer as _, ProducerContext};

use crate::wait::pause_thread;

/// The longest time until a report is taken in. A producer that waits for reports leaves them alone for so long.
pub const LOOK: Duration = Duration::from_millis(5);

/// Lets this time pass and takes in the reports that come in it, and all that are there at its end.
///
/// A poll with a time of its own would keep a core busy: in the last millisecond of that, rdkafka (0.39) asks
/// again and again without waiting.
pub fn take_reports_for<C: ProducerContext>(producer: &BaseProducer<C>, time: Duration) {
    let began = Instant::now();
    loop {
        pause_thread(time.saturating_sub(began.elapsed()).min(LOOK));
        take_reports(producer);
        if began.elapsed() >= time {
            break;
        }
    }
}

/// One poll takes in one batch of reports.
fn take_reports<C: ProducerContext>(producer: &BaseProducer<C>) {
    loop {
        let waiting = producer.in_flight_count();
        producer.poll(Duration::ZERO);
        if producer.in_flight_count() >= waiting {
            break;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use rdkafka::ClientContext;
    use rdkafka::config::ClientConfig;
    use rdkafka::mocking::MockCluster;
    use rdkafka::producer::{BaseRecord, DeliveryResult};

    use super::*;

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl ClientContext for Count {}

    impl ProducerContext for Count {
        type DeliveryOpaque = ();

        fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
            self.0.fetch_add(usize::from(result.is_ok()), Ordering::Relaxed);
        }
    }

    #[test]
    fn takes_in_what_comes_in_the_time() {
        let cluster = MockCluster::new(1).expect("a broker of librdkafka's own");
        let producer: BaseProducer<Count> = ClientConfig::new()
            .set("bootstrap.servers", cluster.bootstrap_servers())
            .create_with_context(Count::default())
            .expect("a producer");
        for _ in 0..3 {
            producer
                .send(BaseRecord::<(), str>::to("orders").payload("a"))
                .expect("room for three");
        }
        let began = Instant::now();
        while producer.in_flight_count() > 0 && began.elapsed() < Duration::from_secs(30) {
            take_reports_for(&producer, Duration::from_millis(20));
        }
        assert_eq!(producer.context().0.load(Ordering::Relaxed), 3);
    }

    #[test]
    fn takes_the_time_it_was_given() {
        let producer: BaseProducer<Count> =
            ClientConfig::new().create_with_context(Count::default()).expect("a producer");
        let began = Instant::now();
        take_reports_for(&producer, Duration::from_millis(30));
        assert!(began.elapsed() >= Duration::from_millis(30));
    }
}
