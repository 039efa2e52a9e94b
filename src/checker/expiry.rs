//! Whether retention may have removed a message where no final read says at which offset the log begins.

use super::clock::is_on_clock;
use super::history::SendRow;
use super::index::Index;

impl Index<'_> {
    /// Whether the topic's retention, as declared, may have removed a message by the end of the history, and no final
    /// read after its acknowledgement tells. By `retention.bytes` it may have at any time, as sizes are not recorded.
    pub(super) fn may_have_expired(&self, send: SendRow) -> bool {
        let sends = &self.history.sends;
        let row = send as usize;
        let topic = self.topic(sends.partition[row]);
        if !self.settings.may_expire(topic) || self.settings.keeps_everything(topic) {
            return false;
        }
        if self.ends.last_since(sends.partition[row], sends.end_ns[row]).is_some() {
            return false;
        }
        let sent_ns = sends.start_ns[row];
        let by_time = self.settings.shortest_retention_ms(topic).is_some_and(|ms| {
            !is_on_clock(sent_ns)
                || self.last_ns().saturating_sub(sent_ns) >= ms.saturating_mul(1_000_000)
        });
        by_time || self.settings.may_expire_by_size(topic)
    }

    fn last_ns(&self) -> u64 {
        *self.last_ns.get_or_init(|| {
            let polls = self.history.polls.iter().map(|poll| poll.end_ns);
            let times = polls.chain(self.history.sends.end_ns.iter().copied());
            times.filter(|at_ns| is_on_clock(*at_ns)).max().unwrap_or(0)
        })
    }
}
