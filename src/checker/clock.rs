//! Times that may not be comparable: a line without a time has only its place in its file.

use std::ops::Range;

/// In a column of times: it has not happened.
pub const NEVER: u64 = u64::MAX;

/// Times from here on are places in files: the file's number, then the line's.
const PLACES: u64 = 1 << 63;
const LINE_BITS: u32 = 40;

/// The time of a line of which only the place is known.
pub fn place_in_file(file: u64, line: u64) -> u64 {
    let line_limit = (1 << LINE_BITS) - 1;
    let file_limit = (1 << (63 - LINE_BITS)) - 2;
    PLACES | file.min(file_limit) << LINE_BITS | line.min(line_limit)
}

/// A time of the machine's clock as it is kept.
pub fn on_clock(mono_ns: u64) -> u64 {
    mono_ns.min(PLACES - 1)
}

/// Whether it is a time of the machine's clock.
pub fn is_on_clock(time: u64) -> bool {
    time < PLACES
}

/// What a time is measured by: 0 for the machine's clock, otherwise one number for each file.
pub fn clock_of(time: u64) -> u64 {
    if is_on_clock(time) { 0 } else { time >> LINE_BITS }
}

/// Whether one time is before another one for certain. What has not happened is after nothing.
pub fn is_before(one: u64, other: u64) -> bool {
    one < other && other != NEVER && clock_of(one) == clock_of(other)
}

/// Whether one time is for certain not before another one, which has happened.
pub fn is_after(one: u64, other: u64) -> bool {
    one >= other && other != NEVER && clock_of(one) == clock_of(other)
}

/// Of sorted times the places of those that are before a time for certain.
pub fn before(times: &[u64], time: u64) -> Range<usize> {
    let of_clock = alike(times, time);
    let end = if time == NEVER { of_clock.start } else { times.partition_point(|it| *it < time) };
    of_clock.start..end.clamp(of_clock.start, of_clock.end)
}

/// Of sorted times the places of those that are after a time for certain.
pub fn after(times: &[u64], time: u64) -> Range<usize> {
    let of_clock = alike(times, time);
    let start = times.partition_point(|it| *it <= time);
    let end = times.partition_point(|it| *it < NEVER).min(of_clock.end);
    start.clamp(of_clock.start, end)..end
}

/// Of sorted times the places of those that may be between two times.
pub fn between(times: &[u64], from: u64, to: u64) -> impl Iterator<Item = Range<usize>> {
    let mut cut = [before(times, from), after(times, to)];
    cut.sort_by_key(|range| range.start);
    let [first, second] = cut;
    let middle = first.end.min(times.len())..second.start.max(first.end);
    let rest = first.end.max(second.end)..times.len();
    [0..first.start, middle, rest].into_iter().filter(|range| !range.is_empty())
}

/// Of sorted times the places of those that are of the clock of a time.
pub fn alike(times: &[u64], time: u64) -> Range<usize> {
    let clock = clock_of(time);
    let start = times.partition_point(|it| clock_of(*it) < clock);
    start..start + times[start..].partition_point(|it| clock_of(*it) == clock)
}

/// The earliest of several times by each clock.
#[derive(Debug, Clone, Default)]
pub(super) struct Earliest(Vec<u64>);

impl Earliest {
    pub(super) fn add(&mut self, time: u64) {
        match self.0.iter_mut().find(|it| clock_of(**it) == clock_of(time)) {
            Some(earliest) => *earliest = time.min(*earliest),
            None => self.0.push(time),
        }
    }

    /// Whether any of them may have been by a time.
    pub(super) fn may_be_by(&self, time: u64) -> bool {
        self.0.iter().any(|earliest| !is_before(time, *earliest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_times_of_one_clock_are_compared() {
        assert!(is_before(on_clock(1), on_clock(2)));
        assert!(is_before(place_in_file(1, 1), place_in_file(1, 2)));
        assert!(!is_before(place_in_file(1, 1), place_in_file(2, 2)));
        assert!(!is_before(on_clock(u64::MAX), place_in_file(0, 0)));
        assert!(!is_before(place_in_file(u64::MAX, u64::MAX), NEVER));
    }

    #[test]
    fn places_are_those_that_comparing_each_time_finds() {
        let all =
            [0, 1, 5, 5, 7, place_in_file(1, 1), place_in_file(1, 4), place_in_file(2, 2), NEVER];
        for length in 0..=all.len() {
            let times = &all[..length];
            for from in all.into_iter().chain([3, 9, place_in_file(1, 3), place_in_file(3, 0)]) {
                let at = |found: Range<usize>| found.collect::<Vec<_>>();
                let each = |keep: &dyn Fn(u64) -> bool| -> Vec<usize> {
                    (0..length).filter(|place| keep(times[*place])).collect()
                };
                assert_eq!(at(before(times, from)), each(&|it| is_before(it, from)));
                assert_eq!(at(after(times, from)), each(&|it| is_before(from, it)));
                for to in all {
                    let found: Vec<usize> = between(times, from, to).flatten().collect();
                    let kept = each(&|it| !is_before(it, from) && !is_before(to, it));
                    assert_eq!(found, kept, "{times:?} from {from} to {to}");
                }
            }
        }
    }
}
