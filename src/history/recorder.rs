//! Writes a history while things happen: bounded in memory, and such that a killed process leaves what it
//! knew.
//!
//! Lines are put into one buffer and written by one thread, in order. So what a line rests on stands before
//! it: a poll that returned a message is never in the file without the start of its send, if both are of
//! one process.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use nix::time::{ClockId, clock_gettime};
use serde::Serialize;
use thiserror::Error;

use super::line::{Batch, Declare, End, Happening, Line, Operation, State};
use super::{FORMAT, VERSION};
use crate::error::UserError;

/// Callers wait when so many bytes have not been written yet.
const FULL: usize = 8 << 20;

/// So long the writing thread lets lines gather: a write and a change of threads for each would cost a producer
/// at full speed more than all else that recording does.
const SOON: Duration = Duration::from_millis(5);

/// When lines reach the operating system, where they survive a SIGKILL of this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flush {
    /// Within [`SOON`], by the writing thread: for the process that judges.
    Soon,
    /// Before recording returns: for a process that will be killed, so that what it did after a start has
    /// been seen by others is in its history for certain.
    Always,
}

/// Why a history is not complete.
#[derive(Debug, Error)]
#[error("failed to write the history {}", path.display())]
pub struct RecorderError {
    path: PathBuf,
    #[source]
    source: io::Error,
}

impl RecorderError {
    pub(super) fn new(path: &Path, source: io::Error) -> Self {
        Self { path: path.to_owned(), source }
    }
}

impl From<RecorderError> for UserError {
    fn from(error: RecorderError) -> Self {
        let what = error.to_string();
        Self::environment(what, "choose another folder with --out, or free some space")
            .because(error.source)
    }
}

/// Records one history file; cheap to clone. The file is complete once [`Recorder::finish`] has returned.
#[derive(Debug, Clone)]
pub struct Recorder {
    shared: Arc<Shared>,
    path: Arc<Path>,
    writer: Arc<Mutex<Option<JoinHandle<()>>>>,
}

/// Records the operations of one client. Not to be cloned: ids ascend within a client.
#[derive(Debug)]
pub struct ClientRecorder {
    recorder: Recorder,
    name: String,
    next_id: u64,
}

/// An operation that has started; to be given back when it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[must_use = "an operation without an end is judged as unknown"]
pub struct OperationId(pub u64);

#[derive(Debug)]
struct Shared {
    state: Mutex<Buffered>,
    /// Something happened to the state.
    changed: Condvar,
    flush: Flush,
}

#[derive(Debug)]
struct Buffered {
    bytes: Vec<u8>,
    /// How many lines were taken in, and how many of them are with the operating system.
    lines: u64,
    written: u64,
    file: Option<File>,
    /// Somebody waits until all that is there is written.
    awaited: bool,
    closing: bool,
    error: Option<io::Error>,
}

