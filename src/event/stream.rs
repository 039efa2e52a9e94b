//! The stream itself.

use std::time::Duration;

use tokio::sync::mpsc;

use super::{Event, Stamped};

/// The sending end of the stream; cheap to clone. Events after the end of the run go nowhere.
#[derive(Debug, Clone)]
pub struct Events(mpsc::UnboundedSender<Stamped>);

impl Events {
    /// A stream and the end to read it from.
    pub fn channel() -> (Self, mpsc::UnboundedReceiver<Stamped>) {
        let (sender, receiver) = mpsc::unbounded_channel();
        (Self(sender), receiver)
    }

    /// Puts an event on the stream, stamped with the time now.
    pub fn emit(&self, event: Event) {
        // The receiver is gone only when the run is over and nobody listens.
        self.0.send(Stamped { at: jiff::Timestamp::now(), event }).ok();
    }

    /// Shorthand for [`Event::Phase`].
    pub fn phase(&self, subject: impl Into<String>, phase: impl Into<String>) {
        self.emit(Event::Phase { subject: subject.into(), phase: phase.into() });
    }
}

/// A duration as events have it.
pub fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
