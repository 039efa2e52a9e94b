//! Collects what one check found: counts by standing, and the worst few in full.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::allowed::{Facts, Standing, standing};
use super::anomaly::Anomaly;

/// How many examples of an anomaly are kept for each standing.
pub const EXAMPLES: usize = 5;

/// One case of an anomaly, for people.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Example {
    /// What happened, with names, offsets and clients.
    pub text: String,
    /// Topic, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// Partition, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partition: Option<u32>,
    /// Offset, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// Identity of the message, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Key of the message, where it was recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Monotonic time, nanoseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mono_ns: Option<u64>,
    /// Wall clock, milliseconds since 1970 UTC, where the history has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wall_ms: Option<u64>,
    /// From when to when it was, until faults are named.
    #[serde(skip)]
    pub span: Option<(u64, u64)>,
    /// Since when a message may be gone, until faults are named.
    #[serde(skip)]
    pub gone_since: Option<u64>,
    /// Faults that were active then.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<String>,
    /// Of a message that is gone: faults that began after it was acknowledged.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub later_faults: Vec<String>,
}

/// `during: broker 1 is cut off; later: broker 1 is killed`; none where there were no faults.
#[must_use]
pub fn faults_in_words(during: &[String], later: &[String]) -> Option<String> {
    let told = [("during", during), ("later", later)].into_iter();
    let told = told.filter(|(_, faults)| !faults.is_empty());
    let told: Vec<_> =
        told.map(|(when, faults)| format!("{when}: {}", faults.join(", "))).collect();
    (!told.is_empty()).then(|| told.join("; "))
}

/// What one check found so far.
#[derive(Debug)]
pub struct Findings {
    anomaly: Anomaly,
    groups: Vec<Group>,
}

/// Cases that stand alike.
#[derive(Debug)]
pub struct Group {
    /// How they stand.
    pub standing: Standing,
    /// How many there are.
    pub count: u64,
    /// The worst, with their severity, worst first.
    pub examples: Vec<(u64, Example)>,
}

impl Findings {
    /// Nothing yet.
    pub fn new(anomaly: Anomaly) -> Self {
        Self { anomaly, groups: Vec::new() }
    }

    /// Counts a case. The higher its `severity`, the worse; `example` is called only for the worst few.
    pub fn add(&mut self, facts: Facts, severity: u64, example: impl FnOnce() -> Example) {
        let standing = standing(self.anomaly, facts);
        let group = match self.groups.iter().position(|group| group.standing == standing) {
            Some(at) => &mut self.groups[at],
            None => {
                self.groups.push(Group { standing, count: 0, examples: Vec::new() });
                let last = self.groups.len() - 1;
                &mut self.groups[last]
            }
        };
        group.count += 1;
        let worse = |(other, _): &(u64, Example)| *other >= severity;
        let at = group.examples.partition_point(worse);
        if at < EXAMPLES {
            group.examples.insert(at, (severity, example()));
            group.examples.truncate(EXAMPLES);
        }
    }

    /// The examples that are kept.
    pub fn examples_mut(&mut self) -> impl Iterator<Item = &mut Example> {
        self.groups.iter_mut().flat_map(|group| &mut group.examples).map(|(_, example)| example)
    }

    /// What was found, violations first.
    pub fn into_groups(mut self) -> Vec<Group> {
        self.groups.sort_by_key(|group| group.standing);
        self.groups
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_worst_few_and_counts_all() {
        let mut findings = Findings::new(Anomaly::PollSkip);
        for severity in 0..100 {
            findings.add(Facts::default(), severity % 10, || Example {
                text: severity.to_string(),
                ..Example::default()
            });
        }
        let groups = findings.into_groups();
        assert_eq!(groups[0].count, 100);
        let texts: Vec<&str> =
            groups[0].examples.iter().map(|(_, example)| example.text.as_str()).collect();
        assert_eq!(texts, ["9", "19", "29", "39", "49"]);
    }
}
