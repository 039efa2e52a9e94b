//! Why sends were not acknowledged: the errors of a history, by client and topic.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Sends of a client that ended with the same error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Refused {
    /// The client, by its name in the history.
    pub client: String,
    /// The topic, as the author named it.
    pub topic: String,
    /// The error by its name: `INVALID_RECORD`.
    pub error: String,
    /// How many sends.
    pub count: u64,
}

/// The fields of a line that matter here.
#[derive(Deserialize)]
struct Seen<'l> {
    #[serde(borrow, default)]
    start: Option<Cow<'l, str>>,
    #[serde(borrow, default)]
    end: Option<Cow<'l, str>>,
    #[serde(borrow, default)]
    client: Option<Cow<'l, str>>,
    #[serde(default)]
    id: Option<u64>,
    #[serde(borrow, default)]
    topic: Option<Cow<'l, str>>,
    #[serde(borrow, default)]
    error: Option<Cow<'l, str>>,
}

/// Every error that sends ended with, those that most ended with first. A client's operations are in one file. Lines
/// that cannot be read are passed over, as a process that was killed leaves one.
///
/// # Errors
/// When a file cannot be read.
pub fn refused(files: &[PathBuf]) -> io::Result<Vec<Refused>> {
    let mut counts = BTreeMap::new();
    for file in files {
        let text = std::fs::read(file)?;
        count(&String::from_utf8_lossy(&text), &mut counts);
    }
    let mut refused: Vec<_> = counts
        .into_iter()
        .map(|((client, topic, error), count)| Refused { client, topic, error, count })
        .collect();
    refused.sort_by_key(|it| std::cmp::Reverse(it.count));
    Ok(refused)
}

fn count(text: &str, counts: &mut BTreeMap<(String, String, String), u64>) {
    if !text.contains("\"error\"") {
        return;
    }
    let mut open = HashMap::new();
    for line in text.lines() {
        // Polls are most of a history, and have no topic of their own.
        if !(line.contains("\"send\"") || line.contains("\"end\"")) {
            continue;
        }
        let Ok(Seen { start, end, client, id, topic, error }) = serde_json::from_str(line) else {
            continue;
        };
        let (Some(client), Some(id)) = (client, id) else { continue };
        if let (Some("send"), Some(topic)) = (start.as_deref(), topic) {
            open.insert((client, id), topic);
        } else if end.is_some()
            && let Some(topic) = open.remove(&(client.clone(), id))
            && let Some(error) = error
        {
            let key = (client.into_owned(), topic.into_owned(), error.into_owned());
            *counts.entry(key).or_default() += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_sends_are_counted_by_client_and_topic() {
        let mut lines = vec![r#"{"format":"kafka-trial-history","version":1}"#.to_owned()];
        for id in 1..=3 {
            lines.push(format!(
                r#"{{"start":"send","client":"p","id":{id},"topic":"t","message":"m{id}"}}"#
            ));
            lines.push(format!(
                r#"{{"end":"failed","client":"p","id":{id},"error":"INVALID_RECORD"}}"#
            ));
        }
        lines.push(r#"{"start":"send","client":"p","id":4,"topic":"t","message":"m4"}"#.into());
        lines.push(r#"{"end":"ok","client":"p","id":4,"partition":0,"offset":0}"#.into());
        lines.push(r#"{"start":"commit","client":"p","id":5}"#.into());
        lines.push(r#"{"end":"failed","client":"p","id":5,"error":"_FENCED"}"#.into());
        lines.push(r#"{"start":"send","client":"q","id":1,"topic":"t","message":"n"}"#.into());
        lines.push(r#"{"end":"unknown","client":"q","id":1,"error":"_MSG_TIMED_OUT"}"#.into());
        lines.push("{torn".into());
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("h.ndjson");
        std::fs::write(&file, lines.join("\n")).expect("written");
        let of = |client: &str, error: &str, count| Refused {
            client: client.into(),
            topic: "t".into(),
            error: error.into(),
            count,
        };
        assert_eq!(
            refused(&[file]).expect("read"),
            [of("p", "INVALID_RECORD", 3), of("q", "_MSG_TIMED_OUT", 1)]
        );
    }
}
