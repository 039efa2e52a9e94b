//! Resets of one group's offset in one partition.

use super::clock::{before, between};
use super::history::NO_OFFSET;
use super::lowest::Lowest;

/// When somebody reset it, and to where; [`NO_OFFSET`] where that was not recorded, which may be anywhere.
#[derive(Debug, Default)]
pub(super) struct Resets {
    times: Vec<u64>,
    lowest: Lowest,
    highest: Lowest,
}

impl Resets {
    pub(super) fn new(mut resets: Vec<(u64, u64)>) -> Self {
        resets.sort_unstable();
        let lowest = resets.iter().map(|(_, to)| if *to == NO_OFFSET { 0 } else { *to });
        let highest = resets.iter().map(|(_, to)| u64::MAX - to);
        Self {
            lowest: Lowest::new(lowest),
            highest: Lowest::new(highest),
            times: resets.iter().map(|(at_ns, _)| *at_ns).collect(),
        }
    }

    /// How often, but no more than `most`, it may have been reset to an offset, or before it, between two times.
    pub(super) fn back_to(&self, offset: u64, from_ns: u64, to_ns: u64, most: u32) -> u32 {
        let mut count = 0;
        for mut places in between(&self.times, from_ns, to_ns) {
            while count < most
                && let Some(place) = self.lowest.first_up_to(&places, offset)
            {
                count += 1;
                places.start = place + 1;
            }
        }
        count
    }

    /// Whether the last reset by a time may have been to behind an offset.
    pub(super) fn over(&self, offset: u64, by_ns: u64) -> bool {
        let Some(most) = (u64::MAX - 1).checked_sub(offset) else { return false };
        let over = |places| self.highest.first_up_to(&places, most).is_some();
        // Of those that were earlier for certain the last one counts; any other may have been the last of all.
        let earlier = before(&self.times, by_ns);
        over(earlier.end.saturating_sub(1).max(earlier.start)..earlier.end)
            || between(&self.times, by_ns, by_ns).any(over)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_between_two_times_count() {
        let resets = Resets::new(vec![(30, 5), (10, 0), (20, 7), (40, NO_OFFSET)]);
        assert_eq!(resets.back_to(5, 10, 40, 9), 3, "to 0, to 5, and nobody knows to where");
        assert_eq!(resets.back_to(5, 11, 39, 9), 1);
        assert_eq!(resets.back_to(9, 0, 99, 2), 2, "no more than asked for");
        assert!(resets.over(6, 20) && !resets.over(6, 19) && !resets.over(7, 39));
        assert!(resets.over(7, 40), "nobody knows to where");
        assert_eq!(Resets::default().back_to(5, 0, 9, 9), 0);
    }
}
