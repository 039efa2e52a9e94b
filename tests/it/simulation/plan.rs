//! What happens in a history. Each feature is in some of them, so that most meet each other in a few.

use rand::RngExt as _;
use rand::rngs::StdRng;

/// How the files of a history tell the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clocks {
    /// Every line has its time.
    All,
    /// In some of the files.
    Some,
    /// No line has one.
    None,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Copying {
    None,
    /// Results and offsets in one transaction.
    ExactlyOnce,
    /// Offsets are committed some time after the results.
    AtLeastOnce,
}

#[derive(Debug, Clone)]
pub struct Plan {
    pub partitions: u32,
    pub plain: usize,
    pub transactional: usize,
    pub members: usize,
    pub monitors: usize,
    pub seekers: usize,
    pub copying: Copying,
    /// Groups of standalone consumers.
    pub standalone: usize,
    /// A mirror keeps the identities of messages.
    pub mirror: bool,
    /// There is a topic that is compacted.
    pub table: bool,
    /// There is a topic that is deleted and made anew.
    pub recreated: bool,
    pub retention: bool,
    pub delete_records: bool,
    pub partitions_added: bool,
    /// `min.insync.replicas` is 1 from some time on, and the end of a log gets lost.
    pub min_insync_1: bool,
    /// Unclean elections are on for some time, and the end of a log gets lost.
    pub unclean: bool,
    /// Producers that are not idempotent, write some messages twice and some in another order.
    pub repeating: bool,
    /// Producers whose acknowledgements are of the leader alone.
    pub acks_1: bool,
    pub resets: bool,
    pub faults: bool,
    /// The replicas' logs are looked at, at the end and sometimes before.
    pub dumps: bool,
    /// A round of final reads before the load goes on.
    pub early_round: bool,
    /// How many final readers of the last round read one partition only.
    pub partial: bool,
    /// Transactions that stay open.
    pub left_open: bool,
    /// Nobody reads to the end.
    pub no_final_reads: bool,
    /// Acknowledgements without partition or offset, sends without partition.
    pub sparse: bool,
    pub digests: bool,
    pub limits: bool,
    /// Long times in which nobody does anything.
    pub pauses: bool,
    pub crashes: bool,
    pub errors: bool,
    /// Copiers poll first and then begin their transaction.
    pub polls_first: bool,
    pub empty_transactions: bool,
    pub only_empty_transactions: bool,
    pub files: usize,
    pub clocks: Clocks,
    /// A client's lines are in one file first, and in another one later.
    pub rotated: bool,
    /// What a client did to its position is in another file than its polls.
    pub turns_apart: bool,
    /// How many messages each producer sends.
    pub messages: u32,
}

impl Plan {
    /// Anything that is legal.
    pub fn random(random: &mut StdRng) -> Self {
        let one_in = |random: &mut StdRng, n: u32| random.random_range(0..n) == 0;
        let files = if one_in(random, 2) { 1 } else { random.random_range(2..4) };
        let clocks = match random.random_range(0..6) {
            0 => Clocks::None,
            1 if files > 1 => Clocks::Some,
            _ => Clocks::All,
        };
        let timed = clocks == Clocks::All;
        let retention = one_in(random, 5);
        let (min_insync_1, unclean) = (one_in(random, 7), one_in(random, 7));
        Self {
            partitions: random.random_range(1..4),
            plain: random.random_range(0..3),
            transactional: random.random_range(0..3),
            members: random.random_range(0..3),
            monitors: random.random_range(0..2),
            seekers: usize::from(one_in(random, 5)),
            copying: match random.random_range(0..8) {
                0 | 1 => Copying::ExactlyOnce,
                2 => Copying::AtLeastOnce,
                _ => Copying::None,
            },
            standalone: random.random_range(0..8_usize).saturating_sub(5),
            mirror: one_in(random, 6),
            table: one_in(random, 5),
            recreated: one_in(random, 5) && (timed || files == 1),
            retention,
            delete_records: one_in(random, 6),
            partitions_added: one_in(random, 6),
            min_insync_1,
            unclean,
            repeating: one_in(random, 5),
            acks_1: one_in(random, 7),
            resets: one_in(random, 5),
            faults: one_in(random, 5),
            dumps: one_in(random, 4),
            // A final read is after the load, unless times tell.
            early_round: one_in(random, 4) && (timed || files == 1),
            partial: !retention && one_in(random, 6),
            left_open: one_in(random, 10),
            // Where retention moved a log's start, and which of two logs at one place a consumer passed over, is told
            // by final reads alone.
            no_final_reads: !retention && !min_insync_1 && !unclean && one_in(random, 10),
            sparse: one_in(random, 4),
            digests: !one_in(random, 4),
            limits: timed && one_in(random, 3),
            pauses: timed && one_in(random, 5),
            crashes: one_in(random, 3),
            errors: one_in(random, 2),
            polls_first: one_in(random, 4),
            empty_transactions: one_in(random, 4),
            only_empty_transactions: one_in(random, 25),
            files,
            clocks,
            rotated: timed && files > 1 && one_in(random, 3),
            turns_apart: timed && files > 1 && one_in(random, 3),
            messages: random.random_range(2..7),
        }
    }

    /// Settings that promise everything, and clients that see everything.
    pub fn strict(random: &mut StdRng) -> Self {
        Self {
            plain: 2,
            transactional: 2,
            members: random.random_range(1..3),
            monitors: 1,
            copying: Copying::ExactlyOnce,
            min_insync_1: false,
            unclean: false,
            repeating: false,
            acks_1: false,
            partial: false,
            left_open: false,
            no_final_reads: false,
            only_empty_transactions: false,
            retention: false,
            delete_records: false,
            resets: false,
            sparse: false,
            pauses: false,
            digests: true,
            dumps: true,
            limits: true,
            clocks: Clocks::All,
            messages: 5,
            ..Self::random(random)
        }
    }

    /// Whether nothing stays open that a verdict could turn on.
    pub fn is_decidable(&self) -> bool {
        let may_lose = self.min_insync_1 || self.unclean;
        // Where a message was is not told, and its place may be gone; a consumer whose place is gone goes on anywhere.
        let removes = self.retention || self.delete_records;
        let places = removes || self.sparse && (self.recreated || self.table || self.acks_1);
        let looks = !places && !self.left_open && !self.no_final_reads && !self.partial;
        looks && !may_lose && self.clocks == Clocks::All
    }
}
