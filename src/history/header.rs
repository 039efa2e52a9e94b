//! The first line of a file of history.

use serde::Deserialize;

use super::line::Line;
use super::{FORMAT, VERSION};

/// The first line of a file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Header {
    #[serde(rename = "format")]
    _format: String,
    #[serde(rename = "version")]
    _version: u32,
    /// Files of one name are parts of one history.
    pub(super) name: Option<String>,
    pub(super) mono_ns: Option<u64>,
    #[serde(rename = "wall_ms")]
    _wall_ms: Option<u64>,
}

impl Header {
    /// # Errors
    /// What is wrong with the line, with its column where JSON is.
    pub(super) fn read(header: &[u8]) -> Result<Self, String> {
        let shape = format!("{{\"format\":\"{FORMAT}\",\"version\":{VERSION}}}");
        if header.is_empty() {
            return Err(format!("a history begins with the line {shape}"));
        }
        // Some editors begin a file with a mark of its byte order.
        let bytes = header.strip_prefix(b"\xef\xbb\xbf").unwrap_or(header);
        // A later version may have fields in its header that this one does not know.
        let header: serde_json::Value = serde_json::from_slice(bytes)
            .map_err(|error| format!("a history begins with the line {shape}; {}", say(&error)))?;
        if header["format"] != FORMAT {
            return Err(format!("this is not a history, which begins with the line {shape}"));
        }
        if header["version"] != VERSION {
            let version = &header["version"];
            return Err(format!("version {version} of the format is not known, only {VERSION} is"));
        }
        // Of this version everything is known.
        serde_json::from_slice(bytes).map_err(|error| say(&error))
    }
}

/// Whether this line can be the first of a history.
pub fn is_header(line: &str) -> bool {
    let header = serde_json::from_str::<Line<'_>>(line);
    header.is_ok_and(|line| line.format.as_deref() == Some(FORMAT))
}

/// serde_json's message with the column, and without the line, which is always 1.
pub(super) fn say(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let message = text.split(" at line ").next().unwrap_or(&text);
    format!("{message} (column {})", error.column())
}