impl Recorder {
    /// Creates the file, with its header. Files with the same `name` are parts of one history.
    ///
    /// # Errors
    /// When the file cannot be made, or the thread cannot be started.
    pub fn create(path: &Path, name: Option<&str>, flush: Flush) -> Result<Self, RecorderError> {
        let wrap = |source| RecorderError { path: path.to_owned(), source };
        let mut file = File::create(path).map_err(wrap)?;
        let header = Line {
            format: Some(FORMAT.into()),
            version: Some(VERSION),
            name: name.map(Into::into),
            ..Line::default()
        };
        file.write_all(&encode(&header)).map_err(wrap)?;
        let state = Buffered {
            bytes: Vec::new(),
            lines: 0,
            written: 0,
            file: Some(file),
            awaited: false,
            closing: false,
            error: None,
        };
        let shared = Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new(), flush });
        let writer = match flush {
            Flush::Always => None,
            Flush::Soon => {
                let shared = Arc::clone(&shared);
                let thread = std::thread::Builder::new().name("history".into());
                Some(thread.spawn(move || shared.write_until_closed()).map_err(wrap)?)
            }
        };
        Ok(Self { shared, path: path.into(), writer: Arc::new(Mutex::new(writer)) })
    }

    /// A client, whose settings `declaration` holds; every name is used once in a history.
    pub fn client(&self, name: &str, mut declaration: Line<'_>) -> ClientRecorder {
        declaration.client = Some(name.to_owned().into());
        self.declare(Declare::Client, declaration);
        ClientRecorder { recorder: self.clone(), name: name.to_owned(), next_id: 1 }
    }

    /// States a topic's settings, a flow, or limits.
    pub fn declare(&self, what: Declare, mut line: Line<'_>) {
        line.declare = Some(what);
        self.record(&mut line);
    }

    /// Records an event that belongs to no client: a fault, its healing, a reset of offsets.
    pub fn event(&self, what: Happening, mut line: Line<'_>) {
        line.event = Some(what);
        self.record(&mut line);
    }

    /// Records something that was looked up.
    pub fn state(&self, what: State, mut line: Line<'_>) {
        line.state = Some(what);
        self.record(&mut line);
    }

    /// How many lines were recorded so far; as long as it stays, the history stays what it is.
    pub fn lines(&self) -> u64 {
        self.shared.lock().lines
    }

    /// Blocks until everything that was recorded before is with the operating system.
    ///
    /// # Errors
    /// When something could not be written, now or before: the history is not complete then.
    pub fn flush(&self) -> Result<(), RecorderError> {
        let mut state = self.shared.lock();
        let lines = state.lines;
        while state.written < lines && state.error.is_none() && !state.closing {
            if !std::mem::replace(&mut state.awaited, true) {
                self.shared.changed.notify_all();
            }
            state = self.shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        let Some(error) = &state.error else { return Ok(()) };
        // The error itself stays, for `finish`.
        let same = io::Error::new(error.kind(), error.to_string());
        Err(RecorderError::new(&self.path, same))
    }

    /// Writes what is left and closes the file; what is recorded later goes nowhere. Blocks until it is done.
    ///
    /// # Errors
    /// When something could not be written, now or before: the history is not complete then.
    pub fn finish(&self) -> Result<(), RecorderError> {
        let mut state = self.shared.lock();
        state.closing = true;
        drop(state);
        self.shared.changed.notify_all();
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        let panicked = writer.is_some_and(|writer| writer.join().is_err());
        let mut state = self.shared.lock();
        state.file = None;
        let error = match state.error.take() {
            None if panicked => Some(io::Error::other("the writing thread panicked")),
            error => error,
        };
        error.map_or(Ok(()), |source| Err(RecorderError { path: self.path.to_path_buf(), source }))
    }

    /// Stamps a line and hands it over; waits while the buffer is full. A line is large, so it is not moved.
    fn record(&self, line: &mut Line<'_>) {
        line.mono_ns.get_or_insert_with(monotonic_ns);
        line.wall_ms.get_or_insert_with(wall_ms);
        self.take(line);
    }

    /// Takes in a line that has its times.
    pub(super) fn take(&self, line: &impl Serialize) {
        self.shared.append(&encode(line));
    }
}

impl ClientRecorder {
    /// The client's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where it records.
    pub fn recorder(&self) -> &Recorder {
        &self.recorder
    }

    /// States the client's settings.
    pub fn declare(&self, settings: Line<'_>) {
        self.recorder
            .declare(Declare::Client, Line { client: Some(self.name.as_str().into()), ..settings });
    }

    /// Records that an operation starts; to be called before it has any effect.
    pub fn start<'a>(&'a mut self, operation: Operation, mut line: Line<'a>) -> OperationId {
        let id = self.next();
        line.start = Some(operation);
        line.client = Some(self.name.as_str().into());
        line.id = Some(id.0);
        self.recorder.record(&mut line);
        id
    }

    /// The next operation.
    pub(super) fn next(&mut self) -> OperationId {
        let id = self.next_id;
        self.next_id += 1;
        OperationId(id)
    }

    /// Records how an operation ended.
    pub fn end(&self, operation: OperationId, end: End, fields: Line<'_>) {
        self.recorder.end(&self.name, operation, end, fields);
    }

    /// Records a poll that has returned records; `began_ns` is [`monotonic_ns`] before it was made. Polls have
    /// no effect on others, so nothing is recorded of one that does not return.
    pub fn polled(&mut self, began_ns: u64, batches: Vec<Batch<'_>>) {
        let line = Line { mono_ns: Some(began_ns), ..Line::default() };
        let poll = self.start(Operation::Poll, line);
        self.end(poll, End::Ok, Line { batches, ..Line::default() });
    }

    /// Records an event of this client: assign, revoke, seek, crash, process.
    pub fn event(&self, what: Happening, fields: Line<'_>) {
        self.recorder.event(what, Line { client: Some(self.name.as_str().into()), ..fields });
    }
}

