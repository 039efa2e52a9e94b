//! Kafka's own client library, as sentences name it.

use std::str::FromStr;

use cucumber::Parameter;

use crate::distribution::{self, Product, Release};

/// Kafka's own client library: `Java` is that of the cluster's version, `Java 3.9.2` of another one.
#[derive(Debug, Clone, PartialEq, Eq, Parameter)]
#[param(name = "java", regex = r"Java(?: \d+(?:\.\d+)+)?")]
pub struct JavaLibrary(pub Option<Release>);

impl FromStr for JavaLibrary {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some((_, version)) = text.split_once(' ') else { return Ok(Self(None)) };
        let found = distribution::find(Product::Kafka, version);
        found.map(|found| Self(Some(found))).map_err(|error| format!("{error}; {}", error.help()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::reading::read;
    use super::*;

    #[test]
    fn reads_versions() {
        assert_eq!(read::<JavaLibrary>("Java"), JavaLibrary(None));
        let JavaLibrary(release) = read::<JavaLibrary>("Java 0.11.0.3");
        assert_eq!(release.expect("a version").version.to_string(), "0.11.0.3");
        let error = "Java 0.9.0.1".parse::<JavaLibrary>().unwrap_err();
        assert!(error.contains("0.9.0.1"), "{error}");
    }
}
