//! The client library that a client process runs on. Whoever starts, orders, signals or judges the process does not
//! know which it is.

use std::io;
use std::path::Path;

use tokio::process::Command;

use crate::client::java::JavaClient;
use crate::client::settings::{SettingError, Settings};

/// A client library.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Library {
    /// This program, started again as `trial client`.
    Librdkafka,
    /// Kafka's own, in a JVM.
    Java(JavaClient),
}

/// A client library with the author's settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Configured {
    /// The library.
    pub library: Library,
    /// The author's settings.
    pub settings: Settings,
}

impl Library {
    /// What starts a client process of the run of this folder.
    pub(super) fn command(&self, run: &Path) -> io::Result<Command> {
        match self {
            Self::Librdkafka => {
                let mut command = Command::new(std::env::current_exe()?);
                command.arg("client").arg("--run").arg(run);
                Ok(command)
            }
            Self::Java(client) => Ok(client.command(run)),
        }
    }

    /// Whether it says which generation of its group commits.
    pub fn knows_generations(&self) -> bool {
        match self {
            Self::Librdkafka => true,
            Self::Java(client) => client.knows_generations(),
        }
    }
}

impl Configured {
    /// Librdkafka with these settings.
    pub fn librdkafka(settings: Settings) -> Self {
        Self { library: Library::Librdkafka, settings }
    }

    /// Whether the library takes the settings, as far as that is known without a client.
    ///
    /// # Errors
    /// The first setting that it does not take.
    pub fn check(&self) -> Result<(), SettingError> {
        match self.library {
            Library::Librdkafka => self.settings.config().map(drop),
            Library::Java(_) => Ok(()),
        }
    }
}
