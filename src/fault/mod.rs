//! Faults: what a scenario does to its cluster. A fault is a value. Its family finds what its target means now, a
//! `hit::Hit`, which acts, shows evidence, and heals.
//!
//! [`journal::Faults`] injects the faults of a scenario, keeps them, and heals them in reverse order.

pub mod background;
pub mod client;
pub mod clock;
pub mod disk;
mod error;
mod evidence;
pub mod group;
mod hit;
mod injected;
pub mod journal;
pub mod link;
mod lookup;
pub mod node;
pub mod participle;
mod recovery;
mod scope;
pub mod target;

use std::fmt;

pub use self::background::{Background, Recurring, Rhythm};
pub use self::client::{ClientFault, ClientTarget, FaultOfClient};
use self::clock::Shift;
use self::disk::DiskFault;
pub use self::error::FaultError;
use self::hit::Hit;
pub use self::injected::Injected;
pub use self::journal::Faults;
use self::link::{HitLinks, LinkTarget};
use self::node::HitNodes;
pub use self::node::NodeFault;
pub use self::participle::Participle;
pub use self::scope::Scope;
pub use self::target::Target;
use crate::link::Effect;

/// Something that is done to the cluster.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// Something that is done to processes.
    Node {
        /// The fault.
        what: NodeFault,
        /// The nodes.
        target: Target,
    },
    /// Something that is done to disks.
    Disk {
        /// The fault.
        what: DiskFault,
        /// The brokers whose disks are hit.
        target: Target,
    },
    /// Clocks that are moved.
    Clock {
        /// The time by which they are moved.
        by: Shift,
        /// The brokers whose clocks are moved.
        target: Target,
    },
    /// Something that is wrong with links.
    Link {
        /// The effect.
        effect: Effect,
        /// The links.
        target: LinkTarget,
    },
    /// Something that is done to a client process of the scenario.
    Client(FaultOfClient),
}

impl Fault {
    /// One word or two for reports: `kill`, `rolling restart`.
    pub fn kind(&self) -> String {
        match self {
            Self::Node { what, .. } => what.to_string(),
            Self::Disk { what, .. } => what.to_string(),
            Self::Clock { by, .. } => by.to_string(),
            Self::Link { effect, .. } => effect.to_string(),
            Self::Client(fault) => fault.what.to_string(),
        }
    }

    /// What it is aimed at, as the author said it.
    pub fn target(&self) -> String {
        match self {
            Self::Node { target, .. } | Self::Disk { target, .. } | Self::Clock { target, .. } => {
                target.to_string()
            }
            Self::Link { target, .. } => target.to_string(),
            Self::Client(fault) => fault.target.to_string(),
        }
    }

    /// With the seed of what is random in it.
    #[must_use]
    pub fn seeded(mut self, with: u64) -> Self {
        if let Self::Link { effect: Effect::Delay { seed, .. }, .. } = &mut self {
            *seed = with;
        }
        self
    }

    /// Whether it is over when it has been injected.
    pub fn undoes_itself(&self) -> bool {
        match self {
            Self::Node { what, .. } => what.undoes_itself(),
            Self::Link { .. } | Self::Disk { .. } | Self::Clock { .. } => false,
            Self::Client(fault) => fault.what.undoes_itself(),
        }
    }

    /// What it is aimed at, as it is now. `number` is that of the fault in its scenario.
    ///
    /// # Errors
    /// When the target names nothing that is there.
    async fn find(
        &self,
        scope: Scope<'_>,
        number: usize,
        past: &[Injected],
    ) -> Result<Box<dyn Hit>, FaultError> {
        Ok(match self {
            Self::Node { what, target } => {
                Box::new(HitNodes { what: *what, nodes: target.find(scope, past).await? })
            }
            Self::Disk { what, target } => {
                Box::new(what.find(scope, target.find(scope, past).await?).await?)
            }
            Self::Clock { by, target } => {
                Box::new(by.find(scope, target.find(scope, past).await?).await?)
            }
            Self::Link { effect, target } => {
                let (nodes, links) = target.find(scope, past).await?;
                Box::new(HitLinks::new(number, effect.clone(), nodes, links))
            }
            Self::Client(fault) => Box::new(fault.clone()),
        })
    }

    /// Whether later sentences may speak of its nodes by this word.
    fn is_called(&self, word: Participle) -> bool {
        match self {
            Self::Node { what, .. } => what.participles().contains(&word),
            Self::Link { .. } | Self::Disk { .. } | Self::Clock { .. } | Self::Client(_) => false,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.kind(), self.target())
    }
}
