//! The scenario's clients in processes of their own.

use std::sync::Arc;

use super::clients::unknown;
use super::{StepFailure, Told as _, World};
use crate::client::process::clients::{Clients, Kind};
use crate::client::process::library::Configured;
use crate::client::process::store::Store;
use crate::client::process::task::{Task, Work};
use crate::client::process::{ClientProcess, ProcessError};
use crate::event::node_state::NodeState;
use crate::fault::{ClientFault, ClientTarget, Fault, FaultOfClient};
use crate::history::line::{Declare, Happening, Line, State};
use crate::history::recorder::{Flush, Recorder};

impl World {
    /// The client processes.
    pub fn clients(&self) -> &Clients {
        &self.clients
    }

    /// Starts a client process under a name.
    ///
    /// # Errors
    /// Usage, when the name is taken; environment, when no process can be started.
    pub async fn start_client(
        &mut self,
        name: String,
        work: Work,
        configured: &Configured,
    ) -> Result<(), StepFailure> {
        if self.clients.has(&name) {
            return Err(StepFailure::usage(format!("there is a client process {name:?} already")));
        }
        configured.check().map_err(|error| StepFailure::usage(error.to_string()))?;
        self.launch(name, work, configured).await
    }

    /// Starts a client that has ended again: a new process that does the same. In the history it is another
    /// client.
    ///
    /// # Errors
    /// Usage, when there is no such client or it has not ended.
    pub(super) async fn start_client_again(
        &mut self,
        target: &ClientTarget,
    ) -> Result<(), StepFailure> {
        let before = self.client(target)?;
        if before.state().is_alive() {
            // What has not been done is not undone.
            if self.environment()?.do_nothing.any() {
                return Ok(());
            }
            return Err(StepFailure::usage(format!(
                "{target} is running, so it cannot be started again"
            )));
        }
        let Task { work, settings, .. } = before.task().clone();
        let configured = Configured { library: before.library().clone(), settings };
        self.launch(target.name.clone(), work, &configured).await
    }

    async fn launch(
        &mut self,
        name: String,
        work: Work,
        configured: &Configured,
    ) -> Result<(), StepFailure> {
        let environment = self.environment()?;
        let part = environment.history.part(&name)?;
        let target = ClientTarget { kind: Kind::of(&work), name: name.clone() };
        let settings = self.names()?.with_client_id(&target.to_string(), &configured.settings);
        let task = Task {
            client: part.client,
            history: part.history,
            file: part.file,
            access: self.access()?,
            settings,
            work,
        };
        let client =
            ClientProcess::start(task, configured.library.clone(), &environment.folder).await?;
        self.clients.keep(name, client);
        Ok(())
    }

    /// A client process by what it is and its name.
    ///
    /// # Errors
    /// Usage, when there is none.
    pub fn client(&self, target: &ClientTarget) -> Result<Arc<ClientProcess>, StepFailure> {
        let ClientTarget { kind, name } = target;
        self.clients.get(*kind, name).cloned().ok_or_else(|| {
            let known = self.clients.names(*kind);
            unknown(&kind.to_string(), name, known.into_iter())
        })
    }

    /// The clients of a kind that were started together under a name.
    ///
    /// # Errors
    /// Usage, when there are none.
    pub fn clients_together(
        &self,
        kind: Kind,
        name: &str,
    ) -> Result<Vec<(ClientTarget, Arc<ClientProcess>)>, StepFailure> {
        let together = self.clients.together(kind, name).into_iter();
        let together = together.map(|(name, client)| {
            (ClientTarget { kind, name: name.to_owned() }, Arc::clone(client))
        });
        let together: Vec<_> = together.collect();
        if together.is_empty() {
            let known = self.clients.names(kind);
            let known = known.into_iter();
            return Err(unknown(&kind.to_string(), name, known));
        }
        Ok(together)
    }

