//! Tables below a step, read as what the step needs.

use std::collections::BTreeSet;

use cucumber::gherkin::Step;

use crate::client::heeded;
use crate::client::java;
use crate::client::message::{HeaderPair, Message};
use crate::client::settings::Settings;
use crate::client::together::{self, Kind};
use crate::cluster::properties::Properties;
use crate::cluster::settings::check_topic;
use crate::distribution::{Release, Version};
use crate::scenario::failure::StepFailure;

/// What is wrong with a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableMistake {
    /// In which row, from 0, which is the heading.
    pub row: usize,
    /// For people.
    pub why: String,
}

impl TableMistake {
    /// In the heading, or in all of the table.
    pub fn heading(why: impl Into<String>) -> Self {
        Self { row: 0, why: why.into() }
    }
}

impl From<TableMistake> for StepFailure {
    fn from(mistake: TableMistake) -> Self {
        Self::usage(mistake.why)
    }
}

/// The table's heading and its rows.
///
/// # Errors
/// When there is no table or it has no rows.
pub fn rows(step: &Step) -> Result<(&[String], &[Vec<String>]), TableMistake> {
    let rows = step.table.as_ref().map(|table| table.rows.as_slice()).unwrap_or_default();
    match rows.split_first() {
        Some((heading, rows)) if !rows.is_empty() => Ok((heading, rows)),
        _ => Err(TableMistake::heading(
            "this step needs a table with a heading and at least one row",
        )),
    }
}

/// The lines of the text below the step.
///
/// # Errors
/// When there is none, or it is empty.
pub fn text(step: &Step) -> Result<Vec<&str>, TableMistake> {
    match step.docstring.as_deref() {
        None | Some("") => {
            Err(TableMistake::heading("this step needs a text between lines of \"\"\""))
        }
        Some(text) => Ok(text.split('\n').collect()),
    }
}

/// A table with the columns `name` and `value`.
///
/// # Errors
/// For other columns, or when there is no table.
pub fn pairs(step: &Step) -> Result<Vec<(String, String)>, TableMistake> {
    let (heading, rows) = rows(step)?;
    if heading != ["name", "value"] {
        return Err(TableMistake::heading(
            "this step needs a table with the columns | name | value |",
        ));
    }
    let mut seen = BTreeSet::new();
    if let Some(again) = rows.iter().position(|row| !seen.insert(row[0].as_str())) {
        let why = format!("{} is there twice", rows[again][0]);
        return Err(TableMistake { row: again + 1, why });
    }
    Ok(rows.iter().map(|row| (row[0].clone(), row[1].clone())).collect())
}

/// A table of settings of a client of this kind, columns `name` and `value`.
///
/// # Errors
/// As [`pairs`], for the first setting that librdkafka does not know or whose value it refuses, and where it makes no
/// client of this kind with all of them.
pub fn client_settings(step: &Step, kind: Kind) -> Result<Settings, TableMistake> {
    let settings = each_pair(step, Settings::default(), |settings, name, value| {
        known(name, value)?;
        Ok(settings.with(name, value))
    })?;
    go_together(step, kind, &settings)?;
    Ok(settings)
}

/// A table of settings of a Java client of this kind, columns `name` and `value`.
///
/// # Errors
/// As [`pairs`], and for the first setting that no version of Kafka's own client has.
pub fn java_settings(step: &Step, kind: java::settings::Kind) -> Result<Settings, TableMistake> {
    each_pair(step, Settings::default(), |settings, name, value| {
        of_the_author(name)?;
        java::settings::check(kind, name).map_err(|error| error.to_string())?;
        Ok(settings.with(name, value))
    })
}

/// Whether a client of this kind can be made with settings that were read from the table.
///
/// # Errors
/// What librdkafka says, in the first row of which it says it.
pub fn go_together(step: &Step, kind: Kind, settings: &Settings) -> Result<(), TableMistake> {
    let Err(error) = together::check(kind, settings) else { return Ok(()) };
    let why = error.to_string();
    let (_, rows) = rows(step)?;
    let row = rows.iter().position(|row| why.contains(row[0].as_str()));
    Err(TableMistake { row: row.map_or(0, |row| row + 1), why })
}

