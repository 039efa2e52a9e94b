//! Which messages of a load are known: a bit for each, by producer and number.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// A set of messages. Each costs one bit, so a thousand million of them take 125 MB.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ids {
    by_producer: BTreeMap<u32, Numbers>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Numbers {
    words: Vec<u64>,
    count: u64,
}

/// A message of a load: its producer, and its number among those of this producer, both from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id {
    /// The number of its producer.
    pub producer: u32,
    /// Its number among the messages of this producer.
    pub number: u64,
}

impl std::fmt::Display for Id {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.producer, self.number)
    }
}

impl Ids {
    /// Adds a message; false when it is there already.
    pub fn add(&mut self, id: Id) -> bool {
        self.by_producer.entry(id.producer).or_default().add(id.number)
    }

    /// Adds the numbers of a range.
    pub fn add_range(&mut self, producer: u32, numbers: RangeInclusive<u64>) {
        let known = self.by_producer.entry(producer).or_default();
        for number in numbers {
            known.add(number);
        }
    }

    /// Adds all of another set.
    pub fn add_all(&mut self, others: &Self) {
        for (producer, numbers) in &others.by_producer {
            self.by_producer.entry(*producer).or_default().add_all(numbers);
        }
    }

    /// The number of messages.
    pub fn count(&self) -> u64 {
        self.by_producer.values().map(|numbers| numbers.count).sum()
    }

    /// Whether it is there.
    pub fn has(&self, id: Id) -> bool {
        self.by_producer.get(&id.producer).is_some_and(|numbers| numbers.has(id.number))
    }

    /// Those that are here and not in `others`, in order.
    pub fn without<'a>(&'a self, others: &'a Self) -> impl Iterator<Item = Id> + 'a {
        self.iter().filter(|id| !others.has(*id))
    }

    /// Whether `others` has all that are here.
    pub fn is_within(&self, others: &Self) -> bool {
        self.by_producer.iter().all(|(producer, numbers)| {
            let empty = Numbers::default();
            numbers.is_within(others.by_producer.get(producer).unwrap_or(&empty))
        })
    }

    fn iter(&self) -> impl Iterator<Item = Id> + '_ {
        self.by_producer.iter().flat_map(|(producer, numbers)| {
            numbers.iter().map(|number| Id { producer: *producer, number })
        })
    }

    /// The numbers of each producer as ranges, in order.
    pub fn ranges(&self) -> Vec<(u32, RangeInclusive<u64>)> {
        let mut ranges: Vec<(u32, RangeInclusive<u64>)> = Vec::new();
        for Id { producer, number } in self.iter() {
            match ranges.last_mut() {
                Some((last, range)) if *last == producer && *range.end() + 1 == number => {
                    *range = *range.start()..=number;
                }
                _ => ranges.push((producer, number..=number)),
            }
        }
        ranges
    }
}

impl Numbers {
    fn add(&mut self, number: u64) -> bool {
        let (word, bit) = place(number);
        if word >= self.words.len() {
            self.words.resize(word + 1, 0);
        }
        let new = self.words[word] & bit == 0;
        self.words[word] |= bit;
        self.count += u64::from(new);
        new
    }

    fn add_all(&mut self, others: &Self) {
        if others.words.len() > self.words.len() {
            self.words.resize(others.words.len(), 0);
        }
        for (word, other) in self.words.iter_mut().zip(&others.words) {
            *word |= other;
        }
        self.count = self.words.iter().map(|word| u64::from(word.count_ones())).sum();
    }

    fn is_within(&self, others: &Self) -> bool {
        let mut words = self.words.iter().zip(others.words.iter().chain(std::iter::repeat(&0)));
        words.all(|(word, other)| word & !other == 0)
    }

    fn has(&self, number: u64) -> bool {
        let (word, bit) = place(number);
        self.words.get(word).is_some_and(|word| word & bit != 0)
    }

    fn iter(&self) -> impl Iterator<Item = u64> + '_ {
        self.words.iter().zip(0_u64..).filter(|(word, _)| **word != 0).flat_map(|(word, index)| {
            (0..64).filter(move |bit| word & (1 << bit) != 0).map(move |bit| index * 64 + bit)
        })
    }
}

fn place(number: u64) -> (usize, u64) {
    (usize::try_from(number / 64).unwrap_or(usize::MAX), 1 << (number % 64))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(producer: u32, number: u64) -> Id {
        Id { producer, number }
    }

    #[test]
    fn tells_a_second_time_from_the_first() {
        let mut ids = Ids::default();
        assert!(ids.add(id(1, 64)));
        assert!(!ids.add(id(1, 64)));
        assert!(ids.add(id(2, 64)));
        assert_eq!(ids.count(), 2);
    }

    #[test]
    fn finds_what_is_missing() {
        let (mut sent, mut received) = (Ids::default(), Ids::default());
        sent.add_range(1, 1..=200);
        sent.add_range(2, 1..=3);
        received.add_range(1, 1..=127);
        received.add_range(1, 129..=200);
        received.add_range(2, 1..=2);
        assert_eq!(sent.without(&received).collect::<Vec<_>>(), [id(1, 128), id(2, 3)]);
        assert_eq!(received.without(&sent).count(), 0);
        assert!(received.is_within(&sent) && !sent.is_within(&received));
    }

    #[test]
    fn has_ranges_and_takes_others_in() {
        let (mut one, mut other) = (Ids::default(), Ids::default());
        one.add_range(7, 1..=64);
        other.add_range(7, 65..=66);
        other.add_range(9, 5..=5);
        one.add_all(&other);
        assert_eq!(one.ranges(), [(7, 1..=66), (9, 5..=5)]);
        assert_eq!(one.count(), 67);
    }
}
