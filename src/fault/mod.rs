//! Faults: what a scenario does to its cluster. A fault is a value; injecting it acts on the nodes that its
//! target names, waits until it has bitten, and leaves evidence from before and after; healing undoes it.
//!
//! [`journal::Faults`] keeps those of a scenario and heals them in reverse order.

pub mod background;
pub mod client;
pub mod clock;
pub mod disk;
mod do_nothing;
mod error;
pub mod evidence;
pub mod journal;
pub mod link;
mod lookup;
pub mod node;
pub mod participle;
pub mod recovery;
mod scope;
pub mod target;
mod undo;

use std::fmt;

pub use self::background::{Background, Recurring, Rhythm};
pub use self::client::{ClientFault, ClientTarget, FaultOfClient};
use self::clock::Shift;
use self::disk::{DiskFault, FileHit};
pub use self::do_nothing::DoNothing;
pub use self::error::FaultError;
pub use self::journal::{Faults, Injected};
use self::link::{Hit, LinkTarget};
pub use self::node::NodeFault;
pub use self::participle::Participle;
pub use self::scope::{OwnedScope, Scope};
pub use self::target::Target;
use crate::event::evidence::Evidence;
use crate::event::id::{BrokerId, NodeId};
use crate::event::node_state::NodeState;
use crate::link::{Effect, Met};

/// Something that is done to the cluster.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// Something that is done to processes.
    Node {
        /// What.
        what: NodeFault,
        /// To which.
        target: Target,
    },
    /// Something that is done to disks.
    Disk {
        /// What.
        what: DiskFault,
        /// Of which brokers.
        target: Target,
    },
    /// Clocks that are moved.
    Clock {
        /// By how much.
        by: Shift,
        /// Of which brokers.
        target: Target,
    },
    /// Something that is wrong with links.
    Link {
        /// What.
        effect: Effect,
        /// With which.
        target: LinkTarget,
    },
    /// Something that is done to a client process of the scenario.
    Client(FaultOfClient),
}

/// What a target means at a moment.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// Nodes.
    pub nodes: Vec<NodeId>,
    /// Links.
    pub links: Vec<Hit>,
    /// What has met the fault on them.
    pub met: Met,
    /// Files.
    pub files: Vec<FileHit>,
    /// Those of the nodes whose data it is about.
    pub data: Vec<NodeId>,
    /// Clocks, by their brokers.
    pub clocks: Vec<BrokerId>,
    /// A client process of the scenario.
    pub client: Option<FaultOfClient>,
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

    /// What it is aimed at, as it is now.
    ///
    /// # Errors
    /// When the target names nothing that is there.
    async fn find(&self, scope: Scope<'_>, past: &[Injected]) -> Result<Found, FaultError> {
        Ok(match self {
            Self::Node { what, target } => {
                let nodes = target.find(scope, past).await?;
                let data = if *what == NodeFault::Wipe { nodes.clone() } else { Vec::new() };
                Found { nodes, data, ..Found::default() }
            }
            Self::Disk { what, target } => {
                let nodes = target.find(scope, past).await?;
                what.find(scope, nodes).await?
            }
            Self::Clock { target, .. } => {
                Shift::find(scope, target.find(scope, past).await?).await?
            }
            Self::Link { effect, target } => {
                let (nodes, links) = target.find(scope, past).await?;
                Found { nodes, links, met: link::met(effect), ..Found::default() }
            }
            Self::Client(fault) => Found { client: Some(fault.clone()), ..Found::default() },
        })
    }

    /// Acts, and waits until the fault has bitten.
    async fn act(&self, scope: Scope<'_>, number: usize, found: &Found) -> Result<(), FaultError> {
        match self {
            Self::Node { what, .. } => what.act(scope, &found.nodes).await,
            Self::Disk { what, .. } => what.act(scope, &found.files).await,
            Self::Clock { by, .. } => by.act(scope, &found.clocks).await,
            Self::Link { effect, .. } => link::act(scope, number, effect, found).await,
            Self::Client(fault) => fault.act(scope.acts()).await,
        }
    }

    /// Whether it is over when it has been injected.
    pub fn undoes_itself(&self) -> bool {
        match self {
            Self::Node { what, .. } => what.undoes_itself(),
            Self::Link { .. } | Self::Disk { .. } | Self::Clock { .. } => false,
            Self::Client(fault) => matches!(fault.what, ClientFault::Dawdle { .. }),
        }
    }

    /// Undoes it; what is whole already stays as it is.
    async fn heal(&self, scope: Scope<'_>, number: usize, found: &Found) -> Result<(), FaultError> {
        match self {
            Self::Node { .. } => node::heal(scope, &found.nodes).await,
            Self::Disk { what, .. } => what.heal(scope, found).await,
            Self::Clock { .. } => clock::heal(scope, &found.clocks).await,
            Self::Link { .. } => {
                link::heal(number, &found.links);
                Ok(())
            }
            Self::Client(fault) => fault.heal().await,
        }
    }

    /// Whether it is undone, as the evidence tells.
    fn is_healed(&self, number: usize, found: &Found, evidence: &Evidence) -> bool {
        let runs = |node| matches!(evidence.nodes.get(node), Some(NodeState::Running { .. }));
        match self {
            Self::Node { .. } => found.nodes.iter().all(runs),
            Self::Disk { what, .. } => {
                found.nodes.iter().all(runs) && what.is_mended(&found.files, &evidence.files)
            }
            Self::Clock { .. } => clock::are_right(&found.clocks, &evidence.clocks),
            Self::Link { .. } => link::is_healed(number, &found.links),
            Self::Client(fault) => fault.is_over(),
        }
    }

    /// Whether it has met anything since it was injected.
    fn has_bitten(&self, found: &Found) -> bool {
        match self {
            // It was waited for when the fault was injected.
            Self::Node { .. } | Self::Disk { .. } | Self::Clock { .. } | Self::Client(_) => true,
            Self::Link { effect, .. } => link::has_bitten(effect, &found.met),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.kind(), self.target())
    }
}
