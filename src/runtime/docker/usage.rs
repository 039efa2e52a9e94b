//! What a node's container has used, from the engine's own statistics.

use std::collections::HashMap;
use std::time::Duration;

use futures::TryStreamExt as _;
use testcontainers::bollard::models::ContainerStatsResponse;
use testcontainers::bollard::query_parameters::StatsOptionsBuilder;

use super::engine::{Engine, refused};
use crate::runtime::RuntimeError;
use crate::statistics::usage::Usage;

/// What a container has used, and what its host's container, which holds the network, has sent and received.
pub(super) async fn of(
    engine: &Engine,
    container: &str,
    host: Option<&str>,
) -> Result<Usage, RuntimeError> {
    let own = statistics(engine, container);
    let network = async {
        match host {
            Some(host) => statistics(engine, host).await.map(|found| network(&found)),
            None => Ok(None),
        }
    };
    let (own, network) = futures::future::try_join(own, network).await?;
    Ok(Usage { network, ..usage(&own) })
}

async fn statistics(
    engine: &Engine,
    container: &str,
) -> Result<ContainerStatsResponse, RuntimeError> {
    let doing = || format!("ask for the statistics of {container}");
    // Counters only: without them, the engine would wait a second to compute a rate.
    let options = StatsOptionsBuilder::new().stream(false).one_shot(true).build();
    let answer = engine.client.stats(container, Some(options)).try_next().await;
    answer.map_err(refused(doing()))?.ok_or_else(|| refused(doing())("the engine said nothing"))
}

fn usage(found: &ContainerStatsResponse) -> Usage {
    let cpu = found.cpu_stats.as_ref().and_then(|cpu| cpu.cpu_usage.as_ref());
    let system = cpu.and_then(|cpu| cpu.usage_in_kernelmode).unwrap_or_default();
    let total = cpu.and_then(|cpu| cpu.total_usage).unwrap_or_default();
    let memory = found.memory_stats.as_ref();
    let all = memory.and_then(|memory| memory.usage).unwrap_or_default();
    let cache = memory.and_then(|memory| memory.stats.as_ref()).map_or(0, page_cache);
    Usage {
        user: Duration::from_nanos(total.saturating_sub(system)),
        system: Duration::from_nanos(system),
        memory: all.saturating_sub(cache),
        disk: disk(found),
        network: None,
    }
}

/// The page cache that counts as the container's memory: `cache` of cgroup 1, `file` of cgroup 2.
fn page_cache(memory: &HashMap<String, u64>) -> u64 {
    let known = ["total_cache", "cache", "file"].iter().find_map(|name| memory.get(*name));
    known.copied().unwrap_or_default()
}

/// Bytes read and written; none where the kernel counts nothing.
fn disk(found: &ContainerStatsResponse) -> Option<(u64, u64)> {
    let entries = found.blkio_stats.as_ref()?.io_service_bytes_recursive.as_ref()?;
    let sum = |operation: &str| {
        let entries = entries.iter().filter(|entry| {
            entry.op.as_deref().is_some_and(|op| op.eq_ignore_ascii_case(operation))
        });
        entries.filter_map(|entry| entry.value).sum()
    };
    (!entries.is_empty()).then(|| (sum("read"), sum("write")))
}

fn network(found: &ContainerStatsResponse) -> Option<(u64, u64)> {
    let interfaces = found.networks.as_ref()?.values();
    Some(interfaces.fold((0, 0), |(received, sent), interface| {
        (
            received + interface.rx_bytes.unwrap_or_default(),
            sent + interface.tx_bytes.unwrap_or_default(),
        )
    }))
}
