//! A topic that was deleted and made anew is two logs of one name: each line belongs to the one of its time.

use rustc_hash::FxHashMap;

use super::Assembler;
use crate::checker::clock::{after, alike};
use crate::checker::history::{
    End, History, NEVER, NONE, PartitionId, SendRow, Topic, TopicSettings, clock_of, is_before,
};
use crate::checker::intern::TextId;

/// Where one log of a name ended and the next one began.
#[derive(Debug, Clone, Copy)]
struct Boundary {
    /// What has ended before this time belongs to an earlier log for certain.
    ended_ns: u64,
    /// What has begun at this time or later belongs to a later log for certain.
    began_ns: u64,
}

/// The logs of one name.
#[derive(Debug)]
struct Lives {
    /// Of each boundary, in the order of time.
    ended_ns: Vec<u64>,
    began_ns: Vec<u64>,
    /// Rows of topics, one more than there are boundaries.
    topics: Vec<u32>,
    /// For each number of a partition its rows.
    partitions: FxHashMap<Option<u32>, Vec<PartitionId>>,
}

/// An event of a topic's life.
#[derive(Debug, Clone, Copy)]
struct Told {
    at_ns: u64,
    id: Option<TextId>,
    /// It was deleted; otherwise it was created or is known to be there.
    deleted: bool,
    created: bool,
}

impl Lives {
    /// The first and the last of the logs that something from one time to another may belong to.
    fn between(&self, start_ns: u64, end_ns: u64) -> (usize, usize) {
        let first = alike(&self.began_ns, start_ns).len() - after(&self.began_ns, start_ns).len();
        let last = self.ended_ns.len() - after(&self.ended_ns, end_ns).len();
        (first.min(last), last)
    }

    /// The log that was there at a time; before anybody says that there is a later one, the earlier one.
    fn at(&self, at_ns: u64) -> usize {
        self.began_ns.len() - after(&self.began_ns, at_ns).len()
    }
}

impl Assembler {
    /// Gives each log of a name a topic of its own.
    pub(super) fn split_topics(&mut self) {
        let lives = self.lives();
        if lives.is_empty() {
            return;
        }
        let lives = self.with_partitions(lives);
        let sends = self.logs_of_sends(&lives);
        self.logs_of_reads(&lives, &sends);
        self.logs_of_the_rest(&lives);
        let of_topic = |partition: PartitionId| self.history.partitions[partition as usize];
        for (row, log) in &sends {
            let partition = of_topic(self.history.sends.partition[*row as usize]);
            self.history.sends.partition[*row as usize] =
                lives[&partition.topic].partitions[&partition.number][*log];
        }
    }

    /// For each topic that was deleted or made anew: its logs.
    fn lives(&mut self) -> FxHashMap<u32, Lives> {
        let mut told: FxHashMap<TextId, Vec<Told>> = FxHashMap::default();
        for life in &self.history.topic_lives {
            told.entry(life.topic).or_default().push(Told {
                at_ns: life.at_ns,
                id: life.id,
                deleted: !life.created,
                created: life.created,
            });
        }
        for settings in self.history.topic_settings.iter().filter(|it| it.id.is_some()) {
            let (at_ns, id) = (settings.at_ns, settings.id);
            let there = Told { at_ns, id, deleted: false, created: false };
            told.entry(settings.topic).or_default().push(there);
        }
        if told.is_empty() {
            return FxHashMap::default();
        }
        let first_ends = first_ends(&self.history);
        let mut lives = FxHashMap::default();
        let mut names: Vec<_> = told.into_iter().collect();
        names.sort_unstable_by_key(|(name, _)| *name);
        for (name, mut told) in names {
            told.sort_by_key(|it| it.at_ns);
            // A topic that was only created and never used has no row.
            let Some(topic) = self.topics.get(&name).copied() else { continue };
            let before = told.first().filter(|first| first.created);
            let used = before.is_some_and(|first| {
                let ended = first_ends.get(&(topic, clock_of(first.at_ns)));
                ended.is_some_and(|ended_ns| is_before(*ended_ns, first.at_ns))
            });
            let boundaries = boundaries(&told, used);
            if boundaries.is_empty() {
                continue;
            }
            let mut topics = vec![topic];
            for _ in &boundaries {
                topics.push(u32::try_from(self.history.topics.len()).unwrap_or(NONE));
                self.history.topics.push(Topic::new(name));
            }
            for (row, boundary) in topics.iter().zip(&boundaries) {
                self.history.topics[*row as usize].deleted_ns = boundary.ended_ns;
            }
            let ended_ns = boundaries.iter().map(|it| it.ended_ns).collect();
            let began_ns = boundaries.iter().map(|it| it.began_ns).collect();
            let partitions = FxHashMap::default();
            lives.insert(topic, Lives { ended_ns, began_ns, topics, partitions });
        }
        lives
    }

