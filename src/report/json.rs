//! `report.json`: the report for programs. `docs/report.schema.json` is its schema.

use std::path::Path;

use serde::Serialize;

use super::model::{Report, SCHEMA, VERSION};
use crate::error::UserError;

/// Name of the file in the folder of results.
pub const FILE: &str = "report.json";

/// Name of the file with the comparison, where there is one.
pub const COMPARISON: &str = "comparison.json";

/// A report, a comparison or trends as text.
///
/// # Errors
/// Never for these.
pub fn render(value: &impl Serialize) -> Result<String, serde_json::Error> {
    Ok(serde_json::to_string_pretty(value)? + "\n")
}

/// Reads a `report.json`, or that of a folder of results.
///
/// # Errors
/// When it cannot be read, is no report, or one of another version.
pub fn read(path: &Path) -> Result<Report, UserError> {
    let file = if path.is_dir() { path.join(FILE) } else { path.to_owned() };
    let shown = file.display();
    let text = std::fs::read(&file).map_err(|error| {
        let help = "name a report.json, or the folder of a run's results";
        UserError::usage(format!("failed to read {shown}"), help).because(error)
    })?;
    let wrong = |error: serde_json::Error| {
        let help = "trial report DIR makes it again from events.ndjson";
        UserError::usage(format!("{shown} is no report of trial"), help).because(error)
    };
    let value: serde_json::Value = serde_json::from_slice(&text).map_err(wrong)?;
    if value["schema"] != SCHEMA {
        let help = "a report begins with \"schema\": \"kafka-trial-report\"";
        return Err(UserError::usage(format!("{shown} is no report of trial"), help));
    }
    if value["version"] != VERSION {
        let what = format!(
            "{shown} has version {} of the schema, and this trial reads version {VERSION}",
            value["version"]
        );
        return Err(UserError::usage(what, "make it again with trial report DIR"));
    }
    serde_json::from_value(value).map_err(wrong)
}
