//! Writes a history's lines: bounded in memory, and such that a killed process leaves what it knew.
//!
//! Lines are put into one buffer and written by one thread, in order. So what a line rests on stands before
//! it: a poll that returned a message is never in the file without the start of its send, if both are of
//! one process.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// Callers wait when so many bytes have not been written yet.
const FULL: usize = 8 << 20;

/// So long the writing thread lets lines gather: a write and a change of threads for each would cost a producer
/// at full speed more than all else that recording does.
const SOON: Duration = Duration::from_millis(5);

/// When lines reach the operating system, where they survive a SIGKILL of this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flush {
    /// Within 5 ms, by the writing thread: for the process that judges.
    Soon,
    /// Before recording returns: for a process that will be killed, so that what it did after a start has
    /// been seen by others is in its history for certain.
    Always,
}

/// A file that takes in lines. It is complete once [`Writer::finish`] has returned.
#[derive(Debug)]
pub(super) struct Writer {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

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

impl Writer {
    /// Creates the file, with its header.
    ///
    /// # Errors
    /// When the file cannot be made, or the thread cannot be started.
    pub(super) fn create(path: &Path, header: &[u8], flush: Flush) -> io::Result<Self> {
        let mut file = File::create(path)?;
        file.write_all(header)?;
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
        let thread = match flush {
            Flush::Always => None,
            Flush::Soon => {
                let shared = Arc::clone(&shared);
                let thread = std::thread::Builder::new().name("history".into());
                Some(thread.spawn(move || shared.write_until_closed())?)
            }
        };
        Ok(Self { shared, thread: Mutex::new(thread) })
    }

    /// Takes in a line, with its end; waits while the buffer is full.
    pub(super) fn append(&self, line: &[u8]) {
        self.shared.append(line);
    }

    /// How many lines were taken in so far.
    pub(super) fn lines(&self) -> u64 {
        self.shared.lock().lines
    }

    /// Blocks until everything that was taken in before is with the operating system.
    ///
    /// # Errors
    /// When something could not be written, now or before.
    pub(super) fn flush(&self) -> io::Result<()> {
        let mut state = self.shared.lock();
        let lines = state.lines;
        while state.written < lines && state.error.is_none() && !state.closing {
            if !std::mem::replace(&mut state.awaited, true) {
                self.shared.changed.notify_all();
            }
            state = self.shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        // The error itself stays, for `finish`.
        let same = |error: &io::Error| Err(io::Error::new(error.kind(), error.to_string()));
        state.error.as_ref().map_or(Ok(()), same)
    }

    /// Writes what is left and closes the file; what comes later goes nowhere. Blocks until it is done.
    ///
    /// # Errors
    /// When something could not be written, now or before.
    pub(super) fn finish(&self) -> io::Result<()> {
        let mut state = self.shared.lock();
        state.closing = true;
        drop(state);
        self.shared.changed.notify_all();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        let panicked = thread.is_some_and(|thread| thread.join().is_err());
        let mut state = self.shared.lock();
        state.file = None;
        match state.error.take() {
            None if panicked => Err(io::Error::other("the writing thread panicked")),
            error => error.map_or(Ok(()), Err),
        }
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
