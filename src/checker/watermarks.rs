//! What is known of a partition's high watermark over time.

use super::clock::{after, alike, clock_of};
use super::history::{End, NEVER, NO_OFFSET, NONE, PartitionId, is_before};
use super::index::Index;

/// What is known of high watermarks, of partitions whose replicas were dumped.
pub(super) struct Watermarks {
    looked_up: Rising,
    proved: Rising,
    /// For each partition the times at which sends began, of which the last counts.
    last_send_ns: Vec<Vec<u64>>,
}

/// For each partition numbers that never fall.
struct Rising {
    /// When something was known.
    times: Vec<Vec<u64>>,
    /// And what; each the highest so far.
    known: Vec<Vec<u64>>,
}

impl Rising {
    fn new(partitions: usize, mut all: Vec<(u64, u64, PartitionId)>) -> Self {
        let [mut times, mut known] = [(); 2].map(|()| vec![Vec::<u64>::new(); partitions]);
        all.sort_unstable();
        for (at_ns, high_watermark, partition) in all {
            let known = &mut known[partition as usize];
            known.push(known.last().copied().unwrap_or(0).max(high_watermark));
            times[partition as usize].push(at_ns);
        }
        Self { times, known }
    }

    /// The last number by a time, or, with `later`, of all.
    fn at(&self, partition: PartitionId, at_ns: u64, later: bool) -> Option<u64> {
        let times = &self.times[partition as usize];
        let of_clock = alike(times, at_ns);
        let later = if later { 0 } else { after(times, at_ns).len() };
        let last = (of_clock.len() > later).then(|| of_clock.end - later - 1)?;
        Some(self.known[partition as usize][last])
    }
}

impl Watermarks {
    pub(super) fn new(index: &Index<'_>) -> Self {
        let history = index.history;
        let partitions = history.partitions.len();
        let mut last_send_ns = vec![Vec::<u64>::new(); partitions];
        if history.replicas.is_empty() {
            let [looked_up, proved] = [(); 2].map(|()| Rising::new(0, Vec::new()));
            return Self { looked_up, proved, last_send_ns };
        }
        let final_reads = &history.final_reads;
        let final_reads = final_reads.iter().map(|it| (it.at_ns, it.high_watermark, it.partition));
        let samples = &history.watermarks;
        let samples = samples.iter().map(|it| (it.at_ns, it.high_watermark, it.partition));
        let looked_up = Rising::new(partitions, final_reads.chain(samples).collect());
        let proved = Rising::new(partitions, proofs(index));
        let mut anywhere = vec![false; history.topics.len()];
        for (row, partition) in history.sends.partition.iter().enumerate() {
            // One without an end may arrive at any time.
            let end_ns = match history.sends.outcome[row] {
                // The marker of its transaction arrives some time after the commit was answered.
                End::Ok if history.sends.transaction[row] != NONE => NEVER,
                End::Ok => history.sends.end_ns[row],
                End::Failed => continue,
                End::Unknown => NEVER,
            };
            if history.partitions[*partition as usize].number.is_none() {
                // It may have been any of its topic's.
                anywhere[history.partitions[*partition as usize].topic as usize] = true;
            }
            let last = &mut last_send_ns[*partition as usize];
            match last.iter_mut().find(|last| clock_of(**last) == clock_of(end_ns)) {
                Some(last) => *last = end_ns.max(*last),
                None => last.push(end_ns),
            }
        }
        for (partition, last) in history.partitions.iter().zip(&mut last_send_ns) {
            if anywhere[partition.topic as usize] {
                last.push(NEVER);
            }
        }
        Self { looked_up, proved, last_send_ns }
    }

    /// What somebody who looked it up says that the high watermark was at least at a time.
    pub(super) fn looked_up_at(&self, partition: PartitionId, at_ns: u64) -> Option<u64> {
        self.looked_up.at(partition, at_ns, self.is_over(partition, at_ns))
    }

    /// What it was at least at a time by what was read and acknowledged.
    pub(super) fn proved_at(&self, partition: PartitionId, at_ns: u64) -> u64 {
        self.proved.at(partition, at_ns, self.is_over(partition, at_ns)).unwrap_or(0)
    }

    /// Whether nothing was sent any more.
    fn is_over(&self, partition: PartitionId, at_ns: u64) -> bool {
        self.last_send_ns[partition as usize].iter().all(|last| is_before(*last, at_ns))
    }
}

/// What is read was below the high watermark, and so is what is acknowledged by all replicas.
fn proofs(index: &Index<'_>) -> Vec<(u64, u64, PartitionId)> {
    let history = index.history;
    let mut dumped = vec![false; history.partitions.len()];
    for replica in &history.replicas {
        dumped[replica.partition as usize] = true;
    }
    let (reads, sends) = (&history.reads, &history.sends);
    let read = (0..reads.len()).filter(|row| dumped[reads.partition[*row] as usize]).map(|row| {
        let end_ns = history.polls[reads.poll[row] as usize].end_ns;
        (end_ns, reads.offset[row].saturating_add(1), reads.partition[row])
    });
    let sent = (0..sends.len()).filter(|row| {
        dumped[sends.partition[*row] as usize]
            && sends.outcome[*row] == End::Ok
            && sends.offset[*row] != NO_OFFSET
            && history.clients[sends.client[*row] as usize].acks == -1
    });
    let sent = sent
        .map(|row| (sends.end_ns[row], sends.offset[row].saturating_add(1), sends.partition[row]));
    read.chain(sent).collect()
}
