//! Committed offsets of consumer groups.

use rustc_hash::FxHashMap;

use super::Compared;
use super::allowed::{Fact, Facts};
use super::clock::{between, clock_of};
use super::findings::{Example, Findings};
use super::history::{
    ClientId, End, Fate, GroupOffset, NEVER, NO_OFFSET, NONE, OffsetKind, PartitionId, is_before,
};
use super::index::Index;
use super::intern::TextId;
use super::resets::Resets;

/// A group's committed offset never goes back: what is committed or observed is at least what was committed
/// or observed before it began. Nor does it lie beyond the end of the log. A client that has sought in the
/// partition since has reset its group by itself.
pub fn offset_regression(index: &Index<'_>, findings: &mut Findings) -> Compared {
    let history = index.history;
    let acts = Acts::new(index);
    let mut offsets: Vec<GroupOffset> =
        history.group_offsets.iter().filter_map(|offset| effective(index, *offset)).collect();
    offsets.sort_by_key(|it| (it.group, it.partition, clock_of(it.start_ns), it.start_ns));
    let alike = |one: &GroupOffset, other: &GroupOffset| {
        let of = |it: &GroupOffset| (it.group, it.partition, clock_of(it.start_ns));
        of(one) == of(other)
    };
    let mut compared = Compared::default();
    for group in offsets.chunk_by(alike) {
        follow(&acts, group, &mut compared, findings);
    }
    compared
}

