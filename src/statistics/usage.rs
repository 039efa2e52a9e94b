//! What one node, or trial itself, has used since it was started.

use std::time::Duration;

use crate::event::snapshot::Used;

/// Counters of a node since it was started, and its memory now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Time on all cores together in user mode.
    pub user: Duration,
    /// Time on all cores together in the kernel.
    pub system: Duration,
    /// Resident memory in bytes: of a process with the files that it has mapped, of a container without the page cache.
    pub memory: u64,
    /// Bytes read from and written to disks; none where the system does not say.
    pub disk: Option<(u64, u64)>,
    /// Bytes received and sent by its container, or over the TCP connections of its process; none where the system
    /// does not say.
    pub network: Option<(u64, u64)>,
}

impl Usage {
    /// What was used since an earlier reading. A node that was started again meanwhile counts from 0.
    pub fn since(&self, before: &Self, time: Duration) -> Used {
        let seconds = time.as_secs_f64().max(0.001);
        let percent = |now: Duration, then: Duration| {
            let spent = if now < then { now } else { now - then };
            spent.as_secs_f64() / seconds * 100.0
        };
        let rate = |now: Option<u64>, then: Option<u64>| {
            let (now, then) = (now?, then?);
            Some((if now < then { now } else { now - then }) as f64 / seconds)
        };
        let first = |pair: Option<(u64, u64)>| pair.map(|(first, _)| first);
        let second = |pair: Option<(u64, u64)>| pair.map(|(_, second)| second);
        Used {
            user_percent: percent(self.user, before.user),
            system_percent: percent(self.system, before.system),
            memory: self.memory,
            disk_read: rate(first(self.disk), first(before.disk)),
            disk_written: rate(second(self.disk), second(before.disk)),
            received: rate(first(self.network), first(before.network)),
            sent: rate(second(self.network), second(before.network)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_used_is_per_second() {
        let before =
            Usage { user: Duration::from_secs(1), disk: Some((0, 500)), ..Usage::default() };
        let after = Usage {
            user: Duration::from_secs(2),
            memory: 7,
            disk: Some((0, 2500)),
            ..Usage::default()
        };
        let used = after.since(&before, Duration::from_secs(2));
        assert_eq!((used.user_percent, used.memory), (50.0, 7));
        assert_eq!((used.disk_written, used.received), (Some(1000.0), None));
    }

    #[test]
    fn a_node_that_was_started_again_counts_from_0() {
        let before = Usage { user: Duration::from_secs(9), ..Usage::default() };
        let after = Usage { user: Duration::from_secs(1), ..Usage::default() };
        assert_eq!(after.since(&before, Duration::from_secs(1)).user_percent, 100.0);
    }
}
