//! The live line of a scenario: its step, the faults that are active, and how its cluster is.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::text::count;
use crate::event::change::ClusterChange;
use crate::event::id::{BrokerId, ControllerId};
use crate::event::scenario::Execution;

/// What is known of a scenario that runs.
#[derive(Debug, Default)]
pub struct Live {
    /// The step that runs.
    pub step: String,
    execution: Execution,
    faults: BTreeMap<usize, String>,
    gone: BTreeSet<BrokerId>,
    controller: Option<Option<ControllerId>>,
    leaderless: BTreeSet<(String, i32)>,
}

impl Live {
    /// One that has just begun.
    pub fn new(execution: Execution) -> Self {
        Self { execution, ..Self::default() }
    }

    /// Which repetition and attempt, where it is not the first: ` (repetition 2, attempt 3)`.
    pub fn which(&self) -> String {
        let Execution { repetition, attempt } = self.execution;
        let parts = [("repetition", repetition), ("attempt", attempt)];
        let parts = parts.iter().filter(|(_, number)| *number > 1);
        let parts: Vec<_> = parts.map(|(what, number)| format!("{what} {number}")).collect();
        if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) }
    }

    /// A fault was injected.
    pub fn inject(&mut self, number: usize, kind: &str) {
        self.faults.insert(number, kind.to_owned());
    }

    /// A fault was healed.
    pub fn heal(&mut self, number: usize) {
        self.faults.remove(&number);
    }

    /// The cluster has changed.
    pub fn change(&mut self, change: &ClusterChange) {
        match change {
            ClusterChange::Controller { to, .. } => self.controller = Some(*to),
            ClusterChange::Registration { broker, registered: true } => {
                self.gone.remove(broker);
            }
            ClusterChange::Registration { broker, registered: false } => {
                self.gone.insert(*broker);
            }
            ClusterChange::Leader { topic, partition, to: None, .. } => {
                self.leaderless.insert((topic.clone(), *partition));
            }
            ClusterChange::Leader { topic, partition, .. } => {
                self.leaderless.remove(&(topic.clone(), *partition));
            }
            ClusterChange::InSync { .. } => {}
        }
    }
}

impl fmt::Display for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.step.lines().next().unwrap_or_default())?;
        for (number, kind) in &self.faults {
            write!(f, " · fault {number}: {kind}")?;
        }
        if !self.gone.is_empty() {
            let gone: Vec<_> = self.gone.iter().map(ToString::to_string).collect();
            write!(f, " · without broker {}", gone.join(", "))?;
        }
        match self.controller {
            Some(Some(id)) => write!(f, " · controller {id}")?,
            Some(None) => f.write_str(" · no controller")?,
            None => {}
        }
        match self.leaderless.len() {
            0 => Ok(()),
            number => write!(f, " · {} without leader", count(number, "partition")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_what_is_not_as_it_should_be() {
        let mut live = Live::new(Execution { repetition: 2, attempt: 1 });
        live.step = "When broker 2 is killed".into();
        live.inject(1, "kill");
        live.change(&ClusterChange::Registration { broker: BrokerId(2), registered: false });
        live.change(&ClusterChange::Controller { from: Some(ControllerId(2)), to: None });
        let all = "When broker 2 is killed · fault 1: kill · without broker 2 · no controller";
        assert_eq!(live.to_string(), all);
        live.heal(1);
        live.change(&ClusterChange::Registration { broker: BrokerId(2), registered: true });
        live.change(&ClusterChange::Controller { from: None, to: Some(ControllerId(1)) });
        assert_eq!(live.to_string(), "When broker 2 is killed · controller 1");
        assert_eq!(live.which(), " (repetition 2)");
    }
}
