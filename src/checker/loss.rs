//! Loss: what was acknowledged must be there.

use super::Compared;
use super::allowed::{Fact, Facts};
use super::findings::Findings;
use super::history::SendRow;
use super::index::{Index, Reach};

/// A message whose send was acknowledged (and whose transaction, if any, was committed) is read by everyone
/// who reads past its place. It is lost when its offset was passed over by some reader and no reader, of
/// whatever isolation level, ever saw it.
pub fn lost_write(index: &Index<'_>, findings: &mut Findings) -> Compared {
    let mut compared = Compared::default();
    for send in effective(index) {
        compared.subjects += 1;
        let read = index.is_read(index.history.sends.message[send as usize]);
        let passed = index.reach(send) == Reach::Passed;
        compared.compared += u64::from(read || passed);
        if passed && !read {
            findings.add(facts(index, send), 0, || {
                index.example_of_gone(send, describe(index, send, "it is not there"))
            });
        }
    }
    compared
}

/// A message that was acknowledged beyond everything that was read may be late; once somebody has read up
/// to the high watermark, it is not: the log ends before it.
pub fn unseen(index: &Index<'_>, findings: &mut Findings) -> Compared {
    let mut compared = Compared::default();
    for send in effective(index) {
        compared.subjects += 1;
        compared.compared += 1;
        if index.is_read(index.history.sends.message[send as usize]) {
            continue;
        }
        if let Reach::Beyond { behind } = index.reach(send) {
            let facts = facts(index, send).with(Fact::FinalReadsBehind, behind);
            let why = if behind { "nobody read that far" } else { "the log ends before it" };
            findings.add(facts, 0, || index.example_of_gone(send, describe(index, send, why)));
        }
    }
    compared
}

fn effective<'i>(index: &'i Index<'_>) -> impl Iterator<Item = SendRow> + 'i {
    let sends = 0..u32::try_from(index.history.sends.len()).unwrap_or(u32::MAX);
    sends.filter(|send| index.history.is_effective(*send))
}

fn facts(index: &Index<'_>, send: SendRow) -> Facts {
    let history = index.history;
    let client = history.clients[history.sends.client[send as usize] as usize];
    let topic = history.topic_of(history.sends.partition[send as usize]);
    Facts::default()
        .with(Fact::AcksNotAll, client.acks != -1)
        .with(Fact::MinIsrBelowTwo, topic.min_insync_replicas < 2)
        .with(Fact::UncleanElection, topic.unclean_election)
}

fn describe(index: &Index<'_>, send: SendRow, why: &str) -> String {
    let sends = &index.history.sends;
    let (partition, offset) = (sends.partition[send as usize], sends.offset[send as usize]);
    format!(
        "{} of {} was acknowledged in {}, but {why}",
        index.message(sends.message[send as usize]),
        index.producer(send),
        index.place(partition, offset),
    )
}
