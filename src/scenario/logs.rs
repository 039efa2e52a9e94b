//! What the nodes of a cluster logged while a scenario disturbed it.

use std::time::Duration;

use jiff::Timestamp;

use crate::cluster::Cluster;
use crate::cluster::render::time_of_line;
use crate::event::Event;
use crate::event::scenario::ScenarioId;
use crate::event::stream::Events;

/// Longest part of a line that is kept, in characters.
const LINE: usize = 300;

/// Lines that are kept of a node's log: of a scenario that passed, and of one that did not.
const KEPT: (usize, usize) = (6, 80);

/// How long before a fault a log begins to be of interest.
pub const AROUND: Duration = Duration::from_secs(1);

/// Tells what each node has logged from a time on. Lines that warn go before others where not all are kept.
///
/// A log that cannot be read is left out: the scenario has ended, and the whole log is kept when the cluster
/// stops.
pub async fn tell(
    cluster: &Cluster,
    from: Timestamp,
    passed: bool,
    scenario: &ScenarioId,
    events: &Events,
) {
    let kept = if passed { KEPT.0 } else { KEPT.1 };
    for node in cluster.nodes() {
        let log = match cluster.runtime().log_since(node, from).await {
            Ok(log) => log,
            Err(error) => {
                tracing::warn!(%node, %error, "a node's log could not be read");
                continue;
            }
        };
        let lines = cut(&log, from);
        let left_out = lines.len().saturating_sub(kept);
        let lines = most_telling(lines, kept);
        if !lines.is_empty() {
            events.emit(Event::NodeLog { scenario: scenario.clone(), node, lines, left_out });
        }
    }
}

/// The lines from a time on, with those that have no time of their own and follow one that is.
fn cut(log: &str, from: Timestamp) -> Vec<&str> {
    let mut inside = false;
    let within = log.lines().filter(|line| {
        if let Some(at) = time_of_line(line) {
            inside = at >= from;
        }
        inside
    });
    within.collect()
}

fn most_telling(lines: Vec<&str>, number: usize) -> Vec<String> {
    let warns = |line: &str| {
        let level = line.split(' ').nth(1);
        level.is_some_and(|level| ["WARN", "ERROR", "FATAL"].contains(&level))
    };
    let mut left = number.saturating_sub(lines.iter().filter(|line| warns(line)).count());
    let mut kept = Vec::new();
    for line in lines {
        if kept.len() == number {
            break;
        }
        if !warns(line) {
            let Some(fewer) = left.checked_sub(1) else { continue };
            left = fewer;
        }
        kept.push(line.chars().take(LINE).collect());
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "\
2026-01-02T03:04:04.000+00:00 INFO  before (a)
2026-01-02T03:04:05.000+00:00 INFO  first (a)
2026-01-02T04:04:06.000+01:00 WARN  second (a)
java.io.IOException: no route
2026-01-02T03:04:07.000+00:00 ERROR third (a)
";

    fn from() -> Timestamp {
        "2026-01-02T03:04:05Z".parse().expect("a time")
    }

    #[test]
    fn lines_of_the_time_are_kept_with_what_belongs_to_them() {
        let lines = cut(LOG, from());
        assert_eq!(lines.len(), 4);
        assert!(lines[0].ends_with("first (a)") && lines[2].starts_with("java.io"), "{lines:?}");
    }

    #[test]
    fn warnings_go_before_others() {
        let kept = most_telling(cut(LOG, from()), 2);
        assert!(kept[0].contains("second") && kept[1].contains("third"), "{kept:?}");
    }
}
