//! Faults of links: silence, resets, delays, little bandwidth.

pub mod side;
pub mod target;

use std::sync::Arc;
use std::time::Duration;

pub use self::side::Side;
pub use self::target::{LEAST_HOSTS, LinkTarget};
use super::{FaultError, Found, Scope};
use crate::link::{Applied, Effect, Link, Links, Met};
use crate::runtime::RuntimeError;
use crate::wait::{EFFECT_LOOK, Seen, WaitError, until};

/// Nodes of a cluster talk at least every few seconds, be it only to say that they are there.
const BITE_LIMIT: Duration = Duration::from_secs(10);

/// A link that a fault has hit.
#[derive(Debug, Clone)]
pub struct Hit {
    /// The link.
    pub link: Arc<Link>,
    /// Only the connections of the client with this `client.id`.
    pub client: Option<String>,
}

/// The links of the cluster.
///
/// # Errors
/// When its runtime has none.
pub(super) async fn links(scope: Scope<'_>) -> Result<Links, FaultError> {
    let runtime = scope.cluster.runtime();
    let links = runtime.links().await.ok_or_else(|| RuntimeError::Environment {
        what: format!("the {} runtime has no links here", runtime.kind()),
        help: "a scenario that asks for links is skipped where there are none, and says why".into(),
    })?;
    Ok(links)
}

/// Puts the effect on the links. Where the cluster itself talks over them, waits until that has bitten.
pub(super) async fn act(
    scope: Scope<'_>,
    number: usize,
    effect: &Effect,
    found: &Found,
) -> Result<(), FaultError> {
    if !scope.acts() {
        return Ok(());
    }
    for Hit { link, client } in &found.links {
        let (client, met) = (client.clone(), found.met.clone());
        link.apply(Applied { fault: number, effect: effect.clone(), client, met });
    }
    if !bites_by_itself(effect, &found.links) {
        return Ok(());
    }
    let looked: Result<(), WaitError<FaultError>> = until(BITE_LIMIT, EFFECT_LOOK, || async {
        Ok(match has_bitten(effect, &found.met) {
            true => Seen::Ready(()),
            false => Seen::NotYet(format!("nothing has met the {effect} of the links")),
        })
    })
    .await;
    Ok(looked?)
}

/// Whether the cluster's own traffic meets the effect. Clients may have nothing to say for now, what nodes say
/// when nobody else does is too little for a limited bandwidth, and limits, closings and calls come when they come:
/// those faults are judged when the scenario is over.
fn bites_by_itself(effect: &Effect, hits: &[Hit]) -> bool {
    let lasting = matches!(effect, Effect::Silence | Effect::Reset | Effect::Delay { .. });
    lasting && hits.iter().any(|hit| !hit.link.is_of_clients())
}

/// Whether anything has met this fault, not another one on the same links; of calls, as many as were announced.
pub(super) fn has_bitten(effect: &Effect, met: &Met) -> bool {
    let wanted = match effect {
        Effect::Calls(calls) => calls.wanted as u64,
        _ => 1,
    };
    met.times() >= wanted
}

/// The counter of what meets a fault with this effect.
pub(super) fn met(effect: &Effect) -> Met {
    match effect {
        Effect::Calls(calls) => calls.met.clone(),
        _ => Met::default(),
    }
}

/// Takes the effect off the links.
pub(super) fn heal(number: usize, hits: &[Hit]) {
    hits.iter().for_each(|hit| hit.link.lift(number));
}

/// Whether nothing of the fault is left on the links.
pub(super) fn is_healed(number: usize, hits: &[Hit]) -> bool {
    let is_free = |hit: &Hit| hit.link.effects().iter().all(|applied| applied.fault != number);
    hits.iter().all(is_free)
}
