//! The lines of a node's log that tell most.

/// A line of a log can list every partition of a broker; no more characters than this are shown of one.
const LONGEST_LINE: usize = 300;

/// The last lines that are not blank.
pub fn last(log: &str, lines: usize) -> String {
    let there: Vec<_> = log.lines().filter(|line| !line.trim().is_empty()).collect();
    there[there.len().saturating_sub(lines)..].join("\n")
}

/// The last lines that name a partition, the oldest first, each cut after 300 characters.
pub fn about(log: &str, topic: &str, partition: i32, lines: usize) -> Vec<String> {
    let name = format!("{topic}-{partition}");
    let mut found: Vec<_> = log
        .lines()
        .rev()
        .filter(|line| names(line, &name))
        .take(lines)
        .map(|line| match line.char_indices().nth(LONGEST_LINE) {
            Some((end, _)) => format!("{}…", &line[..end]),
            None => line.to_owned(),
        })
        .collect();
    found.reverse();
    found
}

/// Whether the name is there as a word: `orders-1` is not in `orders-12` nor in `my-orders-1`.
fn names(line: &str, name: &str) -> bool {
    let of_a_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    line.match_indices(name).any(|(at, found)| {
        let before = line[..at].chars().next_back();
        let mut after = line[at + found.len()..].chars();
        // A full stop ends a sentence where no more of a name follows.
        let goes_on = match after.next() {
            Some('.') => after.next().is_some_and(of_a_name),
            next => next.is_some_and(of_a_name),
        };
        !before.is_some_and(of_a_name) && !goes_on
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_end_of_a_log_is_shown() {
        let log: String = (1..=40).map(|n| format!("line {n}\n\n")).collect();
        let shown = last(&log, 15);
        assert_eq!(shown.lines().count(), 15);
        assert!(shown.ends_with("line 40"));
    }

    #[test]
    fn lines_about_a_partition_name_it_and_no_other() {
        let log = "Partition orders-1 broker=2\n\
                   Partition orders-12 marked as failed\n\
                   Partition my-orders-1 marked as failed\n\
                   Finished unloading orders-1. Removed 0\n\
                   Map(orders-1 -> (offset=0), orders-2 -> (offset=0))\n\
                   Partition orders-1 marked as failed";
        assert_eq!(
            about(log, "orders", 1, 3),
            [
                "Finished unloading orders-1. Removed 0",
                "Map(orders-1 -> (offset=0), orders-2 -> (offset=0))",
                "Partition orders-1 marked as failed"
            ]
        );
        assert_eq!(about(log, "orders", 1, 9).len(), 4);
        assert!(about(log, "orders", 3, 9).is_empty());
    }

    #[test]
    fn a_long_line_is_cut() {
        let log = format!("orders-1 {}", "x".repeat(1000));
        let [line] = &about(&log, "orders", 1, 1)[..] else { panic!("one line") };
        assert_eq!(line.chars().count(), LONGEST_LINE + 1);
    }
}
