//! A line of a text, and what can be read in it without knowing what is around it.

use std::ops::Range;

use super::document::{Cell, Location, Tag};

/// A line, without its end.
#[derive(Debug, Clone, Copy)]
pub struct Line<'t> {
    /// From 1.
    pub number: usize,
    /// The byte of the text that it begins at.
    pub start: usize,
    /// All of it.
    pub whole: &'t str,
    /// Without white space before it.
    pub text: &'t str,
}

/// Lines end with `\n` or `\r\n`. A last one of white space only is none.
pub fn lines(text: &str) -> Vec<Line<'_>> {
    let mut lines = Vec::new();
    let mut start = 0;
    for (index, piece) in text.split('\n').enumerate() {
        let has_end = start + piece.len() < text.len();
        let whole = if has_end { piece.strip_suffix('\r').unwrap_or(piece) } else { piece };
        lines.push(Line {
            number: index + 1,
            start,
            whole,
            text: whole.trim_start_matches(is_space),
        });
        start += piece.len() + 1;
    }
    if lines.last().is_some_and(|line| line.text.is_empty()) {
        lines.pop();
    }
    lines
}

/// White space as the official parser in JavaScript has it: not a next-line character, but a byte order mark.
pub fn is_space(letter: char) -> bool {
    matches!(letter,
        '\t'..='\r' | ' ' | '\u{A0}' | '\u{FEFF}' | '\u{1680}' | '\u{2000}'..='\u{200A}'
        | '\u{2028}' | '\u{2029}' | '\u{202F}' | '\u{205F}' | '\u{3000}')
}

impl<'t> Line<'t> {
    /// Characters of white space before its text.
    pub fn indent(&self) -> usize {
        self.whole[..self.whole.len() - self.text.len()].chars().count()
    }

    /// Where its text begins.
    pub fn location(&self) -> Location {
        Location { line: self.number, column: self.indent() + 1 }
    }

    /// Its bytes in the text, without white space around them.
    pub fn span(&self) -> Range<usize> {
        let start = self.start + self.whole.len() - self.text.len();
        start..start + self.text.trim_end().len()
    }

    /// Whether it is a tag, or several.
    pub fn is_tags(&self) -> bool {
        self.text.starts_with('@')
    }

    /// Whether nothing of it says anything by itself.
    pub fn is_comment(&self) -> bool {
        self.text.starts_with('#')
    }

    /// What follows a keyword.
    pub fn after(&self, keyword: &str) -> &'t str {
        self.text[keyword.len()..].trim_matches(is_space)
    }

    /// Without as much white space as a delimiter had before it; without any where it had less.
    pub fn without_indent(&self, indent: usize) -> &'t str {
        if indent > self.indent() {
            return self.text;
        }
        let start = self.whole.char_indices().nth(indent).map_or(self.whole.len(), |(at, _)| at);
        &self.whole[start..]
    }

    /// Its language, where it is a line that names one: `# language: de`.
    pub fn language(&self) -> Option<&'t str> {
        let rest = self.text.strip_prefix('#')?.trim_start_matches(is_space);
        let rest = rest.strip_prefix("language")?.trim_start_matches(is_space);
        let code = rest.strip_prefix(':')?.trim_matches(is_space);
        let is_code = |letter: char| letter.is_ascii_alphabetic() || matches!(letter, '-' | '_');
        (!code.is_empty() && code.chars().all(is_code)).then_some(code)
    }

    /// Its tags, without a comment behind them; none where one has white space in it.
    pub fn tags(&self) -> Option<Vec<Tag>> {
        let comment =
            self.text.match_indices('#').find(|(at, _)| self.text[..*at].ends_with(is_space));
        let written = comment.map_or(self.text, |(at, _)| &self.text[..at]);
        let mut tags = Vec::new();
        let mut column = self.indent() + 1;
        for piece in written.split('@') {
            let name = piece.trim_end_matches(is_space);
            if name.is_empty() {
                continue;
            }
            // A next-line character cannot be seen, and other official parsers take it for white space.
            if name.contains(|letter| is_space(letter) || letter == '\u{85}') {
                return None;
            }
            let location = Location { line: self.number, column };
            tags.push(Tag { location, name: format!("@{name}") });
            column += piece.chars().count() + 1;
        }
        Some(tags)
    }

    /// The cells of a row: what stands before a bar that is not escaped. What follows the last one is no cell.
    pub fn cells(&self) -> Vec<Cell> {
        let mut cells = Vec::new();
        let mut open: Option<(usize, String)> = None;
        let indent = self.indent();
        let mut letters = self.text.chars().zip(indent + 2..);
        while let Some((letter, next)) = letters.next() {
            let Some((column, value)) = &mut open else {
                if letter == '|' {
                    open = Some((next, String::new()));
                }
                continue;
            };
            match letter {
                '|' => {
                    let trimmed = value.trim_start_matches(is_blank);
                    let column = *column + value.chars().count() - trimmed.chars().count();
                    let location = Location { line: self.number, column };
                    cells.push(Cell { location, value: trimmed.trim_end_matches(is_blank).into() });
                    open = Some((next, String::new()));
                }
                '\\' => match letters.next() {
                    Some(('n', _)) => value.push('\n'),
                    Some((escaped @ ('|' | '\\'), _)) => value.push(escaped),
                    Some((other, _)) => value.extend(['\\', other]),
                    None => value.push('\\'),
                },
                other => value.push(other),
            }
        }
        cells
    }
}

/// White space around the value of a cell; a line break that is written there stays.
fn is_blank(letter: char) -> bool {
    matches!(letter, ' ' | '\t' | '\u{B}' | '\u{C}' | '\r' | '\u{85}' | '\u{A0}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Line<'_> {
        lines(text)[0]
    }

    fn cells(text: &str) -> Vec<String> {
        line(text).cells().into_iter().map(|cell| cell.value).collect()
    }

    #[test]
    fn only_three_characters_are_escaped_in_a_cell() {
        assert_eq!(cells(r"| a\|b | c\\n | d\ne | \d\+ |"), ["a|b", r"c\n", "d\ne", r"\d\+"]);
        assert_eq!(cells("|a| |  # why"), ["a", ""]);
        assert_eq!(cells(r"| a \"), Vec::<String>::new());
        let columns = line("  | ä |  b|").cells().into_iter().map(|cell| cell.location.column);
        assert_eq!(columns.collect::<Vec<_>>(), [5, 10]);
    }

    #[test]
    fn tags_end_where_a_comment_begins() {
        let tags = line("  @a @b#c @d\t# @e").tags().expect("tags");
        let tags: Vec<_> =
            tags.iter().map(|tag| (tag.location.column, tag.name.as_str())).collect();
        assert_eq!(tags, [(3, "@a"), (6, "@b#c"), (11, "@d")]);
        assert_eq!(line("@a b").tags(), None);
        assert_eq!(line("@a\u{85}b").tags(), None);
    }

    #[test]
    fn a_language_is_named_with_spaces_anywhere() {
        assert_eq!(line("#language:de").language(), Some("de"));
        assert_eq!(line("  #  language :  en-lol  ").language(), Some("en-lol"));
        assert_eq!(line("# language: de fr").language(), None);
    }

    #[test]
    fn lines_end_as_on_any_system() {
        let found: Vec<_> =
            lines("a\r\n\r b\r\n  ").into_iter().map(|it| (it.start, it.whole)).collect();
        assert_eq!(found, [(0, "a"), (3, "\r b")]);
        assert_eq!(line("   x ").without_indent(2), " x ");
        assert_eq!(line("  x").without_indent(4), "x");
    }
}
