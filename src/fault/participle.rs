//! Words for nodes and clients that a fault has hit, as in `the killed broker`.

use std::fmt;
use std::str::FromStr;

/// A word for nodes and clients that a fault has hit. The file of a fault says which of them fit.
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
