//! `report.html`: one file that needs nothing else, reads without script, and keeps to light, dark and print.
//!
//! A scenario's sections are listed in [`scenario`]; [`plot`] draws over time.

mod clusters;
mod comparison;
mod distribution;
mod evidence;
mod lane;
mod ledger;
mod page;
mod performance;
pub mod plot;
mod scenario;
mod timeline;
mod trend;

use super::compare::Comparison;
use super::model::Report;

pub use self::trend::{FILE as TREND, render as trend};

/// Name of the file in the folder of results.
pub const FILE: &str = "report.html";

/// The report as one page.
pub fn render(report: &Report, comparison: Option<&Comparison>) -> String {
    page::page(report, comparison).into_string()
}
