//! What may be said of nodes and clients that a fault has hit, as in `the killed broker`.

use std::fmt;
use std::str::FromStr;

use super::{ClientFault, NodeFault};

/// What may be said of nodes and clients that a fault has hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Participle {
    /// By SIGKILL.
    Killed,
    /// By SIGTERM, or an order to end.
    Stopped,
    /// By SIGSTOP.
    Paused,
    /// They run in new processes.
    Restarted,
}

const ALL: [Participle; 4] =
    [Participle::Killed, Participle::Stopped, Participle::Paused, Participle::Restarted];

impl Participle {
    /// The faults of nodes that it speaks of; whether a rolling restart waits does not count.
    pub(super) fn faults(self) -> &'static [NodeFault] {
        use NodeFault::{Crash, Kill, Pause, Restart, RollingRestart, Stop};
        match self {
            Self::Killed => &[Kill, Crash],
            Self::Stopped => &[Stop],
            Self::Paused => &[Pause],
            Self::Restarted => &[Restart, Crash, RollingRestart { in_sync: true }],
        }
    }

    /// Those that speak of nodes that a fault has hit.
    pub fn of_nodes(what: NodeFault) -> impl Iterator<Item = Self> {
        let speaks = move |it: &Self| {
            let is_it = |other| std::mem::discriminant(other) == std::mem::discriminant(&what);
            it.faults().iter().any(is_it)
        };
        ALL.into_iter().filter(speaks)
    }

    /// The one that speaks of a client that a fault has hit.
    pub fn of_client(what: ClientFault) -> Option<Self> {
        match what {
            ClientFault::Kill | ClientFault::KillHalfway(_) => Some(Self::Killed),
            ClientFault::Stop => Some(Self::Stopped),
            ClientFault::Pause | ClientFault::PauseHalfway(_) => Some(Self::Paused),
            ClientFault::Dawdle { .. } => None,
        }
    }
}

impl FromStr for Participle {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        ALL.into_iter().find(|it| it.to_string() == text).ok_or(())
    }
}

impl fmt::Display for Participle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Killed => "killed",
            Self::Stopped => "stopped",
            Self::Paused => "paused",
            Self::Restarted => "restarted",
        })
    }
}
