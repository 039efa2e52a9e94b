//! What consumers have seen stays: they get nothing above the high watermark, and nothing below it is lost.

use super::Compared;
use super::allowed::{Fact, Facts};
use super::compaction::Removed;
use super::ends::{Covered, FinalLine, Level};
use super::findings::{Example, Findings};
use super::history::{
    End, Fate, NONE, PartitionId, ReadRow, SendRow, Watermark, is_after, is_before,
};
use super::index::{Index, is_in_log, is_premature};
use super::settings::{Cleanup, span};

/// A record that a consumer has got, whoever sent it, is in the final read; and the high watermark never goes back.
/// A message that some read_committed consumer has got is there for all of them. What retention, the cleaner of a
/// compacted topic, or somebody removed does not count, nor does what no consumer should have seen.
pub fn truncated_read(index: &Index<'_>, findings: &mut Findings) -> Compared {
    let history = index.history;
    let mut compared = Compared::default();
    watermarks(index, &mut compared, findings);
    for partition in (0..).take(history.partitions.len()) {
        if index.final_lines(partition).is_empty() {
            continue;
        }
        let mut before: Option<ReadRow> = None;
        for read in index.reads.of(partition) {
            let row = *read as usize;
            let (offset, message) = (history.reads.offset[row], history.reads.message[row]);
            let same = before.is_some_and(|before| {
                let before = before as usize;
                (history.reads.offset[before], history.reads.message[before]) == (offset, message)
            });
            before = Some(*read);
            let send = history.send_of[message as usize];
            let elsewhere = match send {
                // A message that nobody sent may be in several logs; only one is checked.
                NONE => {
                    history.reads.partition[index.first_read[message as usize] as usize]
                        != partition
                }
                _ => !is_in_log(history, row, send) || is_premature(history, row, send),
            };
            if same || elsewhere || is_void(index, send) {
                continue;
            }
            compared.count();
            if index.is_settled(partition, offset) {
                continue;
            }
            let Some(line) = gone(index, *read, send) else { continue };
            if offset < index.log_start_by(partition, line.at_ns) {
                continue;
            }
            let removed = match send {
                _ if offset >= line.high_watermark => Removed::No,
                NONE if is_compacted(index, partition, line.at_ns) => Removed::KeyUnknown,
                NONE => Removed::No,
                _ => index.removed_by_cleaner(send, line.at_ns),
            };
            if removed == Removed::Yes {
                continue;
            }
            let facts = facts(index, *read, send, line.at_ns).removed(removed);
            findings.add(facts, 0, || {
                let why = match offset >= line.high_watermark {
                    true => format!("the log ends at {}", line.high_watermark),
                    false => "it is not there at the end".into(),
                };
                let text = format!(
                    "{} read {} from {}, but {why}",
                    index.reader(*read),
                    index.message(message),
                    index.place(partition, offset),
                );
                index.example_of_read(*read, text)
            });
        }
    }
    compared
}

/// The final read that shows that a record is gone.
fn gone<'i>(index: &'i Index<'_>, read: ReadRow, send: SendRow) -> Option<&'i FinalLine> {
    let history = index.history;
    let (partition, offset) = history.reads.place(read);
    let message = history.reads.message[read as usize];
    let end_ns = history.poll_of(read).end_ns;
    let lines = index.final_lines(partition);
    let last = lines.last().filter(|last| !is_before(last.at_ns, end_ns))?;
    if offset >= last.high_watermark && is_after(last.began_ns, end_ns) {
        // One read at another place as well is a duplicate, of which one is gone.
        return Some(last);
    }
    let committed =
        index.is_read_committed(message) || (send != NONE && index.history.is_effective(send));
    [Level::Committed, Level::Uncommitted].into_iter().find_map(|level| {
        let at = index.ends.last_covering(partition, Covered::By(level), offset, end_ns)?;
        let visible = level == Level::Uncommitted || committed;
        (visible && !index.ends.found(level, message, at)).then(|| &lines[at])
    })
}

fn is_compacted(index: &Index<'_>, partition: PartitionId, at_ns: u64) -> bool {
    let cleanup = index.settings.cleanup(index.topic(partition), (0, at_ns));
    cleanup == Cleanup::Compact
}

/// Whether no consumer should have seen it, which has a name of its own.
fn is_void(index: &Index<'_>, send: SendRow) -> bool {
    send != NONE
        && (index.history.sends.outcome[send as usize] == End::Failed
            || matches!(index.fate_of_send(send), Some(Fate::Aborted | Fate::Open)))
}

fn facts(index: &Index<'_>, read: ReadRow, send: SendRow, at_ns: u64) -> Facts {
    let (history, (partition, _)) = (index.history, index.history.reads.place(read));
    let read_ns = history.poll_of(read).end_ns;
    let Some(client) = history.sends.client.get(send as usize) else {
        return Facts::default().with_elections(
            index,
            partition,
            span(read_ns, at_ns),
            (0, read_ns),
        );
    };
    let acks = history.clients[*client as usize].acks;
    let sent = (history.sends.start_ns[send as usize], history.sends.end_ns[send as usize]);
    // Acknowledged or not, what was read was below the high watermark.
    let since_ns = if is_before(sent.1, read_ns) { sent.1 } else { read_ns };
    Facts::default().with(Fact::AcksNotAll, acks != -1).with_elections(
        index,
        partition,
        span(since_ns, at_ns),
        sent,
    )
}

/// No sample of the high watermark is above the last one.
fn watermarks(index: &Index<'_>, compared: &mut Compared, findings: &mut Findings) {
    let mut highest: Vec<Option<Watermark>> = vec![None; index.history.partitions.len()];
    for sample in &index.history.watermarks {
        let last = index.final_lines(sample.partition).last();
        let highest = &mut highest[sample.partition as usize];
        let higher = highest.is_none_or(|it| it.high_watermark < sample.high_watermark);
        if higher && last.is_some_and(|last| is_before(sample.at_ns, last.began_ns)) {
            *highest = Some(*sample);
        }
    }
    for sample in highest.into_iter().flatten() {
        compared.count();
        let (partition, was) = (sample.partition, sample.high_watermark);
        let Some(last) = index.final_lines(partition).last() else { continue };
        let is = last.high_watermark;
        if was <= is {
            continue;
        }
        let span = (sample.at_ns, last.at_ns);
        let facts = Facts::default().with_elections(index, partition, span, (0, sample.at_ns));
        findings.add(facts, was - is, || {
            let text = format!(
                "the high watermark of {} was {was}, and {is} at the end",
                index.partition(partition),
            );
            let example = index.example(partition, sample.at_ns, last.at_ns, text);
            Example { offset: Some(is), ..example }
        });
    }
}
