//! The process of a producer of a load: what `trial client` does with such a task. Its calls may block.

use std::io::{BufRead, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::probe::{Portion, Probe, Sink};
use super::send::send;
use super::task::{LoadReport, LoadTask};

/// Sends as the task says, until it is done or its input ends, and tells on standard output what it does.
pub fn work(task: &LoadTask, input: impl BufRead + Send + 'static) {
    let stop = Arc::new(AtomicBool::new(false));
    let listener = Arc::clone(&stop);
    std::thread::spawn(move || {
        // The run closes the input to stop the load, and so does the system when the run is killed.
        for _ in input.lines() {}
        listener.store(true, Ordering::Relaxed);
    });
    let since = jiff::Timestamp::now().as_millisecond() - task.load.began_at_ms;
    let since = Duration::from_millis(u64::try_from(since).unwrap_or_default());
    let began = Instant::now().checked_sub(since).unwrap_or_else(Instant::now);
    let probe = Probe::new(began, task.load.messages.warm_up, Output);
    tell(&match send(&task.load, probe, &stop) {
        Ok(sent) => LoadReport::of(&sent),
        Err(error) => LoadReport::Failed(error.to_string()),
    });
}

/// Standard output.
struct Output;

impl Sink for Output {
    fn take(&mut self, portion: Portion) {
        tell(&LoadReport::Done(portion));
    }
}

fn tell(report: &LoadReport) {
    let Ok(mut line) = serde_json::to_vec(report) else { return };
    line.push(b'\n');
    // Where the run is gone, so is the reader, and this process ends with its input.
    std::io::stdout().write_all(&line).ok();
}
