//! What a sentence about faults means, as a value: its step performs it, and the plan looks at it before anything starts.
//!
//! A step gives it in a function `means_<step>` beside it, with its arguments; build.rs finds that. A step can reach
//! the faults of a scenario only by [`World::perform`](super::world::World::perform), so a fault has a meaning or does not compile.

use std::time::Duration;

use crate::fault::{ClientFault, ClientTarget, Fault, Recurring, Rhythm, Target};

/// What a sentence about faults means.
#[derive(Debug, Clone, PartialEq)]
pub enum Meaning {
    /// A fault is injected, so often, and each time waited for.
    Fault {
        /// Which.
        fault: Fault,
        /// How often.
        times: u32,
    },
    /// A fault is injected, and healed after a while.
    Lasting {
        /// Which.
        fault: Fault,
        /// After which time.
        time: Duration,
    },
    /// A fault is injected again and again in the background; each heals itself.
    Background {
        /// When.
        rhythm: Rhythm,
        /// What is done.
        what: Recurring,
        /// To whom.
        target: Target,
    },
    /// Something is done to a client process.
    OfClient {
        /// What.
        what: ClientFault,
        /// To which.
        target: ClientTarget,
    },
    /// Clients are ended and started again, one after another.
    Bounce,
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
    /// A fault is expected to have been injected before; with the words of the sentence that say so.
    ExpectsFault(&'static str),
    /// Faults in the background are expected to have been started before; likewise.
    ExpectsBackground(&'static str),
}

impl Meaning {
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
            Self::Lasting { .. } | Self::Bounce => Deed::Passes,
            Self::Background { .. } => Deed::InBackground,
            Self::StartAgain(_)
            | Self::Resume(_)
            | Self::StartClientAgain(_)
            | Self::ResumeClient(_) => Deed::Undoes,
            Self::HealAll => Deed::Heals,
            Self::ExpectsFault(_) | Self::ExpectsBackground(_) => Deed::Expects,
        }
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
