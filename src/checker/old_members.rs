//! Groups whose members may go on where they were in a topic that was made anew since.

use rustc_hash::{FxHashMap, FxHashSet};

use super::history::{ClientId, NONE, PartitionId, Topic};
use super::index::Index;
use super::intern::TextId;

/// A topic's name, a partition's number, a group.
type Member = (TextId, Option<u32>, TextId);

/// For each group and partition the first of the deleted logs that it, or a client that commits for it, was in.
#[derive(Debug, Default)]
pub(super) struct OldMembers(FxHashMap<Member, u32>);

impl OldMembers {
    pub(super) fn new(index: &Index<'_>) -> Self {
        let history = index.history;
        let mut members = Self::default();
        if !history.topics.iter().any(Topic::is_deleted) {
            return members;
        }
        let mut groups: FxHashMap<ClientId, FxHashSet<TextId>> = FxHashMap::default();
        for it in &history.group_offsets {
            members.add(index, it.partition, it.group);
            if it.client != NONE {
                groups.entry(it.client).or_default().insert(it.group);
            }
        }
        let polls = history.reads.poll.iter().map(|poll| history.polls[*poll as usize].client);
        let readers: FxHashSet<(ClientId, PartitionId)> =
            polls.zip(history.reads.partition.iter().copied()).collect();
        for (client, partition) in readers {
            for group in groups.get(&client).into_iter().flatten() {
                members.add(index, partition, *group);
            }
        }
        members
    }

    fn add(&mut self, index: &Index<'_>, partition: PartitionId, group: TextId) {
        let history = index.history;
        if !history.topic_of(partition).is_deleted() {
            return;
        }
        let it = history.partitions[partition as usize];
        let member = (index.topic_name(partition), it.number, group);
        let first = self.0.entry(member).or_insert(it.topic);
        *first = it.topic.min(*first);
    }

    /// Whether a member of a group may go on in a log where it was in an earlier one of the same name, which it was in.
    pub(super) fn may_go_on(
        &self,
        index: &Index<'_>,
        partition: PartitionId,
        group: TextId,
    ) -> bool {
        let it = index.history.partitions[partition as usize];
        let first = self.0.get(&(index.topic_name(partition), it.number, group));
        // Logs of one name are in the order of time.
        first.is_some_and(|first| *first < it.topic)
    }
}
