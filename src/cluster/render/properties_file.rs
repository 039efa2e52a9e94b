//! The `.properties` format as `java.util.Properties` reads it.

use std::fmt::Write as _;

/// A `.properties` file under way.
#[derive(Debug, Default)]
pub struct PropertiesFile(String);

impl PropertiesFile {
    /// Adds a line. Whatever the value holds, the reader gets it back: what has a meaning in the format
    /// is escaped, and what is not ASCII too, since Java reads these files as Latin-1.
    pub fn set(&mut self, name: &str, value: &str) {
        self.escaped(name, true);
        self.0.push('=');
        self.escaped(value, false);
        self.0.push('\n');
    }

    /// The file's contents.
    pub fn into_text(self) -> String {
        self.0
    }

    fn escaped(&mut self, text: &str, is_name: bool) {
        for (index, letter) in text.chars().enumerate() {
            match letter {
                '\\' => self.0.push_str("\\\\"),
                '\n' => self.0.push_str("\\n"),
                '\r' => self.0.push_str("\\r"),
                '\t' => self.0.push_str("\\t"),
                '\u{c}' => self.0.push_str("\\f"),
                ' ' if is_name || index == 0 => self.0.push_str("\\ "),
                '=' | ':' | '#' | '!' if is_name => {
                    self.0.push('\\');
                    self.0.push(letter);
                }
                ' '..='~' => self.0.push(letter),
                other => {
                    for unit in other.encode_utf16(&mut [0; 2]) {
                        // Writing to a String cannot fail.
                        let _ = write!(self.0, "\\u{unit:04x}");
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A reader of one line, written from the documentation of `java.util.Properties.load`.
    fn read(line: &str) -> (String, String) {
        let mut parts = [Vec::<u16>::new(), Vec::new()];
        let mut part = 0;
        let mut letters = line.trim_start_matches([' ', '\t', '\u{c}']).chars().peekable();
        while let Some(letter) = letters.next() {
            let plain = match letter {
                '\\' => match letters.next().expect("something after a backslash") {
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    'f' => '\u{c}',
                    'u' => {
                        let digits: String = letters.by_ref().take(4).collect();
                        parts[part].push(u16::from_str_radix(&digits, 16).expect("four digits"));
                        continue;
                    }
                    other => other,
                },
                '=' | ':' | ' ' | '\t' | '\u{c}' if part == 0 => {
                    while letters.next_if(|c| [' ', '\t', '\u{c}'].contains(c)).is_some() {}
                    part = 1;
                    continue;
                }
                other => other,
            };
            assert!(plain.is_ascii(), "Java would read {plain} as Latin-1");
            parts[part].push(plain as u16);
        }
        let [name, value] = parts.map(|units| String::from_utf16(&units).expect("UTF-16"));
        (name, value)
    }

    fn line(name: &str, value: &str) -> String {
        let mut file = PropertiesFile::default();
        file.set(name, value);
        file.into_text()
    }

    #[test]
    fn a_plain_setting_is_written_plainly() {
        assert_eq!(line("log.dirs", "/a b,/c=d:e"), "log.dirs=/a b,/c=d:e\n");
    }

    #[test]
    fn what_the_format_or_its_encoding_would_change_is_escaped() {
        assert_eq!(line("k", " a\\b\nc"), "k=\\ a\\\\b\\nc\n");
        assert_eq!(line("k", "ü😀"), "k=\\u00fc\\ud83d\\ude00\n");
    }

    proptest! {
        #[test]
        fn every_setting_survives(name in "[ -~]{1,20}", value in any::<String>()) {
            let text = line(&name, &value);
            let line = text.strip_suffix('\n').expect("one line");
            prop_assert!(!line.contains(['\n', '\r']));
            prop_assert_eq!(read(line), (name, value));
        }
    }
}
