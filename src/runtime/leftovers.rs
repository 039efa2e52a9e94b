//! Clears away what killed runs have left, whatever they ran on.

use std::path::Path;
use std::time::Duration;

use super::docker::{self, Engine};
use crate::owned::guard::Killed;
use crate::owned::sweep;
use crate::wait::pause;

/// An engine may still be making what the run has asked for last.
const AGAIN: Duration = Duration::from_secs(2);

/// Clears away what killed runs have left. What cannot be cleared now is left to the next run, so it is only logged.
pub async fn clear(state: &Path, engine: Option<Engine>) {
    let alive = |run: &str| sweep::is_alive(state, run);
    if let Some(engine) = engine
        && let Err(error) = docker::sweep(&engine, state, alive).await
    {
        tracing::warn!(%error, "containers that killed runs have left could not be removed");
    }
    sweep::leftovers(state);
}

/// Waits until a run that was killed has ended, then clears away what it has left, and what others have.
pub async fn clear_after(killed: &Killed) {
    if !killed.has_ended().await {
        return;
    }
    let engine = docker::engine().await.ok();
    clear(killed.state(), engine.clone()).await;
    pause(AGAIN).await;
    clear(killed.state(), engine).await;
}
