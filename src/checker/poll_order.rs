//! The order in which a consumer gets a partition: each readable offset, one after the other.

use super::Compared;
use super::allowed::{Fact, Facts};
use super::compaction::Removed;
use super::findings::Findings;
use super::index::Index;
use super::removals::Removals;
use super::walk::Jump;

/// From one poll to the next a consumer goes on at the next readable offset. Offsets that nobody with its
/// isolation level ever read (transaction markers, aborted messages) are not readable.
pub fn poll_skip(index: &Index<'_>, findings: &mut Findings) -> Compared {
    report(index, findings, |jump, internal| !jump.backwards && !internal)
}

/// So it does within one poll.
pub fn internal_poll_skip(index: &Index<'_>, findings: &mut Findings) -> Compared {
    report(index, findings, |jump, internal| !jump.backwards && internal)
}

/// From one poll to the next a consumer never goes back, nor stays.
pub fn nonmonotonic_poll(index: &Index<'_>, findings: &mut Findings) -> Compared {
    report(index, findings, |jump, internal| jump.backwards && !internal)
}

/// Nor does it within one poll.
pub fn internal_nonmonotonic_poll(index: &Index<'_>, findings: &mut Findings) -> Compared {
    report(index, findings, |jump, internal| jump.backwards && internal)
}

fn report(
    index: &Index<'_>,
    findings: &mut Findings,
    select: impl Fn(&Jump, bool) -> bool,
) -> Compared {
    let reads = &index.history.reads;
    let mut removals = Removals::default();
    for jump in &index.jumps {
        let internal = reads.poll[jump.from as usize] == reads.poll[jump.to as usize];
        if !select(jump, internal) {
            continue;
        }
        let (partition, from) = reads.place(jump.from);
        let to = reads.offset[jump.to as usize];
        let removed = if jump.backwards { Removed::No } else { removals.between(index, jump) };
        let log_start = index.log_start_by(partition, index.history.poll_of(jump.to).end_ns);
        let since_ns = index.history.poll_of(jump.from).start_ns;
        let until_ns = index.history.poll_of(jump.to).end_ns;
        let weak = index.since_first_sent(partition, until_ns.max(since_ns));
        let facts = Facts::default()
            .with(Fact::Rebalance, jump.rebalance)
            .with(Fact::Seek, jump.seek)
            .with(Fact::InputRemoved, removed == Removed::Yes)
            // Out of range, it may as well have been sent to the end of the log.
            .with(Fact::OutOfRange, !jump.backwards && from.saturating_add(1) < log_start)
            .with(Fact::AcksNotAll, index.is_cut_below(partition, from.saturating_add(1)))
            .removed(removed)
            .with_elections(index, partition, weak, weak);
        findings.add(facts, from.abs_diff(to), || {
            let (way, over) = if jump.backwards {
                ("back from", String::new())
            } else {
                ("from", format!(", over {} offsets", to - from - 1))
            };
            let text = format!(
                "{} went {way} offset {from} ({}) to {to} ({}) in {}{over}",
                index.reader(jump.to),
                index.message(reads.message[jump.from as usize]),
                index.message(reads.message[jump.to as usize]),
                index.partition(partition),
            );
            index.example_of_read(jump.to, text)
        });
    }
    Compared::all(reads.len())
}
