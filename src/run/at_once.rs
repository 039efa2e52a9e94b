//! How many clusters a run uses at the same time.

use std::fmt;
use std::num::NonZeroUsize;
use std::str::FromStr;

use crate::plan::{Batch, Plan};

/// The most clusters that can be asked for.
const MOST: usize = 64;

/// How many clusters a run uses at the same time, as in `--clusters 4`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AtOnce {
    /// One for each core, as far as memory allows: a cluster's start keeps a core busy.
    Auto,
    /// This many, at least 1.
    Clusters(usize),
}

impl Default for AtOnce {
    fn default() -> Self {
        Self::Clusters(1)
    }
}

impl AtOnce {
    /// The number for this plan. `free` is the memory that is free for clusters, in bytes; `None` where the
    /// machine does not say. There are never more clusters than pieces of work.
    pub fn number(self, plan: &Plan, repeat: u32, free: Option<u64>) -> usize {
        let wanted = match self {
            Self::Clusters(number) => number,
            Self::Auto => {
                let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
                let largest = plan.batches.iter().map(memory).max().unwrap_or(0).max(1);
                let fit = free.map_or(usize::MAX, |free| {
                    usize::try_from(free / largest).unwrap_or(usize::MAX)
                });
                cores.min(fit)
            }
        };
        wanted.min(pieces(plan, repeat)).max(1)
    }
}

/// Memory that the nodes of a batch's cluster take, in bytes: about their heaps.
pub fn memory(batch: &Batch) -> u64 {
    let brokers = batch.cluster.brokers().values().map(|broker| broker.heap_mib);
    let zookeepers = batch.cluster.zookeepers().values().map(|zookeeper| zookeeper.heap_mib);
    brokers.chain(zookeepers).map(u64::from).sum::<u64>() * 1024 * 1024
}

/// How many pieces the work can be divided into: all quiet scenarios of a batch are one.
fn pieces(plan: &Plan, repeat: u32) -> usize {
    let of = |batch: &Batch| {
        let disturbing = batch.scenarios.iter().filter(|it| it.disturbs).count();
        usize::from(disturbing < batch.scenarios.len()) + disturbing * repeat as usize
    };
    plan.batches.iter().map(of).sum()
}

impl FromStr for AtOnce {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse() {
            Ok(number) if (1..=MOST).contains(&number) => Ok(Self::Clusters(number)),
            _ if text == "auto" => Ok(Self::Auto),
            _ => Err(format!("write a number from 1 to {MOST}, or auto")),
        }
    }
}

impl fmt::Display for AtOnce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Clusters(number) => write!(f, "{number}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_or_auto_is_read_as_it_is_written() {
        for text in ["1", "64", "auto"] {
            assert_eq!(text.parse::<AtOnce>().map(|it| it.to_string()), Ok(text.into()));
        }
        for wrong in ["", "0", "65", "1000", "-1", "Auto", "many", "2.5"] {
            assert!(wrong.parse::<AtOnce>().is_err(), "{wrong}");
        }
    }
}
