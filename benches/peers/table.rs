//! The figures as a Markdown table.

use std::collections::BTreeMap;
use std::fmt;

use crate::machine::machine;
use crate::median::median;

pub const OURS: &str = "trial";
pub const JAVA: &str = "ProducerPerformance, a JVM for each";
pub const BARE: &str = "bare loop of librdkafka";
pub const OURS_ONE: &str = "trial, one producer";
pub const JAVA_ONE: &str = "ProducerPerformance, one producer";
pub const BARE_ONE: &str = "bare loop of librdkafka, one producer";
pub const OURS_READ: &str = "trial reads, one consumer";
pub const JAVA_READ: &str = "ConsumerPerformance";
pub const BARE_READ: &str = "bare loop of librdkafka reads";

/// Each row, and the row of ours that it is set beside.
const ROWS: [(&str, &str); 9] = [
    (OURS, OURS),
    (JAVA, OURS),
    (BARE, OURS),
    (OURS_ONE, OURS_ONE),
    (JAVA_ONE, OURS_ONE),
    (BARE_ONE, OURS_ONE),
    (OURS_READ, OURS_READ),
    (JAVA_READ, OURS_READ),
    (BARE_READ, OURS_READ),
];

/// Messages per second, by row.
#[derive(Debug)]
pub struct Table {
    title: String,
    size: usize,
    rows: BTreeMap<&'static str, Vec<f64>>,
    /// The most memory that this process had while its own producers sent, in bytes.
    pub memory: u64,
}

impl Table {
    /// A table for a load.
    pub fn new(producers: u32, messages: u64, size: usize) -> Self {
        let title = format!("{producers} producers × {messages} messages × {size} bytes");
        Self { title, size, rows: BTreeMap::new(), memory: 0 }
    }

    /// Adds a rate.
    pub fn add(&mut self, row: &'static str, rate: f64) {
        self.rows.entry(row).or_default().push(rate);
    }

    fn median(&self, row: &str) -> Option<f64> {
        median(self.rows.get(row)?)
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}; {}\n", self.title, machine())?;
        writeln!(f, "| | messages/s | MB/s | lowest | highest | trial to this |")?;
        writeln!(f, "|---|---:|---:|---:|---:|---:|")?;
        for (row, beside) in ROWS {
            let Some(median) = self.median(row) else { continue };
            let rates = self.rows.get(row).map(Vec::as_slice).unwrap_or_default();
            let (low, high) = (
                rates.iter().copied().fold(f64::MAX, f64::min),
                rates.iter().copied().fold(0.0, f64::max),
            );
            let ratio = self.median(beside).unwrap_or_default() / median;
            let megabytes = median * self.size as f64 / 1e6;
            writeln!(
                f,
                "| {row} | {median:.0} | {megabytes:.1} | {low:.0} | {high:.0} | {ratio:.2} |"
            )?;
        }
        writeln!(f, "\nmost memory of trial with its producers: {:.0} MB", self.memory as f64 / 1e6)
    }
}
