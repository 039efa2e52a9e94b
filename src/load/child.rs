//! The process of a client of a load: what `trial client` does with such a task. Its calls may block.

use std::io::{BufRead, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::book::Ledger;
use super::ids::Id;
use super::probe::{Portion, Probe, Sink};
use super::receive::receive;
use super::send::send;
use super::task::{LoadReport, LoadTask, Read};

/// Sends or reads as the task says, until it is done or its input ends, and reports on standard output what it does.
pub fn work(task: &LoadTask, input: impl BufRead + Send + 'static) {
    let stop = Arc::new(AtomicBool::new(false));
    let listener = Arc::clone(&stop);
    std::thread::spawn(move || {
        // The run closes the input to stop the load. The system does so when the run is killed.
        for _ in input.lines() {}
        listener.store(true, Ordering::Relaxed);
    });
    let ended = match task {
        LoadTask::Send(work) => {
            let probe = probe(work.began_at_ms, work.messages.warm_up);
            send(work, probe, &stop).map(|sent| LoadReport::of(&sent))
        }
        LoadTask::Receive { reading, began_at_ms } => {
            let probe = probe(*began_at_ms, reading.warm_up);
            receive(reading, probe, &Arc::new(Output), &stop).map(|()| LoadReport::Left)
        }
    };
    tell(&ended.unwrap_or_else(|error| LoadReport::Failed(error.to_string())));
}

/// Counts from the time at which the load began in the process of the run.
fn probe(began_at_ms: i64, warm_up: Duration) -> Probe<Output> {
    let since = jiff::Timestamp::now().as_millisecond() - began_at_ms;
    let since = Duration::from_millis(u64::try_from(since).unwrap_or_default());
    let began = Instant::now().checked_sub(since).unwrap_or_else(Instant::now);
    Probe::new(began, warm_up, Output)
}

/// Standard output.
struct Output;

impl Ledger for Output {
    fn enter(&self, entries: &mut Vec<Option<Id>>) {
        if !entries.is_empty() {
            tell(&LoadReport::Read(Read::of(entries)));
            entries.clear();
        }
    }

    fn count_share(&self, given: bool) {
        tell(&LoadReport::Share(given));
    }

    fn complain(&self, error: String) {
        tell(&LoadReport::Complaint(error));
    }
}

impl Sink for Output {
    fn take(&mut self, portion: Portion) {
        tell(&LoadReport::Done(portion));
    }
}

fn tell(report: &LoadReport) {
    let Ok(mut line) = serde_json::to_vec(report) else { return };
    line.push(b'\n');
    // If nobody reads, the run is gone, and this process ends with its input.
    std::io::stdout().write_all(&line).ok();
}
