//! Operations that have started and not ended.

use std::collections::VecDeque;

use rustc_hash::FxHashMap;

use crate::checker::history::{ClientId, History, TransactionId};

/// A start that waits for its end.
#[derive(Debug, Clone, Copy)]
pub(super) enum Pending {
    Send(u32),
    Poll { start_ns: u64, transaction: TransactionId },
    Begin { start_ns: u64 },
    Commit { id: TransactionId, start_ns: u64 },
    Abort { id: TransactionId, start_ns: u64 },
    Offsets { from: usize, to: usize },
}

impl Pending {
    pub(super) fn start_ns(&self, history: &History) -> u64 {
        match *self {
            Self::Send(row) => history.sends.start_ns[row as usize],
            Self::Offsets { from, .. } => history.group_offsets[from].start_ns,
            Self::Poll { start_ns, .. }
            | Self::Begin { start_ns }
            | Self::Commit { start_ns, .. }
            | Self::Abort { start_ns, .. } => start_ns,
        }
    }
}

/// Those of all clients, by their ids.
#[derive(Debug, Default)]
pub(super) struct AllPending {
    /// Of each client in the order of ids, which is that of starts; `None` for what has ended.
    ascending: Vec<VecDeque<(u64, Option<Pending>)>>,
    /// Those whose ids were not above all others of their client, as in a further file.
    others: FxHashMap<(ClientId, u64), Pending>,
}

impl AllPending {
    /// Adds one; whether none of this id was pending.
    pub(super) fn start(&mut self, client: ClientId, id: u64, pending: Pending) -> bool {
        let place = client as usize;
        if place >= self.ascending.len() {
            self.ascending.resize_with(place + 1, VecDeque::new);
        }
        let known = &mut self.ascending[place];
        let is_new = self.others.is_empty() || !self.others.contains_key(&(client, id));
        if known.back().is_none_or(|(last, _)| *last < id) {
            if known.len() == known.capacity() {
                drop_ended(known);
            }
            known.push_back((id, Some(pending)));
            return is_new;
        }
        let is_known = find(known, id).is_some_and(|at| known[at].1.is_some());
        self.others.insert((client, id), pending);
        is_new && !is_known
    }

    /// Takes the one that ends.
    pub(super) fn end(&mut self, client: ClientId, id: u64) -> Option<Pending> {
        let known = self.ascending.get_mut(client as usize);
        let pending = known.and_then(|known| {
            let at = find(known, id)?;
            let pending = known[at].1.take()?;
            while known.front().is_some_and(|(_, pending)| pending.is_none()) {
                known.pop_front();
            }
            Some(pending)
        });
        pending.or_else(|| self.others.remove(&(client, id)))
    }

    /// All that have not ended.
    pub(super) fn all(&self) -> impl Iterator<Item = &Pending> {
        let ascending = self.ascending.iter().flatten().filter_map(|(_, it)| it.as_ref());
        ascending.chain(self.others.values())
    }
}

/// Where an id is.
fn find(known: &VecDeque<(u64, Option<Pending>)>, id: u64) -> Option<usize> {
    let is = |at: &usize| known.get(*at).is_some_and(|(it, _)| *it == id);
    // Mostly none is left out.
    let first = known.front()?.0;
    let guess = usize::try_from(id.checked_sub(first)?).ok().filter(is);
    guess.or_else(|| known.binary_search_by_key(&id, |(it, _)| *it).ok())
}

/// Makes room where many have ended behind one that has not.
fn drop_ended(known: &mut VecDeque<(u64, Option<Pending>)>) {
    let ended = known.iter().filter(|(_, pending)| pending.is_none()).count();
    if ended > known.len() / 2 {
        known.retain(|(_, pending)| pending.is_some());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEGIN: Pending = Pending::Begin { start_ns: 0 };

    #[test]
    fn each_ends_once_in_whatever_order() {
        let mut all = AllPending::default();
        for id in [1, 2, 5, 9, 10] {
            assert!(all.start(7, id, Pending::Send(id as u32)));
        }
        for id in [9, 5, 1, 10, 2] {
            assert!(matches!(all.end(7, id), Some(Pending::Send(row)) if u64::from(row) == id));
            assert!(all.end(7, id).is_none() && all.end(6, id).is_none());
        }
        assert_eq!(all.all().count(), 0);
    }

    #[test]
    fn what_is_pending_from_another_file_is_known() {
        let mut all = AllPending::default();
        assert!(all.start(0, 3, BEGIN) && all.start(0, 4, BEGIN));
        assert!(!all.start(0, 3, BEGIN), "it has not ended");
        assert!(all.end(0, 3).is_some() && all.end(0, 3).is_some() && all.end(0, 4).is_some());
        assert!(all.start(0, 2, BEGIN) && all.start(0, 5, BEGIN) && all.start(0, 1, BEGIN));
        assert!(all.end(0, 5).is_some() && !all.start(0, 1, BEGIN));
        assert_eq!(all.all().count(), 2);
    }

    #[test]
    fn one_that_never_ends_costs_nothing() {
        let mut all = AllPending::default();
        all.start(0, 0, BEGIN);
        for id in 1..10_000 {
            all.start(0, id, BEGIN);
            assert!(all.end(0, id).is_some());
        }
        assert!(all.ascending[0].capacity() < 20 && all.all().count() == 1);
    }
}
