//! Versions of Kafka and ZooKeeper: read once, and compared by their numbers.

use std::fmt;
use std::str::FromStr;

/// The first two numbers of a version: what is released and maintained together, as in 2.5 or 0.11.
pub type Line = (u32, u32);

/// A released version: `2.5.0`, or with four numbers before 1.0: `0.11.0.3`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version([u32; 4]);

/// The text is not all of the numbers of a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotAVersion;

impl Version {
    /// A version from 1.0 on.
    pub const fn new(major: u32, minor: u32, patch: u32) -> Self {
        Self([major, minor, patch, 0])
    }

    /// A version before 1.0: `0.minor.patch.fix`.
    pub const fn before_1(minor: u32, patch: u32, fix: u32) -> Self {
        Self([0, minor, patch, fix])
    }

    /// Its line.
    pub const fn line(self) -> Line {
        (self.0[0], self.0[1])
    }

    /// The numbers that are written.
    pub fn numbers(&self) -> &[u32] {
        let written = if self.0[0] == 0 { 4 } else { 3 };
        &self.0[..written]
    }
}

impl FromStr for Version {
    type Err = NotAVersion;

    fn from_str(text: &str) -> Result<Self, NotAVersion> {
        let mut version = Self([0; 4]);
        let mut parts = text.split('.');
        for number in &mut version.0 {
            let Some(part) = parts.next() else { continue };
            *number = part.parse().map_err(|_| NotAVersion)?;
        }
        // `2.05.0`, `+2.5.0` and `2.5` are numbers as well, and no version's name.
        if version.to_string() == text { Ok(version) } else { Err(NotAVersion) }
    }
}

/// As its users write it.
impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers: Vec<_> = self.numbers().iter().map(u32::to_string).collect();
        f.pad(&numbers.join("."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_written_as_it_is_read() {
        for text in ["0.11.0.0", "0.11.0.3", "1.0.0", "2.5.0", "3.10.12"] {
            assert_eq!(text.parse::<Version>().expect("a version").to_string(), text);
        }
    }

    #[test]
    fn what_is_no_whole_version_is_refused() {
        let texts = [
            "",
            "2",
            "2.5",
            "0.11.0",
            "2.5.0.0",
            "2.5.0.1",
            "2.05.0",
            "+2.5.0",
            "2.5.0-rc1",
            "v2.5.0",
            "2.5.x",
        ];
        for text in texts {
            assert_eq!(text.parse::<Version>(), Err(NotAVersion), "{text}");
        }
    }

    #[test]
    fn versions_are_ordered_by_their_numbers() {
        let version = |text: &str| text.parse::<Version>().expect("a version");
        assert!(version("0.11.0.3") < version("1.0.0"));
        assert!(version("2.5.0") < version("2.10.0"));
        assert!(version("3.9.2").line() >= (2, 6));
        assert_eq!(version("0.11.0.3").line(), (0, 11));
    }
}
