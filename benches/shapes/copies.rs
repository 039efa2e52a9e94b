//! The histories of fixtures/histories, each many times over in one history.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::Shape;

/// Lines of the shorter history.
const LINES: usize = 20_000;

/// Fields that name something.
const NAMES: &[&str] = &["client", "topic", "to_topic", "group", "topic_id"];
/// Fields that name what must be there once, whatever else is shared.
const IDENTITIES: &[&str] = &["message", "source", "fault"];
/// Fields that count offsets.
const OFFSETS: &[&str] = &["offset", "from", "to", "high_watermark", "last_stable"];

/// In the text of a template: the number of the copy.
const COPY: char = '\u{e000}';
/// Around a number: it grows with each copy by the second one.
const GROWS: char = '\u{e001}';

/// How copies lie in a history.
#[derive(Clone, Copy)]
enum Way {
    /// Each has topics, clients and groups of its own.
    Apart,
    /// All have the same ones, one after another at higher offsets.
    Together,
}

/// Each history in both ways.
pub(super) fn shapes() -> Vec<Shape> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/histories");
    let list = |folder: &Path| -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).expect("a folder");
        let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
        paths.sort();
        paths
    };
    let files = list(&root).into_iter().flat_map(|folder| list(&folder));
    let histories = files.filter(|path| path.extension().is_some_and(|it| it == "ndjson"));
    histories.flat_map(|path| [Way::Apart, Way::Together].map(|way| shape(&path, way))).collect()
}

fn shape(path: &Path, way: Way) -> Shape {
    let text = fs::read_to_string(path).expect("a history");
    let lines = text.lines().skip(1).filter(|line| !line.is_empty());
    // A last line that is cut off is so at the end of a file only.
    let lines: Vec<Value> = lines.filter_map(|line| serde_json::from_str(line).ok()).collect();
    let size = (LINES / lines.len().max(1)).max(1);
    let part =
        |name: Option<&std::ffi::OsStr>| name.unwrap_or_default().to_string_lossy().into_owned();
    let folder = part(path.parent().and_then(Path::file_name));
    let how = match way {
        Way::Apart => "apart",
        Way::Together => "together",
    };
    let name = format!("{folder}/{}, {how}", part(path.file_stem()));
    let template = Template::new(&lines, way);
    Shape { name, size, make: Box::new(move |copies| vec![template.write(copies)]) }
}

/// Lines cut where copies differ.
struct Template {
    /// What is declared is so in the first copy only, where it is of all.
    once: Vec<String>,
    lines: Vec<Vec<Piece>>,
}

impl Template {
    fn new(lines: &[Value], way: Way) -> Self {
        let spans = Spans::of(lines);
        let is_once = |line: &Value| {
            line.get("declare").is_some_and(|what| match way {
                Way::Apart => what == "limits" && line.get("topic").is_none(),
                Way::Together => true,
            })
        };
        let encoded = |line: &Value| cut(&spans.mark(line, way).to_string());
        let (once, lines): (Vec<&Value>, _) = lines.iter().partition(|line| is_once(line));
        Self {
            once: once.into_iter().map(Value::to_string).collect(),
            lines: lines.into_iter().map(encoded).collect(),
        }
    }

    fn write(&self, copies: usize) -> String {
        let mut text = String::from("{\"format\":\"kafka-trial-history\",\"version\":1}\n");
        for line in &self.once {
            text.push_str(line);
            text.push('\n');
        }
        for copy in 0..copies as u64 {
            for line in &self.lines {
                for piece in line {
                    match piece {
                        Piece::Text(same) => text.push_str(same),
                        Piece::Copy => write!(text, "{copy}").expect("a text"),
                        Piece::Grows(base, span) => {
                            write!(text, "{}", base + copy * span).expect("a text");
                        }
                    }
                }
                text.push('\n');
            }
        }
        text
    }
}

