//! Text as reports show it.

use std::borrow::Cow;

use crate::event::status::Status;

/// The text with every character that is not seen, or that turns the order of others around, written out:
/// `⟨U+202E⟩`. Ends of lines and tabs stay. A name cannot hide or forge anything in a report then.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        if is_hidden(letter) {
            shown.push_str(&format!("⟨U+{:04X}⟩", u32::from(letter)));
        } else {
            shown.push(letter);
        }
    }
    Cow::Owned(shown)
}

/// Control characters, and those for the direction of text (Unicode annex 9) or of no width.
fn is_hidden(letter: char) -> bool {
    (letter.is_control() && !matches!(letter, '\n' | '\t'))
        || matches!(letter,
            '\u{061C}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
            | '\u{2028}' | '\u{2029}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}' | '\u{FFFE}' | '\u{FFFF}')
}

/// A time of some milliseconds for people: `850 ms`, `3.2 s`, `2 min 5 s`.
pub fn duration(ms: u64) -> String {
    match ms {
        0..1000 => format!("{ms} ms"),
        1000..60_000 => format!("{}.{} s", ms / 1000, ms % 1000 / 100),
        _ => format!("{} min {} s", ms / 60_000, ms % 60_000 / 1000),
    }
}

/// `1 scenario`, `2 scenarios`.
pub fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// The word for how something ended.
pub fn word(status: Status) -> &'static str {
    match status {
        Status::Passed => "passed",
        Status::Failed => "failed",
        Status::Inconclusive => "inconclusive",
        Status::Skipped => "skipped",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hides_or_forges_is_written_out() {
        assert_eq!(visible("plain\ttext\n"), "plain\ttext\n");
        assert_eq!(visible("\u{202E}dessap\u{1b}[0m"), "⟨U+202E⟩dessap⟨U+001B⟩[0m");
        assert_eq!(visible("שלום"), "שלום");
    }

    #[test]
    fn times_have_one_unit_or_two() {
        assert_eq!([850, 3240, 125_000].map(duration), ["850 ms", "3.2 s", "2 min 5 s"]);
    }
}
