//! Offsets: each message has one, and each offset has one message.

use super::Compared;
use super::allowed::{Fact, Facts};
use super::findings::Findings;
use super::history::{NO_OFFSET, NONE, ReadRow, SendRow};
use super::index::Index;

/// A message is at one offset of one partition. Both where it was read and where it was acknowledged count.
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
    for row in index.reads.all() {
        let message = history.reads.message[*row as usize] as usize;
        let first = history.reads.place(index.first_read[message]);
        if history.reads.place(*row) != first && found.insert(message) {
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
    let facts = Facts::default().with(Fact::NotIdempotent, !idempotent);
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

/// An offset holds one message for ever: all who read it, and the producer to whom it was acknowledged,
/// agree on which.
pub fn inconsistent_offset(index: &Index<'_>, findings: &mut Findings) -> Compared {
    let history = index.history;
    let mut compared = Compared::default();
    for partition in 0..history.partitions.len() {
        let partition = u32::try_from(partition).unwrap_or(NONE);
        let mut sends = index.acknowledged.of(partition).iter().copied().peekable();
        let mut last: Option<ReadRow> = None;
        for read in index.reads.of(partition).iter().copied() {
            let offset = history.reads.offset[read as usize];
            let same = last.filter(|last| history.reads.offset[*last as usize] == offset);
            let message = history.reads.message[read as usize];
            match same {
                Some(other) if history.reads.message[other as usize] != message => {
                    report_inconsistent(index, Held::Read(other), read, findings);
                }
                Some(_) => {}
                None => compared.count(),
            }
            last = Some(read);
            let at = |send: &SendRow| history.sends.offset[*send as usize];
            while sends.next_if(|send| at(send) < offset).is_some() {}
            while let Some(send) = sends.next_if(|send| at(send) == offset) {
                if history.sends.message[send as usize] != message {
                    report_inconsistent(index, Held::Acknowledged(send), read, findings);
                }
            }
        }
        acknowledged_twice(index, partition, findings);
    }
    compared
}

/// Who says that an offset held another message.
enum Held {
    Read(ReadRow),
    Acknowledged(SendRow),
}

fn report_inconsistent(index: &Index<'_>, held: Held, read: ReadRow, findings: &mut Findings) {
    let history = index.history;
    let (partition, offset) = history.reads.place(read);
    // Nobody read the other message here: its leader may have been alone with it.
    let weak_ack = match held {
        Held::Read(_) => false,
        Held::Acknowledged(send) => {
            history.clients[history.sends.client[send as usize] as usize].acks != -1
        }
    };
    let facts = Facts::default()
        .with(Fact::UncleanElection, history.topic_of(partition).unclean_election)
        .with(Fact::AcksNotAll, weak_ack);
    findings.add(facts, 0, || {
        let other = match held {
            Held::Read(other) => format!(
                "{} read {}",
                index.reader(other),
                index.message(history.reads.message[other as usize])
            ),
            Held::Acknowledged(send) => format!(
                "{} was acknowledged to {}",
                index.message(history.sends.message[send as usize]),
                index.producer(send),
            ),
        };
        let text = format!(
            "in {}, {other}, but {} read {}",
            index.place(partition, offset),
            index.reader(read),
            index.message(history.reads.message[read as usize]),
        );
        index.example_of_read(read, text)
    });
}

/// The same between two acknowledgements.
fn acknowledged_twice(index: &Index<'_>, partition: u32, findings: &mut Findings) {
    let history = index.history;
    let sends = &history.sends;
    for pair in index.acknowledged.of(partition).windows(2) {
        let (one, other) = (pair[0] as usize, pair[1] as usize);
        if sends.offset[one] != sends.offset[other] {
            continue;
        }
        let weak = |send: usize| history.clients[sends.client[send] as usize].acks != -1;
        let facts = Facts::default()
            .with(Fact::UncleanElection, history.topic_of(partition).unclean_election)
            .with(Fact::AcksNotAll, weak(one) || weak(other));
        findings.add(facts, 0, || {
            let text = format!(
                "{} was acknowledged to {} for {} and for {}",
                index.place(partition, sends.offset[one]),
                index.producer(pair[1]),
                index.message(sends.message[one]),
                index.message(sends.message[other]),
            );
            index.example_of_send(pair[1], text)
        });
    }
}
