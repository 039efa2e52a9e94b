//! What several checks need, worked out once: orders by place, who read what, where consumers jumped.

use std::cell::OnceCell;
use std::ops::Range;

use rustc_hash::FxHashMap;

use super::anew::began_anew;
use super::by_place::ByPlace;
use super::deletions::{Deletions, deletions};
use super::ends::{Ends, FinalLine};
use super::history::{
    End, Fate, History, Isolation, MessageId, NO_OFFSET, NONE, PartitionId, ReadRow, SendRow,
    TransactionId, is_before,
};
use super::intern::TextId;
use super::keys::Compaction;
use super::presence::Presence;
use super::settings::Settings;
use super::walk::{Jump, Runs, walk};

/// A history with its orders.
#[derive(Debug)]
pub struct Index<'h> {
    /// The history.
    pub history: &'h History,
    /// Settings of topics over time.
    pub settings: Settings,
    /// Every read, by partition and offset; rows of one place in the order in which they were read.
    pub reads: ByPlace,
    /// The same, of read_committed consumers only; `None` when there are no others.
    pub(super) committed_reads: Option<ByPlace>,
    /// Every acknowledged send with a known offset, by partition and offset.
    pub acknowledged: ByPlace,
    /// For each message the read at its lowest place in the topic that it was sent to, or [`NONE`]. Of a message that
    /// nobody sent, in any topic.
    pub first_read: Vec<ReadRow>,
    /// For each message what of [`BY_ANYBODY`] and [`BY_COMMITTED`] is true in the log that it was sent to.
    pub(super) seen: Vec<u8>,
    /// For each transaction what became of it; one whose message a read_committed consumer has got was committed.
    pub fates: Vec<Fate>,
    /// Where consumers went other than forward by one readable offset.
    pub jumps: Vec<Jump>,
    /// What consumers have passed over.
    pub(super) runs: Runs,
    /// What final reads found.
    pub(super) ends: Ends,
    /// For each partition when its log seems to have begun anew.
    anew: Vec<bool>,
    /// For each place where different messages were read the last of them.
    pub(super) replaced: FxHashMap<(PartitionId, u64), MessageId>,
    /// For each partition what somebody deleted.
    pub(super) deletions: Vec<Deletions>,
    /// For each partition the offsets that are known only because somebody read them.
    pub(super) settled: Vec<Range<u64>>,
    pub(super) compaction: OnceCell<Compaction>,
    /// For each partition when the first message was sent to it, or 0.
    pub(super) first_sent: OnceCell<Vec<u64>>,
    /// For each partition until when a transaction may hold back its last stable offset.
    pub(super) held_until: OnceCell<Vec<u64>>,
    /// The last time by a clock at which anything was read or sent.
    pub(super) last_ns: OnceCell<u64>,
    pub(super) in_use: OnceCell<FxHashMap<TextId, (u64, u64)>>,
    /// For each partition the lowest offset of a message that was lost as it was acknowledged without all replicas.
    cut: OnceCell<Vec<u64>>,
}

/// Somebody has read it, not before it was sent.
pub(super) const BY_ANYBODY: u8 = 1;
/// A read_committed consumer has.
pub(super) const BY_COMMITTED: u8 = 2;

