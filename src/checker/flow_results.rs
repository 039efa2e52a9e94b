//! The results of a flow: which of them are there, and made from what.

use rustc_hash::{FxHashMap, FxHashSet};

use super::ends::{Covered, Level};
use super::history::{
    ClientId, End, Fate, Flow, MessageId, NEVER, NONE, SendRow, clock_of, is_before,
};
use super::index::Index;
use super::intern::TextId;
use super::presence::Presence;

/// The results of all flows, by what they were made from.
pub(super) struct Results {
    /// Rows of sends, for each name of a topic that a flow writes to.
    sent: FxHashMap<TextId, Vec<Made>>,
    /// Rows of what standalone consumers stored.
    stored: Vec<Made>,
    makers: Makers,
}

/// One result: what it was made from, and its row.
type Made = (MessageId, u32);

/// The results of one input.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tally {
    /// Those that are there.
    pub(super) sure: u32,
    /// Those that may be there.
    pub(super) perhaps: u32,
    /// One is gone that was acknowledged before all replicas had it.
    pub(super) lost_without_acks: bool,
    /// When the first and the last of those that are there were made.
    pub(super) span: (u64, u64),
}

impl Results {
    pub(super) fn new(index: &Index<'_>) -> Self {
        let history = index.history;
        let name = |topic: u32| history.topics[topic as usize].name;
        let to = history.flows.iter().filter_map(|flow| flow.to);
        let mut sent: FxHashMap<TextId, Vec<Made>> = to.map(|to| (name(to), Vec::new())).collect();
        for (row, source) in (0..).zip(&history.sends.source) {
            let partition = history.sends.partition[row as usize];
            if *source != NONE
                && let Some(results) = sent.get_mut(&index.topic_name(partition))
            {
                results.push((*source, row));
            }
        }
        let mut stored: Vec<Made> =
            (0..).zip(&history.results).map(|(row, stored)| (stored.source, row)).collect();
        stored.sort_unstable();
        sent.values_mut().for_each(|results| results.sort_unstable());
        Self { sent, stored, makers: Makers::new(index) }
    }

    /// The results of a flow that were made from a message.
    pub(super) fn of(&self, index: &Index<'_>, flow: &Flow, message: MessageId) -> Tally {
        let history = index.history;
        let to = flow.to.map(|to| history.topics[to as usize].name);
        let all = match to {
            None => &self.stored,
            Some(to) => self.sent.get(&to).unwrap_or(&self.stored),
        };
        let only = self.makers.is_only(index, flow);
        let from = all.partition_point(|(source, _)| *source < message);
        let made = all[from..].iter().take_while(|(source, _)| *source == message);
        let mut tally = Tally::default();
        for (_, row) in made {
            let (belongs, there, span) = match to {
                None => {
                    let stored = history.results[*row as usize];
                    let belongs = self.makers.belongs(flow, only, stored.client, stored.group);
                    // It may have been found there long after it was stored.
                    (belongs, Some(true), (0, stored.at_ns))
                }
                Some(_) => {
                    let client = history.sends.client[*row as usize];
                    let belongs = self.makers.belongs(flow, only, client, NONE);
                    let start_ns = history.sends.start_ns[*row as usize];
                    let weak = history.clients[client as usize].acks != -1;
                    tally.lost_without_acks |= weak && belongs.is_some() && is_gone(index, *row);
                    (belongs, is_there(index, *row), (start_ns, start_ns))
                }
            };
            let (Some(sure), Some(there)) = (belongs, there) else { continue };
            if !sure || !there {
                tally.perhaps += 1;
                continue;
            }
            let (from_ns, to_ns) = span;
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

/// Who makes the results of flows.
struct Makers {
    /// For each pair of topics, by their names, the group of the only flow between them; `None` where there are more.
    only: FxHashMap<(TextId, Option<TextId>), Option<TextId>>,
    /// For each client the groups whose offsets it commits.
    groups: FxHashMap<ClientId, FxHashSet<TextId>>,
}

impl Makers {
    fn new(index: &Index<'_>) -> Self {
        let history = index.history;
        let mut only = FxHashMap::default();
        for flow in &history.flows {
            let group = only.entry(between(index, flow)).or_insert(Some(flow.group));
            *group = group.filter(|group| *group == flow.group);
        }
        let mut groups: FxHashMap<ClientId, FxHashSet<TextId>> = FxHashMap::default();
        for it in history.group_offsets.iter().filter(|it| it.client != NONE) {
            groups.entry(it.client).or_default().insert(it.group);
        }
        Self { only, groups }
    }

    /// Whether it is the only flow between its topics.
    fn is_only(&self, index: &Index<'_>, flow: &Flow) -> bool {
        self.only.get(&between(index, flow)) == Some(&Some(flow.group))
    }

    /// Whether a client's results are of a flow: `Some(false)` where that is not known.
    fn belongs(&self, flow: &Flow, only: bool, client: ClientId, stated: TextId) -> Option<bool> {
        if stated != NONE {
            return (stated == flow.group).then_some(true);
        }
        if only {
            return Some(true);
        }
        match self.groups.get(&client) {
            None => Some(false),
            Some(groups) => groups.contains(&flow.group).then_some(true),
        }
    }
}

fn between(index: &Index<'_>, flow: &Flow) -> (TextId, Option<TextId>) {
    let name = |topic: u32| index.history.topics[topic as usize].name;
    (name(flow.from), flow.to.map(name))
}

/// Whether a result was acknowledged and is gone.
fn is_gone(index: &Index<'_>, send: SendRow) -> bool {
    index.history.is_effective(send) && matches!(index.presence(send), Presence::Gone(_))
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
    let (partition, start_ns) = (sends.partition[row], sends.start_ns[row]);
    let looked = match sends.offset[row] {
        super::history::NO_OFFSET => index.ends.is_complete_since(partition, start_ns),
        offset => [Covered::By(Level::Committed), Covered::UnnamedStable]
            .into_iter()
            .any(|which| index.ends.last_covering(partition, which, offset, start_ns).is_some()),
    };
    (!looked).then_some(false)
}
