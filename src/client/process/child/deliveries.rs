//! What becomes of the messages of a producer.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rdkafka::ClientContext;
use rdkafka::producer::{DeliveryResult, ProducerContext};

use super::log;
use crate::client::recording::stored;
use crate::history::recorder::{OperationId, Recorder};

/// Records what becomes of each message, and counts, for all producers of one sender together.
#[derive(Clone)]
pub struct Deliveries {
    recorder: Recorder,
    client: String,
    delivered: Arc<AtomicU64>,
    failed: Arc<AtomicU64>,
}

impl Deliveries {
    /// Nothing sent yet.
    pub fn new(recorder: &Recorder, client: &str) -> Self {
        let (recorder, client) = (recorder.clone(), client.to_owned());
        Self { recorder, client, delivered: Arc::default(), failed: Arc::default() }
    }

    /// The number of messages delivered.
    pub fn delivered(&self) -> u64 {
        self.delivered.load(Ordering::Relaxed)
    }

    /// The number of messages given up.
    pub fn failed(&self) -> u64 {
        self.failed.load(Ordering::Relaxed)
    }
}

impl ClientContext for Deliveries {}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = usize;

    fn delivery(&self, result: &DeliveryResult<'_>, operation: usize) {
        let operation = OperationId(operation as u64);
        match result {
            Ok(message) => {
                self.delivered.fetch_add(1, Ordering::Relaxed);
                self.recorder.sent(&self.client, operation, stored(message));
            }
            Err((error, _)) => {
                self.failed.fetch_add(1, Ordering::Relaxed);
                let fields = log::with_error(error);
                self.recorder.end(&self.client, operation, log::end(error), fields);
            }
        }
    }
}
