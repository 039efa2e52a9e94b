//! A YAML text as a tree in which every key and every value knows its place, so that each mistake in a
//! fixture can be shown where it is, and all of them at once.

mod raw;

use std::fs::File;
use std::io::{self, Read as _};
use std::ops::Range;
use std::path::Path;

use serde_yaml::options::{DuplicateKeyPolicy, NonFiniteFloatPolicy};
use serde_yaml::{Location, Spanned};

use self::raw::Raw;
use crate::error::UserError;

/// A fixture is a page of text; what is larger by far is not one.
const LARGEST: u64 = 256 * 1024;

/// A text and the name by which messages call it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// File name as given by the user.
    pub file: String,
    /// Its contents.
    pub text: String,
}

/// A mistake at a place of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// What is wrong.
    pub what: String,
    /// Written below the marked bytes.
    pub label: String,
    /// How to fix it; may be empty.
    pub help: String,
    /// The marked bytes.
    pub span: Range<usize>,
}

/// A value and its place.
#[derive(Debug, Clone)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// Its bytes in the text; of a list or mapping, where it begins.
    pub span: Range<usize>,
}

/// A value of a YAML document.
#[derive(Debug, Clone)]
pub enum Value {
    /// Nothing, `~` or `null`.
    Null,
    /// A scalar as it was written, without quotes: `0.10` stays `0.10`.
    Scalar(String),
    /// A list.
    List(Vec<Node>),
    /// A mapping in the order of the text, duplicate keys included.
    Mapping(Vec<(Key, Node)>),
}

/// A key of a mapping and its place.
#[derive(Debug, Clone)]
pub struct Key {
    /// As written, without quotes.
    pub name: String,
    /// Its bytes in the text.
    pub span: Range<usize>,
}

impl Source {
    /// Reads a file.
    ///
    /// # Errors
    /// When it cannot be read, is not UTF-8 or is far too large for a fixture.
    pub fn open(path: &Path) -> Result<Self, UserError> {
        let file = path.display().to_string();
        let mut bytes = Vec::new();
        let read = |bytes: &mut Vec<u8>| -> io::Result<usize> {
            File::open(path)?.take(LARGEST + 1).read_to_end(bytes)
        };
        read(&mut bytes).map_err(|error| {
            let what = format!("cannot read the cluster fixture {file}: {error}");
            UserError::usage(what, "name a file that can be read")
        })?;
        if bytes.len() as u64 > LARGEST {
            let what = format!("{file} is too large for a cluster fixture");
            return Err(UserError::usage(what, format!("at most {LARGEST} bytes are read")));
        }
        Self::new(file, bytes)
    }

