//! What a sentence does to processes of nodes and clients, or to other parts of nodes, as far as its words tell.

use crate::fault::{ClientFault, Fault, NodeFault, Participle, Target};
use crate::plan::scene::whom::{Named, Whom};
use crate::steps::meaning::Action;

/// What is done to processes.
#[derive(Debug)]
pub(super) struct Act {
    /// The nodes or the client.
    pub whom: Named,
    /// In the words of the sentence.
    pub words: String,
    /// What the sentence does to them.
    pub done: Done,
    /// By which later sentences may speak of it; the first is what it is now.
    pub participles: Vec<Participle>,
}

/// What is done to a process, as far as it asks how the process is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Done {
    /// It is killed, which can be done to one that is paused.
    Killed,
    /// Anything else that can be done to one that runs.
    Hit,
    /// It was paused and goes on.
    Resumed,
    /// It had ended, and another has its place.
    StartedAgain,
}

impl Act {
    /// What the action does to processes, if it does.
    pub(super) fn of(action: &Action) -> Option<Self> {
        let of_nodes = |target: &Target, done, participles| {
            Some(Self { whom: Named::of(target), words: target.to_string(), done, participles })
        };
        match action {
            Action::Fault { fault: Fault::Node { what: NodeFault::Wipe, .. }, .. } => None,
            Action::Fault { fault: Fault::Node { what, target }, .. }
            | Action::Lasting { fault: Fault::Node { what, target }, .. } => {
                let done = if *what == NodeFault::Kill { Done::Killed } else { Done::Hit };
                of_nodes(target, done, what.participles().to_vec())
            }
            Action::StartAgain(target) => of_nodes(target, Done::StartedAgain, Vec::new()),
            Action::Resume(target) => of_nodes(target, Done::Resumed, Vec::new()),
            Action::OfClient { what, target } => {
                let participles = what.participle().into_iter().collect::<Vec<_>>();
                let done = if *what == ClientFault::Kill { Done::Killed } else { Done::Hit };
                (!participles.is_empty())
                    .then(|| Self::of_client(target.to_string(), done, participles))
            }
            Action::StartClientAgain(target) => {
                Some(Self::of_client(target.to_string(), Done::StartedAgain, Vec::new()))
            }
            Action::ResumeClient(target) => {
                Some(Self::of_client(target.to_string(), Done::Resumed, Vec::new()))
            }
            _ => None,
        }
    }

    fn of_client(words: String, done: Done, participles: Vec<Participle>) -> Self {
        let whom = Named::These(vec![(Whom::client(&words), 0..words.len())]);
        Self { whom, words, done, participles }
    }
}

/// What is done to other parts of nodes.
#[derive(Debug)]
pub(super) struct Part {
    /// The node of the part.
    pub whom: Named,
    /// In the words of the sentence.
    pub words: String,
    /// Otherwise they have to be down.
    pub needs_running: bool,
    /// A broker that has no room or no log directory left ends.
    pub may_end: bool,
}

impl Part {
    /// What the action does to other parts of nodes, if it does.
    pub(super) fn of(action: &Action) -> Option<Self> {
        let Action::Fault { fault, .. } = action else { return None };
        let (target, may_end, needs_running) = match fault {
            Fault::Disk { what, target } => {
                (target, what.may_end_brokers(), what.may_end_brokers())
            }
            Fault::Clock { target, .. } => (target, false, true),
            Fault::Node { what: NodeFault::Wipe, target } => (target, false, false),
            _ => return None,
        };
        let words = target.to_string();
        Some(Self { whom: Named::of(target), words, needs_running, may_end })
    }
}
