//! Compares messages expected with messages received, and says for people what differs.

use std::collections::BTreeMap;

use super::table::Columns;
use crate::client::message::{Message, Received, shown};
use crate::scenario::failure::StepFailure;

/// How many differences are spelt out; the others are counted.
const SPELT_OUT: usize = 5;

/// Whether the order of messages is part of what is expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The order of arrival.
    AsListed,
    /// Any.
    Any,
}

/// Compares everything received with what was expected, in the columns given.
///
/// # Errors
/// Inconclusive, when nothing was expected; else what differs and where.
pub fn compare(
    expected: &[Message],
    columns: Columns,
    received: &[Received],
    order: Order,
) -> Result<(), StepFailure> {
    if expected.is_empty() {
        return Err(StepFailure::inconclusive("nothing was expected, so nothing was compared"));
    }
    let differences = match order {
        Order::AsListed => in_order(expected, columns, received),
        Order::Any => in_any_order(expected, columns, received),
    };
    report(expected.len(), received.len(), differences)
}

/// Compares the numbers that messages carry as values with `expected`, each once; with `in_order`, they
/// must also rise within each partition.
///
/// # Errors
/// Inconclusive, when nothing was expected; else what is missing, doubled, strange or out of order.
pub fn compare_numbers(
    expected: std::ops::RangeInclusive<u64>,
    received: &[Received],
    in_order: bool,
) -> Result<(), StepFailure> {
    if expected.is_empty() {
        return Err(StepFailure::inconclusive("nothing was expected, so nothing was compared"));
    }
    let mut differences = Vec::new();
    let mut places: BTreeMap<u64, &Received> = BTreeMap::new();
    let mut last: BTreeMap<(&str, i32), u64> = BTreeMap::new();
    for message in received {
        let value = message.message.value.as_deref();
        let number = value.and_then(|value| std::str::from_utf8(value).ok()?.parse::<u64>().ok());
        let Some(number) = number.filter(|number| expected.contains(number)) else {
            differences.push(format!("{} at {} was not expected", shown(value), message.place));
            continue;
        };
        if let Some(first) = places.insert(number, message) {
            let (first, second) = (&first.place, &message.place);
            differences.push(format!("{number} was received twice: at {first} and at {second}"));
        }
        let partition = (message.place.topic.as_str(), message.place.partition);
        match last.insert(partition, number) {
            Some(before) if in_order && before > number => {
                differences.push(format!("{number} came after {before}: {}", message.place));
            }
            _ => {}
        }
    }
    let count = expected.clone().count();
    let missing = expected.filter(|number| !places.contains_key(number));
    differences.extend(missing.map(|number| format!("{number} was not received")));
    report(count, received.len(), differences)
}

fn report(expected: usize, found: usize, differences: Vec<String>) -> Result<(), StepFailure> {
    if differences.is_empty() {
        return Ok(());
    }
    let mut text = format!("expected {expected} messages, received {found}");
    for difference in differences.iter().take(SPELT_OUT) {
        text.push_str("\n  ");
        text.push_str(difference);
    }
    if differences.len() > SPELT_OUT {
        text.push_str(&format!("\n  and {} more differences", differences.len() - SPELT_OUT));
    }
    Err(StepFailure::expectation(text))
}

fn in_order(expected: &[Message], columns: Columns, received: &[Received]) -> Vec<String> {
    let mut differences = Vec::new();
    for at in 0..expected.len().max(received.len()) {
        let position = at + 1;
        match (expected.get(at), received.get(at)) {
            (Some(expected), Some(found)) if !same(expected, &found.message, columns) => {
                differences.push(format!(
                    "message {position}: expected {}, received {} at {}",
                    described(expected, columns),
                    described(&found.message, columns),
                    found.place
                ));
            }
            (Some(expected), None) => differences.push(format!(
                "message {position}: {} was not received",
                described(expected, columns)
            )),
            (None, Some(found)) => differences.push(format!(
                "message {position}: {} at {} was not expected",
                described(&found.message, columns),
                found.place
            )),
            _ => {}
        }
    }
    differences
}

