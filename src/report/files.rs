//! The reports in the folder of results, all made from one report.

use std::path::Path;

use super::compare::Comparison;
use super::model::Report;
use super::{html, json, junit, messages};
use crate::error::UserError;

/// Writes every report into a folder. One that cannot be written does not keep the others from it.
///
/// # Errors
/// Those that could not be written, with what the system said.
pub fn write(
    report: &Report,
    comparison: Option<&Comparison>,
    out: &Path,
) -> Result<(), UserError> {
    let json = json::render(report).map_err(std::io::Error::other);
    let junit = junit::render(report).map_err(std::io::Error::other);
    let compared = comparison.map(|it| json::render(it).map_err(std::io::Error::other));
    let files = [
        (json::FILE, json),
        (html::FILE, Ok(html::render(report, comparison))),
        (junit::FILE, junit),
        (messages::FILE, Ok(messages::render(report))),
    ];
    let files = files.into_iter().chain(compared.map(|text| (json::COMPARISON, text)));
    let mut errors = files.filter_map(|(name, text)| {
        let path = out.join(name);
        let written = text.and_then(|text| replace(&path, text.as_bytes()));
        written.err().map(|error| cannot_write(&path, error))
    });
    let Some(first) = errors.next() else { return Ok(()) };
    Err(first.with_others(errors.collect()))
}

/// Writes one file.
///
/// # Errors
/// When it could not be written.
pub fn write_one(path: &Path, text: &str) -> Result<(), UserError> {
    replace(path, text.as_bytes()).map_err(|error| cannot_write(path, error))
}

/// Writes a file beside and gives it its name then, so that it is there whole or not at all.
fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().permissions(readable()).tempfile_in(folder)?;
    std::io::Write::write_all(&mut file, bytes)?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// Temporary files are otherwise readable by their owner only.
fn readable() -> std::fs::Permissions {
    std::os::unix::fs::PermissionsExt::from_mode(0o644)
}

fn cannot_write(path: &Path, error: std::io::Error) -> UserError {
    let what = format!("{} could not be written", path.display());
    let help = "free disk space, then make it again with trial report DIR";
    UserError::environment(what, help).because(error)
}