    fn with_partitions(&mut self, mut lives: FxHashMap<u32, Lives>) -> FxHashMap<u32, Lives> {
        for row in 0..self.history.partitions.len() {
            let partition = self.history.partitions[row];
            let Some(of) = lives.get_mut(&partition.topic) else { continue };
            let rows = of.topics.iter().map(|topic| self.partition_of(*topic, partition.number));
            of.partitions.insert(partition.number, rows.collect());
        }
        lives
    }

    /// Which log each send to such a topic went to. One that may have gone to two went to the later one where a reader
    /// of that one has found it.
    fn logs_of_sends(&self, lives: &FxHashMap<u32, Lives>) -> FxHashMap<SendRow, usize> {
        let history = &self.history;
        let mut logs = FxHashMap::default();
        let mut open: FxHashMap<u32, (SendRow, usize)> = FxHashMap::default();
        for row in 0..history.sends.len() {
            let topic = history.partitions[history.sends.partition[row] as usize].topic;
            let Some(lives) = lives.get(&topic) else { continue };
            let end_ns = history.sends.end_ns[row];
            let (first, last) = lives.between(history.sends.start_ns[row], end_ns);
            let send = u32::try_from(row).unwrap_or(NONE);
            logs.insert(send, first);
            if first < last {
                open.insert(history.sends.message[row], (send, last));
            }
        }
        for (row, message) in history.reads.message.iter().enumerate() {
            let Some((send, last)) = open.get(message) else { continue };
            let topic = history.partitions[history.reads.partition[row] as usize].topic;
            let Some(lives) = lives.get(&topic) else { continue };
            let poll = history.polls[history.reads.poll[row] as usize];
            let (first, _) = lives.between(poll.start_ns, poll.end_ns);
            let log = logs.entry(*send).or_default();
            *log = (*log).max(first.min(*last));
        }
        logs
    }

    /// A record is read in the log where its message was sent; one that nobody sent, where the poll was.
    fn logs_of_reads(&mut self, lives: &FxHashMap<u32, Lives>, sends: &FxHashMap<SendRow, usize>) {
        let History { reads, partitions, polls, send_of, clients, .. } = &mut self.history;
        for row in 0..reads.len() {
            let partition = partitions[reads.partition[row] as usize];
            let Some(lives) = lives.get(&partition.topic) else { continue };
            let poll = polls[reads.poll[row] as usize];
            let (first, last) = lives.between(poll.start_ns, poll.end_ns);
            let log = sends.get(&send_of[reads.message[row] as usize]).copied();
            // A consumer may still have records of the log before; one that reads at the end is fresh.
            let fresh = clients[poll.client as usize].final_reader && first == last;
            let log = log.filter(|_| !fresh).unwrap_or(first);
            reads.partition[row] = lives.partitions[&partition.number][log];
        }
    }

