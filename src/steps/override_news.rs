//! What brokers have logged of settings that were changed while they run, which tells when all have taken them.

use std::time::Duration;

use jiff::Timestamp;

use super::world::World;
use crate::cluster::ClusterError;
use crate::event::id::BrokerId;
use crate::event::node_state::NodeState;
use crate::scenario::failure::StepFailure;
use crate::wait::{Seen, until};

/// How long brokers may take to hear of a change.
const LIMIT: Duration = Duration::from_secs(20);

const INTERVAL: Duration = Duration::from_millis(50);

/// Waits until the last that every broker that runs has logged since then of an entity, such as `topics/orders`, is as
/// `is_told` has it; `what` completes "brokers that do not know …".
pub(super) async fn await_news(
    world: &World,
    entity: &str,
    what: &str,
    since: Timestamp,
    is_told: impl Fn(&str) -> bool,
) -> Result<(), StepFailure> {
    let cluster = world.cluster()?;
    let spread = until(LIMIT, INTERVAL, || async {
        let mut late = Vec::new();
        for id in cluster.brokers() {
            if let NodeState::Running { .. } = cluster.state(id.into()).await? {
                let log = cluster.runtime().log_since(id.into(), since).await;
                let log = log.map_err(ClusterError::from)?;
                if !last(&log, entity).is_some_and(&is_told) {
                    late.push(id);
                }
            }
        }
        Ok::<_, ClusterError>(match late.as_slice() {
            [] => Seen::Ready(()),
            late => {
                let late = BrokerId::listed(late);
                Seen::NotYet(format!("brokers that do not know {what}: {late}"))
            }
        })
    });
    Ok(spread.await?)
}

/// The settings that a broker has logged last of an entity (`DynamicConfigManager.processNotification`, since 3.3 in
/// `ZkConfigManager`).
pub(super) fn last<'a>(log: &'a str, entity: &str) -> Option<&'a str> {
    let named = format!(" entityPath: {entity} with config: ");
    log.lines().rev().find_map(|line| Some(line.split_once(&named)?.1))
}

/// Whether logged settings, as in `Map(segment.ms -> 1, cleanup.policy -> compact)`, have this value.
pub(super) fn has(logged: &str, name: &str, value: &str) -> bool {
    let pair = format!("{name} -> {value}");
    logged.match_indices(&pair).any(|(at, pair)| {
        let (before, after) = (&logged[..at], &logged[at + pair.len()..]);
        before.ends_with(['(', ' ']) && after.starts_with([',', ')'])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_of_an_entity_counts() {
        let line = |entity: &str, settings: &str| {
            format!(
                "… Processing override for entityPath: {entity} with config: {settings} (k.Z)\n"
            )
        };
        let log = line("topics/a", "Map(x -> 1)") + &line("topics/ab", "Map()");
        assert_eq!(last(&log, "topics/a"), Some("Map(x -> 1) (k.Z)"));
        assert_eq!(
            last(&(log.clone() + &line("topics/a", "Map()")), "topics/a"),
            Some("Map() (k.Z)")
        );
        assert_eq!(last(&log, "topics/b"), None);
    }

    #[test]
    fn a_value_is_there_as_a_whole() {
        let logged = "HashMap(cleanup.policy -> compact,delete, segment.ms -> 10) (k.Z)";
        assert!(has(logged, "segment.ms", "10"));
        assert!(has(logged, "cleanup.policy", "compact,delete"));
        for (name, value) in [("segment.ms", "1"), ("ms", "10"), ("segment.ms", "100")] {
            assert!(!has(logged, name, value), "{name} {value}");
        }
    }
}