/// Follows one group in one partition, by one clock.
fn follow(
    acts: &Acts<'_>,
    group: &[GroupOffset],
    compared: &mut Compared,
    findings: &mut Findings,
) {
    let mut ended: Vec<&GroupOffset> = group.iter().collect();
    ended.sort_by_key(|offset| offset.end_ns);
    let mut ended = ended.into_iter().peekable();
    let mut highest: Option<GroupOffset> = None;
    let index = acts.index;
    let looked_up = LookedUp::new(group);
    for offset in group {
        while let Some(before) = ended.next_if(|before| is_before(before.end_ns, offset.start_ns)) {
            // A reset that goes back is an excuse for what is found then, no more.
            let unknown = before.offset == NO_OFFSET;
            if !unknown && highest.is_none_or(|highest| before.offset >= highest.offset) {
                highest = Some(*before);
            }
        }
        if offset.kind == OffsetKind::Reset {
            continue;
        }
        compared.count();
        if beyond_end(index, offset, findings) {
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
        let span = (0, offset.end_ns);
        let facts = Facts::default()
            .with(Fact::Reset, acts.is_reset(&before, offset))
            .with(Fact::AcksNotAll, index.is_cut_below(offset.partition, before.offset))
            .with(Fact::LateCommit, offset.client == NONE && acts.may_be_late(&before, offset))
            .with(Fact::OffsetsMayBeLate, offset.client == NONE && are_on_their_way(index, &before))
            .with(Fact::MadeAnew, is_made_anew(index, offset.partition))
            .with_elections(index, offset.partition, span, (0, offset.end_ns));
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
        if facts.include(Fact::Reset) {
            highest = Some(*offset);
        }
    }
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

/// What clients and others did, by what it is asked for.
struct Acts<'i> {
    index: &'i Index<'i>,
    resets: FxHashMap<(TextId, PartitionId), Resets>,
    /// When a client sought, in a partition or in all, in the order of time.
    seeks: FxHashMap<(ClientId, PartitionId), Vec<u64>>,
    /// Commits of an offset that did not certainly fail.
    commits: FxHashMap<(TextId, PartitionId, u64), Vec<GroupOffset>>,
}

impl<'i> Acts<'i> {
    fn new(index: &'i Index<'i>) -> Self {
        let (mut resets, mut seeks) = (FxHashMap::default(), FxHashMap::default());
        let mut commits: FxHashMap<_, Vec<GroupOffset>> = FxHashMap::default();
        for it in &index.history.group_offsets {
            let resets: &mut FxHashMap<_, Vec<_>> = &mut resets;
            match it.kind {
                OffsetKind::Reset => {
                    let of = resets.entry((it.group, it.partition)).or_default();
                    of.push((it.start_ns, it.offset));
                }
                OffsetKind::Committed if it.outcome != End::Failed => {
                    commits.entry((it.group, it.partition, it.offset)).or_default().push(*it);
                }
                OffsetKind::Committed | OffsetKind::Observed => {}
            }
        }
        for turn in index.history.turns.iter().filter(|turn| turn.seek) {
            let seeks: &mut FxHashMap<_, Vec<_>> = &mut seeks;
            seeks.entry((turn.client, turn.partition)).or_default().push(turn.at_ns);
        }
        seeks.values_mut().for_each(|times: &mut Vec<u64>| times.sort_unstable());
        let resets = resets.into_iter().map(|(of, resets)| (of, Resets::new(resets))).collect();
        Self { index, resets, seeks, commits }
    }

    /// Whether the group was reset between two of its offsets, or may have been: by somebody, or by the client itself,
    /// which has sought.
    fn is_reset(&self, before: &GroupOffset, offset: &GroupOffset) -> bool {
        let (from_ns, to_ns) = (before.start_ns, offset.end_ns);
        let resets = self.resets.get(&(offset.group, offset.partition));
        let by_somebody = resets.is_some_and(|it| it.back_to(offset.offset, from_ns, to_ns, 1) > 0);
        by_somebody
            || [offset.partition, NONE].into_iter().any(|partition| {
                let seeks = self.seeks.get(&(offset.client, partition));
                seeks.is_some_and(|times| between(times, from_ns, to_ns).next().is_some())
            })
    }

    /// Whether an older offset that was looked up may have come with a commit of unknown outcome: it may have arrived
    /// at any time, as that of a client that had sought or as a request that was long under way.
    fn may_be_late(&self, before: &GroupOffset, offset: &GroupOffset) -> bool {
        let commits = self.commits.get(&(offset.group, offset.partition, offset.offset));
        commits.into_iter().flatten().filter(|commit| commit.outcome == End::Unknown).any(
            |commit| {
                !is_before(offset.end_ns, commit.start_ns)
                    && !is_before(commit.end_ns, before.start_ns)
            },
        )
    }

    /// Whether an older offset that was looked up is of a commit that was under way together with the one before: then
    /// either of them may have been the last.
    fn may_be_last(&self, before: &GroupOffset, offset: &GroupOffset) -> bool {
        let commits = self.commits.get(&(offset.group, offset.partition, offset.offset));
        commits.into_iter().flatten().filter(|commit| commit.outcome == End::Ok).any(|commit| {
            commit.transaction == NONE
                && !is_before(before.end_ns, commit.start_ns)
                && !is_before(commit.end_ns, before.start_ns)
        })
    }
}

/// A commit of a transaction is answered before its offsets have arrived in the group.
fn are_on_their_way(index: &Index<'_>, before: &GroupOffset) -> bool {
    before.transaction != NONE
        && index.history.transactions[before.transaction as usize].fate() == Fate::Committed
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

/// Whether there was a topic of that name before.
fn is_made_anew(index: &Index<'_>, partition: PartitionId) -> bool {
    let name = index.topic_name(partition);
    index.history.topics.iter().any(|topic| topic.deleted && topic.name == name)
}

/// A final read that was made later found the end of the log before it.
fn beyond_end(index: &Index<'_>, offset: &GroupOffset, findings: &mut Findings) -> bool {
    let end = index.ends.highest_since(offset.partition, offset.start_ns);
    let Some(end) = end else { return false };
    if offset.offset <= end.high_watermark {
        return false;
    }
    let span = (0, end.at_ns);
    let sent = (0, offset.end_ns);
    let facts = Facts::default()
        .with(Fact::AcksNotAll, index.is_cut_below(offset.partition, offset.offset))
        .with(Fact::MadeAnew, is_made_anew(index, offset.partition))
        .with_elections(index, offset.partition, span, sent);
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

fn example(index: &Index<'_>, offset: &GroupOffset, text: String) -> Example {
    let example = index.example(offset.partition, offset.start_ns, offset.end_ns, text);
    Example { offset: Some(offset.offset), ..example }
}

/// An offset that is looked up was committed by somebody, or set by a reset. Only those are judged that nobody can have
/// committed and that a transaction carried which was aborted, or a commit that certainly failed: what is found
/// otherwise may be of a client that was not recorded.
pub fn uncommitted_offset(index: &Index<'_>, findings: &mut Findings) -> Compared {
    let history = index.history;
    let mut compared = Compared::default();
    if !history.group_offsets.iter().any(|it| is_void(index, it)) {
        return compared;
    }
    // For each offset whether all who asked for it had no effect.
    let mut void: FxHashMap<(TextId, PartitionId, u64), bool> = FxHashMap::default();
    for it in history.group_offsets.iter().filter(|it| it.kind != OffsetKind::Observed) {
        let void = void.entry((it.group, it.partition, it.offset)).or_insert(true);
        *void &= is_void(index, it);
    }
    for offset in history.group_offsets.iter().filter(|it| it.kind == OffsetKind::Observed) {
        compared.count();
        let of = |to| void.get(&(offset.group, offset.partition, to));
        let reset_to_anywhere = of(NO_OFFSET).is_some();
        if of(offset.offset) == Some(&true) && !reset_to_anywhere {
            findings.add(Facts::default(), 0, || {
                let text = format!(
                    "group {} is at {} of {}, which only a commit that had no effect has asked for",
                    index.name(offset.group),
                    offset.offset,
                    index.partition(offset.partition),
                );
                example(index, offset, text)
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