    /// Does something to a client process and waits until that takes effect.
    ///
    /// # Errors
    /// Usage, when there is no such client or nothing can be done to it; inconclusive, when it has no effect.
    pub(super) async fn inject_into_client(
        &mut self,
        what: ClientFault,
        target: &ClientTarget,
    ) -> Result<(), StepFailure> {
        let process = self.client(target)?;
        let fault = FaultOfClient { what, target: target.clone(), process: Arc::clone(&process) };
        let (scope, faults) = self.scope_and_faults()?;
        faults.inject(scope, Fault::Client(fault)).await.told(scope.names)?;
        let kills = matches!(what, ClientFault::Kill | ClientFault::KillHalfway(_));
        if kills && matches!(process.state(), NodeState::Exited { .. }) {
            let client = Some(process.task().client.as_str().into());
            self.history()?.recorder()?.event(Happening::Crash, Line { client, ..Line::default() });
        }
        Ok(())
    }

    /// Resumes a client process that is paused.
    ///
    /// # Errors
    /// Usage, when it is not paused.
    pub(super) async fn resume_client(&mut self, target: &ClientTarget) -> Result<(), StepFailure> {
        let process = self.client(target)?;
        let what = ClientFault::Pause;
        let client = FaultOfClient { what, target: target.clone(), process };
        let (scope, faults) = self.scope_and_faults()?;
        Ok(faults.undo(scope, client.resume_paused(scope)).await?)
    }

    /// States once in the history that each message of one topic has one result, and by whose offsets it is
    /// known how far that came.
    ///
    /// # Errors
    /// When nothing can be recorded.
    pub fn declare_flow(
        &mut self,
        topic: &str,
        to_topic: Option<&str>,
        group: &str,
        exactly_once: bool,
    ) -> Result<(), StepFailure> {
        let flow = (topic.to_owned(), to_topic.map(str::to_owned), group.to_owned());
        if !self.flows.insert(flow) {
            return Ok(());
        }
        let fields = Line {
            topic: Some(topic.into()),
            to_topic: to_topic.map(Into::into),
            group: Some(group.into()),
            exactly_once: Some(exactly_once),
            ..Line::default()
        };
        self.history()?.recorder()?.declare(Declare::Flow, fields);
        Ok(())
    }

    /// Looks into the databases of all standalone consumers and puts their results, and the offsets that they
    /// keep themselves, into the history: what was rolled back has no result, whatever the consumer believes.
    ///
    /// # Errors
    /// When a database cannot be read or nothing be recorded.
    pub fn record_results(&self) -> Result<(), StepFailure> {
        for (name, client) in self.clients.all() {
            let Task { work: Work::Process(work), history, .. } = client.task() else { continue };
            let results = work.store.with_extension("ndjson");
            let recorder = Recorder::create(&results, Some(history), Flush::Always)?;
            let unread = |error: rusqlite::Error| {
                StepFailure::environment(format!("the results of {name:?} cannot be read: {error}"))
            };
            let store = Store::look_into(&work.store).map_err(unread)?;
            for result in store.results().map_err(unread)? {
                let (client, source) = (result.client.into(), result.message.into());
                let fields = Line {
                    client: Some(client),
                    source: Some(source),
                    group: Some(work.group.as_str().into()),
                    ..Line::default()
                };
                recorder.event(Happening::Process, fields);
            }
            for offset in store.offsets().map_err(unread)? {
                let fields = Line {
                    group: Some(work.group.as_str().into()),
                    topic: Some(offset.topic.into()),
                    partition: u32::try_from(offset.partition).ok(),
                    offset: u64::try_from(offset.next).ok(),
                    ..Line::default()
                };
                recorder.state(State::GroupOffset, fields);
            }
            recorder.finish()?;
        }
        Ok(())
    }
}

impl From<ProcessError> for StepFailure {
    fn from(error: ProcessError) -> Self {
        match error {
            ProcessError::Io { .. } => Self::environment(error.to_string()),
            ProcessError::Unfit { .. } => Self::usage(error.to_string()),
            ProcessError::Ended { .. } | ProcessError::TimedOut(_) => {
                Self::expectation(error.to_string())
            }
        }
    }
}
