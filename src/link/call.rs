//! Calls of Kafka's protocol that go wrong: a request or its response is lost or late.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use humantime::format_duration;
use tokio::sync::watch;

use super::api::ApiKey;
use super::hit_count::HitCount;

/// A half of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Half {
    /// The client sends it.
    Request,
    /// The broker answers it.
    Response,
}

/// What happens to a half of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It does not arrive, and its connection is reset, so that the end that waits for it knows at once.
    Lost,
    /// It arrives so much later, and all that comes behind it on the connection.
    Late(Duration),
    /// Its connection is reset at once, and it arrives so much later all the same.
    AfterReset(Duration),
}

/// The next calls of a kind, and what happens to them.
#[derive(Debug)]
pub struct Calls {
    /// The kind.
    pub api: ApiKey,
    /// The half.
    pub half: Half,
    /// What happens to it.
    pub fate: Fate,
    /// Their number.
    pub wanted: usize,
    /// How many were affected so far. One that arrives after a reset counts when it has arrived.
    pub hits: HitCount,
    chosen: AtomicUsize,
    is_over: watch::Sender<bool>,
}

impl Calls {
    /// The next `wanted` calls.
    pub fn next(wanted: usize, api: ApiKey, half: Half, fate: Fate) -> Self {
        let (chosen, hits, is_over) = Default::default();
        Self { api, half, fate, wanted, hits, chosen, is_over }
    }

    /// Affects no further call.
    pub fn end(&self) {
        self.is_over.send_replace(true);
    }

    /// Waits until it affects no further call.
    pub(super) async fn ended(&self) {
        // The sender is there as long as this is.
        self.is_over.subscribe().wait_for(|is_over| *is_over).await.ok();
    }

    /// Whether this request is one of them.
    fn choose(&self, api: ApiKey) -> bool {
        let one_more = |chosen| (chosen < self.wanted).then_some(chosen + 1);
        self.api == api
            && !*self.is_over.borrow()
            && self.chosen.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more).is_ok()
    }

    /// Decides the fate of one that was chosen, unless this is over.
    fn seal(self: Arc<Self>) -> Option<Arc<Self>> {
        if *self.is_over.borrow() {
            return None;
        }
        if !matches!(self.fate, Fate::AfterReset(_)) {
            self.hits.add();
        }
        Some(self)
    }
}

/// The same value, not an equal one.
impl PartialEq for Calls {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

impl fmt::Display for Calls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { api, half, fate, wanted, .. } = self;
        let half = match half {
            Half::Request => "request",
            Half::Response => "response",
        };
        let calls = match wanted {
            1 => format!("the next {api} {half}"),
            more => format!("the next {more} {api} {half}s"),
        };
        match fate {
            Fate::Lost => write!(f, "loss of {calls}"),
            Fate::Late(time) => write!(f, "delay of {calls} by {}", format_duration(*time)),
            Fate::AfterReset(time) => {
                write!(f, "arrival of {calls} {} after a reset", format_duration(*time))
            }
        }
    }
}

/// A call that was chosen, and whose fate has not come yet. If it is dropped before, another one is chosen.
#[derive(Debug)]
pub(super) struct Chosen(Arc<Calls>);

impl Chosen {
    /// One of these.
    pub(super) fn new(calls: Arc<Calls>) -> Self {
        Self(calls)
    }

    /// Waits until no further call is affected.
    pub(super) async fn ended(&self) {
        self.0.ended().await;
    }

    /// Its fate has come.
    pub(super) fn meet(self) {
        self.0.hits.add();
        // The drop takes one away again.
        self.0.chosen.fetch_add(1, Ordering::Relaxed);
    }
}

impl Drop for Chosen {
    fn drop(&mut self) {
        self.0.chosen.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What the two directions of a connection know of each other.
#[derive(Debug, Default)]
pub(super) struct Exchange {
    client: OnceLock<String>,
    /// Correlation ids of requests whose responses are affected.
    awaited: Mutex<Vec<(i32, Arc<Calls>)>>,
}

impl Exchange {
    /// The `client.id` of the client that has opened the connection, once a request has named it.
    pub(super) fn client(&self) -> Option<&str> {
        self.client.get().map(String::as_str)
    }

    /// Keeps the `client.id` of a request; true for the first.
    pub(super) fn learn(&self, client: String) -> bool {
        self.client.set(client).is_ok()
    }

    /// Those of the calls to which a request belongs.
    pub(super) fn request(
        &self,
        api: ApiKey,
        correlation: i32,
        calls: &[Arc<Calls>],
    ) -> Option<Arc<Calls>> {
        let chosen = calls.iter().find(|calls| calls.choose(api))?;
        match chosen.half {
            Half::Request => Arc::clone(chosen).seal(),
            Half::Response => {
                let mut awaited = self.awaited.lock().unwrap_or_else(PoisonError::into_inner);
                awaited.push((correlation, Arc::clone(chosen)));
                None
            }
        }
    }

    /// Those of the calls to which a response belongs.
    pub(super) fn response(&self, correlation: i32) -> Option<Arc<Calls>> {
        let mut awaited = self.awaited.lock().unwrap_or_else(PoisonError::into_inner);
        let index = awaited.iter().position(|(known, _)| *known == correlation)?;
        awaited.swap_remove(index).1.seal()
    }
}

impl Drop for Exchange {
    /// A connection that is gone gives its chosen calls back, so that others are chosen.
    fn drop(&mut self) {
        let awaited = self.awaited.get_mut().unwrap_or_else(PoisonError::into_inner);
        for (_, calls) in awaited.drain(..) {
            calls.chosen.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRODUCE: ApiKey = ApiKey(0);

    #[test]
    fn just_the_next_calls_of_the_kind_meet_their_fate() {
        let calls = [Arc::new(Calls::next(2, PRODUCE, Half::Request, Fate::Lost))];
        let exchange = Exchange::default();
        let fates: Vec<_> = [ApiKey(3), PRODUCE, PRODUCE, PRODUCE]
            .into_iter()
            .map(|api| exchange.request(api, 0, &calls).is_some())
            .collect();
        assert_eq!(fates, [false, true, true, false]);
        assert_eq!(calls[0].hits.times(), 2);
    }

    #[test]
    fn a_response_meets_the_fate_of_its_request() {
        let calls = [Arc::new(Calls::next(1, PRODUCE, Half::Response, Fate::Lost))];
        let exchange = Exchange::default();
        assert_eq!(exchange.request(PRODUCE, 7, &calls), None);
        assert_eq!(exchange.request(PRODUCE, 8, &calls), None);
        assert_eq!(exchange.response(8), None);
        assert_eq!(exchange.response(7), Some(Arc::clone(&calls[0])));
        assert_eq!(exchange.response(7), None);
    }

    #[test]
    fn a_response_that_a_broken_connection_has_taken_along_is_chosen_anew() {
        let calls = [Arc::new(Calls::next(1, PRODUCE, Half::Response, Fate::Lost))];
        Exchange::default().request(PRODUCE, 7, &calls);
        let exchange = Exchange::default();
        exchange.request(PRODUCE, 1, &calls);
        assert_eq!(exchange.response(1), Some(Arc::clone(&calls[0])));
    }

    #[test]
    fn what_is_over_is_met_by_nobody() {
        let calls = [Arc::new(Calls::next(1, PRODUCE, Half::Response, Fate::Lost))];
        let exchange = Exchange::default();
        exchange.request(PRODUCE, 7, &calls);
        calls[0].end();
        assert_eq!(exchange.response(7), None);
        assert_eq!(calls[0].hits.times(), 0);
    }
}
