//! A file of a broker, as a fault found or left it.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::id::NodeId;

/// A file or a folder and how it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FileSeen {
    /// The node that it belongs to.
    #[schemars(with = "String")]
    pub node: NodeId,
    /// Its path below the folder of the node's data, with the topic as the author named it.
    pub path: String,
    /// How it was.
    pub state: FileState,
}

/// How a file is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FileState {
    /// Not there.
    Missing,
    /// A folder.
    Folder,
    /// A file.
    File {
        /// Its size.
        bytes: u64,
        /// The checksum that POSIX's `cksum` gives.
        checksum: u32,
    },
}

/// One phrase for people.
impl fmt::Display for FileSeen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { node, path, state } = self;
        match state {
            FileState::Missing => write!(f, "{node} has no {path}"),
            FileState::Folder => write!(f, "{path} of {node} is a folder"),
            FileState::File { bytes, checksum } => {
                write!(f, "{path} of {node} has {bytes} bytes with checksum {checksum}")
            }
        }
    }
}
