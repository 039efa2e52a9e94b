//! Committed offsets of consumer groups.

use rustc_hash::FxHashMap;

use super::Compared;
use super::allowed::{Fact, Facts};
use super::clock::clock_of;
use super::findings::{Example, Findings};
use super::group_acts::Acts;
use super::history::{
    ClientId, End, Fate, GroupOffset, NEVER, NO_OFFSET, NONE, OffsetKind, TransactionId, is_before,
};
use super::index::{Index, is_committed_read, is_in_log, is_premature};
use super::old_members::OldMembers;

/// A group's committed offset never goes back: what is committed or observed is at least what was committed
/// or observed before it began. Nor does it lie beyond the end of the log. A client that has sought in the
/// partition since has reset its group by itself.
pub fn offset_regression(index: &Index<'_>, findings: &mut Findings) -> Compared {
    let history = index.history;
    let known = Known { index, acts: Acts::new(index), old_members: OldMembers::new(index) };
    let seen = seen_to_commit(index);
    let offsets = history.group_offsets.iter();
    let mut offsets: Vec<GroupOffset> =
        offsets.filter_map(|offset| effective(index, &seen, *offset)).collect();
    offsets.sort_by_key(|it| (it.group, it.partition, clock_of(it.start_ns), it.start_ns));
    let alike = |one: &GroupOffset, other: &GroupOffset| {
        let of = |it: &GroupOffset| (it.group, it.partition, clock_of(it.start_ns));
        of(one) == of(other)
    };
    let mut compared = Compared::default();
    for group in offsets.chunk_by(alike) {
        follow(&known, group, &mut compared, findings);
    }
    compared
}

/// What is known besides the offsets themselves.
struct Known<'i> {
    index: &'i Index<'i>,
    acts: Acts,
    old_members: OldMembers,
}

/// Follows one group in one partition, by one clock.
fn follow(
    known: &Known<'_>,
    group: &[GroupOffset],
    compared: &mut Compared,
    findings: &mut Findings,
) {
    let mut ended: Vec<&GroupOffset> = group.iter().collect();
    ended.sort_by_key(|offset| offset.end_ns);
    let mut ended = ended.into_iter().peekable();
    let mut highest: Option<GroupOffset> = None;
    let mut own: FxHashMap<ClientId, GroupOffset> = FxHashMap::default();
    let Known { index, acts, old_members } = known;
    let looked_up = LookedUp::new(group);
    for offset in group {
        while let Some(before) = ended.next_if(|before| is_before(before.end_ns, offset.start_ns)) {
            // A reset that goes back is an excuse for what is found then, no more.
            let unknown = before.offset == NO_OFFSET;
            if !unknown && highest.is_none_or(|highest| before.offset >= highest.offset) {
                highest = Some(*before);
            }
            if before.kind == OffsetKind::Committed {
                own.insert(before.client, *before);
            }
        }
        if offset.kind == OffsetKind::Reset {
            continue;
        }
        compared.count();
        if beyond_end(known, offset, findings) {
            continue;
        }
        let Some(before) = highest.filter(|highest| highest.offset > offset.offset) else {
            continue;
        };
        if offset.kind == OffsetKind::Observed && acts.may_be_last(&before, offset) {
            highest = Some(*offset);
            continue;
        }
        // The client may have read it, or its position, at any time before.
        let weak = index.since_first_sent(offset.partition, offset.end_ns);
        let facts = Facts::default()
            .with(Fact::Reset, acts.is_reset(&before, offset))
            .with(Fact::AcksNotAll, index.is_cut_below(offset.partition, before.offset))
            .with(Fact::LateCommit, acts.may_be_late(offset, own.get(&offset.client)))
            .with(Fact::OffsetsMayBeLate, offset.client == NONE && are_on_their_way(index, &before))
            .with(Fact::MadeAnew, old_members.may_go_on(index, offset.partition, offset.group))
            .with_elections(index, offset.partition, weak, weak);
        if facts.include(Fact::OffsetsMayBeLate) && looked_up.arrive(&before, offset) {
            continue;
        }
        findings.add(facts, before.offset - offset.offset, || {
            let text = format!(
                "group {} was at {} of {}, then at {}",
                index.name(offset.group),
                before.offset,
                index.partition(offset.partition),
                offset.offset,
            );
            example(index, offset, text)
        });
        // The group is there now, and goes on from there.
        if facts.include(Fact::Reset) || facts.include(Fact::LateCommit) {
            highest = Some(*offset);
        }
    }
}

