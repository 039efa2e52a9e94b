//! Gaps between times at which something succeeded.

use super::availability::{Gap, Gaps, LISTED_FROM_MS};

/// How many gaps of a topic are listed, for writes and for reads each.
const LISTED: usize = 20;

/// Times of one topic, in milliseconds since the first. Gaps are their lengths and where they begin.
#[derive(Debug, Default)]
pub(super) struct Times {
    pub(super) starts: Vec<u32>,
    pub(super) acknowledged: Vec<u32>,
    /// When something could be read that nobody had read yet.
    pub(super) unread: Vec<u32>,
    pub(super) refused: Vec<u32>,
    pub(super) reads: Vec<u32>,
    /// When somebody polled, whatever came of it.
    pub(super) tried: Vec<(u32, u32)>,
}

/// Attempts that are so far apart are not one, in milliseconds.
const APART_MS: u32 = 5000;

impl Times {
    pub(super) fn sort(&mut self) {
        self.tried.sort_unstable();
        self.tried.dedup_by(|later, earlier| {
            let joined = later.0 <= earlier.1.saturating_add(APART_MS);
            if joined {
                earlier.1 = earlier.1.max(later.1);
            }
            joined
        });
        let all = [&mut self.starts, &mut self.acknowledged, &mut self.refused, &mut self.reads];
        for times in all.into_iter().chain([&mut self.unread]) {
            if !times.is_sorted() {
                times.sort();
            }
        }
    }

    /// A gap lasts from one success, or from when somebody begins to wait, to the next, or until nobody waits any more.
    pub(super) fn write_gaps(&self) -> Found {
        let last = [self.starts.last(), self.refused.last()].into_iter().flatten().max().copied();
        let (Some(first), Some(last)) = (self.starts.first().copied(), last) else {
            return Found::default();
        };
        let mut found = Found { longest: Some((0, first)), long: Vec::new() };
        let spans = self.waiting(last.max(self.acknowledged.last().copied().unwrap_or(0)));
        let mut spans = spans.as_slice();
        let mut from = first;
        let ends = self.acknowledged.iter().copied().chain(
            // The time after the last success counts as far as sends were tried.
            (self.acknowledged.last().is_none_or(|end| *end < last)).then_some(last),
        );
        for end in ends {
            while spans.first().is_some_and(|(_, to)| *to <= from) {
                spans = &spans[1..];
            }
            for (start, to) in spans.iter().take_while(|(start, _)| *start < end) {
                found.add(from.max(*start), end.min(*to));
            }
            from = end;
        }
        found
    }

    /// When somebody waited for a send to end. Who is refused and tries again soon waits in between.
    fn waiting(&self, last: u32) -> Vec<(u32, u32)> {
        let (mut acknowledged, mut refused) =
            (self.acknowledged.iter().peekable(), self.refused.iter().peekable());
        let mut spans: Vec<(u32, u32)> = Vec::new();
        // Those that wait, since when, and when the last one was refused.
        let (mut waiting, mut since, mut refused_at) = (0_u32, 0, None);
        let starts = self.starts.iter().copied().map(Some).chain([None]);
        for start in starts {
            let until = start.unwrap_or(u32::MAX);
            loop {
                let (well, badly) = (acknowledged.peek().copied(), refused.peek().copied());
                let ends_well = well.is_some_and(|well| badly.is_none_or(|badly| well <= badly));
                let Some(end) = (if ends_well { well } else { badly }).filter(|end| **end < until)
                else {
                    break;
                };
                if ends_well {
                    acknowledged.next();
                } else {
                    refused.next();
                }
                if waiting == 1 && ends_well {
                    spans.push((since, *end));
                }
                refused_at = (waiting == 1 && !ends_well).then_some(*end);
                waiting = waiting.saturating_sub(1);
            }
            let Some(start) = start else { break };
            if waiting == 0 {
                match refused_at.take() {
                    Some(at) if start.saturating_sub(at) < APART_MS => {}
                    at => {
                        spans.extend(at.map(|at| (since, at)));
                        since = start;
                    }
                }
            }
            waiting += 1;
        }
        let open = if waiting > 0 { Some(last) } else { refused_at };
        spans.extend(open.map(|to| (since, to)));
        spans
    }

    /// A gap lasts from when something can be read, or from one read, to the next read, while somebody tries.
    pub(super) fn read_gaps(&self) -> Found {
        let first = self.reads.first().or(self.tried.first().map(|(start, _)| start));
        let Some(first) = first else { return Found::default() };
        let mut found = Found { longest: Some((0, *first)), long: Vec::new() };
        let (mut unread, mut tried) = (0, 0);
        let mut before = None;
        let last = self.tried.last().map(|(_, end)| *end);
        // The time after the last success counts as far as somebody tried.
        let in_vain = last.filter(|last| self.reads.last().is_none_or(|read| read < last));
        for read in self.reads.iter().copied().chain(in_vain) {
            while let Some(end) = self.unread.get(unread)
                && before.is_some_and(|before| *end <= before)
            {
                unread += 1;
            }
            if let Some(from) = self.unread.get(unread).filter(|from| **from < read) {
                let from = (*from).max(before.unwrap_or(0));
                while self.tried.get(tried).is_some_and(|(_, end)| *end <= from) {
                    tried += 1;
                }
                let within = self.tried[tried..].iter().take_while(|(start, _)| *start < read);
                for (start, end) in within {
                    found.add(from.max(*start), read.min(*end));
                }
            } else if self.unread.get(unread).is_some() {
                found.add(read, read);
            }
            before = Some(read);
        }
        found
    }
}

