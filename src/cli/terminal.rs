//! What people see: results on standard output, errors on standard error.

use std::fmt;
use std::io::{self, IsTerminal as _, Write as _};

use miette::{
    Diagnostic, LabeledSpan, MietteHandler, MietteHandlerOpts, ReportHandler as _, SourceCode,
};
use thiserror::Error;

use crate::error::UserError;
use crate::exit_code::ExitCode;

/// Width of what is written into a pipe or a file.
const PIPED_WIDTH: usize = 100;

/// Writes to standard output. A reader that has gone, such as `head`, has what it wanted: no error.
///
/// # Errors
/// When standard output cannot be written for any other reason.
pub fn print(text: &str) -> Result<(), UserError> {
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            let what = "failed to write to standard output";
            Err(UserError::environment(what, "").because(error))
        }
        _ => Ok(()),
    }
}

/// Shows an error and returns the exit code that it leads to. Of many mistakes, each is shown in full, and
/// their number last, where it is seen.
pub fn fail(error: &UserError) -> ExitCode {
    let handler = handler();
    let mut text = String::new();
    for mistake in error.related().into_iter().flatten() {
        text.push_str(&Rendered { error: mistake, handler: &handler }.to_string());
        text.push('\n');
    }
    let error_alone = Alone(error);
    text.push_str(&Rendered { error: &error_alone, handler: &handler }.to_string());
    // A failure here would be reported on standard error as well.
    let _ = writeln!(io::stderr(), "{text}");
    error.code
}

/// Shows an error that does not end the command.
pub fn warn(error: &UserError) {
    // As in `fail`, whose exit code is not this command's.
    fail(error);
}

/// Says something that is no error.
pub fn note(text: &str) {
    // A failure here would be reported on standard error as well.
    let _ = writeln!(io::stderr(), "note: {text}");
}

/// Shows an error without a frame, for a program that frames it, and returns the exit code.
pub fn fail_plainly(error: &UserError) -> ExitCode {
    // A failure here would be reported on standard error as well.
    let _ = writeln!(io::stderr(), "{}", error.in_full());
    error.code
}

/// Shows what clap has to say: help and version on standard output, mistakes on standard error.
pub fn usage(error: &clap::Error) -> ExitCode {
    // As in `fail`; and a reader of the help that has gone has read enough.
    let _ = error.print();
    if error.use_stderr() { ExitCode::Usage } else { ExitCode::Passed }
}

/// Graphical, with colour on a terminal that wants it.
fn handler() -> MietteHandler {
    let terminal = io::stderr().is_terminal();
    let colour = terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let options = MietteHandlerOpts::new()
        .force_graphical(true)
        .unicode(true)
        .color(colour)
        .terminal_links(false)
        .show_related_errors_as_siblings();
    if terminal { options.build() } else { options.width(PIPED_WIDTH).build() }
}

struct Rendered<'a> {
    error: &'a dyn Diagnostic,
    handler: &'a MietteHandler,
}

impl fmt::Display for Rendered<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.handler.debug(self.error, f)
    }
}

/// An error without the others that it stands for.
#[derive(Debug, Error)]
#[error(transparent)]
struct Alone<'a>(&'a UserError);

impl Diagnostic for Alone<'_> {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.0.help()
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.0.source_code()
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        self.0.labels()
    }
}