    fn new(file: String, bytes: Vec<u8>) -> Result<Self, UserError> {
        match String::from_utf8(bytes) {
            Ok(text) => {
                let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
                Ok(Self { file, text })
            }
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
                Err(Mistake {
                    what: "the file is not UTF-8".into(),
                    label: "this byte is no UTF-8; it may be Latin-1".into(),
                    help: "save the file as UTF-8".into(),
                    span: at..at + char::REPLACEMENT_CHARACTER.len_utf8(),
                }
                .in_source(&Self { file, text }))
            }
        }
    }

    /// Reads the text as one YAML document.
    ///
    /// # Errors
    /// What the YAML reader found; it stops at its first mistake. Texts that unfold to far more than
    /// they are, by aliases of aliases, are refused at once.
    pub fn read(&self) -> Result<Node, Mistake> {
        if let Some(tab) = self.indenting_tab() {
            return Err(Mistake {
                what: "a line is indented with a tab".into(),
                label: "this tab".into(),
                help: "YAML is indented with spaces".into(),
                span: tab..tab + 1,
            });
        }
        let options = serde_yaml::options! {
            budget: serde_yaml::budget! {
                max_depth: 16,
                max_nodes: 20_000,
                max_events: 50_000,
                max_documents: 2,
            },
            alias_limits: serde_yaml::alias_limits! { max_total_replayed_events: 20_000 },
            duplicate_keys: DuplicateKeyPolicy::PassThrough,
            non_finite_float_policy: NonFiniteFloatPolicy::PassThrough,
        };
        let raw: Spanned<Raw> = serde_yaml::from_str_with_options(&self.text, options)
            .map_err(|error| self.yaml_mistake(&error))?;
        Ok(self.node(raw))
    }

    /// Where a tab stands between the beginning of a line and its first word.
    fn indenting_tab(&self) -> Option<usize> {
        let mut start = 0;
        self.text.split_inclusive('\n').find_map(|line| {
            let indent = line.len() - line.trim_start_matches([' ', '\t']).len();
            let tab = line[..indent].find('\t').map(|at| start + at);
            start += line.len();
            tab.filter(|_| !line.trim().is_empty())
        })
    }

    fn yaml_mistake(&self, error: &serde_yaml::Error) -> Mistake {
        let span = error.location().map_or(0..0, |place| self.bytes(place));
        let mut cause = error.without_snippet();
        while let serde_yaml::Error::AliasError { error, .. } = cause {
            cause = error.without_snippet();
        }
        let (what, help) = match cause {
            serde_yaml::Error::MultipleDocuments { .. } => {
                ("a second document begins here".into(), "write one file for each cluster")
            }
            serde_yaml::Error::Budget { .. }
            | serde_yaml::Error::AliasReplayLimitExceeded { .. } => (
                "it unfolds to far more than a fixture can say".into(),
                "write it out, without aliases",
            ),
            other => {
                // The message ends with the place, which is marked in the text instead.
                let text = other.to_string();
                (text.split(" at line ").next().unwrap_or(&text).trim().to_owned(), "")
            }
        };
        Mistake {
            what: format!("this is not one YAML document: {what}"),
            label: "here".into(),
            help: help.into(),
            span,
        }
    }

    fn node(&self, raw: Spanned<Raw>) -> Node {
        let span = self.bytes(raw.referenced);
        let value = match raw.value {
            Raw::Null => Value::Null,
            Raw::Text(text) => Value::Scalar(text),
            Raw::Plain => {
                let text = self.text.get(self.bytes(raw.defined)).unwrap_or_default();
                Value::Scalar(text.trim().to_owned())
            }
            Raw::List(items) => {
                Value::List(items.into_iter().map(|item| self.node(item)).collect())
            }
            Raw::Mapping(entries) => Value::Mapping(
                entries
                    .into_iter()
                    .map(|(key, value)| {
                        let span = self.bytes(key.referenced);
                        (Key { name: key.value, span }, self.node(value))
                    })
                    .collect(),
            ),
        };
        Node { value, span }
    }

    /// The bytes of a place, always within the text. The reader knows places in characters, and most of
    /// them in bytes too.
    fn bytes(&self, place: Location) -> Range<usize> {
        let span = place.span();
        let byte = |place: u64| usize::try_from(place).unwrap_or(usize::MAX).min(self.text.len());
        if let (Some(start), Some(length)) = (span.byte_offset(), span.byte_len()) {
            return byte(start)..byte(start.saturating_add(length));
        }
        let byte_of = |character: usize| {
            self.text.char_indices().nth(character).map_or(self.text.len(), |(at, _)| at)
        };
        let start = byte(span.offset());
        byte_of(start)..byte_of(start.saturating_add(byte(span.len())))
    }
}

impl Mistake {
    /// The mistake as the user sees it.
    pub fn in_source(self, source: &Source) -> UserError {
        UserError::usage(self.what, self.help).at(
            &source.file,
            source.text.clone(),
            self.span,
            self.label,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> Source {
        Source { file: "x.yaml".into(), text: text.into() }
    }

    fn mapping(text: &str) -> Vec<(Key, Node)> {
        match source(text).read().expect("reads").value {
            Value::Mapping(entries) => entries,
            other => panic!("not a mapping: {other:?}"),
        }
    }

    #[test]
    fn scalars_stay_as_they_were_written() {
        let text = "a: 2.50\nb: yes\nc: 0x1F # comment\nd: \"1\\n2\"\né: 1e3\ne: &x 010\nf: *x\n";
        let values: Vec<String> = mapping(text)
            .into_iter()
            .map(|(_, node)| match node.value {
                Value::Scalar(text) => text,
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(values, ["2.50", "yes", "0x1F", "1\n2", "1e3", "010", "010"]);
    }

    #[test]
    fn keys_and_values_know_their_bytes() {
        let text = "über: {min.insync.replicas:  many}\n";
        let (key, node) = &mapping(text)[0];
        assert_eq!(&text[key.span.clone()], "über");
        let Value::Mapping(inner) = &node.value else { panic!("{node:?}") };
        assert_eq!(&text[inner[0].0.span.clone()], "min.insync.replicas");
        assert_eq!(&text[inner[0].1.span.clone()], "many");
    }

    #[test]
    fn duplicate_keys_are_kept_for_the_reader_to_refuse() {
        assert_eq!(mapping("a: 1\na: 2\n").len(), 2);
    }

    #[test]
    fn aliases_of_aliases_are_refused() {
        let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
        for level in 1..10 {
            let below = format!("*a{}", level - 1);
            let row = [below.as_str(); 9].join(", ");
            text.push_str(&format!("a{level}: &a{level} [{row}]\n"));
        }
        let mistake = source(&text).read().expect_err("a bomb");
        assert!(mistake.what.contains("unfolds"), "{}", mistake.what);
    }
}
