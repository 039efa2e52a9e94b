//! Offsets: each message has one, and each offset has one message.

use super::Compared;
use super::allowed::{Fact, Facts};
use super::clock::clock_of;
use super::findings::Findings;
use super::history::{History, MessageId, NEVER, NO_OFFSET, NONE, ReadRow, SendRow};
use super::index::Index;
use super::settings::span;

/// A message is at one offset of one partition of the topic that it was sent to. Both where it was read and where it
/// was acknowledged count. Copies in topics to which no send was recorded are not judged: somebody else made them.
pub fn duplicate(index: &Index<'_>, findings: &mut Findings) -> Compared {
    let history = index.history;
    let mut compared = Compared::default();
    // Messages found before, so that one read ten times at its second place counts once.
    let mut found = rustc_hash::FxHashSet::default();
    for (message, first) in index.first_read.iter().enumerate() {
        if *first == NONE {
            continue;
        }
        compared.count();
        let send = history.send_of[message];
        let Some(sent) = history.sends.offset.get(send as usize) else { continue };
        let acknowledged = (history.sends.partition[send as usize], *sent);
        let (partition, offset) = history.reads.place(*first);
        // A copy in another partition is a phantom there.
        if *sent != NO_OFFSET && acknowledged.0 == partition && acknowledged.1 != offset {
            found.insert(message);
            report_duplicate(index, *first, acknowledged, findings);
        }
    }
    let topic = |partition: u32| history.partitions[partition as usize].topic;
    for row in index.reads.all() {
        let message = history.reads.message[*row as usize] as usize;
        let Some(first) = history.reads.place_of(index.first_read[message]) else { continue };
        let place = history.reads.place(*row);
        if place != first && topic(place.0) == topic(first.0) && found.insert(message) {
            report_duplicate(index, *row, first, findings);
        }
    }
    compared
}

fn report_duplicate(index: &Index<'_>, read: ReadRow, other: (u32, u64), findings: &mut Findings) {
    let history = index.history;
    let message = history.reads.message[read as usize];
    let send = history.send_of[message as usize];
    let client = (send != NONE).then(|| history.sends.client[send as usize]);
    let idempotent = client.is_none_or(|client| history.clients[client as usize].idempotence);
    let (partition, offset) = history.reads.place(read);
    // A leader that lacked the first copy, or its producer's sequence, has taken the second one.
    let from_ns = history.sends.start_ns.get(send as usize).copied().unwrap_or(0);
    let read_ns = history.poll_of(read).end_ns;
    let facts = Facts::default().with(Fact::NotIdempotent, !idempotent).with_elections(
        index,
        partition,
        span(from_ns, read_ns),
        span(from_ns, read_ns),
    );
    findings.add(facts, other.1.abs_diff(offset), || {
        let text = format!(
            "{} is in {} and in {}",
            index.message(message),
            index.place(other.0, other.1),
            index.place(partition, offset),
        );
        index.example_of_read(read, text)
    });
}

/// An offset holds one message for ever: all who read it, and the producer that got its acknowledgement,
/// agree on which. Each offset counts once, however many messages it held.
pub fn inconsistent_offset(index: &Index<'_>, findings: &mut Findings) -> Compared {
    let history = index.history;
    let (reads, sends) = (&history.reads, &history.sends);
    let mut compared = Compared::default();
    let mut held: Vec<Held> = Vec::new();
    for partition in (0..).take(history.partitions.len()) {
        let mut read = index.reads.of(partition).iter().copied().peekable();
        let mut acknowledged = index.acknowledged.of(partition).iter().copied().peekable();
        loop {
            let offsets = [
                read.peek().map(|row| reads.offset[*row as usize]),
                acknowledged.peek().map(|row| sends.offset[*row as usize]),
            ];
            let Some(offset) = offsets.into_iter().flatten().min() else { break };
            held.clear();
            while let Some(row) = acknowledged.next_if(|row| sends.offset[*row as usize] == offset)
            {
                hold(history, &mut held, Held::Acknowledged(row));
            }
            while let Some(row) = read.next_if(|row| reads.offset[*row as usize] == offset) {
                hold(history, &mut held, Held::Read(row));
            }
            compared.count();
            if held.len() > 1 {
                report_inconsistent(index, (partition, offset), &held, findings);
            }
        }
    }
    compared
}