/// Of transactions whose commit is unknown, and of which a read_committed consumer has got something, when it had.
fn seen_to_commit(index: &Index<'_>) -> FxHashMap<TransactionId, u64> {
    let history = index.history;
    let unknown = |id: &TransactionId| {
        let transaction = history.transactions.get(*id as usize);
        transaction.is_some_and(|it| it.fate() == Fate::Unknown)
            && index.fate(*id) == Fate::Committed
    };
    let mut seen = FxHashMap::default();
    if !history.group_offsets.iter().any(|it| unknown(&it.transaction)) {
        return seen;
    }
    for (row, message) in history.reads.message.iter().enumerate() {
        let send = history.send_of[*message as usize];
        let id = history.sends.transaction.get(send as usize).copied().unwrap_or(NONE);
        if unknown(&id)
            && is_committed_read(history, row)
            && is_in_log(history, row, send)
            && !is_premature(history, row, send)
        {
            let end_ns = history.polls[history.reads.poll[row] as usize].end_ns;
            let first = seen.entry(id).or_insert(end_ns);
            *first = end_ns.min(*first);
        }
    }
    seen
}

/// An offset as it took effect, or `None` if it is not certain that it did.
fn effective(
    index: &Index<'_>,
    seen: &FxHashMap<TransactionId, u64>,
    mut offset: GroupOffset,
) -> Option<GroupOffset> {
    if offset.outcome != End::Ok {
        return None;
    }
    if offset.transaction != NONE {
        let transaction = index.history.transactions[offset.transaction as usize];
        if index.fate(offset.transaction) != Fate::Committed {
            return None;
        }
        offset.start_ns = transaction.commit_start_ns;
        offset.end_ns = match transaction.end_ns {
            NEVER => *seen.get(&offset.transaction)?,
            end_ns => end_ns,
        };
    }
    Some(offset)
}

/// A commit of a transaction is answered before its offsets have arrived in the group.
fn are_on_their_way(index: &Index<'_>, before: &GroupOffset) -> bool {
    before.transaction != NONE && index.fate(before.transaction) == Fate::Committed
}

/// What was looked up of a group, in the order of time, each with the highest offset so far.
struct LookedUp(Vec<(u64, u64)>);

impl LookedUp {
    fn new(group: &[GroupOffset]) -> Self {
        let found = group.iter().filter(|it| it.kind == OffsetKind::Observed);
        let mut found: Vec<_> = found.map(|it| (it.end_ns, it.offset)).collect();
        found.sort_unstable();
        let mut highest = 0;
        for (_, offset) in &mut found {
            highest = highest.max(*offset);
            *offset = highest;
        }
        Self(found)
    }

    /// Whether the offsets of a commit were found later, and not before.
    fn arrive(&self, before: &GroupOffset, offset: &GroupOffset) -> bool {
        let first = self.0.partition_point(|(_, highest)| *highest < before.offset);
        self.0.get(first).is_some_and(|(end_ns, _)| !is_before(*end_ns, offset.start_ns))
    }
}

/// A final read that was made later found the end of the log before it.
fn beyond_end(known: &Known<'_>, offset: &GroupOffset, findings: &mut Findings) -> bool {
    let Known { index, acts, old_members } = known;
    let end = index.ends.highest_since(offset.partition, offset.start_ns);
    let Some(end) = end else { return false };
    if offset.offset <= end.high_watermark {
        return false;
    }
    let weak = |to_ns| index.since_first_sent(offset.partition, to_ns);
    let facts = Facts::default()
        .with(Fact::AcksNotAll, index.is_cut_below(offset.partition, offset.offset))
        .with(Fact::Reset, acts.is_reset_beyond(offset, end.high_watermark))
        .with(Fact::MadeAnew, old_members.may_go_on(index, offset.partition, offset.group))
        .with_elections(index, offset.partition, weak(end.at_ns), weak(offset.end_ns));
    findings.add(facts, offset.offset - end.high_watermark, || {
        let text = format!(
            "group {} is at {} of {}, whose log ends at {}",
            index.name(offset.group),
            offset.offset,
            index.partition(offset.partition),
            end.high_watermark,
        );
        example(index, offset, text)
    });
    true
}

pub(super) fn example(index: &Index<'_>, offset: &GroupOffset, text: String) -> Example {
    let example = index.example(offset.partition, offset.start_ns, offset.end_ns, text);
    Example { offset: Some(offset.offset), ..example }
}
