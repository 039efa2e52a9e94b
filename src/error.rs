//! The one shape in which an error reaches the person at the terminal: what went wrong, where, and how
//! to fix it, with the exit code it leads to. Inside, each module has an error enum of its own and a
//! conversion to this.

use miette::{Diagnostic, LabeledSpan, NamedSource, SourceCode, SourceSpan};
use thiserror::Error;

use crate::exit_code::ExitCode;

/// An error as the user sees it.
#[derive(Debug, Error)]
#[error("{what}")]
pub struct UserError {
    /// The exit code of the command that ends with this error.
    pub code: ExitCode,
    what: String,
    help: Option<String>,
    place: Option<Box<(NamedSource<String>, LabeledSpan)>>,
    others: Vec<UserError>,
    #[source]
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl UserError {
    /// The machine cannot do what was asked: exit code 3.
    pub fn environment(what: impl Into<String>, help: impl Into<String>) -> Self {
        Self::new(ExitCode::Environment, what, help)
    }

    /// What was typed, or a file that was named, is wrong: exit code 64.
    pub fn usage(what: impl Into<String>, help: impl Into<String>) -> Self {
        Self::new(ExitCode::Usage, what, help)
    }

    /// An error with an exit code of its own.
    pub fn new(code: ExitCode, what: impl Into<String>, help: impl Into<String>) -> Self {
        let (what, help) = (what.into(), help.into());
        let help = (!help.is_empty()).then_some(help);
        Self { code, what, help, place: None, others: Vec::new(), source: None }
    }

    /// Points at a place in a text: `label` is written below the marked bytes.
    #[must_use]
    pub fn at(
        mut self,
        file: impl AsRef<str>,
        text: impl Into<String>,
        span: impl Into<SourceSpan>,
        label: impl Into<String>,
    ) -> Self {
        let span = LabeledSpan::new_with_span(Some(label.into()), span);
        self.place = Some(Box::new((NamedSource::new(file, text.into()), span)));
        self
    }

    /// Keeps what caused it, for the chain of causes below the message.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Message, causes and help in one text, for where nothing is drawn.
    pub fn in_full(&self) -> String {
        let mut text = self.what.clone();
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            text = format!("{text}: {error}");
            cause = error.source();
        }
        match &self.help {
            Some(help) if text.contains('\n') => format!("{text}\nhelp: {help}"),
            Some(help) => format!("{text} (help: {help})"),
            None => text,
        }
    }

    /// One error for many mistakes of the same kind, each shown in full.
    #[must_use]
    pub fn with_others(mut self, others: Vec<Self>) -> Self {
        self.others = others;
        self
    }
}

impl Diagnostic for UserError {
    fn help<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn std::fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.place.as_ref().map(|place| &place.0 as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let place = self.place.as_ref()?;
        Some(Box::new(std::iter::once(place.1.clone())))
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        (!self.others.is_empty())
            .then(|| Box::new(self.others.iter().map(|other| other as &dyn Diagnostic)) as _)
    }
}
