//! Names in quotes and numbers of nodes in the text of sentences.

use std::ops::Range;

use regex::Captures;

/// The pattern of numbers of nodes: `1, 2 and 3`, `1 and broker 2`.
pub(super) const NUMBERS: &str = r"\d+(?:(?:, | and )(?:\w+ )?\d+)*";

/// The pattern of a name in quotes of either kind; its groups are for [`quoted`].
pub(super) const QUOTED: &str = r#"(?:"([^"]*)"|'([^']*)')"#;

/// The name that [`QUOTED`] has found, where its first group is this one.
pub(super) fn quoted<'a>(found: &Captures<'a>, group: usize) -> Option<&'a str> {
    found.get(group).or_else(|| found.get(group + 1)).map(|name| name.as_str())
}

/// Which of several copiers has this name: `cp-2` is the second of `cp`.
pub(super) fn number_of(name: &str, together: &str) -> Option<u32> {
    name.strip_prefix(together)?.strip_prefix('-')?.parse().ok()
}

/// The kind of nodes, and their numbers with their places, in words that [`NUMBERS`] follows: `brokers 1, 2 and 3`.
pub(super) fn numbered(words: &str) -> (&'static str, Vec<Range<usize>>) {
    let kind = if words.starts_with("ZooKeeper") { "ZooKeeper" } else { "broker" };
    let mut places: Vec<Range<usize>> = Vec::new();
    let mut at = 0;
    for word in words.split(|letter: char| !letter.is_ascii_digit()) {
        if !word.is_empty() && places.iter().all(|known| words[known.clone()] != *word) {
            places.push(at..at + word.len());
        }
        at += word.len() + 1;
    }
    (kind, places)
}

/// The sentence with what is quoted left blank: names may be any words. Places in it stay where they are.
pub(super) fn without_quoted(sentence: &str) -> String {
    let mut open = None;
    let blank = sentence.chars().map(|letter| match (open, letter) {
        (None, '"' | '\'') => {
            open = Some(letter);
            letter
        }
        (Some(quote), letter) if letter == quote => {
            open = None;
            letter
        }
        // As many bytes as the letter has, so that places stay.
        (Some(_), letter) if letter.len_utf8() == 1 => ' ',
        (_, letter) => letter,
    });
    blank.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_nodes_are_found_once() {
        assert_eq!(numbered("brokers 1, 2 and 2"), ("broker", vec![8..9, 11..12]));
        assert_eq!(numbered("ZooKeeper 1 and ZooKeeper 31"), ("ZooKeeper", vec![10..11, 26..28]));
    }

    #[test]
    fn what_is_quoted_is_left_blank() {
        assert_eq!(without_quoted("topic 'broker 9' is"), "topic '        ' is");
        assert_eq!(without_quoted("topic \"é'x\" is"), "topic \"é  \" is");
    }
}
