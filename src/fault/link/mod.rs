//! Faults of links: silence, resets, delays, little bandwidth.

pub mod side;
pub mod target;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

pub use self::side::Side;
pub use self::target::{LEAST_HOSTS, LinkTarget};
use super::hit::Hit;
use super::{FaultError, Scope, evidence};
use crate::event::evidence::{Evidence, LinkSeen};
use crate::event::id::NodeId;
use crate::link::{Applied, Effect, HitCount, Link, Links};
use crate::runtime::RuntimeError;
use crate::wait::{EFFECT_LOOK, Seen, WaitError, until};

/// Nodes of a cluster talk at least every few seconds, be it only to say that they are there.
const BITE_LIMIT: Duration = Duration::from_secs(10);

/// A link that a fault has hit.
#[derive(Debug, Clone)]
pub(super) struct HitLink {
    /// The link.
    pub link: Arc<Link>,
    /// Only the connections of the client with this `client.id`.
    pub client: Option<String>,
}

/// Links that a fault has hit.
#[derive(Debug)]
pub(super) struct HitLinks {
    /// The number of the fault in its scenario, by which links know its effect among others.
    number: usize,
    effect: Effect,
    nodes: Vec<NodeId>,
    links: Vec<HitLink>,
    /// What it has affected so far.
    pub hits: HitCount,
}

impl HitLinks {
    /// These links, and the nodes at their ends.
    pub(super) fn new(
        number: usize,
        effect: Effect,
        nodes: Vec<NodeId>,
        links: Vec<HitLink>,
    ) -> Self {
        let hits = match &effect {
            Effect::Calls(calls) => calls.hits.clone(),
            _ => HitCount::default(),
        };
        Self { number, effect, nodes, links, hits }
    }

    /// Whether the cluster's own traffic meets the effect. Clients may have nothing to say for now. What nodes say
    /// when nobody else does is too little for a limited bandwidth. Limits, closings and calls come when they come.
    /// Those faults are judged when the scenario is over.
    fn bites_by_itself(&self) -> bool {
        let lasting = matches!(self.effect, Effect::Silence | Effect::Reset | Effect::Delay { .. });
        lasting && self.links.iter().any(|hit| !hit.link.is_of_clients())
    }
}

#[async_trait]
impl Hit for HitLinks {
    fn nodes(&self) -> &[NodeId] {
        &self.nodes
    }

    /// Puts the effect on the links. Where the cluster itself talks over them, waits until that has bitten.
    async fn act(&self, _: Scope<'_>) -> Result<(), FaultError> {
        for HitLink { link, client } in &self.links {
            link.apply(Applied {
                fault: self.number,
                effect: self.effect.clone(),
                client: client.clone(),
                hits: self.hits.clone(),
            });
        }
        if !self.bites_by_itself() {
            return Ok(());
        }
        let looked: Result<(), WaitError<FaultError>> = until(BITE_LIMIT, EFFECT_LOOK, || async {
            Ok(match self.has_bitten() {
                true => Seen::Ready(()),
                false => {
                    Seen::NotYet(format!("the {} of the links has affected nothing", self.effect))
                }
            })
        })
        .await;
        Ok(looked?)
    }

    async fn look(&self, scope: Scope<'_>, evidence: &mut Evidence) {
        evidence::look_at_nodes(scope, &self.nodes, evidence).await;
        evidence.links = self.links.iter().map(|hit| link_seen(&hit.link)).collect();
        evidence.met = Some(self.hits.times());
    }

    /// Takes the effect off the links.
    async fn heal(&self, _: Scope<'_>) -> Result<(), FaultError> {
        self.links.iter().for_each(|hit| hit.link.lift(self.number));
        Ok(())
    }

    fn is_healed(&self, _: &Evidence) -> bool {
        let is_free =
            |hit: &HitLink| hit.link.effects().iter().all(|applied| applied.fault != self.number);
        self.links.iter().all(is_free)
    }

    /// Something has met this fault, not another one on the same links. Of calls, as many as were announced.
    fn has_bitten(&self) -> bool {
        let wanted = match &self.effect {
            Effect::Calls(calls) => calls.wanted as u64,
            _ => 1,
        };
        self.hits.times() >= wanted
    }

    fn shows_effect(&self, _: &Evidence, _: &Evidence) -> bool {
        self.has_bitten()
    }
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

fn link_seen(link: &Link) -> LinkSeen {
    let effects = link.effects().iter().map(|applied| applied.effect.to_string()).collect();
    LinkSeen { link: link.name().to_owned(), effects, counts: link.traffic().counts() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::{ApiKey, Calls, Fate, Half};

    fn applied(fault: usize) -> Applied {
        let (effect, hits) = (Effect::Silence, HitCount::default());
        Applied { fault, effect, client: None, hits }
    }

    #[test]
    fn is_healed_when_its_own_effect_is_off_all_links() {
        let links: Vec<_> = ["a → b", "b → a"]
            .map(|name| HitLink { link: Arc::new(Link::new(name.into(), false)), client: None })
            .into();
        let hit = HitLinks::new(1, Effect::Silence, vec![], links.clone());
        for HitLink { link, .. } in &links {
            link.apply(applied(1));
            link.apply(applied(2));
        }
        assert!(!hit.is_healed(&Evidence::default()));
        links[0].link.lift(1);
        assert!(!hit.is_healed(&Evidence::default()), "one way is left");
        links[1].link.lift(1);
        assert!(hit.is_healed(&Evidence::default()), "the other fault is not its own");
    }

    #[test]
    fn calls_have_bitten_when_all_that_were_announced_are_affected() {
        let calls = Arc::new(Calls::next(2, ApiKey(26), Half::Request, Fate::Lost));
        let hit = HitLinks::new(1, Effect::Calls(Arc::clone(&calls)), vec![], vec![]);
        calls.hits.add();
        assert!(!hit.has_bitten());
        calls.hits.add();
        assert!(hit.has_bitten());
    }
}