    fn logs_of_the_rest(&mut self, lives: &FxHashMap<u32, Lives>) {
        let History {
            partitions,
            turns,
            group_offsets,
            final_reads,
            watermarks,
            replicas,
            log_starts,
            topic_settings,
            ..
        } = &mut self.history;
        let move_to = |row: &mut PartitionId, at_ns: u64| {
            let Some(partition) = partitions.get(*row as usize) else { return };
            if let Some(lives) = lives.get(&partition.topic) {
                *row = lives.partitions[&partition.number][lives.at(at_ns)];
            }
        };
        turns.iter_mut().for_each(|it| move_to(&mut it.partition, it.at_ns));
        group_offsets.iter_mut().for_each(|it| move_to(&mut it.partition, it.start_ns));
        final_reads.iter_mut().for_each(|it| move_to(&mut it.partition, it.at_ns));
        watermarks.iter_mut().for_each(|it| move_to(&mut it.partition, it.at_ns));
        replicas.iter_mut().for_each(|it| move_to(&mut it.partition, it.at_ns));
        log_starts.iter_mut().for_each(|it| move_to(&mut it.partition, it.at_ns));
        let mut also = Vec::new();
        for it in topic_settings.iter_mut() {
            let Some(lives) = lives.get(&it.log) else { continue };
            // One that names its topic is of that alone; another one of all that may be meant.
            let (first, last) = match it.id {
                Some(_) => (lives.at(it.at_ns), lives.at(it.at_ns)),
                None => lives.between(it.at_ns, it.at_ns),
            };
            it.log = lives.topics[last];
            also.extend(
                lives.topics[first..last].iter().map(|log| TopicSettings { log: *log, ..*it }),
            );
        }
        topic_settings.append(&mut also);
    }
}

/// Where logs ended and began. `used`: there was one before the first line.
fn boundaries(told: &[Told], used: bool) -> Vec<Boundary> {
    let mut boundaries: Vec<Boundary> = Vec::new();
    // Of the log that is there: its id, and when it was last known to be there.
    let (mut id, mut known_ns) = (None, 0);
    let mut there = used;
    let mut deleted_ns = None;
    let mut made = used;
    for it in told {
        if it.deleted {
            deleted_ns.get_or_insert(it.at_ns);
            continue;
        }
        let other_id = it.id.is_some() && id.is_some() && it.id != id;
        let same_id = it.id.is_some() && it.id == id;
        let other = other_id || (it.created && made && !same_id);
        if let Some(ended_ns) = deleted_ns.take() {
            boundaries.push(Boundary { ended_ns, began_ns: it.at_ns });
        } else if there && other {
            boundaries.push(Boundary { ended_ns: known_ns, began_ns: it.at_ns });
        }
        there = true;
        made |= it.created;
        id = it.id.or(id.filter(|_| !other));
        known_ns = it.at_ns;
    }
    if let Some(ended_ns) = deleted_ns {
        // What is sent later goes to one that came to be without a word.
        boundaries.push(Boundary { ended_ns, began_ns: ended_ns });
    }
    boundaries
}

/// For each topic, and each clock, when the first thing that was done to it for certain had ended.
fn first_ends(history: &History) -> FxHashMap<(u32, u64), u64> {
    let (sends, reads) = (&history.sends, &history.reads);
    let sent = (0..sends.len())
        .filter(|row| sends.outcome[*row] == End::Ok && sends.end_ns[*row] != NEVER)
        .map(|row| (sends.partition[row], sends.end_ns[row]));
    let read = reads.partition.iter().zip(&reads.poll);
    let read = read.map(|(partition, poll)| (*partition, history.polls[*poll as usize].end_ns));
    let mut first = FxHashMap::default();
    for (partition, end_ns) in sent.chain(read) {
        let topic = history.partitions[partition as usize].topic;
        let first = first.entry((topic, clock_of(end_ns))).or_insert(end_ns);
        *first = end_ns.min(*first);
    }
    first
}
