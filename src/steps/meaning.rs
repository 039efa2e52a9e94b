//! What a sentence means, as a value: its step performs it, and the plan looks at it before anything starts.
//!
//! A step gives it in a function `means_<step>` beside it, with its arguments; build.rs finds that. A step can reach
//! the faults of a scenario only by [`World::perform`](super::world::World::perform), and the clients of a load only
//! with [`Sends`] or [`Reads`], so a fault or a load has a meaning or does not compile.

use std::time::Duration;

use super::altering::alters_cluster;
use super::mention::Client;
use super::parameter::{Partitions, Replicas};
use crate::client::tool::ToolLine;
use crate::fault::{ClientFault, ClientTarget, Fault, Recurring, Rhythm, Target};
use crate::load::send::Messages;
use crate::runtime::Capability;

/// What a sentence means, where another sentence or the plan asks for it.
#[derive(Debug, Clone, PartialEq)]
pub enum Meaning {
    /// Something is done about faults.
    Action(Action),
    /// Clients are ended and started again, one after another.
    Bounce,
    /// A fault is expected to have been injected before; with the words of the sentence that say so.
    ExpectsFault(&'static str),
    /// Faults in the background are expected to have been started before; likewise.
    ExpectsBackground(&'static str),
    /// Producers of a load send.
    Sends(Sends),
    /// Consumers of a load read.
    Reads(Reads),
    /// A topic is created.
    CreatesTopic {
        /// The author's name for it.
        name: String,
        /// How many partitions it has.
        partitions: Partitions,
        /// How many replicas each of them has.
        replicas: Replicas,
    },
    /// A topic is given more partitions.
    AddsPartitions {
        /// The author's name for it.
        topic: String,
        /// How many it has then.
        partitions: Partitions,
    },
    /// A topic is deleted.
    DeletesTopic(String),
    /// Copiers are made together: `cp-1`, `cp-2` and so on.
    StartsCopiers {
        /// How many.
        count: u64,
        /// The author's name for all of them.
        name: String,
    },
    /// A client is closed.
    ClosesClient(Client),
    /// One of Kafka's tools runs.
    RunsTool(ToolLine),
}

/// What a step does about faults by [`World::perform`](super::world::World::perform).
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// A fault is injected, so often, and each time waited for.
    Fault {
        /// The fault.
        fault: Fault,
        /// Number of times.
        times: u32,
    },
    /// A fault is injected, and healed after a while.
    Lasting {
        /// The fault.
        fault: Fault,
        /// Time until it is healed.
        time: Duration,
    },
    /// A fault is injected again and again in the background; each heals itself.
    Background {
        /// Intervals and the end.
        rhythm: Rhythm,
        /// What is done.
        what: Recurring,
        /// The nodes.
        target: Target,
    },
    /// Something is done to a client process.
    OfClient {
        /// The fault.
        what: ClientFault,
        /// The client.
        target: ClientTarget,
    },
    /// Nodes that are down are started.
    StartAgain(Target),
    /// Nodes that are paused are resumed.
    Resume(Target),
    /// A client process that has ended is started.
    StartClientAgain(ClientTarget),
    /// A client process that is paused is resumed.
    ResumeClient(ClientTarget),
    /// Everything is healed.
    HealAll,
}

/// Producers of a load.
#[derive(Debug, Clone, PartialEq)]
pub struct Sends {
    /// How many.
    pub producers: u32,
    /// What each of them sends.
    pub each: Messages,
    /// The author's name for the topic.
    pub topic: String,
}

/// Consumers of a load.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reads {
    /// How many.
    pub consumers: u32,
    /// The author's name for their group.
    pub group: String,
    /// The author's name for the topic.
    pub topic: String,
}

