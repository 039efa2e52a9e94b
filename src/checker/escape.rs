//! Names come from histories, so they may hold anything: what a text shows of them breaks no line and steers no
//! terminal.

use std::borrow::Cow;
use std::fmt::Write as _;

/// The text with everything escaped that is not to be printed as it is: control characters, ends of lines of all
/// kinds, and marks that turn the direction of writing.
pub fn escaped(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    for letter in text.chars() {
        match letter {
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\t' => escaped.push_str("\\t"),
            letter if is_unsafe(letter) => {
                // Writing to a string cannot fail.
                let _ = write!(escaped, "\\u{{{:x}}}", u32::from(letter));
            }
            letter => escaped.push(letter),
        }
    }
    Cow::Owned(escaped)
}

fn is_unsafe(letter: char) -> bool {
    let turns = matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    letter.is_control() || turns || matches!(letter, '\u{2028}' | '\u{2029}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_breaks_lines_or_steers_terminals_is_escaped() {
        assert_eq!(escaped("a\n  not found: everything"), "a\\n  not found: everything");
        assert_eq!(
            escaped("\u{1b}[2J\u{9b}2J\u{202e}\u{2028}"),
            "\\u{1b}[2J\\u{9b}2J\\u{202e}\\u{2028}"
        );
        assert!(matches!(escaped("orders/0 – größer"), Cow::Borrowed(_)));
    }
}
