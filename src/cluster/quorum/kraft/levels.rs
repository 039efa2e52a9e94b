//! Levels of features that a new cluster of a version begins with: those that `kafka-storage format` of that version
//! writes where nothing else is asked for.

use crate::distribution::{Line, Version};

/// A feature and its level.
pub(super) type Level = (&'static str, i16);

/// The levels by release line, the oldest first. Each line has those of its last release; `metadata.version` alone is
/// asked for before 4.0.
const LEVELS: &[(Line, &[Level])] = &[
    ((3, 3), &[("metadata.version", 7)]),
    ((3, 4), &[("metadata.version", 8)]),
    ((3, 5), &[("metadata.version", 11)]),
    ((3, 6), &[("metadata.version", 14)]),
    ((3, 7), &[("metadata.version", 19)]),
    ((3, 8), &[("metadata.version", 20)]),
    ((3, 9), &[("metadata.version", 21)]),
    ((4, 0), &[("metadata.version", 25), ("group.version", 1), ("transaction.version", 2)]),
    (
        (4, 1),
        &[
            ("metadata.version", 27),
            ("eligible.leader.replicas.version", 1),
            ("group.version", 1),
            ("transaction.version", 2),
        ],
    ),
    (
        (4, 2),
        &[
            ("metadata.version", 29),
            ("eligible.leader.replicas.version", 1),
            ("group.version", 1),
            ("share.version", 1),
            ("streams.version", 1),
            ("transaction.version", 2),
        ],
    ),
    (
        (4, 3),
        &[
            ("metadata.version", 30),
            ("eligible.leader.replicas.version", 1),
            ("group.version", 1),
            ("share.version", 1),
            ("streams.version", 1),
            ("transaction.version", 2),
        ],
    ),
    (
        (4, 4),
        &[
            ("metadata.version", 33),
            ("eligible.leader.replicas.version", 1),
            ("group.version", 1),
            ("share.version", 2),
            ("streams.version", 1),
            ("transaction.version", 2),
        ],
    ),
];

/// The levels of a version. A line that is newer than all begins with those of the newest: it takes them, and an upgrade
/// of its features is left to whoever wants it.
pub(super) fn of(kafka: Version) -> &'static [Level] {
    let known = LEVELS.iter().rev().find(|(since, _)| kafka.line() >= *since);
    known.map_or(&[], |(_, levels)| levels)
}
