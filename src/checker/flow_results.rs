//! The results of a flow: which of them are there, and made from what.

use rustc_hash::{FxHashMap, FxHashSet};

use super::ends::Level;
use super::history::{
    ClientId, End, Fate, Flow, MessageId, NEVER, NONE, SendRow, clock_of, is_before,
};
use super::index::Index;
use super::intern::TextId;
use super::presence::Presence;

/// The results of a flow, by what they were made from.
pub(super) struct Results {
    results: Vec<Made>,
}

/// One result: a row of sends, or of what standalone consumers stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Made {
    source: MessageId,
    row: u32,
    stored: bool,
    sure: bool,
}

/// The results of one input.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tally {
    /// Those that are there.
    pub(super) sure: u32,
    /// Those that may be there.
    pub(super) perhaps: u32,
    /// When the first and the last of those that are there were made.
    pub(super) span: (u64, u64),
}

impl Results {
    pub(super) fn new(index: &Index<'_>, flow: &Flow) -> Self {
        let history = index.history;
        let makers = Makers::new(index, flow);
        let mut results = Vec::new();
        match flow.to {
            None => {
                for (row, stored) in (0..).zip(&history.results) {
                    if let Some(sure) = makers.belongs(stored.client, stored.group) {
                        results.push(Made { source: stored.source, row, stored: true, sure });
                    }
                }
            }
            Some(to) => {
                let to = history.topics[to as usize].name;
                for (row, source) in (0..).zip(&history.sends.source) {
                    let partition = history.sends.partition[row as usize];
                    if *source == NONE || index.topic_name(partition) != to {
                        continue;
                    }
                    let belongs = makers.belongs(history.sends.client[row as usize], NONE);
                    let (Some(sure), Some(there)) = (belongs, is_there(index, row)) else {
                        continue;
                    };
                    let (source, sure) = (*source, sure && there);
                    results.push(Made { source, row, stored: false, sure });
                }
            }
        }
        results.sort_unstable();
        Self { results }
    }

    /// The results that were made from a message.
    pub(super) fn of(&self, index: &Index<'_>, message: MessageId) -> Tally {
        let from = self.results.partition_point(|it| it.source < message);
        let made = self.results[from..].iter().take_while(|it| it.source == message);
        let mut tally = Tally::default();
        for it in made {
            if !it.sure {
                tally.perhaps += 1;
                continue;
            }
            // What was stored elsewhere may have been found there long after.
            let (from_ns, to_ns) = match it.stored {
                true => (0, index.history.results[it.row as usize].at_ns),
                false => [index.history.sends.start_ns[it.row as usize]; 2].into(),
            };
            let (first, last) = tally.span;
            if tally.sure > 0 && clock_of(to_ns) != clock_of(last) {
                // By different clocks it may have been any time.
                tally.span = (0, NEVER);
                tally.sure += 1;
                continue;
            }
            if tally.sure == 0 || is_before(from_ns, first) {
                tally.span.0 = from_ns;
            }
            if tally.sure == 0 || is_before(last, to_ns) {
                tally.span.1 = to_ns;
            }
            tally.sure += 1;
        }
        tally
    }
}

/// Who makes the results of a flow.
struct Makers {
    group: TextId,
    /// It is the only flow between its topics.
    only: bool,
    /// For each client the groups whose offsets it commits.
    groups: FxHashMap<ClientId, FxHashSet<TextId>>,
}

impl Makers {
    fn new(index: &Index<'_>, flow: &Flow) -> Self {
        let history = index.history;
        let name = |topic: u32| history.topics[topic as usize].name;
        let ends = |flow: &Flow| (name(flow.from), flow.to.map(name));
        let alike = history.flows.iter().filter(|it| ends(it) == ends(flow));
        let only = alike.map(|it| it.group).all(|group| group == flow.group);
        let mut groups: FxHashMap<ClientId, FxHashSet<TextId>> = FxHashMap::default();
        let committed = history.group_offsets.iter().filter(|it| it.client != NONE && !only);
        for it in committed {
            groups.entry(it.client).or_default().insert(it.group);
        }
        Self { group: flow.group, only, groups }
    }

    /// Whether a client's results are of this flow: `Some(false)` where that is not known.
    fn belongs(&self, client: ClientId, stated: TextId) -> Option<bool> {
        if stated != NONE {
            return (stated == self.group).then_some(true);
        }
        if self.only {
            return Some(true);
        }
        match self.groups.get(&client) {
            None => Some(false),
            Some(groups) => groups.contains(&self.group).then_some(true),
        }
    }
}

/// Whether a result is there for read_committed consumers: `Some(false)` where that is not known.
fn is_there(index: &Index<'_>, send: SendRow) -> Option<bool> {
    let sends = &index.history.sends;
    let row = send as usize;
    let fate = index.fate_of_send(send);
    if sends.outcome[row] == End::Failed || matches!(fate, Some(Fate::Aborted | Fate::Open)) {
        return None;
    }
    if index.history.is_effective(send) {
        let gone = matches!(index.presence(send), Presence::Gone(_));
        return (!gone).then_some(true);
    }
    let message = sends.message[row];
    let read = match fate {
        Some(Fate::Unknown) => index.is_read_committed(message),
        _ => index.is_read(message),
    };
    if read {
        return Some(true);
    }
    // Somebody has looked since, and has not found it.
    let lines = index.final_lines(sends.partition[row]).iter();
    let mut later = lines.filter(|line| !is_before(line.at_ns, sends.start_ns[row]));
    let looked = later.any(|line| match sends.offset[row] {
        super::history::NO_OFFSET => line.is_complete(),
        offset => {
            let covers = line.covers(Level::Committed, offset) || line.covers_unnamed(offset);
            covers && offset < line.last_stable
        }
    });
    (!looked).then_some(false)
}
