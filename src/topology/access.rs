//! How clients reach a cluster at one of its listeners.

use serde::{Deserialize, Serialize};

use super::Security;

/// What a client needs to connect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access {
    /// Host and port of each node that has the listener, separated by commas.
    pub bootstrap: String,
    /// How connections are secured.
    pub security: Security,
}

impl Access {
    /// The settings of a client that connects so, as Kafka's own clients and librdkafka name them.
    pub fn settings(&self) -> [(&'static str, String); 2] {
        [
            ("bootstrap.servers", self.bootstrap.clone()),
            ("security.protocol", self.security.to_string()),
        ]
    }

    /// Access to one address without encryption or authentication.
    pub fn plaintext(bootstrap: impl Into<String>) -> Self {
        Self { bootstrap: bootstrap.into(), security: Security::Plaintext }
    }
}
