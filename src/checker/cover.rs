//! Which of many ranges of offsets is the last that covers an offset.

use std::collections::BTreeSet;
use std::ops::Range;

/// Ranges, numbered in the order of their rows.
#[derive(Debug, Clone, Default)]
pub(super) struct Cover {
    /// From which offset on which range is the last; `None` for none.
    from: Vec<(u64, Option<usize>)>,
}

impl Cover {
    pub(super) fn new(ranges: impl Iterator<Item = Range<u64>>) -> Self {
        let mut edges: Vec<(u64, bool, usize)> = Vec::new();
        for (number, range) in ranges.enumerate().filter(|(_, range)| !range.is_empty()) {
            edges.push((range.start, true, number));
            edges.push((range.end, false, number));
        }
        edges.sort_unstable();
        let mut open = BTreeSet::new();
        let mut from: Vec<(u64, Option<usize>)> = Vec::new();
        for (offset, begins, number) in edges {
            if begins {
                open.insert(number);
            } else {
                open.remove(&number);
            }
            let last = open.last().copied();
            match from.last_mut() {
                Some(before) if before.0 == offset => before.1 = last,
                Some(before) if before.1 == last => {}
                _ => from.push((offset, last)),
            }
        }
        Self { from }
    }

    /// The last range that has an offset in it.
    pub(super) fn last(&self, offset: u64) -> Option<usize> {
        let behind = self.from.partition_point(|(from, _)| *from <= offset);
        self.from[..behind].last().and_then(|(_, last)| *last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_range_is_the_one_that_looking_at_each_finds() {
        let ranges = [0..4, 2..9, 5..5, 4..6, 20..30, 0..3, 9..12];
        let cover = Cover::new(ranges.iter().cloned());
        for offset in 0..32 {
            let last = ranges.iter().rposition(|range| range.contains(&offset));
            assert_eq!(cover.last(offset), last, "{offset}");
        }
    }
}
