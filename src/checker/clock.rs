//! Times that may not be comparable: a line without a time has only its place in its file.

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
}
