//! What sends say of partitions. Where a send does not name its partition, any of the topic's may be meant.

use super::history::History;

/// Joins what each send says, for each partition; `None` where none says anything.
pub(super) fn by_partition<T: Copy>(
    history: &History,
    of_send: impl Fn(usize) -> Option<T>,
    join: impl Fn(T, T) -> T,
) -> Vec<Option<T>> {
    let both = |one: Option<T>, other: Option<T>| match (one, other) {
        (Some(one), Some(other)) => Some(join(one, other)),
        (one, other) => one.or(other),
    };
    let mut told = vec![None; history.partitions.len()];
    let mut anywhere = vec![None; history.topics.len()];
    for (row, partition) in history.sends.partition.iter().enumerate() {
        let of = history.partitions[*partition as usize];
        let known = match of.number {
            Some(_) => &mut told[*partition as usize],
            None => &mut anywhere[of.topic as usize],
        };
        *known = both(*known, of_send(row));
    }
    let topics = history.partitions.iter().map(|partition| partition.topic as usize);
    told.into_iter().zip(topics).map(|(told, topic)| both(told, anywhere[topic])).collect()
}
