//! Reads histories from files into the columns that the checker judges.

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use rustc_hash::FxHashMap;
use thiserror::Error;

use super::assemble::Assembler;
use super::header::say;
use super::line::Line;
use super::part::{Part, cannot_cut};
use super::parts_in_time::in_time;
use super::reader::NumberedLine;
use super::step::Step;
use super::{ordered, plain};
use crate::checker::escape::escaped;
use crate::checker::history::History;
use crate::error::UserError;

/// After so many lines of a file it is known how many rows the whole makes.
const SAMPLE: u64 = 20_000;

/// How many letters of a message are shown.
const LONGEST_MESSAGE: usize = 1000;

/// Why a history cannot be read.
#[derive(Debug, Error)]
pub enum LoadError {
    /// A file cannot be opened or read.
    #[error("failed to read {}", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// What the operating system says.
        #[source]
        source: io::Error,
    },
    /// A line is broken or does not fit the lines before it.
    #[error("{}:{line}: {what}", path.display())]
    Line {
        /// Which file.
        path: PathBuf,
        /// Which line, from 1.
        line: u64,
        /// What is wrong with it.
        what: String,
    },
}

impl LoadError {
    /// A file cannot be opened or read.
    pub fn io(path: &Path, source: io::Error) -> Self {
        Self::Io { path: path.to_owned(), source }
    }
}

impl From<LoadError> for UserError {
    fn from(error: LoadError) -> Self {
        let help = match &error {
            LoadError::Io { .. } => "name a history file that can be read",
            LoadError::Line { .. } => "docs/history.md says what a history consists of",
        };
        match error {
            LoadError::Io { path, source } => {
                Self::usage(format!("failed to read {}", path.display()), help).because(source)
            }
            line @ LoadError::Line { .. } => {
                Self::usage(shortened(escaped(&line.to_string()).into()), help)
            }
        }
    }
}

/// A message of readable length, whatever it quotes.
fn shortened(message: String) -> String {
    match message.char_indices().nth(LONGEST_MESSAGE) {
        Some((end, _)) => format!("{}…", &message[..end]),
        None => message,
    }
}

/// A history and what it was read from.
#[derive(Debug)]
pub struct Loaded {
    /// The files that are parts of it.
    pub files: Vec<PathBuf>,
    /// The history.
    pub history: History,
}

/// Reads files: those whose headers share a `name` are parts of one history, any other is one by itself.
/// Histories come in the order of their first files. Parts are read in the order of their times, so that what one
/// has begun another one can end.
///
/// # Errors
/// At the first file or line that cannot be read.
pub fn load(files: &[PathBuf]) -> Result<Vec<Loaded>, LoadError> {
    let mut groups: Vec<(Vec<PathBuf>, Loader)> = Vec::new();
    let mut named: FxHashMap<String, usize> = FxHashMap::default();
    for path in in_time(files) {
        let file = File::open(path).map_err(|source| LoadError::io(path, source))?;
        let size = file.metadata().ok().filter(Metadata::is_file).map(|of| of.len());
        let mut part = Part { size, ..Part::open(path, file)? };
        let known = part.name.take().map(|name| *named.entry(name).or_insert(groups.len()));
        let place = known.unwrap_or(groups.len());
        if place == groups.len() {
            groups.push((Vec::new(), Loader::default()));
        }
        let (paths, loader) = &mut groups[place];
        paths.push(path.to_owned());
        loader.read_part(&mut part)?;
    }
    let loaded = |(files, loader): (_, Loader)| Loaded { files, history: loader.finish() };
    Ok(groups.into_iter().map(loaded).collect())
}

/// Puts one history together from its parts.
#[derive(Debug, Default)]
pub struct Loader {
    assembler: Assembler,
}

impl Loader {
    /// Reads one part, header first; `path` is its name in errors and notes.
    ///
    /// # Errors
    /// At the first line that cannot be read.
    pub fn read(&mut self, path: &Path, source: impl Read) -> Result<(), LoadError> {
        self.read_part(&mut Part::open(path, source)?)
    }

    /// Names of the topics that somebody has sent to so far.
    pub fn topics_sent_to(&self) -> Vec<String> {
        self.assembler.topics_sent_to()
    }

    /// Whether there are transactions so far.
    pub fn has_transactions(&self) -> bool {
        self.assembler.has_transactions()
    }

    /// The history. Operations without an end count as unknown.
    pub fn finish(self) -> History {
        self.assembler.finish()
    }

    fn read_part<R: Read>(&mut self, part: &mut Part<'_, R>) -> Result<(), LoadError> {
        self.assembler.begin_part();
        loop {
            let path = part.path;
            let wrong = |line, what: String| LoadError::Line { path: path.to_owned(), line, what };
            let text = match part.lines.next_line() {
                Ok(Some(text)) => text,
                Ok(None) => return Ok(()),
                Err(error) => return Err(cannot_cut(path, error)),
            };
            let number = text.number;
            if text.bytes.is_empty() {
                continue;
            }
            let plain = std::str::from_utf8(text.bytes).ok();
            let mut step = Step::default();
            let is_read = plain.is_some_and(|plain| {
                ordered::read(plain, &mut step).is_some() || plain::read(plain, &mut step).is_some()
            });
            let added = match is_read {
                true => self.assembler.add_step(&step),
                false => self.add_any(path, &text),
            };
            added.map_err(|what| wrong(number, what))?;
            if number == SAMPLE
                && let Some(size) = part.size
            {
                self.assembler.make_room(size as f64 / part.lines.bytes() as f64);
            }
        }
    }