fn in_any_order(expected: &[Message], columns: Columns, received: &[Received]) -> Vec<String> {
    let mut left: Vec<&Received> = received.iter().collect();
    let mut differences = Vec::new();
    for message in expected {
        match left.iter().position(|found| same(message, &found.message, columns)) {
            Some(at) => {
                left.remove(at);
            }
            None => differences.push(format!("{} was not received", described(message, columns))),
        }
    }
    let unexpected = left.iter().map(|found| {
        format!("{} at {} was not expected", described(&found.message, columns), found.place)
    });
    differences.extend(unexpected);
    differences
}

fn same(expected: &Message, found: &Message, columns: Columns) -> bool {
    (!columns.key || expected.key == found.key)
        && (!columns.value || expected.value == found.value)
        && (!columns.headers || expected.headers == found.headers)
        && (!columns.partition || expected.partition == found.partition)
}

fn described(message: &Message, columns: Columns) -> String {
    let mut parts = Vec::new();
    if columns.key {
        parts.push(format!("key {}", shown(message.key.as_deref())));
    }
    if columns.value {
        parts.push(format!("value {}", shown(message.value.as_deref())));
    }
    if columns.headers {
        let headers = message.headers.iter();
        let headers: Vec<_> =
            headers.map(|(name, value)| format!("{name}={}", shown(value.as_deref()))).collect();
        parts.push(format!("headers [{}]", headers.join("; ")));
    }
    if let (true, Some(partition)) = (columns.partition, message.partition) {
        parts.push(format!("partition {partition}"));
    }
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::message::Place;

    const VALUE: Columns = Columns { key: false, value: true, headers: false, partition: false };

    fn received(values: &[&str]) -> Vec<Received> {
        let places = (0..).map(|offset| Place { topic: "t".into(), partition: 0, offset });
        let messages = values.iter().map(|value| Message::of(*value));
        places
            .zip(messages)
            .map(|(place, message)| Received { place, identity: None, message })
            .collect()
    }

    fn message_of(result: Result<(), StepFailure>) -> String {
        result.expect_err("a difference").message
    }

    #[test]
    fn order_matters_only_where_asked() {
        let expected = [Message::of("a"), Message::of("b")];
        let found = received(&["b", "a"]);
        compare(&expected, VALUE, &found, Order::Any).expect("the same messages");
        assert!(compare(&expected, VALUE, &found, Order::AsListed).is_err());
    }

    #[test]
    fn says_what_was_expected_what_was_found_and_where() {
        let result = compare(&[Message::of("a")], VALUE, &received(&["b"]), Order::AsListed);
        assert_eq!(
            message_of(result),
            "expected 1 messages, received 1\n  message 1: expected value \"a\", received value \"b\" \
             at partition 0 offset 0 of topic \"t\""
        );
    }

    #[test]
    fn a_doubled_message_is_not_expected() {
        let expected = [Message::of("a")];
        assert!(compare(&expected, VALUE, &received(&["a", "a"]), Order::Any).is_err());
    }

    #[test]
    fn null_is_not_empty() {
        let expected = [Message::default()];
        assert!(compare(&expected, VALUE, &received(&[""]), Order::Any).is_err());
    }

    #[test]
    fn comparing_nothing_is_inconclusive() {
        let failure = compare(&[], VALUE, &[], Order::Any).unwrap_err();
        assert_eq!(failure.kind, crate::event::failure::FailureKind::Inconclusive);
    }

    #[test]
    fn numbers_are_missing_doubled_strange_or_out_of_order() {
        let found = received(&["1", "3", "2", "3", "x"]);
        let text = message_of(compare_numbers(1..=4, &found, true));
        for part in ["2 came after 3", "3 was received twice", "\"x\" at", "4 was not received"] {
            assert!(text.contains(part), "{part:?} is missing in {text}");
        }
        compare_numbers(1..=3, &received(&["2", "3", "1"]), false).expect("each once");
    }

    #[test]
    fn many_differences_are_counted() {
        let text = message_of(compare_numbers(1..=100, &[], false));
        assert!(text.ends_with("and 95 more differences"), "{text}");
    }
}
