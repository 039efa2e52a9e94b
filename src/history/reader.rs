//! Cuts a stream into lines without ever holding more than one line, and no line beyond a limit.

use std::io::{self, Read};

/// The longest line that is read, in bytes: a poll of some 500 000 records.
pub const LONGEST_LINE: usize = 16 << 20;

/// Reads lines from `source`; a line is borrowed until the next one is asked for.
#[derive(Debug)]
pub struct Lines<R> {
    source: R,
    buffer: Vec<u8>,
    /// What of the buffer has been read from the source and not been handed out.
    start: usize,
    end: usize,
    number: u64,
    /// How many bytes were read from the source.
    read: u64,
    at_end: bool,
}

/// One line of the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NumberedLine<'b> {
    /// From 1.
    pub number: u64,
    /// Without its end.
    pub bytes: &'b [u8],
    /// Whether its end was there; only the last line of a stream can lack it.
    pub complete: bool,
}

/// Why the next line cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum LinesError {
    /// The source cannot be read.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The line is longer than [`LONGEST_LINE`].
    #[error("line {0} is longer than {LONGEST_LINE} bytes")]
    TooLong(u64),
}

impl<R: Read> Lines<R> {
    /// Lines of `source`, which needs no buffer of its own.
    pub fn new(source: R) -> Self {
        Self {
            source,
            buffer: vec![0; 1 << 18],
            start: 0,
            end: 0,
            number: 0,
            read: 0,
            at_end: false,
        }
    }

    /// How many bytes of the source the lines so far were.
    pub fn bytes(&self) -> u64 {
        self.read - (self.end - self.start) as u64
    }

    /// The next line, or `None` at the end of the source.
    ///
    /// # Errors
    /// When the source cannot be read, or the line is too long; it has not been buffered then.
    pub fn next_line(&mut self) -> Result<Option<NumberedLine<'_>>, LinesError> {
        let mut searched = self.start;
        loop {
            if let Some(at) = memchr::memchr(b'\n', &self.buffer[searched..self.end]) {
                let (from, to) = (self.start, searched + at);
                if to - from > LONGEST_LINE {
                    return Err(LinesError::TooLong(self.number + 1));
                }
                self.start = to + 1;
                self.number += 1;
                let bytes = self.buffer[from..to].strip_suffix(b"\r");
                let bytes = bytes.unwrap_or(&self.buffer[from..to]);
                return Ok(Some(NumberedLine { number: self.number, bytes, complete: true }));
            }
            if self.at_end {
                let (from, to) = (self.start, self.end);
                self.start = to;
                if from == to {
                    return Ok(None);
                }
                if to - from > LONGEST_LINE {
                    return Err(LinesError::TooLong(self.number + 1));
                }
                self.number += 1;
                let bytes = &self.buffer[from..to];
                return Ok(Some(NumberedLine { number: self.number, bytes, complete: false }));
            }
            let unfinished = self.end - self.start;
            if unfinished > LONGEST_LINE {
                return Err(LinesError::TooLong(self.number + 1));
            }
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end, searched) = (0, unfinished, unfinished);
            self.fill()?;
        }
    }

    /// Reads some more behind what is buffered, which begins at 0.
    fn fill(&mut self) -> io::Result<()> {
        if self.end == self.buffer.len() {
            self.buffer.resize(self.buffer.len() * 2, 0);
        }
        let read = loop {
            match self.source.read(&mut self.buffer[self.end..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => break result?,
            }
        };
        self.end += read;
        self.read += read as u64;
        self.at_end = read == 0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &[u8]) -> Vec<(u64, Vec<u8>, bool)> {
        let mut reader = Lines::new(text);
        let mut all = Vec::new();
        while let Some(line) = reader.next_line().expect("readable") {
            all.push((line.number, line.bytes.to_vec(), line.complete));
        }
        all
    }

    #[test]
    fn tells_a_line_that_lacks_its_end() {
        let expected = [(1, b"a".to_vec(), true), (2, vec![], true), (3, b"bc".to_vec(), false)];
        assert_eq!(lines(b"a\r\n\nbc"), expected);
        assert_eq!(lines(b""), []);
    }

    #[test]
    fn joins_lines_that_span_buffers() {
        let long = vec![b'x'; 1_000_000];
        let text = [&long[..], b"\n", &long[..], b"\nend\n"].concat();
        let expected = [(1, long.clone(), true), (2, long, true), (3, b"end".to_vec(), true)];
        assert_eq!(lines(&text), expected);
    }

    #[test]
    fn refuses_an_endless_line_without_keeping_it() {
        let mut reader = Lines::new(io::repeat(b'x'));
        assert!(matches!(reader.next_line(), Err(LinesError::TooLong(1))));
        assert!(reader.buffer.len() <= 2 * LONGEST_LINE);
    }
}
