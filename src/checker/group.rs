//! Committed offsets of consumer groups.

use rustc_hash::FxHashSet;

use super::Compared;
use super::allowed::{Fact, Facts};
use super::findings::Findings;
use super::history::{End, Fate, GroupOffset, NEVER, NONE, OffsetKind, PartitionId};
use super::index::Index;

/// A group's committed offset never goes back: what is committed or observed is at least what was committed
/// or observed before it began. Nor does it lie beyond the end of the log. A client that has sought in the
/// partition has reset its group by itself.
pub fn offset_regression(index: &Index<'_>, findings: &mut Findings) -> Compared {
    let history = index.history;
    let sought: FxHashSet<(u32, PartitionId)> = history
        .turns
        .iter()
        .filter(|turn| turn.seek)
        .map(|turn| (turn.client, turn.partition))
        .collect();
    let mut offsets: Vec<GroupOffset> =
        history.group_offsets.iter().filter_map(|offset| effective(index, *offset)).collect();
    offsets.sort_by_key(|offset| (offset.group, offset.partition, offset.start_ns));
    let mut compared = Compared::default();
    for group in
        offsets.chunk_by(|one, other| (one.group, one.partition) == (other.group, other.partition))
    {
        let mut ended: Vec<&GroupOffset> = group.iter().collect();
        ended.sort_by_key(|offset| offset.end_ns);
        let mut ended = ended.into_iter().peekable();
        let mut highest: Option<GroupOffset> = None;
        let mut reset_ns = None;
        for offset in group {
            while let Some(before) = ended.next_if(|before| before.end_ns < offset.start_ns) {
                if before.kind == OffsetKind::Reset {
                    reset_ns = Some(before.end_ns);
                } else if highest.is_none_or(|highest| before.offset >= highest.offset) {
                    highest = Some(*before);
                }
            }
            if offset.kind == OffsetKind::Reset {
                continue;
            }
            compared.count();
            beyond_end(index, offset, findings);
            let Some(before) = highest.filter(|highest| highest.offset > offset.offset) else {
                continue;
            };
            let seeks = [offset.partition, NONE].map(|partition| (offset.client, partition));
            let reset = reset_ns.is_some_and(|reset| reset >= before.end_ns)
                || seeks.iter().any(|seek| sought.contains(seek));
            let unclean = history.topic_of(offset.partition).unclean_election;
            let facts =
                Facts::default().with(Fact::Reset, reset).with(Fact::UncleanElection, unclean);
            findings.add(facts, before.offset - offset.offset, || {
                let text = format!(
                    "group {} was at {} of {}, then at {}",
                    index.name(offset.group),
                    before.offset,
                    index.partition(offset.partition),
                    offset.offset,
                );
                let example = index.example(offset.partition, offset.start_ns, offset.end_ns, text);
                super::findings::Example { offset: Some(offset.offset), ..example }
            });
            if reset {
                highest = Some(*offset);
            }
        }
    }
    compared
}

/// An offset as it took effect, or `None` if it is not certain that it did.
fn effective(index: &Index<'_>, mut offset: GroupOffset) -> Option<GroupOffset> {
    if offset.outcome != End::Ok {
        return None;
    }
    if offset.transaction != NONE {
        let transaction = index.history.transactions[offset.transaction as usize];
        if transaction.fate() != Fate::Committed || transaction.end_ns == NEVER {
            return None;
        }
        (offset.start_ns, offset.end_ns) = (transaction.commit_start_ns, transaction.end_ns);
    }
    Some(offset)
}

fn beyond_end(index: &Index<'_>, offset: &GroupOffset, findings: &mut Findings) {
    let end = index.ends[offset.partition as usize];
    if !end.read || offset.offset <= end.high_watermark {
        return;
    }
    let unclean = index.history.topic_of(offset.partition).unclean_election;
    let facts = Facts::default().with(Fact::UncleanElection, unclean);
    findings.add(facts, offset.offset - end.high_watermark, || {
        let text = format!(
            "group {} is at {} of {}, whose log ends at {}",
            index.name(offset.group),
            offset.offset,
            index.partition(offset.partition),
            end.high_watermark,
        );
        let example = index.example(offset.partition, offset.start_ns, offset.end_ns, text);
        super::findings::Example { offset: Some(offset.offset), ..example }
    });
}