/// Goes through a table with the columns `name` and `value`; an error of `take` is a mistake in the row.
///
/// # Errors
/// As [`pairs`], and the first of `take`.
pub fn each_pair<T>(
    step: &Step,
    begin: T,
    take: impl Fn(T, &str, &str) -> Result<T, String>,
) -> Result<T, TableMistake> {
    pairs(step)?.iter().enumerate().try_fold(begin, |sum, (index, (name, value))| {
        take(sum, name, value).map_err(|why| TableMistake { row: index + 1, why })
    })
}

/// Settings of clients that the sentence says, or that trial tells its clients apart by.
const OWN: [&str; 5] =
    ["bootstrap.servers", "metadata.broker.list", "client.id", "group.id", "transactional.id"];

/// Whether a setting is none that trial gives its clients.
fn of_the_author(name: &str) -> Result<(), String> {
    match OWN.contains(&name) {
        true => Err(format!("{name} is set by trial itself; leave it out")),
        false => Ok(()),
    }
}

/// Whether librdkafka takes a setting, and it is none that trial gives its clients.
///
/// # Errors
/// Why not.
pub fn known(name: &str, value: &str) -> Result<(), String> {
    of_the_author(name)?;
    let setting = Settings::default().with(name, value);
    setting.config().map(drop).map_err(|error| error.to_string())
}

/// Whether brokers of a version take notice of every setting of a client in the table.
///
/// # Errors
/// The first setting that they do not.
pub fn heeded(step: &Step, kafka: Version) -> Result<(), TableMistake> {
    let heeded = |(), name: &str, value: &str| heeded::check(name, value, kafka);
    each_pair(step, (), heeded)
}

/// A table of settings of a topic, columns `name` and `value`; which there are is up to the version of Kafka.
///
/// # Errors
/// As [`pairs`].
pub fn topic_settings(step: &Step) -> Result<Vec<(String, String)>, TableMistake> {
    pairs(step)
}

/// Whether topics of a version have every setting in the table, and it takes the value.
///
/// # Errors
/// The first setting that they do not have, or of which the value is wrong.
pub fn known_of_topics(step: &Step, kafka: &Release) -> Result<(), TableMistake> {
    let known = Properties::of_topics(kafka);
    each_pair(step, (), |(), name, value| {
        check_topic(&known, name, value).map_err(|mistake| match mistake.help.as_str() {
            "" => mistake.what,
            help => format!("{}; {help}", mistake.what),
        })
    })
}

/// Which parts of a message a table speaks of; the others are not compared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Columns {
    /// `key`
    pub key: bool,
    /// `value`
    pub value: bool,
    /// `headers`
    pub headers: bool,
    /// `partition`
    pub partition: bool,
}

/// A table of messages with any of the columns `key`, `value`, `headers` and `partition`.
///
/// `null` is null, an empty cell is empty, and text in double quotes is taken as it is, so that
/// `"null"` is the word. Headers are written `name=value; name=value`.
///
/// # Errors
/// For unknown columns or cells that cannot be read.
pub fn messages(step: &Step) -> Result<(Columns, Vec<Message>), TableMistake> {
    let (heading, rows) = rows(step)?;
    let mut columns = Columns::default();
    for name in heading {
        *match name.as_str() {
            "key" => &mut columns.key,
            "value" => &mut columns.value,
            "headers" => &mut columns.headers,
            "partition" => &mut columns.partition,
            other => {
                return Err(TableMistake::heading(format!(
                    "a table of messages has no column {other:?}; it can have key, value, headers and partition"
                )));
            }
        } = true;
    }
    let messages = rows.iter().enumerate().map(|(index, row)| {
        message(heading, row).map_err(|why| TableMistake { row: index + 1, why })
    });
    Ok((columns, messages.collect::<Result<_, _>>()?))
}

