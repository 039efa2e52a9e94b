//! What the consumers of a load have received between them.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::ids::{Id, Ids};

/// Everything that the consumers of a load have received. Ids distinguish the messages.
#[derive(Debug, Default)]
pub struct Book {
    received: Mutex<Received>,
    with_share: AtomicU64,
    complaint: Mutex<Option<String>>,
}

/// Takes what a consumer of a load has read.
pub trait Ledger: Send + Sync + 'static {
    /// Enters messages by their ids, none for a message of no load, and empties `entries`.
    fn enter(&self, entries: &mut Vec<Option<Id>>);

    /// The consumer was given a share of the partitions, or has lost it.
    fn count_share(&self, given: bool);

    /// Keeps the last complaint of the client library.
    fn complain(&self, error: String);
}

/// Messages that were received.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Received {
    /// Of loads, by id.
    pub ids: Ids,
    /// The number of messages that came more often than once.
    pub duplicates: u64,
    /// The first few of these.
    pub examples: Vec<Id>,
    /// The number of messages of no load.
    pub foreign: u64,
}

/// So many duplicates are shown.
const EXAMPLES: usize = 5;

impl Book {
    /// Everything received so far.
    pub fn received(&self) -> MutexGuard<'_, Received> {
        self.received.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many consumers have been given their share of the partitions.
    pub fn with_share(&self) -> u64 {
        self.with_share.load(Ordering::Relaxed)
    }

    /// The last complaint of a consumer's client library.
    pub fn complaint(&self) -> Option<String> {
        self.complaint.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Ledger for Book {
    fn enter(&self, entries: &mut Vec<Option<Id>>) {
        if entries.is_empty() {
            return;
        }
        let mut received = self.received();
        for id in entries.drain(..) {
            match id {
                None => received.foreign += 1,
                Some(id) if received.ids.add(id) => {}
                Some(id) => {
                    received.duplicates += 1;
                    if received.examples.len() < EXAMPLES {
                        received.examples.push(id);
                    }
                }
            }
        }
    }

    fn count_share(&self, given: bool) {
        if given {
            self.with_share.fetch_add(1, Ordering::Relaxed);
        } else {
            self.with_share.fetch_sub(1, Ordering::Relaxed);
        }
    }

    fn complain(&self, error: String) {
        *self.complaint.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_duplicates_and_messages_of_no_load() {
        let book = Book::default();
        let id = |number| Some(Id { producer: 1, number });
        book.enter(&mut vec![id(1), id(2), None, id(1)]);
        book.enter(&mut vec![id(2)]);
        let received = book.received();
        assert_eq!((received.ids.count(), received.duplicates, received.foreign), (2, 2, 1));
        assert_eq!(
            received.examples,
            [Id { producer: 1, number: 1 }, Id { producer: 1, number: 2 }]
        );
    }
}