impl<'h> Index<'h> {
    /// Works it out.
    pub fn new(history: &'h History) -> Self {
        let (reads, sends) = (&history.reads, &history.sends);
        let partitions = history.partitions.len();
        let committed = |row: usize| is_committed_read(history, row);
        let by_place = ByPlace::new(partitions, &reads.partition, &reads.offset, |_| true);
        let mixed =
            history.clients.iter().any(|client| client.isolation == Isolation::ReadUncommitted);
        let committed_reads =
            mixed.then(|| ByPlace::new(partitions, &reads.partition, &reads.offset, committed));
        let acknowledged = ByPlace::new(partitions, &sends.partition, &sends.offset, |row| {
            let partition = history.partitions[sends.partition[row] as usize];
            sends.outcome[row] == End::Ok
                && sends.offset[row] != NO_OFFSET
                && partition.number.is_some()
        });
        let first_read = first_reads(history, &by_place);
        let seen = seen(history);
        let fates = fates(history, &seen);
        let replaced = replaced(history, &by_place);
        let ends = Ends::new(history, &first_read);
        let mut index = Self {
            history,
            settings: Settings::new(history),
            reads: by_place,
            committed_reads,
            acknowledged,
            first_read,
            seen,
            fates,
            jumps: Vec::new(),
            runs: Runs::default(),
            ends,
            anew: Vec::new(),
            replaced,
            deletions: deletions(history),
            settled: Vec::new(),
            compaction: OnceCell::new(),
            first_sent: OnceCell::new(),
            held_until: OnceCell::new(),
            last_ns: OnceCell::new(),
            in_use: OnceCell::new(),
            cut: OnceCell::new(),
        };
        index.settled = index.settled();
        index.anew = began_anew(&index);
        (index.jumps, index.runs) = walk(&index);
        index
    }

    /// What became of a transaction.
    pub fn fate(&self, transaction: TransactionId) -> Fate {
        self.fates[transaction as usize]
    }

    /// What became of a send's transaction; `None` outside of transactions.
    pub fn fate_of_send(&self, send: SendRow) -> Option<Fate> {
        let transaction = self.history.sends.transaction[send as usize];
        (transaction != NONE).then(|| self.fate(transaction))
    }

    /// Whether anybody has read the message in the log that it was sent to.
    pub fn is_read(&self, message: u32) -> bool {
        self.seen[message as usize] & BY_ANYBODY != 0
    }

    /// Whether a read_committed consumer has.
    pub fn is_read_committed(&self, message: u32) -> bool {
        self.seen[message as usize] & BY_COMMITTED != 0
    }

    /// The row of a partition's topic.
    pub fn topic(&self, partition: PartitionId) -> u32 {
        self.history.partitions[partition as usize].topic
    }

    /// The name of a partition's topic.
    pub fn topic_name(&self, partition: PartitionId) -> TextId {
        self.history.topic_of(partition).name
    }

    /// The final reads of a partition, the last one last.
    pub(super) fn final_lines(&self, partition: PartitionId) -> &[FinalLine] {
        self.ends.of(partition)
    }

    /// Whether a partition's log seems to have begun anew, without a word of that.
    pub(super) fn seems_anew(&self, partition: PartitionId) -> bool {
        self.anew[partition as usize]
    }

    /// Whether a log has lost something below an offset that its leader acknowledged before the others had it.
    pub(super) fn is_cut_below(&self, partition: PartitionId, offset: u64) -> bool {
        self.cut.get_or_init(|| self.cut())[partition as usize] < offset
    }

    fn cut(&self) -> Vec<u64> {
        let sends = &self.history.sends;
        let mut cut = vec![u64::MAX; self.history.partitions.len()];
        for send in self.acknowledged.all() {
            let row = *send as usize;
            let (partition, offset) = (sends.partition[row], sends.offset[row]);
            let weak = self.history.clients[sends.client[row] as usize].acks != -1;
            let lost = || {
                self.replaced.contains_key(&(partition, offset))
                    || matches!(self.presence(*send), Presence::Gone(_))
            };
            let cut = &mut cut[partition as usize];
            if weak && offset < *cut && lost() {
                *cut = offset;
            }
        }
        cut
    }
}

/// Whether the reader of a record is a read_committed consumer.
pub(super) fn is_committed_read(history: &History, row: usize) -> bool {
    let poll = history.polls[history.reads.poll[row] as usize];
    history.clients[poll.client as usize].isolation == Isolation::ReadCommitted
}

