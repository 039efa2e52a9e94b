//! Clusters of a script, for tests of everything that decides what is performed when, and on which cluster: no node
//! is started, and a scenario ends as the script says.

mod plan;
mod tests;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;

use async_trait::async_trait;

use crate::error::UserError;
use crate::event::status::Status;
use crate::event::stream::Events;
use crate::plan::{Batch, Plan, Planned};
use crate::run::durations::Durations;
use crate::run::ending::Ending;
use crate::run::options::Options;
use crate::run::runner::Runner;
use crate::run::spread::Spread;
use crate::run::under_test::{Attempt, Starter, UnderTest};
use crate::runtime::Capability;
use crate::scenario::failure::StepFailure;

/// How often a scenario lets others go on while it is performed.
const TURNS: usize = 5;

/// What happens in a test, and what has happened.
#[derive(Debug, Default)]
struct Script {
    /// How scenarios end, by name: the executions in order. Those that are not there pass.
    endings: RefCell<BTreeMap<&'static str, VecDeque<Status>>>,
    /// Clusters that do not get healthy again, by name.
    never_heals: BTreeSet<&'static str>,
    /// Scenarios that leave settings of the whole cluster changed.
    leaves_changes: BTreeSet<&'static str>,
    /// Clusters that do not come up, by name.
    never_up: BTreeSet<&'static str>,
    /// What every cluster lacks.
    lacking: Option<Capability>,
    /// What was done, in order.
    done: RefCell<Vec<String>>,
    /// Clusters that are up now, and the most that were up at once.
    up: RefCell<(BTreeSet<String>, usize)>,
}

impl Script {
    fn ends(self, scenario: &'static str, as_these: &[Status]) -> Self {
        self.endings.borrow_mut().insert(scenario, as_these.iter().copied().collect());
        self
    }

    fn did(&self, what: impl Into<String>) {
        self.done.borrow_mut().push(what.into());
    }
}

/// Starts the clusters of the script.
#[derive(Debug, Clone)]
struct Scripted(Rc<Script>);

/// A cluster of the script.
#[derive(Debug)]
struct ScriptedCluster {
    name: String,
    script: Rc<Script>,
    changed: RefCell<bool>,
}

#[async_trait(?Send)]
impl Starter for Scripted {
    type Cluster = ScriptedCluster;

    async fn start(&self, _: &Batch, name: &str) -> Result<ScriptedCluster, UserError> {
        let script = Rc::clone(&self.0);
        if script.never_up.contains(name) {
            script.did(format!("{name} does not come up"));
            return Err(UserError::environment("a node ended", ""));
        }
        script.did(format!("{name} up"));
        let (up, most) = &mut *script.up.borrow_mut();
        up.insert(name.into());
        *most = up.len().max(*most);
        let (name, changed) = (name.into(), RefCell::new(false));
        Ok(ScriptedCluster { name, script: Rc::clone(&self.0), changed })
    }
}

#[async_trait(?Send)]
impl UnderTest for ScriptedCluster {
    fn lacks(&self, needed: Capability) -> Option<String> {
        (self.script.lacking == Some(needed)).then(|| "it is not there".into())
    }

    async fn heal(&self) -> bool {
        let heals = !self.script.never_heals.contains(self.name.as_str());
        self.script.did(if heals { "healed" } else { "not healed" });
        heals
    }

    async fn is_as_it_was(&self) -> bool {
        !*self.changed.borrow()
    }

    async fn clear_topics(&self) {
        self.script.did("topics cleared");
    }

    async fn perform(&self, _: &Batch, scenarios: &[&Planned], attempt: Attempt) -> Vec<Ending> {
        let mut endings = Vec::new();
        for scenario in scenarios {
            let id = scenario.id.clone();
            let name = id.name.as_str();
            self.script.did(format!("{name} on {}", self.name));
            for _ in 0..TURNS {
                tokio::task::yield_now().await;
            }
            if self.script.leaves_changes.contains(name) {
                *self.changed.borrow_mut() = true;
            }
            let mut all = self.script.endings.borrow_mut();
            let status = all.get_mut(name).and_then(VecDeque::pop_front);
            let status = status.unwrap_or(Status::Passed);
            let failure =
                (status != Status::Passed).then(|| StepFailure::expectation("as the script says"));
            let ending = Ending { id, status, failure };
            let ends = ending.is_bad() && attempt.fail_fast;
            endings.push(ending);
            if ends {
                break;
            }
        }
        endings
    }

    async fn stop(&self) -> Result<(), UserError> {
        self.script.did(format!("{} stopped", self.name));
        self.script.up.borrow_mut().0.remove(&self.name);
        Ok(())
    }
}

/// What a run of the script has come to.
struct Ran {
    /// How scenarios ended, in the order of the ends.
    endings: Vec<(String, Status)>,
    /// Why they did not pass, in the same order.
    reasons: Vec<Option<String>>,
    /// Names of the clusters that stay.
    kept: Vec<String>,
    done: Vec<String>,
    most_up: usize,
}

/// Performs the plan on clusters of the script.
async fn run(script: Script, plan: &Plan, options: Options, clusters: usize) -> Ran {
    let script = Rc::new(script);
    let (events, _unread) = Events::channel();
    let starter = Scripted(Rc::clone(&script));
    let runner = Runner { starter, options: &options, seed: 7, events: &events };
    let spread = Spread::default();
    let performed = spread.perform(plan, &runner, &Durations::default(), clusters).await;
    performed.expect("every cluster stops");
    let (endings, kept) = spread.into_parts();
    let reasons =
        endings.iter().map(|it| it.failure.as_ref().map(|failure| failure.message.clone()));
    let reasons = reasons.collect();
    let most_up = script.up.borrow().1;
    Ran {
        endings: endings.into_iter().map(|it| (it.id.name, it.status)).collect(),
        reasons,
        kept: kept.into_iter().map(|it| it.name).collect(),
        done: script.done.take(),
        most_up,
    }
}
