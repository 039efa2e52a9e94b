//! Clears away what killed runs have left, whatever they ran on.

use std::path::Path;
use std::time::Duration;

use super::provider::Provider;
use super::registry;
use crate::owned::guard::Killed;
use crate::owned::sweep;
use crate::wait::pause;

/// A runtime may still be making what the run has asked for last.
const AGAIN: Duration = Duration::from_secs(2);

/// Clears away what killed runs have left. What cannot be cleared now is left to the next run, so it is only logged.
/// `used` is the runtime of this run, which need not be found again.
pub async fn clear(state: &Path, used: Option<&dyn Provider>) {
    registry::sweep(used, state, &|run| sweep::is_alive(state, run)).await;
    sweep::leftovers(state);
}

/// Waits until a run that was killed has ended, then clears away what it has left, and what others have.
pub async fn clear_after(killed: &Killed) {
    if !killed.has_ended().await {
        return;
    }
    clear(killed.state(), None).await;
    pause(AGAIN).await;
    clear(killed.state(), None).await;
}