fn message(heading: &[String], row: &[String]) -> Result<Message, String> {
    let mut message = Message::default();
    for (column, cell) in heading.iter().zip(row) {
        match column.as_str() {
            "key" => message.key = bytes(cell),
            "value" => message.value = bytes(cell),
            "headers" => message.headers = headers(cell)?,
            _ => {
                let number = cell.parse();
                let number =
                    number.map_err(|_| format!("{cell:?} is not the number of a partition"));
                message.partition = Some(number?);
            }
        }
    }
    Ok(message)
}

fn bytes(cell: &str) -> Option<Vec<u8>> {
    if cell == "null" {
        return None;
    }
    let quoted = cell.strip_prefix('"').and_then(|cell| cell.strip_suffix('"'));
    Some(quoted.unwrap_or(cell).as_bytes().to_vec())
}

fn headers(cell: &str) -> Result<Vec<HeaderPair>, String> {
    let parts = cell.split(';').map(str::trim).filter(|part| !part.is_empty());
    parts
        .map(|part| match part.split_once('=') {
            Some((name, value)) => Ok((name.trim().to_owned(), bytes(value.trim()))),
            None => Err(format!("the header {part:?} is not written name=value")),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::{Product, find};

    fn step(rows: &[&[&str]]) -> Step {
        let text = rows.iter().map(|row| format!("      | {} |\n", row.join(" | ")));
        let text: String = text.collect();
        crate::gherkin::feature::steps_of(&format!("    Given x:\n{text}")).remove(0)
    }

    #[test]
    fn reads_messages_with_null_and_empty_told_apart() {
        let step = step(&[
            &["key", "value", "headers"],
            &["null", "", "trace=1; note=null"],
            &["k", "\"null\"", ""],
        ]);
        let (columns, messages) = messages(&step).expect("a table of messages");
        assert_eq!(columns, Columns { key: true, value: true, headers: true, partition: false });
        let headers = vec![("trace".into(), Some(b"1".to_vec())), ("note".into(), None)];
        let first = Message { value: Some(Vec::new()), headers, ..Message::default() };
        let second = Message { key: Some(b"k".to_vec()), ..Message::of("null") };
        assert_eq!(messages, [first, second]);
    }

    #[test]
    fn unknown_columns_are_mistakes_of_the_author() {
        let error = messages(&step(&[&["keys"], &["a"]])).unwrap_err();
        assert!(error.why.contains("\"keys\""), "{}", error.why);
    }

    #[test]
    fn a_table_without_rows_compares_nothing() {
        assert!(messages(&step(&[&["key", "value"]])).is_err());
    }

    #[test]
    fn a_setting_is_there_once_and_is_no_other_ones() {
        let twice = step(&[&["name", "value"], &["acks", "1"], &["acks", "all"]]);
        assert_eq!(client_settings(&twice, Kind::Producer).map(drop).unwrap_err().row, 2);
        let own = step(&[&["name", "value"], &["bootstrap.servers", "127.0.0.1:1"]]);
        assert!(
            client_settings(&own, Kind::Producer)
                .map(drop)
                .unwrap_err()
                .why
                .contains("set by trial itself")
        );
    }

    #[test]
    fn settings_of_topics_are_those_of_the_version() {
        let with = |name, value| step(&[&["name", "value"], &[name, value]]);
        let release = |version| find(Product::Kafka, version).expect("a version");
        let new = &release("2.5.0");
        let why = |name, value, kafka| known_of_topics(&with(name, value), kafka).unwrap_err().why;
        assert_eq!(known_of_topics(&with("max.compaction.lag.ms", "5"), new), Ok(()));
        let old = &release("0.11.0.3");
        assert!(why("max.compaction.lag.ms", "5", old).contains("knows no setting"));
        assert!(why("retention.mss", "5", new).ends_with("did you mean retention.ms?"));
        assert!(why("log.retention.ms", "5", new).contains("it is called retention.ms"));
        assert!(why("retention.ms", "1 day", new).contains("a whole number"));
        assert!(why("cleanup.policy", "foo", new).contains("compact"));
    }
}
