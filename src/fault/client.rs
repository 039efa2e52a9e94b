//! Faults of client processes: they are killed, hang, and come back as zombies. They touch nothing that
//! another scenario could see: not the cluster, only the scenario's own clients.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use cucumber::Parameter;

use super::hit::Hit;
use super::{FaultError, Participle, Scope};
use crate::client::process::clients::Kind;
use crate::client::process::task::Order;
use crate::client::process::{ClientProcess, ClientStatus, ProcessError};
use crate::event::evidence::Evidence;
use crate::event::id::NodeId;
use crate::event::node_state::NodeState;
use crate::owned::signal::Signal;
use crate::wait::{self, EFFECT_LOOK, Seen, WaitError, until};

/// A signal takes effect at once. A signal without an effect by then has none.
const BITE_LIMIT: Duration = Duration::from_secs(10);

/// How long a client may take to end in an orderly way: it finishes its batch and leaves its group.
const STOP_LIMIT: Duration = Duration::from_secs(30);

/// A client process, as a sentence names it: `copier "cp"`, `producer process "p"`,
/// `consumer process "c"`, `standalone consumer "s"`.
#[derive(Debug, Clone, PartialEq, Eq, Parameter)]
#[param(
    name = "client",
    regex = r#"(?:copier|(?:producer|consumer) process|standalone consumer) "[^"]*""#
)]
pub struct ClientTarget {
    /// Its kind.
    pub kind: Kind,
    /// The author's name for it.
    pub name: String,
}

/// What is done to a client process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientFault {
    /// SIGKILL.
    Kill,
    /// An order to end in an orderly way.
    Stop,
    /// SIGSTOP, until it is healed.
    Pause,
    /// SIGKILL between the results of a batch and its offsets, which must come before this time is over.
    KillHalfway(Duration),
    /// SIGSTOP there; it goes on from there when it is resumed.
    PauseHalfway(Duration),
    /// It does nothing there for a while, but its client library goes on.
    Dawdle {
        /// The batch must come before this time is over.
        limit: Duration,
        /// How long it does nothing.
        time: Duration,
    },
}

/// A fault of one client process.
#[derive(Debug, Clone)]
pub struct FaultOfClient {
    /// The fault.
    pub what: ClientFault,
    /// The client, in the author's words.
    pub target: ClientTarget,
    /// Its process.
    pub process: Arc<ClientProcess>,
}

impl ClientFault {
    /// The word by which later sentences may speak of its client; none where it leaves nothing to speak of.
    pub fn participle(self) -> Option<Participle> {
        match self {
            Self::Kill | Self::KillHalfway(_) => Some(Participle::Killed),
            Self::Stop => Some(Participle::Stopped),
            Self::Pause | Self::PauseHalfway(_) => Some(Participle::Paused),
            Self::Dawdle { .. } => None,
        }
    }

    /// Whether the client goes on by itself.
    pub fn undoes_itself(self) -> bool {
        matches!(self, Self::Dawdle { .. })
    }
}

#[async_trait]
impl Hit for FaultOfClient {
    fn nodes(&self) -> &[NodeId] {
        &[]
    }

    async fn check(&self, _: Scope<'_>) -> Result<(), FaultError> {
        let refused = |state: &str| Err(FaultError::NoTarget(format!("{} {state}", self.target)));
        match (self.what, self.process.state()) {
            (_, NodeState::Running { .. }) | (ClientFault::Kill, NodeState::Paused { .. }) => {
                Ok(())
            }
            (_, NodeState::Paused { .. }) => refused("is paused"),
            (_, NodeState::Exited { .. } | NodeState::NotStarted) => refused("has ended already"),
        }
    }

    async fn act(&self, _: Scope<'_>) -> Result<(), FaultError> {
        match self.what {
            ClientFault::Kill => self.kill().await,
            ClientFault::Stop => self.stop().await,
            ClientFault::Pause => self.pause().await,
            ClientFault::KillHalfway(limit) => {
                self.halt(limit).await?;
                self.kill().await
            }
            ClientFault::PauseHalfway(limit) => {
                self.halt(limit).await?;
                self.pause().await?;
                Ok(self.process.order(Order::GoOn).await?)
            }
            ClientFault::Dawdle { limit, time } => {
                self.halt(limit).await?;
                wait::pause(time).await;
                Ok(self.process.order(Order::GoOn).await?)
            }
        }
    }

    async fn look(&self, _: Scope<'_>, evidence: &mut Evidence) {
        evidence.clients.insert(self.target.to_string(), self.process.state());
    }

    /// Resumes the client if it is paused. One that has ended is not started again: a step that needs it does so.
    async fn heal(&self, _: Scope<'_>) -> Result<(), FaultError> {
        self.process.let_go();
        match self.process.state() {
            NodeState::Paused { .. } => self.resume().await,
            _ => Ok(()),
        }
    }

