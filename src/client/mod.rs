//! Clients of the cluster: producers, consumers and an admin client in this process, on librdkafka, and
//! programs in any language as child processes.
//!
//! Every call that blocks runs off the executor. A client is closed by its owner; dropping it is the net.

pub mod admin;
pub(crate) mod backlog;
pub(crate) mod consumer;
pub mod coordinator;
pub(crate) mod delivery;
pub(crate) mod error_code;
pub(crate) mod external;
pub(crate) mod final_read;
pub(crate) mod heeded;
pub(crate) mod held;
pub(crate) mod identity;
pub(crate) mod java;
pub(crate) mod lag;
pub mod message;
#[expect(unsafe_code, reason = "functions of librdkafka that the rdkafka crate does not wrap")]
mod native;
pub(crate) mod position;
pub(crate) mod priority;
pub(crate) mod process;
pub mod producer;
pub(crate) mod python;
pub(crate) mod recording;
mod seen;
pub(crate) mod sending;
pub mod settings;
pub(crate) mod together;
pub(crate) mod tool;
pub(crate) mod transaction;

use rdkafka::error::KafkaError;
use thiserror::Error;

use error_code::ErrorCode;
use settings::SettingError;

/// Why a client could not do what was asked.
#[derive(Debug, Clone, Error)]
pub enum ClientError {
    /// The broker refused, or the client library gave up.
    #[error("failed to {doing}: {code}")]
    Refused {
        /// Completes "failed to …".
        doing: String,
        /// The error by its name.
        code: ErrorCode,
    },
    /// The settings are wrong.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// The client library failed without an error code.
    #[error("failed to {doing}: {why}")]
    Failed {
        /// Completes "failed to …".
        doing: String,
        /// What it said.
        why: String,
    },
}

impl ClientError {
    /// What librdkafka said while `doing` (completes "failed to …").
    pub(crate) fn new(doing: impl Into<String>, error: &KafkaError) -> Self {
        let doing = doing.into();
        match (ErrorCode::of(error), error) {
            (Some(code), _) => Self::Refused { doing, code },
            (None, KafkaError::ClientConfig(..) | KafkaError::ClientCreation(_)) => {
                Self::Setting(SettingError::from(error))
            }
            (None, error) => Self::Failed { doing, why: error.to_string() },
        }
    }

    /// The error's code, if it has one.
    pub fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::Refused { code, .. } => Some(*code),
            Self::Setting(_) | Self::Failed { .. } => None,
        }
    }
}

/// Runs a blocking call of librdkafka off the executor.
async fn blocking<T: Send + 'static>(
    doing: &str,
    call: impl FnOnce() -> Result<T, KafkaError> + Send + 'static,
) -> Result<T, ClientError> {
    match tokio::task::spawn_blocking(call).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(ClientError::new(doing, &error)),
        Err(error) => Err(ClientError::Failed { doing: doing.into(), why: error.to_string() }),
    }
}

/// Completes a message with the nearest known word: `; did you mean "x"?`, or nothing.
fn suggestion(nearest: &Option<String>) -> String {
    nearest.as_ref().map(|word| format!("; did you mean {word:?}?")).unwrap_or_default()
}
