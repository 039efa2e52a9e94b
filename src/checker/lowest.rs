//! The lowest of many numbers, in any range of them.

use std::ops::Range;

/// A tree each of whose nodes holds the lower of two.
#[derive(Debug, Clone, Default)]
pub(super) struct Lowest {
    leaves: usize,
    /// The root is 1; the children of a node are at twice its place, and behind that.
    tree: Vec<u64>,
}

impl Lowest {
    pub(super) fn new(numbers: impl ExactSizeIterator<Item = u64>) -> Self {
        let leaves = numbers.len().next_power_of_two();
        let mut tree = vec![u64::MAX; 2 * leaves];
        for (place, number) in numbers.enumerate() {
            tree[leaves + place] = number;
        }
        for node in (1..leaves).rev() {
            tree[node] = tree[2 * node].min(tree[2 * node + 1]);
        }
        Self { leaves, tree }
    }

    /// The first place in a range whose number is at most this.
    pub(super) fn first_up_to(&self, range: &Range<usize>, most: u64) -> Option<usize> {
        let mut node = self.leaves + range.start;
        if range.is_empty() {
            return None;
        }
        loop {
            if self.tree[node] <= most {
                break;
            }
            // On to the next one to the right, as far up as it goes.
            while node % 2 == 1 {
                node /= 2;
            }
            if node == 0 {
                return None;
            }
            node += 1;
        }
        while node < self.leaves {
            node *= 2;
            if self.tree[node] > most {
                node += 1;
            }
        }
        let place = node - self.leaves;
        (place < range.end).then_some(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_place_is_the_one_that_looking_at_each_finds() {
        for length in 0..20_u64 {
            let numbers: Vec<u64> = (0..length).map(|place| place * 7 % 11).collect();
            let lowest = Lowest::new(numbers.iter().copied());
            for start in 0..=numbers.len() {
                for end in start..=numbers.len() {
                    for most in 0..12 {
                        let each = (start..end).find(|place| numbers[*place] <= most);
                        assert_eq!(lowest.first_up_to(&(start..end), most), each);
                    }
                }
            }
        }
    }
}
