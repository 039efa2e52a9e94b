//! Faults as they were injected, and how long the cluster took to recover from them.

use super::{Change, FaultSeen, Scenario};
use crate::event::Event;
use crate::event::change::ClusterChange;

/// The fault of an event, `at_ms` after the scenario's start.
pub fn seen(event: &Event, at_ms: u64) -> Option<FaultSeen> {
    let Event::FaultInjected {
        number,
        kind,
        target,
        found,
        took_ms,
        armed,
        before,
        after,
        failed,
        ..
    } = event
    else {
        return None;
    };
    Some(FaultSeen {
        number: *number,
        kind: kind.clone(),
        target: target.clone(),
        nodes: found.iter().map(ToString::to_string).collect(),
        // Reported once the fault took effect and the evidence after it is taken.
        at_ms: at_ms.saturating_sub(*took_ms),
        bitten_after_ms: *took_ms,
        armed: *armed,
        healed_ms: None,
        failed: failed.clone(),
        evidence: vec![(**before).clone(), (**after).clone()],
    })
}

/// See [`Scenario::recovery_ms`].
pub fn recovery(scenario: &Scenario) -> Option<u64> {
    let moved = |change: &&Change| {
        matches!(
            change.change,
            ClusterChange::Controller { to: Some(_), .. }
                | ClusterChange::Leader { to: Some(_), .. }
        )
    };
    let of_fault = |fault: &FaultSeen| {
        let within = fault.at_ms..fault.healed_ms.unwrap_or(u64::MAX);
        let changes = scenario.changes.iter().filter(moved);
        let last = changes.map(|change| change.at_ms).filter(|at| within.contains(at)).max()?;
        Some(last - fault.at_ms)
    };
    scenario.faults.iter().filter_map(of_fault).max()
}
