//! `events.ndjson`: every event as it happens, a line each, so that a killed run leaves what it knew.

use std::fs::{self, File};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use super::read::EVENTS;
use crate::error::UserError;
use crate::event::Stamped;

/// The file, open for writing.
#[derive(Debug)]
pub struct EventsFile {
    path: PathBuf,
    file: File,
    /// Bytes of whole lines that are in the file.
    written: u64,
    /// Lines that a full disk has kept from it.
    unwritten: Vec<u8>,
}

impl EventsFile {
    /// Makes the folder and an empty file in it.
    ///
    /// # Errors
    /// When that is not possible: the message names the folder and what the system said.
    pub fn create(out: &Path) -> Result<Self, UserError> {
        let path = out.join(EVENTS);
        let file = fs::create_dir_all(out).and_then(|()| File::create(&path));
        let file = file.map_err(|error| {
            UserError::environment(
                format!("results cannot be written to {}", out.display()),
                "choose another folder with --out",
            )
            .because(error)
        })?;
        Ok(Self { path, file, written: 0, unwritten: Vec::new() })
    }

    /// Appends an event, and before it those that could not be written so far: nothing is lost when a disk was
    /// full for a while.
    ///
    /// # Errors
    /// When it cannot be written: the disk is full or the file is gone.
    pub fn write(&mut self, event: &Stamped) -> Result<(), UserError> {
        let is_late = !self.unwritten.is_empty();
        let line = serde_json::to_writer(&mut self.unwritten, event).map_err(io::Error::other);
        self.unwritten.push(b'\n');
        let written = line.and_then(|()| if is_late { self.cut() } else { Ok(()) });
        let written = written.and_then(|()| self.file.write_all(&self.unwritten));
        written.map_err(|error| {
            let what = format!("{} could not be written to its end", self.path.display());
            UserError::environment(what, "free disk space and run again").because(error)
        })?;
        self.written += self.unwritten.len() as u64;
        self.unwritten.clear();
        Ok(())
    }

    /// Cuts off what was written of a line before the disk was full.
    fn cut(&mut self) -> io::Result<()> {
        self.file.set_len(self.written)?;
        self.file.seek(SeekFrom::Start(self.written)).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Event;

    #[test]
    fn events_that_a_full_disk_has_kept_out_are_written_once_there_is_room() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut events = EventsFile::create(folder.path()).expect("a file");
        let event = |number: u8| Stamped {
            at: jiff::Timestamp::UNIX_EPOCH,
            event: Event::Phase { subject: "c".into(), phase: number.to_string() },
        };
        events.write(&event(1)).expect("written");
        let full = File::options().write(true).open("/dev/full").expect("Linux has it");
        let mut there = std::mem::replace(&mut events.file, full);
        for number in 2..4 {
            let error = events.write(&event(number)).expect_err("the disk is full");
            assert!(error.in_full().contains("events.ndjson could not be written to its end"));
        }
        // A part of a line may have been written.
        there.write_all(b"{\"at\":").expect("written");
        events.file = there;
        events.write(&event(4)).expect("written");
        let text = fs::read_to_string(folder.path().join(EVENTS)).expect("text");
        let phases: Vec<_> = text.lines().map(|line| line.contains("\"phase\":\"")).collect();
        assert_eq!(phases, [true; 4], "{text}");
        assert!(text.ends_with("\"phase\":\"4\"}\n"), "{text}");
    }
}