/// Whether a read of a message is of the topic that it was sent to: copies elsewhere say nothing of its log.
pub(super) fn is_at_home(history: &History, row: usize, send: SendRow) -> bool {
    let topic = |partition: PartitionId| history.partitions[partition as usize].topic;
    send == NONE
        || topic(history.reads.partition[row]) == topic(history.sends.partition[send as usize])
}

/// Whether a record was read before it was sent: it says nothing of that send.
pub(super) fn is_premature(history: &History, row: usize, send: SendRow) -> bool {
    let end_ns = history.polls[history.reads.poll[row] as usize].end_ns;
    send != NONE && is_before(end_ns, history.sends.start_ns[send as usize])
}

fn first_reads(history: &History, by_place: &ByPlace) -> Vec<ReadRow> {
    let mut first_read = vec![NONE; history.messages.len()];
    for row in by_place.all() {
        let message = history.reads.message[*row as usize];
        let first = &mut first_read[message as usize];
        if *first == NONE {
            let send = history.send_of[message as usize];
            if is_at_home(history, *row as usize, send)
                && !is_premature(history, *row as usize, send)
            {
                *first = *row;
            }
        }
    }
    first_read
}

fn seen(history: &History) -> Vec<u8> {
    let mut seen = vec![0; history.messages.len()];
    for (row, message) in history.reads.message.iter().enumerate() {
        let flags = &mut seen[*message as usize];
        if *flags == BY_ANYBODY | BY_COMMITTED {
            continue;
        }
        let send = history.send_of[*message as usize];
        if !is_in_log(history, row, send) || is_premature(history, row, send) {
            continue;
        }
        let committed = is_committed_read(history, row);
        *flags |= BY_ANYBODY | if committed { BY_COMMITTED } else { 0 };
    }
    seen
}

/// Whether a read is of the partition that the message was sent to, as far as that is known.
pub(super) fn is_in_log(history: &History, row: usize, send: SendRow) -> bool {
    if send == NONE {
        return true;
    }
    let sent_to = history.sends.partition[send as usize];
    let partition = history.partitions[sent_to as usize];
    history.reads.partition[row] == sent_to
        || (partition.number.is_none() && is_at_home(history, row, send))
}

fn replaced(history: &History, by_place: &ByPlace) -> FxHashMap<(PartitionId, u64), MessageId> {
    let (reads, mut replaced) = (&history.reads, FxHashMap::default());
    let end_ns = |row: ReadRow| history.poll_of(row).end_ns;
    for partition in (0..).take(history.partitions.len()) {
        let rows = by_place.of(partition);
        let offset = |row: &ReadRow| reads.offset[*row as usize];
        for place in rows.chunk_by(|one, other| offset(one) == offset(other)) {
            let message = |row: &ReadRow| reads.message[*row as usize];
            if place.iter().all(|row| message(row) == message(&place[0])) {
                continue;
            }
            let mut last = place[0];
            for row in place {
                if is_before(end_ns(last), end_ns(*row)) {
                    last = *row;
                }
            }
            replaced.insert((partition, offset(&last)), message(&last));
        }
    }
    replaced
}

fn fates(history: &History, seen: &[u8]) -> Vec<Fate> {
    let mut fates: Vec<Fate> = history.transactions.iter().map(|it| it.fate()).collect();
    for (row, id) in history.sends.transaction.iter().enumerate() {
        let committed = seen[history.sends.message[row] as usize] & BY_COMMITTED != 0;
        if *id != NONE && committed && fates[*id as usize] == Fate::Unknown {
            fates[*id as usize] = Fate::Committed;
        }
    }
    fates
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorts_by_partition_and_offset() {
        let by_place = ByPlace::new(3, &[2, 0, 2, 2], &[7, 1, 5, 9], |row| row != 3);
        assert_eq!(by_place.all(), [1, 2, 0]);
        assert_eq!(by_place.of(1), [0; 0]);
        assert_eq!(by_place.of(2), [2, 0]);
    }
}