/// A part of a line.
enum Piece {
    /// The same in every copy.
    Text(String),
    /// The number of the copy.
    Copy,
    /// A number of the first copy, and by how much it grows with each.
    Grows(u64, u64),
}

/// Cuts a line at its signs; the quotes around a number that grows go.
fn cut(line: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut quoted = "";
    for part in line.split_inclusive(GROWS) {
        if let Some((base, span)) = part.strip_suffix(GROWS).and_then(|it| it.split_once('+'))
            && let (Ok(base), Ok(span)) = (base.parse(), span.parse())
        {
            pieces.push(Piece::Grows(base, span));
            quoted = "\"";
            continue;
        }
        let part = part.strip_prefix(quoted).unwrap_or(part);
        quoted = "";
        let opens = format!("\"{GROWS}");
        for (number, text) in part.strip_suffix(&opens).unwrap_or(part).split(COPY).enumerate() {
            if number > 0 {
                pieces.push(Piece::Copy);
            }
            pieces.push(Piece::Text(text.to_owned()));
        }
    }
    pieces
}

/// How far the numbers of a history go, which is where those of the next copy begin.
#[derive(Default)]
struct Spans {
    id: u64,
    transaction: u64,
    offset: u64,
    mono_ns: u64,
}

impl Spans {
    fn of(lines: &[Value]) -> Self {
        let mut spans = Self::default();
        for line in lines {
            spans.see(line);
        }
        // Between copies there is as much room as between lines without a time, and an offset that nobody has.
        spans.mono_ns += 1_000_000;
        spans.offset += 1;
        spans
    }

    fn see(&mut self, value: &Value) {
        let grow = |to: &mut u64, value: &Value| *to = (value.as_u64().unwrap_or(0) + 1).max(*to);
        match value {
            Value::Array(list) => list.iter().for_each(|value| self.see(value)),
            Value::Object(fields) => {
                for (name, value) in fields {
                    match name.as_str() {
                        "id" => grow(&mut self.id, value),
                        "transaction" => grow(&mut self.transaction, value),
                        "mono_ns" => grow(&mut self.mono_ns, value),
                        "records" => records(value).for_each(|it| grow(&mut self.offset, &it[0])),
                        name if OFFSETS.contains(&name) => grow(&mut self.offset, value),
                        _ => self.see(value),
                    }
                }
            }
            _ => {}
        }
    }

    /// The value with signs where copies differ.
    fn mark(&self, value: &Value, way: Way) -> Value {
        let together = matches!(way, Way::Together);
        let named = |value: &Value| match value {
            Value::String(text) => Value::String(format!("{text}-{COPY}")),
            other => other.clone(),
        };
        let grows = |value: &Value, span: u64| match value.as_u64() {
            Some(base) => Value::String(format!("{GROWS}{base}+{span}{GROWS}")),
            None => value.clone(),
        };
        let field = |(name, value): (&String, &Value)| {
            let new = match name.as_str() {
                "mono_ns" => grows(value, self.mono_ns),
                "id" if together => grows(value, self.id),
                "transaction" if together => grows(value, self.transaction),
                "records" => {
                    let record = |record: &Value| {
                        let mut record = record.as_array().cloned().unwrap_or_default();
                        if together {
                            record[0] = grows(&record[0], self.offset);
                        }
                        record[1] = named(&record[1]);
                        Value::Array(record)
                    };
                    Value::Array(records(value).map(record).collect())
                }
                name if IDENTITIES.contains(&name) => named(value),
                name if NAMES.contains(&name) && !together => named(value),
                name if OFFSETS.contains(&name) && together => grows(value, self.offset),
                _ => self.mark(value, way),
            };
            (name.clone(), new)
        };
        match value {
            Value::Array(list) => list.iter().map(|value| self.mark(value, way)).collect(),
            Value::Object(fields) => Value::Object(fields.iter().map(field).collect()),
            other => other.clone(),
        }
    }
}

fn records(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}
