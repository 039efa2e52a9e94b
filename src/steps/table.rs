//! Tables below a step, read as what the step needs.

use cucumber::gherkin::Step;

use super::failure::StepFailure;
use crate::client::message::{HeaderPair, Message};
use crate::client::settings::Settings;

/// The table's heading and its rows.
///
/// # Errors
/// Usage, when there is no table or it has no rows.
pub fn rows(step: &Step) -> Result<(&[String], &[Vec<String>]), StepFailure> {
    let rows = step.table.as_ref().map(|table| table.rows.as_slice()).unwrap_or_default();
    match rows.split_first() {
        Some((heading, rows)) if !rows.is_empty() => Ok((heading, rows)),
        _ => Err(StepFailure::usage("this step needs a table with a heading and at least one row")),
    }
}

/// A table with the columns `name` and `value`.
///
/// # Errors
/// Usage, for other columns, or when there is no table.
pub fn pairs(step: &Step) -> Result<Vec<(String, String)>, StepFailure> {
    let (heading, rows) = rows(step)?;
    if heading != ["name", "value"] {
        return Err(StepFailure::usage(
            "this step needs a table with the columns | name | value |",
        ));
    }
    Ok(rows.iter().map(|row| (row[0].clone(), row[1].clone())).collect())
}

/// A table of client settings, columns `name` and `value`.
///
/// # Errors
/// As [`pairs`].
pub fn settings(step: &Step) -> Result<Settings, StepFailure> {
    Ok(pairs(step)?.into_iter().collect())
}

/// The only column of a table, without its heading.
///
/// # Errors
/// Usage, when there is no table or it has more than one column.
pub fn column(step: &Step) -> Result<Vec<String>, StepFailure> {
    let (heading, rows) = rows(step)?;
    if heading.len() != 1 {
        return Err(StepFailure::usage("this step needs a table with one column"));
    }
    Ok(rows.iter().map(|row| row[0].clone()).collect())
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
/// Usage, for unknown columns or cells that cannot be read.
pub fn messages(step: &Step) -> Result<(Columns, Vec<Message>), StepFailure> {
    let (heading, rows) = rows(step)?;
    let mut columns = Columns::default();
    for name in heading {
        *match name.as_str() {
            "key" => &mut columns.key,
            "value" => &mut columns.value,
            "headers" => &mut columns.headers,
            "partition" => &mut columns.partition,
            other => {
                return Err(StepFailure::usage(format!(
                    "a table of messages has no column {other:?}; it can have key, value, headers and partition"
                )));
            }
        } = true;
    }
    let messages = rows.iter().map(|row| message(heading, row)).collect::<Result<_, _>>()?;
    Ok((columns, messages))
}

fn message(heading: &[String], row: &[String]) -> Result<Message, StepFailure> {
    let mut message = Message::default();
    for (column, cell) in heading.iter().zip(row) {
        match column.as_str() {
            "key" => message.key = bytes(cell),
            "value" => message.value = bytes(cell),
            "headers" => message.headers = headers(cell)?,
            _ => {
                message.partition = Some(cell.parse().map_err(|_| {
                    StepFailure::usage(format!("{cell:?} is not the number of a partition"))
                })?);
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

fn headers(cell: &str) -> Result<Vec<HeaderPair>, StepFailure> {
    let parts = cell.split(';').map(str::trim).filter(|part| !part.is_empty());
    parts
        .map(|part| match part.split_once('=') {
            Some((name, value)) => Ok((name.trim().to_owned(), bytes(value.trim()))),
            None => {
                Err(StepFailure::usage(format!("the header {part:?} is not written name=value")))
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(rows: &[&[&str]]) -> Step {
        let text = rows.iter().map(|row| format!("      | {} |\n", row.join(" | ")));
        let text: String = text.collect();
        let feature = format!("Feature: f\n  Scenario: s\n    Given x:\n{text}");
        let feature = cucumber::gherkin::Feature::parse(feature, Default::default());
        feature.expect("a feature").scenarios.remove(0).steps.remove(0)
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
        assert!(error.message.contains("\"keys\""), "{}", error.message);
    }

    #[test]
    fn a_table_without_rows_compares_nothing() {
        assert!(messages(&step(&[&["key", "value"]])).is_err());
    }
}
