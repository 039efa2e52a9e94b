//! Loss: what was acknowledged must be there.

use super::Compared;
use super::allowed::{Fact, Facts};
use super::compaction::Removed;
use super::findings::Findings;
use super::history::{End, Fate, SendRow};
use super::index::Index;
use super::presence::{Gone, Late, Presence};
use super::settings::span;

/// A message whose send was acknowledged (and whose transaction, if any, was committed) is in what the last final read
/// that came to its place has found, at each isolation level, whoever has read it before. Where there was no final
/// read, some reader who passed over its place has got it. What retention, the cleaner of a compacted topic, or
/// somebody removed is not lost.
pub fn lost_write(index: &Index<'_>, findings: &mut Findings) -> Compared {
    let mut compared = Compared::default();
    for send in effective(index) {
        compared.subjects += 1;
        let message = index.history.sends.message[send as usize];
        match index.presence(send) {
            Presence::There => compared.compared += 1,
            Presence::Gone(gone) if !gone.beyond || index.is_read(message) => {
                compared.compared += 1;
                let why = describe_gone(index, send, gone);
                findings.add(facts(index, send, gone.at_ns), 0, || {
                    index.example_of_gone(send, describe(index, send, &why))
                });
            }
            Presence::PerhapsRemoved(perhaps) => {
                compared.compared += 1;
                let facts = facts(index, send, super::history::NEVER).removed(perhaps);
                findings.add(facts, 0, || {
                    index.example_of_gone(send, describe(index, send, "it is not there"))
                });
            }
            Presence::Removed | Presence::Gone(_) | Presence::Late(_) => {}
        }
    }
    compared
}

/// A message that was acknowledged where nobody has read may be late; once somebody has read up
/// to the high watermark, it is not: the log ends before it.
pub fn unseen(index: &Index<'_>, findings: &mut Findings) -> Compared {
    let mut compared = Compared::default();
    for send in 0..u32::try_from(index.history.sends.len()).unwrap_or(u32::MAX) {
        // A commit of unknown outcome counts where somebody has seen that it took effect.
        let committed = matches!(index.fate_of_send(send), None | Some(Fate::Committed));
        if index.history.sends.outcome[send as usize] != End::Ok || !committed {
            continue;
        }
        compared.count();
        let message = index.history.sends.message[send as usize];
        let (facts, why) = match index.presence(send) {
            Presence::Gone(gone) if gone.beyond && !index.is_read(message) => {
                (facts(index, send, gone.at_ns), "the log ends before it")
            }
            Presence::Late(late) => {
                let facts = facts(index, send, super::history::NEVER);
                match late {
                    Late::Behind => {
                        let why = match index.is_read_beyond(send) {
                            true => "whoever read the log began behind it",
                            false => "nobody read that far",
                        };
                        (facts.with(Fact::FinalReadsBehind, true), why)
                    }
                    Late::BeyondStable => (
                        facts.with(Fact::BeyondStable, true),
                        "it lies beyond the last stable offset",
                    ),
                    Late::NoPlace => (
                        facts.with(Fact::PlaceUnknown, true),
                        "nobody found it, and its offset is not known",
                    ),
                }
            }
            _ => continue,
        };
        findings.add(facts, 0, || index.example_of_gone(send, describe(index, send, why)));
    }
    compared
}

fn effective<'i>(index: &'i Index<'_>) -> impl Iterator<Item = SendRow> + 'i {
    let sends = 0..u32::try_from(index.history.sends.len()).unwrap_or(u32::MAX);
    sends.filter(|send| index.history.is_effective(*send))
}

/// What may excuse that an acknowledged message is gone when somebody looked.
pub(super) fn facts(index: &Index<'_>, send: SendRow, at_ns: u64) -> Facts {
    let history = index.history;
    let (row, sends) = (send as usize, &history.sends);
    let client = history.clients[sends.client[row] as usize];
    let partition = sends.partition[row];
    let (start_ns, end_ns) = (sends.start_ns[row], sends.end_ns[row]);
    Facts::default().with(Fact::AcksNotAll, client.acks != -1).with_elections(
        index,
        partition,
        // Its acknowledgement may come after the loss.
        span(start_ns, at_ns),
        (start_ns, end_ns),
    )
}

impl Facts {
    /// With what speaks for the cleaner.
    pub(super) fn removed(self, removed: Removed) -> Self {
        self.with(Fact::CleanupUnknown, removed == Removed::IfCompacted)
            .with(Fact::KeyUnknown, removed == Removed::KeyUnknown)
            .with(Fact::TombstoneEarly, removed == Removed::TooEarly)
            .with(Fact::PerhapsExpired, removed == Removed::IfExpired)
    }
}

fn describe_gone(index: &Index<'_>, send: SendRow, gone: Gone) -> String {
    let message = index.history.sends.message[send as usize];
    let why = match gone {
        Gone { before_start: true, .. } => {
            "the log begins behind it, although nothing was to be removed"
        }
        Gone { beyond: true, .. } => "the log ends before it",
        Gone { .. } => "it is not there",
    };
    let read = index.is_read(message);
    let seen = read.then(|| index.first_read[message as usize]);
    let seen = seen.filter(|read| (*read as usize) < index.history.reads.len());
    match seen {
        Some(read) => format!("{why}, though {} had read it", index.reader(read)),
        None => why.into(),
    }
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
