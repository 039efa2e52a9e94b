//! Whether this machine has room for the loads and the clusters of a run, before anything starts.

use std::path::{Path, PathBuf};

use bytesize::ByteSize;
use procfs::{Current as _, Meminfo};

use crate::distribution::Cache;
use crate::error::UserError;
use crate::plan::scene::demand::Room;
use crate::plan::{Batch, Plan};
use crate::run::at_once;
use crate::run::options::Options;
use crate::runtime::provider::Provider;

/// What the indexes of segments, the logs of nodes and their ZooKeepers take beside the messages, in bytes.
const DISK_RESERVE: u64 = 500_000_000;

/// What trial itself takes at most while loads run, in bytes.
const OWN_MEMORY: u64 = 300_000_000;

/// How much of the free memory `--clusters auto` gives to clusters, in percent.
const FOR_CLUSTERS: u64 = 70;

/// Expects disk and memory for every batch of the plan that has loads; others need little and are not looked at.
/// Returns how many clusters the run uses at the same time.
///
/// # Errors
/// Environment, with the need and what was found.
pub async fn check(
    plan: &Plan,
    options: &Options,
    provider: &dyn Provider,
    cache: &Cache,
) -> Result<usize, UserError> {
    let free = Meminfo::current().ok().and_then(|memory| memory.mem_available);
    for_loads(plan, provider, cache, free).await?;
    let for_clusters = free.map(|free| free.saturating_sub(OWN_MEMORY) / 100 * FOR_CLUSTERS);
    let clusters = options.at_once.number(plan, options.repeat, for_clusters);
    // Several clusters of one batch may run at once.
    let largest = plan.batches.iter().map(at_once::memory).max().unwrap_or(0);
    let need = largest.saturating_mul(clusters as u64);
    if let Some(free) = free.filter(|_| clusters > 1) {
        let what = format!("{clusters} clusters at the same time");
        enough(&what, "memory", "on this machine", need, free, "ask for fewer with --clusters")?;
    }
    Ok(clusters)
}

async fn for_loads(
    plan: &Plan,
    provider: &dyn Provider,
    cache: &Cache,
    free_memory: Option<u64>,
) -> Result<(), UserError> {
    const OR: &str = "or choose smaller loads with --tags or --name";
    let needs = plan.batches.iter().filter_map(need);
    let Some(Room { disk, memory }) = needs.reduce(|one, other| {
        // One after the other, and each is cleared away before the next.
        Room { disk: one.disk.max(other.disk), memory: one.memory.max(other.memory) }
    }) else {
        return Ok(());
    };
    let folder = provider.disk(cache.state()).await;
    // What cannot be found out keeps nobody from running.
    if let Some((folder, free)) = free_disk(&folder) {
        let (place, fix) = (format!("in {}", folder.display()), format!("free some, {OR}"));
        enough("the loads", "disk space", &place, disk, free, &fix)?;
    }
    if let Some(free) = free_memory {
        let fix = format!("end other programs, {OR}");
        enough("the loads", "memory", "on this machine", memory, free, &fix)?;
    }
    Ok(())
}

/// What the loads of a batch need with its cluster; none where it has none.
fn need(batch: &Batch) -> Option<Room> {
    let loads = batch.scenarios.iter().filter_map(|scenario| scenario.room);
    let loads = loads.reduce(|one, other| Room {
        disk: one.disk.saturating_add(other.disk),
        // What scenarios send stays, their processes do not.
        memory: one.memory.max(other.memory),
    })?;
    Some(Room {
        // A few percent for records and batches.
        disk: (loads.disk / 100 * 105).saturating_add(DISK_RESERVE),
        memory: loads.memory.saturating_add(at_once::memory(batch) + OWN_MEMORY),
    })
}

/// Free bytes of the folder's disk, or of the disk of the nearest folder above it that is there.
#[allow(clippy::useless_conversion, reason = "the numbers are narrower on other systems")]
fn free_disk(folder: &Path) -> Option<(PathBuf, u64)> {
    let folder = folder.ancestors().find(|folder| folder.exists())?;
    let stat = nix::sys::statvfs::statvfs(folder).ok()?;
    let free = u64::from(stat.blocks_available()) * u64::from(stat.fragment_size());
    Some((folder.to_owned(), free))
}

fn enough(
    who: &str,
    what: &str,
    place: &str,
    need: u64,
    found: u64,
    fix: &str,
) -> Result<(), UserError> {
    if found >= need {
        return Ok(());
    }
    let (need, found) = (ByteSize::b(need).display().si(), ByteSize::b(found).display().si());
    let what = format!("{who} need {need} of {what} {place}, and {found} are free");
    Err(UserError::environment(what, fix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_little_is_told_with_need_and_finding() {
        assert!(enough("the loads", "memory", "here", 10, 10, "").is_ok());
        let fix = "free some, or choose smaller loads with --tags or --name";
        let (need, found) = (3_000_000_000, 2_000_000_000);
        let error = enough("the loads", "disk space", "in /x", need, found, fix);
        assert_eq!(
            error.expect_err("too little").in_full(),
            "the loads need 3.0 GB of disk space in /x, and 2.0 GB are free (help: free some, or choose \
             smaller loads with --tags or --name)"
        );
    }

    #[test]
    fn the_disk_of_a_folder_to_come_is_that_of_its_parent() {
        let folder = tempfile::tempdir().expect("a folder");
        let (found, free) = free_disk(&folder.path().join("a/b")).expect("a disk");
        assert_eq!(found, folder.path());
        assert!(free > 0);
    }
}
