//! Judges histories: names every anomaly, says what the settings allow, and gives a three-valued verdict.
//!
//! Pure: no input or output, no clock, nothing of clusters and clients. Each family of anomalies is one
//! file; each anomaly is one function with the guarantee above it; what is allowed is in [`allowed`].

mod against_time;
pub mod allowed;
mod anew;
pub mod anomaly;
pub(crate) mod availability;
mod by_partition;
mod by_place;
pub(crate) mod clock;
mod compaction;
mod content;
mod cover;
mod cycle;
mod deletions;
mod describe;
mod ends;
pub(crate) mod escape;
mod excuse;
mod expiry;
mod final_lines;
mod final_readers;
pub(crate) mod findings;
mod first_sent;
mod flow;
mod flow_results;
mod gaps;
mod gaps_passed;
mod group;
mod group_acts;
mod group_progress;
mod growth;
mod held_back;
pub mod history;
mod in_use;
mod index;
pub(crate) mod intern;
pub(crate) mod isolation;
mod keys;
pub(crate) mod ledger;
mod looked_up;
mod loss;
mod lowest;
pub(crate) mod messages;
mod offsets;
mod old_members;
mod poll_order;
mod premature;
mod presence;
mod removals;
mod replica;
pub mod report;
mod resets;
mod send_order;
mod settings;
mod stuck;
mod topics;
mod torn;
mod transaction;
mod truncation;
mod uncommitted;
pub mod verdict;
mod walk;
mod watermarks;

use std::panic::{AssertUnwindSafe, catch_unwind};

use anomaly::Anomaly;
use findings::Findings;
use history::History;
use index::Index;
use report::{CheckReport, Counts, Report};

/// How much one check had before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Compared {
    /// Things in the history that the guarantee is about; without any the check does not apply.
    subjects: u64,
    /// Those that could be compared with something; none means that nothing can be concluded.
    compared: u64,
}

impl Compared {
    /// So many, all of them compared.
    fn all(number: usize) -> Self {
        Self { subjects: number as u64, compared: number as u64 }
    }

    /// One more, compared.
    fn count(&mut self) {
        self.subjects += 1;
        self.compared += 1;
    }
}

type Check = fn(&Index<'_>, &mut Findings) -> Compared;

/// The function that looks for an anomaly.
fn check_for(anomaly: Anomaly) -> Check {
    match anomaly {
        Anomaly::LostWrite => loss::lost_write,
        Anomaly::Unseen => loss::unseen,
        Anomaly::TruncatedRead => truncation::truncated_read,
        Anomaly::Duplicate => offsets::duplicate,
        Anomaly::InconsistentOffset => offsets::inconsistent_offset,
        Anomaly::AbortedRead => isolation::aborted_read,
        Anomaly::PrecommittedRead => isolation::precommitted_read,
        Anomaly::UnstableRead => premature::unstable_read,
        Anomaly::ReadBeforeSend => premature::read_before_send,
        Anomaly::TornTransaction => torn::torn_transaction,
        Anomaly::PollSkip => poll_order::poll_skip,
        Anomaly::InternalPollSkip => poll_order::internal_poll_skip,
        Anomaly::NonmonotonicPoll => poll_order::nonmonotonic_poll,
        Anomaly::InternalNonmonotonicPoll => poll_order::internal_nonmonotonic_poll,
        Anomaly::NonmonotonicSend => send_order::nonmonotonic_send,
        Anomaly::InternalNonmonotonicSend => send_order::internal_nonmonotonic_send,
        Anomaly::Reordered => send_order::reordered,
        Anomaly::Phantom => content::phantom,
        Anomaly::Corrupt => content::corrupt,
        Anomaly::OffsetRegression => group::offset_regression,
        Anomaly::UncommittedOffset => uncommitted::uncommitted_offset,
        Anomaly::Unprocessed => flow::unprocessed,
        Anomaly::Reprocessed => flow::reprocessed,
        Anomaly::DirtyWriteCycle => cycle::dirty_write_cycle,
        Anomaly::CircularInformationFlow => cycle::circular_information_flow,
        Anomaly::Stuck => stuck::stuck,
        Anomaly::Unavailable => availability::unavailable,
        Anomaly::ReplicaDivergence => replica::replica_divergence,
    }
}

/// Judges a history.
pub fn check(history: &History) -> Report {
    let counts = Counts::of(history);
    let index = match guarded(|| Index::new(history)) {
        Ok(index) => index,
        Err(panic) => {
            let failed = |anomaly| CheckReport::panicked(anomaly, &panic);
            return Report::new(history, counts, Anomaly::ALL.map(failed).into(), Vec::new());
        }
    };
    let checks = Anomaly::ALL.map(|anomaly| judge(&index, anomaly, check_for(anomaly)));
    let availability = guarded(|| availability::longest_gaps(&index)).unwrap_or_default();
    Report::new(history, counts, checks.into(), availability)
}

/// Runs one check.
fn judge(index: &Index<'_>, anomaly: Anomaly, check: Check) -> CheckReport {
    let run = || {
        let mut findings = Findings::new(anomaly);
        let compared = check(index, &mut findings);
        findings.examples_mut().for_each(|example| index.name_faults(example));
        (compared, findings)
    };
    match guarded(run) {
        Ok((compared, findings)) => CheckReport::new(anomaly, compared, findings),
        Err(panic) => CheckReport::panicked(anomaly, &panic),
    }
}

/// The one place where a panic is caught: a check that panics has proved nothing.
fn guarded<T>(run: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(run)).map_err(|panic| {
        let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
        text.unwrap_or_else(|| "no message".into())
    })
}

#[cfg(test)]
mod tests {
    use super::verdict::Verdict;
    use super::*;

    #[test]
    fn a_check_that_panics_is_inconclusive() {
        fn broken(index: &Index<'_>, _: &mut Findings) -> Compared {
            Compared::all(index.history.topics[7].name as usize)
        }
        let history = History::default();
        let report = judge(&Index::new(&history), Anomaly::Phantom, broken);
        assert_eq!(report.verdict, Some(Verdict::Inconclusive));
        assert!(report.reason.is_some_and(|reason| reason.contains("out of bounds")));
    }

    #[test]
    fn an_empty_history_is_inconclusive() {
        let report = check(&History::default());
        assert_eq!(report.verdict, Verdict::Inconclusive);
        assert!(report.checks.iter().all(|check| check.verdict.is_none()));
    }
}