    /// The client runs, or another process has its place.
    fn is_healed(&self, _: &Evidence) -> bool {
        match self.process.state() {
            NodeState::Running { .. } => true,
            NodeState::Exited { .. } => self.process.is_let_go(),
            NodeState::Paused { .. } | NodeState::NotStarted => false,
        }
    }

    fn shows_effect(&self, before: &Evidence, after: &Evidence) -> bool {
        before.clients != after.clients
    }
}

impl FaultOfClient {
    /// Resumes the client, which must be paused. What was not done is not undone.
    ///
    /// # Errors
    /// When it is not paused.
    pub async fn resume_paused(&self, scope: Scope<'_>) -> Result<(), FaultError> {
        let is_paused = matches!(self.process.state(), NodeState::Paused { .. });
        match is_paused {
            true => self.resume().await,
            false if scope.do_nothing.any() => Ok(()),
            false => Err(FaultError::NoTarget(format!("{} is not paused", self.target))),
        }
    }

    /// Resumes the client. Kafka may refuse a zombie, which then ends before anybody has seen it running.
    async fn resume(&self) -> Result<(), FaultError> {
        self.process.signal(Signal::Resume)?;
        self.await_state("is still paused", |state| !matches!(state, NodeState::Paused { .. }))
            .await
    }

    async fn kill(&self) -> Result<(), FaultError> {
        self.process.signal(Signal::Kill)?;
        self.await_state("is still there", |state| !state.is_alive()).await
    }

    async fn pause(&self) -> Result<(), FaultError> {
        self.process.signal(Signal::Pause)?;
        self.await_state("is not paused", |state| matches!(state, NodeState::Paused { .. })).await
    }

    async fn stop(&self) -> Result<(), FaultError> {
        self.process.order(Order::Stop).await?;
        let ended = |status: &ClientStatus| {
            status.ended.map(drop).ok_or_else(|| "it is still there".into())
        };
        if self.process.until(STOP_LIMIT, ended).await.is_ok() {
            return Ok(());
        }
        self.kill().await?;
        Err(FaultError::NoEffect(format!(
            "{} did not end within {} and was killed, so this was no clean stop",
            self.target,
            humantime::format_duration(STOP_LIMIT)
        )))
    }

    /// Has the client halt halfway through a batch.
    async fn halt(&self, limit: Duration) -> Result<(), FaultError> {
        let halts = self.process.status().halts;
        self.process.order(Order::Halt).await?;
        let halted = |status: &ClientStatus| match status.halts > halts {
            true => Ok(()),
            false => Err(format!("{} came to no batch", self.target)),
        };
        let halted = self.process.until(limit, halted).await;
        if let Err(ProcessError::TimedOut(_)) = halted {
            self.process.order(Order::GoOn).await?;
        }
        Ok(halted?)
    }

    async fn await_state(
        &self,
        otherwise: &str,
        is_so: impl Fn(&NodeState) -> bool,
    ) -> Result<(), FaultError> {
        let looked: Result<(), WaitError<FaultError>> = until(BITE_LIMIT, EFFECT_LOOK, || {
            let seen = if is_so(&self.process.state()) {
                Seen::Ready(())
            } else {
                Seen::NotYet(format!("{} {otherwise}", self.target))
            };
            std::future::ready(Ok(seen))
        })
        .await;
        Ok(looked?)
    }
}

/// The process follows from the other two.
impl PartialEq for FaultOfClient {
    fn eq(&self, other: &Self) -> bool {
        self.what == other.what && self.target == other.target
    }
}

impl fmt::Display for ClientFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kill => f.write_str("kill"),
            Self::Stop => f.write_str("stop"),
            Self::Pause => f.write_str("pause"),
            Self::KillHalfway(_) => f.write_str("kill halfway through a batch"),
            Self::PauseHalfway(_) => f.write_str("pause halfway through a batch"),
            Self::Dawdle { time, .. } => {
                write!(f, "{} over a batch", humantime::format_duration(*time))
            }
        }
    }
}

impl fmt::Display for ClientTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?}", self.kind, self.name)
    }
}

impl FromStr for ClientTarget {
    type Err = String;

    fn from_str(said: &str) -> Result<Self, String> {
        let split = said.split_once(" \"").and_then(|(kind, name)| {
            let kinds = [Kind::Producer, Kind::Copier, Kind::Consumer, Kind::Standalone];
            let kind = kinds.into_iter().find(|known| known.to_string() == kind)?;
            Some(Self { kind, name: name.trim_end_matches('"').to_owned() })
        });
        split.ok_or_else(|| format!("{said:?} names no client process"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_kind_and_name() {
        let pattern = regex::Regex::new(&format!("^(?:{})$", ClientTarget::REGEX)).expect("valid");
        for said in [
            "copier \"cp-1\"",
            "producer process \"p\"",
            "consumer process \"c\"",
            "standalone consumer \"s\"",
        ] {
            assert!(pattern.is_match(said));
            assert_eq!(said.parse::<ClientTarget>().expect("a client").to_string(), said);
        }
        assert!("broker 2".parse::<ClientTarget>().is_err());
    }
}
