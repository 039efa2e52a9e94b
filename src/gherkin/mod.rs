//! Gherkin, read as its official parsers read it: line by line, in each of their languages, with the place of
//! everything. `docs/gherkin.md` says what is stricter here.
//!
//! [`Document::read`] makes a document of a text, [`pickle::compile`] the scenarios that it stands for, and
//! [`feature`] hands those to cucumber.

mod document;
pub(crate) mod feature;
mod language;
mod line;
mod mistake;
mod parser;
pub(crate) mod pickle;
mod unexpected;
mod unsaid;

pub use document::{
    Argument, Background, Cell, Comment, DocString, Document, Examples, Feature, Header, Location,
    Row, Rule, Scenario, Step, Table, Tag,
};
pub use language::{Kind, Language};
pub use mistake::{Found, SyntaxMistake};
pub use parser::Reading;
pub use unsaid::Unsaid;
