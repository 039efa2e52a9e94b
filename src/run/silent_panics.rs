//! Panics that nobody prints while scenarios run on several clusters.
//!
//! Cucumber reports failed steps by panics. It takes the process's panic hook away while it runs and puts back
//! what it found, so of two runs at the same time one puts the other's back: messages of failed steps would be
//! printed, or none ever again.

use std::panic::{self, PanicHookInfo};

type Hook = Box<dyn Fn(&PanicHookInfo<'_>) + Sync + Send + 'static>;

/// No panic is printed while this lives; whoever catches one reports it.
pub struct SilentPanics(Option<Hook>);

impl SilentPanics {
    /// Takes the hook away.
    pub fn begin() -> Self {
        let before = panic::take_hook();
        panic::set_hook(Box::new(|_| {}));
        Self(Some(before))
    }
}

impl Drop for SilentPanics {
    fn drop(&mut self) {
        // A thread that panics may not change the hook.
        if let Some(before) = self.0.take().filter(|_| !std::thread::panicking()) {
            panic::set_hook(before);
        }
    }
}
