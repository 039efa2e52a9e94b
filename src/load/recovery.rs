//! How soon a load is back at its rate after a fault.

use std::fmt;
use std::time::Duration;

/// Tenths of a second over which a rate is taken.
const WINDOW: usize = 10;

/// How a load's rate came back after a fault.
#[derive(Debug, Clone, PartialEq)]
pub struct Recovery {
    /// Messages per second before the first fault.
    pub earlier: f64,
    /// Messages in the worst second since the first fault.
    pub worst: u64,
    /// From the last fault to the first second at the rate asked for that follows a second below it. None when the load
    /// did not come back to that rate.
    pub after: Option<Duration>,
    /// Whether there was a second below the rate asked for at all.
    pub fell: bool,
}

/// Looks at a load's messages by tenths of seconds: its rate before the first fault against that since, faults
/// in milliseconds since the load began. `share` is that of the earlier rate, of 1, that counts as back.
///
/// None when the load ran for less than a second before the first fault, or since.
pub fn recovery(tenths: &[u64], first_ms: u64, last_ms: u64, share: f64) -> Option<Recovery> {
    let tenth = |ms: u64| usize::try_from(ms / 100).unwrap_or(usize::MAX);
    let (before, _) = tenths.split_at_checked(tenth(first_ms))?;
    // The first tenths are those in which the producers connect.
    let before = before.get(WINDOW / 2..).filter(|before| before.len() >= WINDOW)?;
    let earlier = before.iter().sum::<u64>() as f64 / before.len() as f64 * WINDOW as f64;
    let windows = tenths.windows(WINDOW).enumerate().skip(tenth(first_ms));
    let windows: Vec<(usize, u64)> =
        windows.map(|(index, window)| (index, window.iter().sum())).collect();
    let is_back = |messages: u64| messages as f64 >= earlier * share;
    let fall = windows.iter().position(|(_, messages)| !is_back(*messages));
    let since = windows.get(fall.unwrap_or_default()..).unwrap_or_default();
    let back = since
        .iter()
        .find(|(index, messages)| *index >= tenth(last_ms) && is_back(*messages))
        .map(|(index, _)| Duration::from_millis((*index as u64 * 100).saturating_sub(last_ms)));
    Some(Recovery {
        earlier,
        worst: windows.iter().map(|(_, messages)| *messages).min()?,
        after: back,
        fell: fall.is_some(),
    })
}

impl fmt::Display for Recovery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { earlier, worst, after, fell } = self;
        write!(f, "{earlier:.0} messages a second before the first fault, ")?;
        match (fell, after) {
            (false, _) => write!(f, "and never less than {worst} in a second since"),
            (true, Some(after)) => {
                let seconds = after.as_secs_f64();
                write!(f, "{worst} in the worst second since, back {seconds:.1} s after the last")
            }
            (true, None) => write!(f, "{worst} in the worst second since, and never back"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 100 messages in each tenth for 3 seconds, then 10 for a second, then 95.
    fn tenths() -> Vec<u64> {
        [vec![100; 30], vec![10; 10], vec![95; 30]].concat()
    }

    #[test]
    fn a_load_is_back_when_a_whole_second_is() {
        let found = recovery(&tenths(), 3000, 3000, 0.9).expect("an earlier rate");
        assert_eq!((found.earlier, found.worst, found.fell), (1000.0, 100, true));
        assert_eq!(found.after, Some(Duration::from_millis(1000)));
        assert_eq!(
            recovery(&tenths(), 3000, 3500, 0.9).expect("a rate").after,
            Some(Duration::from_millis(500))
        );
    }

    #[test]
    fn a_load_that_stays_below_is_never_back() {
        let found = recovery(&tenths(), 3000, 3000, 0.97).expect("an earlier rate");
        assert_eq!((found.after, found.fell), (None, true));
    }

    #[test]
    fn a_load_that_never_fell_says_so() {
        let found = recovery(&[100; 70], 3000, 3000, 0.9).expect("an earlier rate");
        assert!(!found.fell);
    }

    #[test]
    fn without_a_second_before_the_fault_there_is_nothing_to_compare_with() {
        assert_eq!(recovery(&tenths(), 1400, 1400, 0.9), None);
        assert_eq!(recovery(&tenths(), 9000, 9000, 0.9), None);
    }
}
