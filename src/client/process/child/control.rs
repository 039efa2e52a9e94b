//! What the run orders while the client works, and what the client reports.

use std::io::{BufRead, Write as _};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::client::process::task::{Order, Report};

/// The orders so far.
#[derive(Debug, Default)]
pub struct Control {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    halt: bool,
    stop: bool,
}

impl Control {
    /// Follows the orders on `input`. Its end means that the run is gone, and that the client stops.
    pub fn listen(input: impl BufRead + Send + 'static) -> Arc<Self> {
        let control = Arc::new(Self::default());
        let listener = Arc::clone(&control);
        // Nobody waits for it: it ends with its input or with the process.
        std::thread::spawn(move || {
            for line in input.lines().map_while(Result::ok) {
                if let Ok(order) = serde_json::from_str(&line) {
                    listener.follow(order);
                }
            }
            listener.follow(Order::Stop);
        });
        control
    }

    fn follow(&self, order: Order) {
        let mut state = self.lock();
        match order {
            Order::Halt => state.halt = true,
            Order::GoOn => state.halt = false,
            Order::Stop => state.stop = true,
        }
        drop(state);
        self.changed.notify_all();
    }

    /// Whether the client is to end.
    pub fn is_stopping(&self) -> bool {
        self.lock().stop
    }

    /// To be called halfway through every batch: between its results and its offsets. Returns at once, unless
    /// the run wants the client to halt here.
    pub fn halfway(&self) {
        let mut state = self.lock();
        if !state.halt {
            return;
        }
        self.report(&Report::Halted);
        while state.halt && !state.stop {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Reports to the run.
    pub fn report(&self, report: &Report) {
        let mut output = std::io::stdout().lock();
        if let Ok(line) = serde_json::to_string(report) {
            // Nobody listens when the run is gone; then the input has ended as well.
            writeln!(output, "{line}").and_then(|()| output.flush()).ok();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[test]
    fn the_end_of_the_input_ends_a_halt_and_the_client() {
        let control = Control::listen(Cursor::new("\"halt\"\n"));
        control.halfway();
        let state = control.lock();
        let stopped = control.changed.wait_while(state, |state| !state.stop);
        assert!(stopped.is_ok_and(|state| state.halt && state.stop));
    }

    #[test]
    fn goes_on_when_told_so() {
        let control = Control::default();
        control.follow(Order::Halt);
        std::thread::scope(|scope| {
            let halted = scope.spawn(|| control.halfway());
            control.follow(Order::GoOn);
            halted.join().expect("it has gone on");
        });
        assert!(!control.is_stopping());
    }
}
