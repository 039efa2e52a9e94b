//! Files of brokers: found, looked at, damaged and repaired by a shell beside them.

use super::Log;
use crate::event::file_seen::{FileSeen, FileState};
use crate::event::id::NodeId;
use crate::event::node_state::NodeState;
use crate::fault::{FaultError, Scope};
use crate::runtime::RuntimeError;

/// A file or a folder that a fault has hit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct HitFile {
    /// The node that it belongs to.
    pub node: NodeId,
    /// Its path below the folder of the node's data.
    pub path: String,
}

impl HitFile {
    /// How the file is now.
    pub(super) async fn look(&self, scope: Scope<'_>) -> Result<FileSeen, FaultError> {
        const SCRIPT: &str = r#"if [ -d "$1" ]; then echo folder
            elif [ -f "$1" ]; then cksum <"$1"
            else echo missing; fi"#;
        let said = self.shell(scope, SCRIPT, &[]).await?;
        let mut words = said.split_whitespace();
        let state = match (words.next(), words.next()) {
            (Some("missing"), _) => FileState::Missing,
            (Some("folder"), _) => FileState::Folder,
            (Some(checksum), Some(bytes)) => FileState::File {
                bytes: bytes.parse().unwrap_or_default(),
                checksum: checksum.parse().unwrap_or_default(),
            },
            _ => return Err(refused(self.node, "look at a file", &said)),
        };
        Ok(FileSeen { node: self.node, path: scope.names.shown(&self.path), state })
    }

    /// Cuts bytes off the end.
    pub(super) async fn truncate(&self, scope: Scope<'_>, bytes: usize) -> Result<(), FaultError> {
        const SCRIPT: &str = r#"truncate -s "$(($(wc -c <"$1") - $2))" "$1""#;
        self.shell(scope, SCRIPT, &[bytes.to_string()]).await.map(drop)
    }

    /// Flips the highest bit of each of the bytes at the end.
    pub(super) async fn flip(&self, scope: Scope<'_>, bytes: usize) -> Result<(), FaultError> {
        const SCRIPT: &str = r#"from=$(($(wc -c <"$1") - $2)) &&
            tail -c "$2" "$1" | LC_ALL=C tr '\000-\377' '\200-\377\000-\177' >flipped &&
            dd if=flipped of="$1" bs=1 seek="$from" conv=notrunc 2>/dev/null &&
            rm flipped"#;
        self.shell(scope, SCRIPT, &[bytes.to_string()]).await.map(drop)
    }

    /// Moves a folder away and puts an empty file in its place. Nobody can open anything below it.
    pub(super) async fn replace(&self, scope: Scope<'_>) -> Result<(), FaultError> {
        self.shell(scope, r#"mv "$1" "$1.away" && : >"$1""#, &[]).await.map(drop)
    }

    /// Whether the folder was moved away already, and is not back.
    pub(super) async fn is_replaced(&self, scope: Scope<'_>) -> Result<bool, FaultError> {
        const SCRIPT: &str = r#"if [ -d "$1" ] && [ ! -e "$1.away" ]; then echo whole; fi"#;
        Ok(self.shell(scope, SCRIPT, &[]).await?.trim().is_empty())
    }

    /// Puts the folder back that was moved away; it may be back already.
    pub(super) async fn put_back(&self, scope: Scope<'_>) -> Result<(), FaultError> {
        const SCRIPT: &str = r#"[ ! -d "$1.away" ] || { rm -f "$1" && mv "$1.away" "$1"; }"#;
        self.shell(scope, SCRIPT, &[]).await.map(drop)
    }

    /// Makes the file so large that nothing more fits on its disk.
    pub(super) async fn fill(&self, scope: Scope<'_>) -> Result<(), FaultError> {
        // It ends with an error, as there is no room; without one the disk would be endless.
        self.shell(scope, r#"! cat /dev/zero >"$1" 2>/dev/null"#, &[]).await.map(drop)
    }

    /// Removes the file, if it is there.
    pub(super) async fn remove(&self, scope: Scope<'_>) -> Result<(), FaultError> {
        self.shell(scope, r#"rm -f "$1""#, &[]).await.map(drop)
    }

    async fn shell(
        &self,
        scope: Scope<'_>,
        script: &str,
        more: &[String],
    ) -> Result<String, FaultError> {
        let arguments = [std::slice::from_ref(&self.path), more].concat();
        shell(scope, self.node, script, &arguments).await
    }
}

/// The last segment of the log that has anything in it, which must have more than these bytes.
///
/// # Errors
/// [`FaultError::NoTarget`] when the broker has no such log, or the segment is smaller.
pub(super) async fn end_of(
    scope: Scope<'_>,
    node: NodeId,
    log: &Log,
    bytes: usize,
) -> Result<String, FaultError> {
    const SCRIPT: &str = r#"for file in log-dir-*/"$1"/*.log; do
            if [ -s "$file" ]; then last=$file; fi
        done
        [ -z "${last-}" ] || echo "$(wc -c <"$last") $last""#;
    let said = shell(scope, node, SCRIPT, &[folder(scope, log)]).await?;
    let Some((size, path)) = said.trim().split_once(' ') else {
        return Err(FaultError::NoTarget(format!("{node} has nothing of {log} on its disk")));
    };
    if size.parse::<usize>().is_ok_and(|size| size >= bytes) {
        return Ok(path.to_owned());
    }
    Err(FaultError::NoTarget(format!(
        "the last segment of {log} on {node} has {size} bytes, fewer than {bytes}"
    )))
}

/// The log directory that holds the log, or that held it before it failed.
///
/// # Errors
/// [`FaultError::NoTarget`] when the broker has no such log.
pub(super) async fn log_dir_of(
    scope: Scope<'_>,
    node: NodeId,
    log: &Log,
) -> Result<String, FaultError> {
    const SCRIPT: &str = r#"for folder in log-dir-*/"$1"; do
            if [ -d "$folder" ]; then folder=${folder%%/*} && echo "${folder%.away}"; fi
        done"#;
    let said = shell(scope, node, SCRIPT, &[folder(scope, log)]).await?;
    match said.trim() {
        "" => Err(FaultError::NoTarget(format!("{node} has no log of {log}"))),
        folder => Ok(folder.to_owned()),
    }
}

/// The bytes of all files of the node's data; 0 for a node that was never started, or was wiped.
pub(in crate::fault) async fn data_bytes(
    scope: Scope<'_>,
    node: NodeId,
) -> Result<u64, FaultError> {
    const SCRIPT: &str = r#"find . -type f -printf '%s\n' | {
            sum=0
            while read -r size; do sum=$((sum + size)); done
            echo "$sum"
        }"#;
    if scope.cluster.state(node).await? == NodeState::NotStarted {
        return Ok(0);
    }
    let said = shell(scope, node, SCRIPT, &[]).await?;
    said.trim().parse().map_err(|_| refused(node, "count the data", &said))
}

fn folder(scope: Scope<'_>, log: &Log) -> String {
    format!("{}-{}", scope.names.topic(&log.topic), log.partition)
}

async fn shell(
    scope: Scope<'_>,
    node: NodeId,
    script: &str,
    arguments: &[String],
) -> Result<String, FaultError> {
    scope.shell(node, &format!("change a file of {node}"), script, arguments).await
}

fn refused(node: NodeId, doing: &str, said: &str) -> FaultError {
    let doing = format!("{doing} of {node}");
    FaultError::from(RuntimeError::Failed { doing, source: said.trim().to_owned().into() })
}
