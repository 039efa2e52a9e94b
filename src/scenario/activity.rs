//! What the clients of a scenario did, reported once it is over.

use std::sync::Arc;

use crate::error::UserError;
use crate::event::Event;
use crate::event::scenario::ScenarioId;
use crate::event::stream::Events;
use crate::history::activity::{Activity, activity};
use crate::history::load::load;
use crate::history::refused::{Refused, refused};
use crate::history::scenario::ScenarioHistory;
use crate::scenario::names::Names;

/// Histories that are larger are not read for a plot, in bytes; `trial verify` reads them.
const LARGEST: u64 = 256 * 1024 * 1024;

/// Tells what the clients did, second by second, as their history has it, and why sends were not acknowledged. Nothing
/// is told without a history.
///
/// A history that cannot be read is noted: the scenario is over, and its verdict does not rest on this.
pub async fn tell(
    history: Arc<ScenarioHistory>,
    names: &Names,
    scenario: &ScenarioId,
    events: &Events,
) {
    let read = tokio::task::spawn_blocking(move || read(&history)).await;
    let scenario = scenario.clone();
    match read {
        Ok(Ok((activity, mut refused))) => {
            for it in &mut refused {
                it.topic = names.shown(&it.topic);
            }
            if !refused.is_empty() {
                events.emit(Event::SendsRefused { scenario: scenario.clone(), refused });
            }
            if let Some(activity) = activity {
                events.emit(Event::ClientActivity { scenario, activity: Box::new(activity) });
            }
        }
        Ok(Err(error)) => {
            let text = format!("what its clients did is not reported: {}", error.in_full());
            events.emit(Event::Note { scenario, text });
        }
        Err(panic) => tracing::warn!(%panic, "a history could not be read"),
    }
}

fn read(history: &ScenarioHistory) -> Result<(Option<Activity>, Vec<Refused>), UserError> {
    let files = history.files()?;
    let size = |file: &std::path::PathBuf| file.metadata().map_or(0, |found| found.len());
    if files.is_empty() || files.iter().map(size).sum::<u64>() > LARGEST {
        return Ok((None, Vec::new()));
    }
    let refused = refused(&files).map_err(|error| {
        UserError::environment("the history of a scenario cannot be read", "").because(error)
    })?;
    // Parts of one history have one name, so this is one.
    let activity = load(&files)?.first().and_then(|loaded| activity(&loaded.history));
    Ok((activity, refused))
}