impl Meaning {
    /// Whether other scenarios on the cluster could see what the sentence does. A scenario with such a sentence runs
    /// alone, and the cluster is proven healthy before the next one gets it; all others run side by side.
    pub fn disturbs(&self) -> bool {
        match self {
            Self::Action(action) => action.is_of_cluster(),
            Self::Sends(_) | Self::Reads(_) => true,
            Self::RunsTool(line) => alters_cluster(line.written()),
            Self::Bounce
            | Self::ExpectsFault(_)
            | Self::ExpectsBackground(_)
            | Self::CreatesTopic { .. }
            | Self::AddsPartitions { .. }
            | Self::DeletesTopic(_)
            | Self::StartsCopiers { .. }
            | Self::ClosesClient(_) => false,
        }
    }

    /// What the sentence asks of the runtime.
    pub fn needs(&self) -> &'static [Capability] {
        match self {
            Self::Action(
                Action::Fault { fault: Fault::Link { .. }, .. }
                | Action::Lasting { fault: Fault::Link { .. }, .. }
                | Action::Background { what: Recurring::CutOff { .. }, .. },
            ) => &[Capability::Links, Capability::ClientLinks],
            _ => &[],
        }
    }

    /// What it does about faults, where it is about them.
    pub fn deed(&self) -> Option<Deed> {
        match self {
            Self::Action(action) => Some(action.deed()),
            Self::Bounce => Some(Deed::Passes),
            Self::ExpectsFault(_) | Self::ExpectsBackground(_) => Some(Deed::Expects),
            Self::Sends(_)
            | Self::Reads(_)
            | Self::CreatesTopic { .. }
            | Self::AddsPartitions { .. }
            | Self::DeletesTopic(_)
            | Self::StartsCopiers { .. }
            | Self::ClosesClient(_)
            | Self::RunsTool(_) => None,
        }
    }
}

impl Action {
    /// A fault is injected once.
    pub fn once(fault: Fault) -> Self {
        Self::Fault { fault, times: 1 }
    }

    /// What it does, as far as its words tell.
    pub fn deed(&self) -> Deed {
        match self {
            Self::Fault { fault, .. } if fault.undoes_itself() => Deed::Passes,
            Self::OfClient { what: ClientFault::Dawdle { .. }, .. } => Deed::Passes,
            Self::Fault { .. } | Self::OfClient { .. } => Deed::Breaks,
            Self::Lasting { .. } => Deed::Passes,
            Self::Background { .. } => Deed::InBackground,
            Self::StartAgain(_)
            | Self::Resume(_)
            | Self::StartClientAgain(_)
            | Self::ResumeClient(_) => Deed::Undoes,
            Self::HealAll => Deed::Heals,
        }
    }

    /// Whether it is done to the cluster; a client process is the scenario's own.
    fn is_of_cluster(&self) -> bool {
        match self {
            Self::Fault { .. }
            | Self::Lasting { .. }
            | Self::Background { .. }
            | Self::StartAgain(_)
            | Self::Resume(_)
            | Self::HealAll => true,
            Self::OfClient { .. } | Self::StartClientAgain(_) | Self::ResumeClient(_) => false,
        }
    }
}

impl From<Action> for Meaning {
    fn from(action: Action) -> Self {
        Self::Action(action)
    }
}

impl From<Sends> for Meaning {
    fn from(load: Sends) -> Self {
        Self::Sends(load)
    }
}

impl From<Reads> for Meaning {
    fn from(load: Reads) -> Self {
        Self::Reads(load)
    }
}

/// What a sentence does about faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// It breaks something that stays broken until it is undone.
    Breaks,
    /// It breaks something that is whole again when the step has ended.
    Passes,
    /// It begins faults in the background, which heal themselves.
    InBackground,
    /// It undoes what was done to the nodes or the client that it names.
    Undoes,
    /// It heals all.
    Heals,
    /// It only expects something of faults.
    Expects,
}

impl Deed {
    /// Whether it is a fault that a step injects and waits for.
    pub fn is_fault(self) -> bool {
        matches!(self, Self::Breaks | Self::Passes)
    }
}
