//! A way round a fault of librdkafka (its issues 5456 and 5511, open in 2.14): a producer that commits offsets while
//! the coordinator of the group is down waits for it whatever its time limit is, and looks for the next one only
//! when a connection to any broker comes up or breaks.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use rdkafka::ClientContext;
use rdkafka::client::Client;

/// A call that takes longer than this makes the client connect to all brokers.
const PATIENCE: Duration = Duration::from_secs(2);

/// The longest wait for their answers.
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
                // Their answers do not matter: it is the one question that goes to every broker.
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
