//! The client processes of a scenario, by the names that the author gave them.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::ClientProcess;
use super::task::Work;

/// The kind of a client process, in the author's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// `producer process`
    Producer,
    /// `copier`
    Copier,
    /// `consumer process`
    Consumer,
    /// `standalone consumer`
    Standalone,
}

/// The client processes of a scenario.
#[derive(Debug, Default)]
pub struct Clients(BTreeMap<String, Arc<ClientProcess>>);

impl Clients {
    /// Keeps a client under its name; one that had the name before is killed.
    pub fn keep(&mut self, name: String, client: ClientProcess) {
        if let Some(before) = self.0.insert(name, Arc::new(client)) {
            before.let_go();
            before.kill();
        }
    }

    /// A client by its name, if there is one of this kind.
    pub fn get(&self, kind: Kind, name: &str) -> Option<&Arc<ClientProcess>> {
        self.0.get(name).filter(|client| Kind::of(&client.task().work) == kind)
    }

    /// Whether a name is taken.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Every client with its name, by name.
    pub fn all(&self) -> impl Iterator<Item = (&str, &Arc<ClientProcess>)> {
        self.0.iter().map(|(name, client)| (name.as_str(), client))
    }

    /// The clients of a kind that were started together under this name: `cp` itself, or `cp-1`, `cp-2` ….
    pub fn together(&self, kind: Kind, name: &str) -> Vec<(&str, &Arc<ClientProcess>)> {
        let belongs = |full: &str| {
            let rest = full.strip_prefix(name);
            rest.is_some_and(|rest| {
                let number = rest.strip_prefix('-').unwrap_or(rest);
                rest.is_empty() || (rest != number && number.parse::<u32>().is_ok())
            })
        };
        let of_kind = |client: &ClientProcess| Kind::of(&client.task().work) == kind;
        self.all().filter(|(full, client)| belongs(full) && of_kind(client)).collect()
    }

    /// The names of those of a kind, for a message that one was not found.
    pub fn names(&self, kind: Kind) -> Vec<&str> {
        let of_kind = self.all().filter(|(_, client)| Kind::of(&client.task().work) == kind);
        of_kind.map(|(name, _)| name).collect()
    }

    /// Ends every client at once.
    pub fn kill_all(&mut self) {
        std::mem::take(&mut self.0).values().for_each(|client| client.kill());
    }
}

impl Kind {
    /// The kind that does this work.
    pub fn of(work: &Work) -> Self {
        match work {
            Work::Produce(_) => Self::Producer,
            Work::Copy(_) => Self::Copier,
            Work::Consume(_) => Self::Consumer,
            Work::Process(_) => Self::Standalone,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Producer => "producer process",
            Self::Copier => "copier",
            Self::Consumer => "consumer process",
            Self::Standalone => "standalone consumer",
        })
    }
}
