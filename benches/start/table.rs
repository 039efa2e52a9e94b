//! The figures as a Markdown table.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use crate::machine::machine;
use crate::median::median;

/// The row that others are set beside.
pub const STOCK: &str = "start, stock";

/// Times by row.
#[derive(Debug, Default)]
pub struct Table(BTreeMap<String, Vec<Duration>>);

impl Table {
    /// Adds a time to a row.
    pub fn add(&mut self, row: &str, took: Duration) {
        self.0.entry(row.to_owned()).or_default().push(took);
    }

    fn median(&self, row: &str) -> Option<f64> {
        let seconds: Vec<_> = self.0.get(row)?.iter().map(Duration::as_secs_f64).collect();
        median(&seconds)
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n", machine())?;
        writeln!(f, "| | median | min | max | of stock |\n|---|---:|---:|---:|---:|")?;
        for (row, times) in &self.0 {
            let median = self.median(row).unwrap_or_default();
            let seconds = |time: Option<&Duration>| time.map_or(0.0, Duration::as_secs_f64);
            let (min, max) = (seconds(times.iter().min()), seconds(times.iter().max()));
            let stock = self.median(STOCK).filter(|_| row.starts_with("start"));
            let ratio = stock.map(|stock| format!("{:.2}", median / stock)).unwrap_or_default();
            writeln!(f, "| {row} | {median:.2} s | {min:.2} s | {max:.2} s | {ratio} |")?;
        }
        Ok(())
    }
}
