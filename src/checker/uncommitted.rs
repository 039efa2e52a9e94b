//! Committed offsets that nobody can have committed, and those that only one transaction can have.

use rustc_hash::{FxHashMap, FxHashSet};

use super::Compared;
use super::allowed::Facts;
use super::clock::Earliest;
use super::findings::Findings;
use super::history::{
    End, Fate, GroupOffset, NO_OFFSET, NONE, OffsetKind, PartitionId, TransactionId,
};
use super::index::Index;
use super::intern::TextId;

/// A group, a partition and an offset.
type Place = (TextId, PartitionId, u64);

fn place(it: &GroupOffset) -> Place {
    (it.group, it.partition, it.offset)
}

/// Where a reset went of which that was not recorded.
fn anywhere(it: &GroupOffset) -> Place {
    (it.group, it.partition, NO_OFFSET)
}

/// Since when an offset was asked for.
#[derive(Debug, Default)]
struct Asked {
    /// By requests that had no effect for certain.
    void: Earliest,
    /// By others, or by nobody who was recorded.
    others: Earliest,
}

/// An offset that is looked up was committed by somebody, or set by a reset. Only those are judged that nobody can have
/// committed by then and that a transaction carried which was aborted, or a commit that certainly failed: what is found
/// otherwise may be of a client that was not recorded.
pub fn uncommitted_offset(index: &Index<'_>, findings: &mut Findings) -> Compared {
    let history = index.history;
    let mut compared = Compared::default();
    if !history.group_offsets.iter().any(|it| is_void(index, it)) {
        return compared;
    }
    let mut asked: FxHashMap<Place, Asked> = FxHashMap::default();
    for it in history.group_offsets.iter().filter(|it| it.kind != OffsetKind::Observed) {
        let asked = asked.entry(place(it)).or_default();
        match is_void(index, it) {
            true => asked.void.add(it.start_ns),
            false => asked.others.add(may_show_since(index, it)),
        }
    }
    let observed = || history.group_offsets.iter().filter(|it| it.kind == OffsetKind::Observed);
    for it in observed() {
        // It was there before anybody asked for it.
        if let Some(asked) = asked.get_mut(&place(it))
            && !asked.void.may_be_by(it.end_ns)
        {
            asked.others.add(it.start_ns);
        }
    }
    for offset in observed() {
        compared.count();
        let Some(it) = asked.get(&place(offset)) else { continue };
        let reset = asked.get(&anywhere(offset));
        let explained = [Some(it), reset].into_iter().flatten();
        if it.void.may_be_by(offset.end_ns)
            && !explained.into_iter().any(|it| it.others.may_be_by(offset.end_ns))
        {
            findings.add(Facts::default(), 0, || {
                let text = format!(
                    "group {} is at {} of {}, which only a commit that had no effect had asked for",
                    index.name(offset.group),
                    offset.offset,
                    index.partition(offset.partition),
                );
                super::group::example(index, offset, text)
            });
        }
    }
    compared
}

/// Whether a commit had no effect for certain.
fn is_void(index: &Index<'_>, offset: &GroupOffset) -> bool {
    let aborted = |id: u32| matches!(index.fate(id), Fate::Aborted | Fate::Open);
    offset.kind == OffsetKind::Committed
        && (offset.outcome == End::Failed
            || (offset.transaction != NONE && aborted(offset.transaction)))
}

/// Since when a request that is not void may show: what a transaction carries not before its commit.
fn may_show_since(index: &Index<'_>, it: &GroupOffset) -> u64 {
    let transaction = index.history.transactions.get(it.transaction as usize);
    transaction.map_or(it.start_ns, |transaction| transaction.commit_start_ns)
}

/// Who asked first for an offset, and since when others have.
#[derive(Debug)]
struct Askers {
    first: TransactionId,
    since_ns: Earliest,
    others: Earliest,
}

/// Transactions of which it is not known whether they were committed, but whose group was found at an offset for which
/// nobody else had asked by then.
pub(super) fn arrived_alone(index: &Index<'_>) -> FxHashSet<TransactionId> {
    let history = index.history;
    let offsets = &history.group_offsets;
    let is_unknown = |it: &GroupOffset| {
        it.kind == OffsetKind::Committed
            && it.transaction != NONE
            && index.fate(it.transaction) == Fate::Unknown
    };
    if !offsets.iter().any(is_unknown) {
        return FxHashSet::default();
    }
    let mut asked: Vec<(u64, &GroupOffset)> = offsets
        .iter()
        .filter(|it| it.kind != OffsetKind::Observed && !is_void(index, it))
        .map(|it| (may_show_since(index, it), it))
        .collect();
    asked.sort_by_key(|(since_ns, _)| *since_ns);
    let mut askers: FxHashMap<Place, Askers> = FxHashMap::default();
    for (since_ns, it) in asked {
        let askers = askers.entry(place(it)).or_insert_with(|| Askers {
            first: it.transaction,
            since_ns: Earliest::default(),
            others: Earliest::default(),
        });
        match askers.first == it.transaction {
            true => askers.since_ns.add(since_ns),
            false => askers.others.add(since_ns),
        }
    }
    let observed = offsets.iter().filter(|it| it.kind == OffsetKind::Observed);
    let alone = observed.filter_map(|offset| {
        let it = askers.get(&place(offset))?;
        let reset = askers.get(&anywhere(offset));
        let by_reset = reset.is_some_and(|it| it.since_ns.may_be_by(offset.end_ns));
        let alone = it.since_ns.may_be_by(offset.end_ns) && !it.others.may_be_by(offset.end_ns);
        (alone && !by_reset && it.first != NONE).then_some(it.first)
    });
    alone.filter(|id| index.fate(*id) == Fate::Unknown).collect()
}
