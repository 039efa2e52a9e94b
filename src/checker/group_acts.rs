//! What was done to groups: by their members, by somebody who reset them, by requests that may come late.

use rustc_hash::{FxHashMap, FxHashSet};

use super::clock::{Earliest, between};
use super::history::{ClientId, End, Fate, GroupOffset, NONE, OffsetKind, PartitionId, is_before};
use super::index::Index;
use super::intern::TextId;
use super::resets::Resets;

type Times = FxHashMap<(ClientId, PartitionId), Vec<u64>>;

/// What clients and others did, by what it is asked for.
pub(super) struct Acts {
    resets: FxHashMap<(TextId, PartitionId), Resets>,
    /// When a client sought, and when anything turned it, in a partition or in all, in the order of time.
    seeks: Times,
    turns: Times,
    /// Commits that took effect for certain, outside of transactions.
    commits: FxHashMap<(TextId, PartitionId, u64), Vec<GroupOffset>>,
    /// Commits that may have taken effect at any time since, as resets and by their offsets.
    late: FxHashMap<(TextId, PartitionId), Resets>,
    late_to: FxHashMap<(TextId, PartitionId, u64), Earliest>,
    /// Offsets that a client has committed once it had sought.
    sought: FxHashSet<(TextId, PartitionId, u64)>,
}

impl Acts {
    pub(super) fn new(index: &Index<'_>) -> Self {
        let (mut seeks, mut turns) = (Times::default(), Times::default());
        for turn in &index.history.turns {
            turns.entry((turn.client, turn.partition)).or_default().push(turn.at_ns);
            if turn.seek {
                seeks.entry((turn.client, turn.partition)).or_default().push(turn.at_ns);
            }
        }
        seeks.values_mut().chain(turns.values_mut()).for_each(|times| times.sort_unstable());
        let mut resets: FxHashMap<_, Vec<_>> = FxHashMap::default();
        let mut late: FxHashMap<_, Vec<_>> = FxHashMap::default();
        let mut late_to: FxHashMap<_, Earliest> = FxHashMap::default();
        let mut commits: FxHashMap<_, Vec<GroupOffset>> = FxHashMap::default();
        let mut sought = FxHashSet::default();
        for it in &index.history.group_offsets {
            let (of, to) = ((it.group, it.partition), (it.group, it.partition, it.offset));
            match it.kind {
                OffsetKind::Reset => resets.entry(of).or_default().push((it.start_ns, it.offset)),
                OffsetKind::Committed if it.outcome != End::Failed => {
                    if let Some(start_ns) = late_since(index, it) {
                        late.entry(of).or_default().push((start_ns, it.offset));
                        late_to.entry(to).or_default().add(start_ns);
                    } else if it.transaction == NONE {
                        commits.entry(to).or_default().push(*it);
                    }
                    if is_between(&seeks, it.client, it.partition, (0, it.end_ns)) {
                        sought.insert(to);
                    }
                }
                OffsetKind::Committed | OffsetKind::Observed => {}
            }
        }
        let sorted = |resets: FxHashMap<_, Vec<_>>| {
            resets.into_iter().map(|(of, resets)| (of, Resets::new(resets))).collect()
        };
        Self { resets: sorted(resets), seeks, turns, commits, late: sorted(late), late_to, sought }
    }

    /// Whether the group was reset between two of its offsets, or may have been: by somebody, or by the client itself,
    /// which has sought.
    pub(super) fn is_reset(&self, before: &GroupOffset, offset: &GroupOffset) -> bool {
        let (from_ns, to_ns) = (before.start_ns, offset.end_ns);
        let resets = self.resets.get(&(offset.group, offset.partition));
        let by_somebody = resets.is_some_and(|it| it.back_to(offset.offset, from_ns, to_ns, 1) > 0);
        by_somebody || is_between(&self.seeks, offset.client, offset.partition, (from_ns, to_ns))
    }

    /// Whether somebody, or a client that sought, may have taken the group beyond the end of the log.
    pub(super) fn is_reset_beyond(&self, offset: &GroupOffset, end: u64) -> bool {
        let resets = self.resets.get(&(offset.group, offset.partition));
        let by_somebody = resets.is_some_and(|it| it.over(end, offset.end_ns));
        by_somebody || self.sought.contains(&(offset.group, offset.partition, offset.offset))
    }

    /// Whether an older offset may be that of a commit of unknown outcome: it may have arrived at any time. What was
    /// looked up is just that; a member that began anew since may have gone on from there. `own` is what the same
    /// client has committed before.
    pub(super) fn may_be_late(&self, offset: &GroupOffset, own: Option<&GroupOffset>) -> bool {
        let (group, partition) = (offset.group, offset.partition);
        if offset.kind == OffsetKind::Observed {
            let late = self.late_to.get(&(group, partition, offset.offset));
            return late.is_some_and(|starts| starts.may_be_by(offset.end_ns));
        }
        let went_back_itself = own.is_some_and(|own| {
            let span = (own.start_ns, offset.end_ns);
            own.offset > offset.offset && !is_between(&self.turns, offset.client, partition, span)
        });
        let late = self.late.get(&(group, partition));
        let late = late.is_some_and(|it| it.back_to(offset.offset, 0, offset.end_ns, 1) > 0);
        late && !went_back_itself
    }

    /// Whether an older offset that was looked up is of a commit that was under way together with the one before: then
    /// either of them may have been the last.
    pub(super) fn may_be_last(&self, before: &GroupOffset, offset: &GroupOffset) -> bool {
        let commits = self.commits.get(&(offset.group, offset.partition, offset.offset));
        commits.into_iter().flatten().any(|commit| {
            !is_before(before.end_ns, commit.start_ns) && !is_before(commit.end_ns, before.start_ns)
        })
    }
}

/// Since when a commit that did not certainly fail may have taken effect at any time; `None` where it took effect for
/// certain before it had ended, or never.
fn late_since(index: &Index<'_>, commit: &GroupOffset) -> Option<u64> {
    if commit.transaction == NONE {
        return (commit.outcome == End::Unknown).then_some(commit.start_ns);
    }
    let transaction = index.history.transactions[commit.transaction as usize];
    let late = match transaction.fate() {
        Fate::Unknown => true,
        Fate::Committed => commit.outcome == End::Unknown,
        Fate::Aborted | Fate::Open => false,
    };
    late.then_some(transaction.commit_start_ns)
}

/// Whether any of the times of a client may be in a span, in a partition or in all.
fn is_between(
    times: &Times,
    client: ClientId,
    partition: PartitionId,
    (from_ns, to_ns): (u64, u64),
) -> bool {
    [partition, NONE].into_iter().any(|partition| {
        let times = times.get(&(client, partition));
        times.is_some_and(|times| between(times, from_ns, to_ns).next().is_some())
    })
}
