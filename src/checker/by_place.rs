//! Rows in the order of their places.

use super::history::{NONE, PartitionId};

/// Rows sorted by partition and offset.
#[derive(Debug, Default)]
pub struct ByPlace {
    rows: Vec<u32>,
    /// Where each partition begins in `rows`, and the end of the last.
    starts: Vec<usize>,
}

impl ByPlace {
    /// The rows that `keep` keeps, by where they are.
    pub fn new(
        partitions: usize,
        partition: &[PartitionId],
        offset: &[u64],
        keep: impl Fn(usize) -> bool,
    ) -> Self {
        let kept = || partition.iter().enumerate().filter(|(row, _)| keep(*row));
        let mut starts = vec![0; partitions + 1];
        for (_, partition) in kept() {
            starts[*partition as usize + 1] += 1;
        }
        for at in 0..partitions {
            starts[at + 1] += starts[at];
        }
        let mut next = starts.clone();
        let mut rows = vec![NONE; starts[partitions]];
        for (row, partition) in kept() {
            let place = &mut next[*partition as usize];
            // Rows are fewer than 2^32: the assembler sees to it.
            rows[*place] = u32::try_from(row).unwrap_or(NONE);
            *place += 1;
        }
        for at in 0..partitions {
            let rows = &mut rows[starts[at]..starts[at + 1]];
            if !rows.is_sorted_by_key(|row| offset[*row as usize]) {
                rows.sort_by_key(|row| offset[*row as usize]);
            }
        }
        Self { rows, starts }
    }

    /// All rows.
    pub fn all(&self) -> &[u32] {
        &self.rows
    }

    /// The rows of one partition.
    pub fn of(&self, partition: PartitionId) -> &[u32] {
        &self.rows[self.starts[partition as usize]..self.starts[partition as usize + 1]]
    }
}
