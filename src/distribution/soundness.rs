//! Whether what is in the cache is as it was fetched or made.

use std::path::{Path, PathBuf};

use super::cache::{Cache, Shelf};
use super::{Distribution, DistributionError};

/// What is no longer as it was made, as in `kafka-2.5.0-1a2b3c4d: zookeeper-3.5.7.jar is missing`. Every file is read.
pub fn broken(cache: &Cache) -> Vec<String> {
    found(cache).iter().map(|(entry, why)| named(entry, why)).collect()
}

fn found(cache: &Cache) -> Vec<(PathBuf, String)> {
    [Shelf::Jars, Shelf::ClassData, Shelf::Properties]
        .into_iter()
        .flat_map(|shelf| cache.broken(shelf))
        .collect()
}

fn named(entry: &Path, why: &str) -> String {
    format!("{}: {why}", entry.file_name().unwrap_or_default().display())
}

/// Takes away what is no longer as it was made of these distributions, so that it is fetched or made again, and says
/// what that was.
///
/// # Errors
/// When something cannot be removed.
pub fn discard_broken(
    cache: &Cache,
    of: &[Distribution],
) -> Result<Vec<String>, DistributionError> {
    let is_of = |entry: &Path| {
        let name = entry.file_name().unwrap_or_default().to_string_lossy();
        of.iter().any(|it| name.starts_with(&format!("{}-", it.release)))
    };
    let mut told = Vec::new();
    for (entry, why) in found(cache).into_iter().filter(|(entry, _)| is_of(entry)) {
        cache.discard(&entry)?;
        told.push(named(&entry, &why));
    }
    Ok(told)
}
