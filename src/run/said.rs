//! The parts of a sentence of a fault: to whom it is done, and what.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::deed::{PARTICIPLES, without_quoted};

/// What a sentence does to processes.
pub(super) struct Said<'a> {
    /// To whom.
    pub who: &'a str,
    /// Where that begins in the sentence.
    pub at: usize,
    /// As in `killed`.
    pub done: &'a str,
    /// What follows, as in ` and started again`.
    pub rest: &'a str,
}

impl<'a> Said<'a> {
    /// Reads a sentence, if it is one of these.
    pub(super) fn read(sentence: &'a str) -> Option<Self> {
        // A pattern that is known to be right; if it were not, the steps would find the mistake later.
        static SAID: LazyLock<Option<Regex>> = LazyLock::new(|| {
            let done = "killed|stopped|paused|restarted|resumed|started again";
            Regex::new(&format!(r"^(?:within \S+ \w+ )?(.+?) (?:is|are) ({done})\b(.*)$")).ok()
        });
        let unquoted = without_quoted(sentence);
        let found = SAID.as_ref()?.captures(&unquoted)?;
        let part = |group| found.get(group).map(|part| part.range());
        let (who, done, rest) = (part(1)?, part(2)?, part(3)?);
        Some(Self {
            at: who.start,
            who: &sentence[who],
            done: &sentence[done],
            rest: &sentence[rest],
        })
    }

    /// By which later sentences may speak of it.
    pub(super) fn participles(&self) -> impl Iterator<Item = &'static str> {
        let again = self.rest.starts_with(" and started again");
        let is_meant = move |done: &str| self.done == done || (again && done == "restarted");
        PARTICIPLES.into_iter().filter(move |done| is_meant(done))
    }
}

/// What a sentence does to other parts of nodes.
pub(super) struct Part {
    /// Whose.
    pub of: Range<usize>,
    /// Otherwise they have to be down.
    pub needs_running: bool,
    /// A broker that has no room or no log directory left ends.
    pub may_end: bool,
}

impl Part {
    /// Reads a sentence, if it is one of these.
    pub(super) fn read(sentence: &str) -> Option<Self> {
        // A pattern that is known to be right; if it were not, the steps would find the mistake later.
        static PART: LazyLock<Option<Regex>> = LazyLock::new(|| {
            let room = "the disks? of (?<disk>.+) (?:is|are) full";
            let dir =
                r"log directory \d+ of (?<dir>.+) fails|the log directory of .+ fails on (?<on>.+)";
            let clock = "the clocks? of (?<clock>.+) (?:is|are) moved .+";
            let files = "the data of (?<data>.+) is wiped|the last .+ (?:is|are) (?:cut off|flipped) on (?<files>.+)";
            Regex::new(&format!("^(?:{room}|{dir}|{clock}|{files})$")).ok()
        });
        let unquoted = without_quoted(sentence);
        let found = PART.as_ref()?.captures(&unquoted)?;
        let named =
            |names: &[&str]| names.iter().find_map(|name| found.name(name)).map(|it| it.range());
        let (ends, clock) = (named(&["disk", "dir", "on"]), named(&["clock"]));
        let (may_end, needs_running) = (ends.is_some(), ends.is_some() || clock.is_some());
        Some(Self {
            of: ends.or(clock).or_else(|| named(&["data", "files"]))?,
            needs_running,
            may_end,
        })
    }
}
