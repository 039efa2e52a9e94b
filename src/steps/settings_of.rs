//! Whose settings the table below a sentence has, and what is to be seen of them before anything starts.

use cucumber::gherkin::Step;

use super::load::options::{ReadingOptions, SendingOptions};
use super::table::{self, TableMistake};
use crate::client::together::Kind;
use crate::distribution::Release;

/// Whose settings the table below a sentence has; build.rs knows it by the function that reads the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SettingsOf {
    /// There is no table, or it has none.
    Nobody,
    /// Of a client.
    Client,
    /// Of the producers of a load, among its options.
    Senders,
    /// Of the consumers of a load, among its options.
    Receivers,
    /// Of a topic.
    Topic,
}

impl SettingsOf {
    /// Whether the settings go together, and a version of Kafka takes notice of them.
    ///
    /// # Errors
    /// The first row that is wrong.
    pub(super) fn check(self, step: &Step, kafka: &Release) -> Result<(), TableMistake> {
        match self {
            Self::Nobody => return Ok(()),
            Self::Topic => return table::known_of_topics(step, kafka),
            Self::Client => {}
            Self::Senders => {
                let options = SendingOptions::read(step)?;
                table::go_together(step, options.kind(), &options.settings)?;
            }
            Self::Receivers => {
                let options = ReadingOptions::read(step)?;
                table::go_together(step, Kind::Consumer, &options.settings)?;
            }
        }
        table::heeded(step, kafka.version)
    }
}