    /// Adds a line of any kind.
    fn add_any(&mut self, path: &Path, text: &NumberedLine<'_>) -> Result<(), String> {
        if !is_object(text.bytes) {
            return Err("a line is a JSON object: {…}".into());
        }
        match serde_json::from_slice::<Line<'_>>(text.bytes) {
            Ok(line) => self.assembler.add(&line),
            Err(_) if !text.complete => {
                self.assembler.note(format!(
                    "{}:{} is cut off, as a killed writer leaves it; judged up to there",
                    path.display(),
                    text.number
                ));
                Ok(())
            }
            Err(error) => Err(say(&error)),
        }
    }
}

fn is_object(line: &[u8]) -> bool {
    line.trim_ascii_start().starts_with(b"{")
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "{\"format\":\"kafka-trial-history\",\"version\":1}\n";

    fn read(text: &str) -> Result<History, String> {
        let mut loader = Loader::default();
        loader.read(Path::new("h"), text.as_bytes()).map_err(|error| error.to_string())?;
        Ok(loader.finish())
    }

    fn error(lines: &str) -> String {
        read(&format!("{HEADER}{lines}")).expect_err("must be refused")
    }

    #[test]
    fn refuses_what_is_no_history() {
        for text in ["", "\n", "[]\n", "not JSON\n", "{\"format\":\"x\"}\n", "\u{feff}{}\n"] {
            let message = read(text).expect_err(text);
            assert!(message.starts_with("h:1: "), "{text:?}: {message}");
        }
        for twice in ["\"name\":\"a\",\"name\":\"b\"", "\"version\":1"] {
            let text = HEADER.replace('}', &format!(",{twice}}}"));
            assert!(read(&text).unwrap_err().starts_with("h:1: duplicate field"), "{text}");
        }
        assert!(read(&format!("\u{feff}{HEADER}")).is_ok());
        let newer = "{\"format\":\"kafka-trial-history\",\"version\":2,\"colour\":1}\n";
        assert_eq!(
            read(newer).unwrap_err(),
            "h:1: version 2 of the format is not known, only 1 is"
        );
    }

    #[test]
    fn names_the_line_that_is_broken() {
        let send =
            "{\"start\":\"send\",\"client\":\"p\",\"id\":1,\"topic\":\"t\",\"message\":\"m\"}\n";
        let cases = [
            ("{\"start\":\"send\"\n\n", "h:2: EOF while parsing an object"),
            ("{\"start\":\"sned\"}\n", "h:2: unknown variant `sned`"),
            ("{\"strat\":\"send\"}\n", "h:2: unknown field `strat`"),
            ("{}\n", "h:2: a line needs one of"),
            ("[]\n", "h:2: a line is a JSON object"),
            (
                "{\"end\":\"ok\",\"client\":\"c\",\"id\":1,\"batches\":[[\"t\",0,[[0,\"a\"]]]]}\n",
                "h:2: invalid type: sequence, expected an object",
            ),
            ("{\"start\":\"send\",\"end\":\"ok\"}\n", "h:2: a line can have only one of"),
            (
                "{\"start\":\"send\",\"client\":\"p\",\"id\":1,\"topic\":\"t\"}\n",
                "h:2: needs `message`",
            ),
            (
                "{\"end\":\"ok\",\"client\":\"p\",\"id\":1}\n",
                "h:2: nothing of client `p` with id 1",
            ),
            ("{\"declare\":\"topic\",\"topic\":\"t\",\"partition\":-1}\n", "h:2: invalid value"),
            (&format!("{send}{send}"), "h:3: id 1 of client `p` does not ascend"),
            (
                &format!("{send}{}", send.replace("\"id\":1", "\"id\":2")),
                "h:3: message `m` was sent before",
            ),
            (
                "{\"state\":\"replica\",\"topic\":\"t\",\"partition\":0,\"broker\":1,\"from\":0,\"to\":9,\"records\":[[5,null],[4,null]]}\n",
                "h:2: offset 4 after offset 5",
            ),
        ];
        for (lines, expected) in cases {
            let message = error(lines);
            assert!(message.starts_with(expected), "{message}\nis not: {expected}");
        }
    }

    #[test]
    fn a_file_gets_room_for_what_it_holds_and_not_for_twice_as_much() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("long.ndjson");
        let send = |number: u64| {
            format!(
                "{{\"start\":\"send\",\"client\":\"p\",\"id\":{number},\"topic\":\"t\",\"message\":\"m{number}\"}}\n"
            )
        };
        let sends = 4 * SAMPLE;
        let text: String = std::iter::once(HEADER.into()).chain((1..=sends).map(send)).collect();
        std::fs::write(&path, text).expect("written");
        let loaded = load(&[path]).expect("readable");
        let messages = &loaded[0].history.sends.message;
        assert_eq!(messages.len() as u64, sends);
        assert!(messages.capacity() as u64 <= sends * 11 / 10, "{}", messages.capacity());
    }

    #[test]
    fn reads_up_to_a_line_that_is_cut_off_and_says_so() {
        let whole = "{\"start\":\"send\",\"client\":\"p\",\"id\":1,\"topic\":\"t\",\"message\":\"m\"}\n{\"end\":\"o";
        let history = read(&format!("{HEADER}{whole}")).expect("readable");
        assert_eq!(history.sends.len(), 1);
        assert!(history.notes[0].starts_with("h:3 is cut off"), "{:?}", history.notes);
        assert!(history.notes[1].contains("without an end"), "{:?}", history.notes);
        assert!(error("{\"end\":\"o\n").starts_with("h:2: "));
    }
}