/// Gaps of one topic: their lengths, and where they begin.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Found {
    pub(super) longest: Option<(u32, u32)>,
    /// Those that are long enough to be listed.
    long: Vec<(u32, u32)>,
}

impl Found {
    fn add(&mut self, from: u32, to: u32) {
        let gap = (to.saturating_sub(from), from);
        self.longest = self.longest.max(Some(gap));
        if gap.0 >= LISTED_FROM_MS {
            self.long.push(gap);
        }
    }

    pub(super) fn listed(mut self, gap: impl Fn((u32, u32)) -> Gap) -> Gaps {
        self.long.sort_unstable_by_key(|gap| std::cmp::Reverse(*gap));
        let others = self.long.len().saturating_sub(LISTED) as u64;
        self.long.truncate(LISTED);
        self.long.sort_unstable_by_key(|(_, from)| *from);
        Gaps { longest: self.long.into_iter().map(gap).collect(), others }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_only_while_somebody_tries() {
        let times = Times {
            starts: vec![0, 10, 1000, 1001],
            acknowledged: vec![5, 15, 1100],
            refused: vec![1050],
            ..Times::default()
        };
        assert_eq!(times.write_gaps().longest, Some((100, 1000)));
    }

    #[test]
    fn a_send_that_waits_makes_the_gap_begin_with_the_last_success() {
        let times = Times { starts: vec![0, 1], acknowledged: vec![5, 500], ..Times::default() };
        assert_eq!(times.write_gaps().longest, Some((495, 5)));
    }

    #[test]
    fn sends_that_never_succeed_are_a_gap() {
        let times = Times { starts: vec![0, 1], refused: vec![900], ..Times::default() };
        assert_eq!(times.write_gaps().longest, Some((900, 0)));
    }

    #[test]
    fn nobody_waits_between_a_refusal_and_an_attempt_much_later() {
        let times = Times {
            starts: vec![0, 10, 90_000],
            acknowledged: vec![5, 90_100],
            refused: vec![30],
            ..Times::default()
        };
        assert_eq!(times.write_gaps().longest, Some((100, 90_000)));
        let soon = Times { starts: vec![0, 10, 2000], acknowledged: vec![5, 2100], ..times };
        assert_eq!(soon.write_gaps().longest, Some((2090, 10)));
    }

    #[test]
    fn reading_counts_from_when_there_is_something_to_read() {
        let times = Times {
            starts: vec![0, 800],
            unread: vec![5, 810],
            reads: vec![20, 900],
            tried: vec![(0, 900)],
            ..Times::default()
        };
        assert_eq!(times.read_gaps().longest, Some((90, 810)));
    }

    #[test]
    fn the_longest_gaps_are_listed_as_they_came_and_the_others_are_counted() {
        // One send at a time, each two seconds after the one before and each waiting a little longer.
        let starts: Vec<_> = (0..30).map(|number| number * 2000).collect();
        let acknowledged = starts.iter().zip(0..).map(|(start, number)| start + 480 + 10 * number);
        let acknowledged = acknowledged.collect();
        let times = Times { starts, acknowledged, ..Times::default() };
        let gap = |(length, from)| Gap { ns: u64::from(length), from_ns: u64::from(from) };
        let Gaps { longest, others } = times.write_gaps().listed(gap);
        let expected: Vec<_> =
            (10..30u64).map(|number| (480 + 10 * number, number * 2000)).collect();
        let found: Vec<_> = longest.into_iter().map(|gap| (gap.ns, gap.from_ns)).collect();
        assert_eq!(found, expected);
        assert_eq!(others, 8, "the first two were too short");
    }

    #[test]
    fn every_gap_between_reads_is_found() {
        let times = Times {
            starts: vec![0, 1000, 4000],
            unread: vec![5, 1005, 4005],
            reads: vec![705, 2005, 4010],
            tried: vec![(0, 5000)],
            ..Times::default()
        };
        assert_eq!(times.read_gaps().long, [(700, 5), (1000, 1005)]);
        assert_eq!(times.read_gaps().longest, Some((1000, 1005)));
    }

    #[test]
    fn reading_counts_while_somebody_tries_also_after_the_last_read() {
        let polls = |tried| {
            let mut times = Times { unread: vec![5], tried, ..Times::default() };
            times.sort();
            times.read_gaps().longest
        };
        assert_eq!(polls(vec![(0, 10), (2000, 3000)]), Some((2995, 5)));
        assert_eq!(polls(vec![(70_000, 70_010)]), Some((10, 70_000)), "nobody tried before");
    }
}
