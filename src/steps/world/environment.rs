//! What the run gives a scenario.

use std::ops::Deref;
use std::sync::Arc;

use cucumber::step::Collection;

use crate::fault::Scope;
use crate::scenario::context::Context;
use crate::scenario::topic_watch::TopicWatch;
use crate::scenario::watch::Watch;
use crate::steps::world::World;

/// What the run gives a scenario before its first step: the context, and what goes on beside its steps.
#[derive(Debug)]
pub struct Environment {
    /// What it is performed with.
    pub context: Arc<Context>,
    /// What its sentences call.
    pub steps: Arc<Collection<World>>,
    /// Reports how the cluster changes, where the scenario disturbs it.
    pub watch: Option<Watch>,
    /// Puts into its history what becomes of its topics.
    pub topics: TopicWatch,
}

impl Environment {
    /// Begins to follow a scenario.
    pub fn begin(context: Arc<Context>, steps: Arc<Collection<World>>, disturbs: bool) -> Self {
        let watch = disturbs.then(|| Watch::start(Arc::clone(&context)));
        let topics = TopicWatch::start(Arc::clone(&context));
        Self { context, steps, watch, topics }
    }

    /// What faults act on.
    pub(super) fn scope(&self) -> Scope<'_> {
        Scope::of(&self.context)
    }
}

impl Deref for Environment {
    type Target = Context;

    fn deref(&self) -> &Context {
        &self.context
    }
}