/// Who says that an offset held a message.
#[derive(Debug, Clone, Copy)]
enum Held {
    Read(ReadRow),
    Acknowledged(SendRow),
}

impl Held {
    fn message(self, history: &History) -> MessageId {
        match self {
            Self::Read(row) => history.reads.message[row as usize],
            Self::Acknowledged(row) => history.sends.message[row as usize],
        }
    }

    /// When it was known.
    fn at_ns(self, history: &History) -> u64 {
        match self {
            Self::Read(row) => history.poll_of(row).end_ns,
            Self::Acknowledged(row) => history.sends.end_ns[row as usize],
        }
    }

    /// The send of the message, or [`NONE`].
    fn send(self, history: &History) -> SendRow {
        match self {
            Self::Read(row) => history.send_of[history.reads.message[row as usize] as usize],
            Self::Acknowledged(row) => row,
        }
    }
}

/// Keeps the first who says so of each message, as far as five messages go.
fn hold(history: &History, held: &mut Vec<Held>, new: Held) {
    let message = new.message(history);
    if held.len() < 5 && held.iter().all(|it| it.message(history) != message) {
        held.push(new);
    }
}

fn report_inconsistent(
    index: &Index<'_>,
    (partition, offset): (u32, u64),
    held: &[Held],
    findings: &mut Findings,
) {
    let history = index.history;
    let of_clocks = || held.iter().map(|it| it.at_ns(history));
    let first = of_clocks().next().map(clock_of);
    // By different clocks it may have been any time.
    let (from_ns, to_ns) = match of_clocks().all(|at_ns| Some(clock_of(at_ns)) == first) {
        true => (of_clocks().min().unwrap_or(0), of_clocks().max().unwrap_or(NEVER)),
        false => (0, NEVER),
    };
    let weak = is_replaced_as_weak(index, (partition, offset), held);
    let mut facts = Facts::default().with(Fact::AcksNotAll, weak);
    for it in held {
        let send = it.send(history);
        let sent = history.sends.start_ns.get(send as usize).copied().unwrap_or(0);
        facts = facts.with_elections(index, partition, (from_ns, to_ns), (sent, it.at_ns(history)));
    }
    findings.add(facts, held.len() as u64, || {
        let told = held.iter().map(|it| match it {
            Held::Read(read) => {
                format!("{} read {}", index.reader(*read), index.message(it.message(history)))
            }
            Held::Acknowledged(send) => format!(
                "{} was acknowledged to {}",
                index.message(it.message(history)),
                index.producer(*send),
            ),
        });
        let told = told.collect::<Vec<_>>().join(", but ");
        let text = format!("in {}, {told}", index.place(partition, offset));
        match held[held.len() - 1] {
            Held::Read(read) => index.example_of_read(read, text),
            Held::Acknowledged(send) => index.example_of_send(send, text),
        }
    });
}

/// Whether all but the message that was there last had been sent without acks=all: their leader may have been alone with
/// them. Which was the last is known where somebody read another one there later; otherwise it may have been any.
fn is_replaced_as_weak(index: &Index<'_>, place: (u32, u64), held: &[Held]) -> bool {
    let history = index.history;
    let is_weak = |it: &Held| {
        let client = history.sends.client.get(it.send(history) as usize);
        client.is_some_and(|client| history.clients[*client as usize].acks != -1)
    };
    let last = index.replaced.get(&place);
    held.iter().any(|survivor| {
        let message = survivor.message(history);
        let others = || held.iter().filter(|it| it.message(history) != message);
        // A message that was read there and then replaced was not the last one.
        let was_read = matches!(survivor, Held::Read(_)) || index.is_read(message);
        let may_be_last = last.is_none_or(|last| *last == message || !was_read);
        may_be_last && others().all(is_weak)
    })
}