impl Recorder {
    /// As [`ClientRecorder::end`], for delivery reports that come on another thread.
    pub fn end<'a>(&self, client: &'a str, operation: OperationId, end: End, mut line: Line<'a>) {
        line.end = Some(end);
        line.client = Some(client.into());
        line.id = Some(operation.0);
        self.record(&mut line);
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Buffered> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn append(&self, line: &[u8]) {
        let mut state = self.lock();
        while state.bytes.len() >= FULL && !state.closing {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if state.closing || state.error.is_some() {
            return;
        }
        state.lines += 1;
        if self.flush == Flush::Always {
            let written = state.file.as_mut().map_or(Ok(()), |file| file.write_all(line));
            state.written += 1;
            state.error = written.err();
            return;
        }
        let was_empty = state.bytes.is_empty();
        state.bytes.extend_from_slice(line);
        // For these the writing thread waits; in between it lets lines gather.
        let is_awaited = was_empty || state.bytes.len() >= FULL;
        drop(state);
        if is_awaited {
            self.changed.notify_all();
        }
    }

    /// The writing thread: takes what there is, writes it, until closed and empty.
    fn write_until_closed(&self) {
        let mut state = self.lock();
        let Some(mut file) = state.file.take() else { return };
        let mut taken = Vec::new();
        loop {
            while state.bytes.is_empty() && !state.closing {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
            if state.bytes.is_empty() {
                return;
            }
            let gathers = |it: &mut Buffered| !it.closing && !it.awaited && it.bytes.len() < FULL;
            let gathered = self.changed.wait_timeout_while(state, SOON, gathers);
            state = gathered.unwrap_or_else(PoisonError::into_inner).0;
            std::mem::swap(&mut state.bytes, &mut taken);
            state.awaited = false;
            let lines = state.lines;
            drop(state);
            self.changed.notify_all();
            let written = file.write_all(&taken);
            taken.clear();
            state = self.lock();
            state.written = lines;
            if let Err(error) = written {
                state.error.get_or_insert(error);
                state.bytes.clear();
            }
            self.changed.notify_all();
        }
    }
}

/// A line with its end. Lines consist of text and numbers, which always are JSON.
fn encode(line: &impl Serialize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(256);
    if serde_json::to_writer(&mut bytes, line).is_ok() {
        bytes.push(b'\n');
    } else {
        bytes.clear();
    }
    bytes
}

/// The machine's monotonic clock, as lines have it.
pub fn monotonic_ns() -> u64 {
    nanoseconds(ClockId::CLOCK_MONOTONIC)
}

/// The wall clock, as lines have it.
pub(super) fn wall_ms() -> u64 {
    nanoseconds(ClockId::CLOCK_REALTIME) / 1_000_000
}

/// 0 where the machine has no such clock, which Linux and macOS have.
fn nanoseconds(clock: ClockId) -> u64 {
    let time = clock_gettime(clock).map_or(std::time::Duration::ZERO, Into::into);
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::load::load;

    fn send<'a>(message: &'a str) -> Line<'a> {
        Line { topic: Some("t".into()), message: Some(message.into()), ..Line::default() }
    }

    #[test]
    fn what_is_recorded_is_read_back() {
        for flush in [Flush::Soon, Flush::Always] {
            let folder = tempfile::tempdir().expect("a folder");
            let path = folder.path().join("h.ndjson");
            let recorder = Recorder::create(&path, Some("h"), flush).expect("created");
            let mut client = recorder.client("p", Line { acks: Some(1), ..Line::default() });
            for number in 0..1000 {
                let id = client.start(Operation::Send, send(&format!("m{number}")));
                let place = Line { partition: Some(0), offset: Some(number), ..Line::default() };
                client.end(id, End::Ok, place);
            }
            recorder.finish().expect("written");
            let history = &load(&[path]).expect("readable")[0].history;
            assert_eq!(history.sends.len(), 1000);
            assert_eq!(history.sends.offset[999], 999);
            assert_eq!(history.clients[0].acks, 1);
            assert!(history.sends.start_ns.is_sorted());
            assert!(history.wall_offset_ms.is_some());
        }
    }

    #[test]
    fn what_was_recorded_before_a_flush_is_in_the_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("h.ndjson");
        let recorder = Recorder::create(&path, None, Flush::Soon).expect("created");
        let mut client = recorder.client("p", Line::default());
        for number in 0..100 {
            let _without_end = client.start(Operation::Send, send(&format!("m{number}")));
            recorder.flush().expect("written");
            let lines = std::fs::read_to_string(&path).expect("readable").lines().count();
            assert_eq!(lines as u64, recorder.lines() + 1, "and the header");
        }
    }

    #[test]
    fn with_flush_always_a_start_is_in_the_file_when_recording_returns() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("h.ndjson");
        let recorder = Recorder::create(&path, None, Flush::Always).expect("created");
        let mut client = recorder.client("p", Line::default());
        let _without_end = client.start(Operation::Send, send("m"));
        let history = &load(&[path]).expect("readable")[0].history;
        assert_eq!(history.sends.len(), 1);
    }

    #[test]
    fn a_disk_that_is_full_is_told_at_the_end() {
        let full = Path::new("/dev/full");
        if !full.exists() {
            return;
        }
        assert!(Recorder::create(full, None, Flush::Soon).is_err());
    }

    #[test]
    fn many_threads_fill_one_file_with_whole_lines() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("h.ndjson");
        let recorder = Recorder::create(&path, None, Flush::Soon).expect("created");
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let mut client = recorder.client(&format!("p{thread}"), Line::default());
                scope.spawn(move || {
                    for number in 0..5000 {
                        let id = client.start(Operation::Send, send(&format!("{thread}-{number}")));
                        client.end(id, End::Unknown, Line::default());
                    }
                });
            }
        });
        recorder.finish().expect("written");
        assert_eq!(load(&[path]).expect("readable")[0].history.sends.len(), 20_000);
    }
}
