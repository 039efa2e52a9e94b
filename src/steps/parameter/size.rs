//! Sizes and bandwidths as people write them.

use std::str::FromStr;

use cucumber::Parameter;

use super::amount::ContentSize;
use crate::load::content::LONGEST_ID;

/// More bytes than a machine has are slips of the pen.
const LARGEST_SIZE: u64 = 1_000_000_000_000;

/// A size: `1 byte`, `100 bytes`, `1 KB` (1000 bytes), `1 KiB` (1024 bytes), `1 MB`, `1 MiB`, `1.5 GB`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Parameter)]
#[param(name = "size", regex = r"\d+(?:\.\d+)? (?:bytes?|[KMG]i?B)")]
pub struct Size(pub usize);

/// The size of a load's messages: [`Size`], of at least 32 bytes, as every message holds its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Parameter)]
#[param(name = "message_size", regex = r"\d+(?:\.\d+)? (?:bytes?|[KMG]i?B)")]
pub struct MessageSize(pub usize);

/// A bandwidth in bytes a second: `3000 kbit/s`, `3 Mbit/s`, `375 KB/s` (1 KB is 1000 bytes), `1 MB/s`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Parameter)]
#[param(name = "rate", regex = r"\d+(?:\.\d+)? (?:[kM]bit|[KM]B)/s")]
pub struct Rate(pub u64);

/// A number and a unit of size, in bytes; None for what is larger than any size.
pub(super) fn bytes(text: &str) -> Option<u64> {
    let text = text.trim_end_matches("ytes").trim_end_matches("yte").replace(" b", " B");
    let size = text.parse::<bytesize::ByteSize>().ok()?.as_u64();
    Some(size).filter(|size| *size <= LARGEST_SIZE)
}

impl FromStr for Size {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let size = bytes(text).and_then(|bytes| usize::try_from(bytes).ok());
        size.map(Self).ok_or("a size is at most 1000 GB")
    }
}

impl FromStr for MessageSize {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let ContentSize(bytes) = text.parse::<ContentSize>()?;
        if bytes < LONGEST_ID {
            return Err(format!(
                "messages of a load have at least {LONGEST_ID} bytes, as each holds its id"
            ));
        }
        Ok(Self(bytes))
    }
}

impl FromStr for Rate {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (number, unit) = text.split_once(' ').unwrap_or((text, ""));
        let bytes = match unit {
            "kbit/s" => 1000.0 / 8.0,
            "Mbit/s" => 1_000_000.0 / 8.0,
            "MB/s" => 1_000_000.0,
            _ => 1000.0,
        };
        match number.parse::<f64>().unwrap_or(f64::MAX) * bytes {
            rate if rate < 1.0 => {
                Err("give at least 1 byte a second; links that carry nothing are \"cut off\"")
            }
            rate if rate > LARGEST_SIZE as f64 => Err("a rate is at most 1 000 000 MB/s"),
            rate => Ok(Self(rate as u64)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::reading::read;
    use super::*;

    #[test]
    fn reads_sizes_by_the_international_standard() {
        for (text, bytes) in [
            ("1 byte", 1),
            ("100 bytes", 100),
            ("1 KB", 1000),
            ("1 KiB", 1024),
            ("1 MB", 1_000_000),
            ("1.5 MiB", 1_572_864),
        ] {
            assert_eq!(read::<Size>(text), Size(bytes));
        }
    }

    #[test]
    fn reads_bandwidths_in_bits_and_bytes() {
        for (text, bytes) in [
            ("3000 kbit/s", 375_000),
            ("3 Mbit/s", 375_000),
            ("375 KB/s", 375_000),
            ("1 MB/s", 1_000_000),
        ] {
            assert_eq!(read::<Rate>(text), Rate(bytes));
        }
    }

    #[test]
    fn what_is_out_of_range_is_refused() {
        assert_eq!("32 bytes".parse::<MessageSize>(), Ok(MessageSize(32)));
        assert!("31 bytes".parse::<MessageSize>().is_err());
        assert!("1001 GB".parse::<Size>().is_err());
        assert!("0 kbit/s".parse::<Rate>().is_err());
        assert!("9999999999 MB/s".parse::<Rate>().is_err());
    }
}
