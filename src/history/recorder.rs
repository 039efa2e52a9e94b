//! Records a history while things happen, line by line.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use nix::time::{ClockId, clock_gettime};
use serde::Serialize;
use thiserror::Error;

use super::line::{Batch, Declare, End, Happening, Line, Operation, State};
pub use super::writer::Flush;
use super::writer::Writer;
use super::{FORMAT, VERSION};
use crate::error::UserError;

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
    writer: Arc<Writer>,
    path: Arc<Path>,
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

impl Recorder {
    /// Creates the file, with its header. Files with the same `name` are parts of one history.
    ///
    /// # Errors
    /// When the file cannot be made, or the thread cannot be started.
    pub fn create(path: &Path, name: Option<&str>, flush: Flush) -> Result<Self, RecorderError> {
        let header = Line {
            format: Some(FORMAT.into()),
            version: Some(VERSION),
            name: name.map(Into::into),
            ..Line::default()
        };
        let writer = Writer::create(path, &encode(&header), flush);
        let writer = writer.map_err(|source| RecorderError::new(path, source))?;
        Ok(Self { writer: Arc::new(writer), path: path.into() })
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
        self.writer.lines()
    }

    /// Blocks until everything that was recorded before is with the operating system.
    ///
    /// # Errors
    /// When something could not be written, now or before: the history is not complete then.
    pub fn flush(&self) -> Result<(), RecorderError> {
        self.writer.flush().map_err(|source| RecorderError::new(&self.path, source))
    }

    /// Writes what is left and closes the file; what is recorded later goes nowhere. Blocks until it is done.
    ///
    /// # Errors
    /// When something could not be written, now or before: the history is not complete then.
    pub fn finish(&self) -> Result<(), RecorderError> {
        self.writer.finish().map_err(|source| RecorderError::new(&self.path, source))
    }

    /// Stamps a line and hands it over; waits while the buffer is full. A line is large, so it is not moved.
    fn record(&self, line: &mut Line<'_>) {
        line.mono_ns.get_or_insert_with(monotonic_ns);
        line.wall_ms.get_or_insert_with(wall_ms);
        self.take(line);
    }

    /// Takes in a line that has its times.
    pub(super) fn take(&self, line: &impl Serialize) {
        self.writer.append(&encode(line));
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
pub fn wall_ms() -> u64 {
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
