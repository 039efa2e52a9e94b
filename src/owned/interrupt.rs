//! Signals that end a run.

use std::time::{Duration, Instant};

use thiserror::Error;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::error::UserError;
use crate::exit_code::ExitCode;

/// Signals that follow one another faster are one: timeout(1), for example, sends its signal to the process
/// and then to its group.
const ECHO: Duration = Duration::from_millis(100);

/// A signal that asked the run to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the run was ended by {name}")]
pub struct Interrupt {
    name: &'static str,
}

impl From<Interrupt> for UserError {
    /// What had not ended by then was not judged.
    fn from(interrupt: Interrupt) -> Self {
        Self::new(
            ExitCode::Inconclusive,
            interrupt.to_string(),
            "what had ended before is in events.ndjson below --out",
        )
    }
}

/// Listens to SIGINT, SIGTERM and SIGHUP from now on.
#[derive(Debug)]
pub struct Interrupts {
    int: Signal,
    term: Signal,
    hup: Signal,
    last: Option<Instant>,
}

impl Interrupts {
    /// Starts to listen.
    ///
    /// # Errors
    /// When the operating system refuses.
    pub fn listen() -> Result<Self, UserError> {
        let listen = |kind| {
            signal(kind).map_err(|error| {
                UserError::environment("signals cannot be listened to", "").because(error)
            })
        };
        Ok(Self {
            int: listen(SignalKind::interrupt())?,
            term: listen(SignalKind::terminate())?,
            hup: listen(SignalKind::hangup())?,
            last: None,
        })
    }

    /// The next signal that is not the echo of the one before.
    pub async fn next(&mut self) -> Interrupt {
        loop {
            let name = tokio::select! {
                _ = self.int.recv() => "Ctrl-C",
                _ = self.term.recv() => "SIGTERM",
                _ = self.hup.recv() => "SIGHUP",
            };
            if self.last.replace(Instant::now()).is_none_or(|last| last.elapsed() > ECHO) {
                return Interrupt { name };
            }
        }
    }
}
