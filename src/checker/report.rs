//! What a verdict rests on.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Compared;
use super::allowed::{RULES, Standing};
use super::anomaly::Anomaly;
use super::availability::Availability;
use super::escape::escaped;
use super::findings::{Example, Findings};
use super::history::{End, Fate, History};
use super::verdict::Verdict;

/// The judgement of one history.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "HistoryReport")]
pub struct Report {
    /// The merged verdict.
    pub verdict: Verdict,
    /// Why it is inconclusive, beyond what the checks say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub doubts: Vec<String>,
    /// What there was to compare.
    pub counts: Counts,
    /// One entry for each anomaly, in the order of [`Anomaly::ALL`].
    pub checks: Vec<CheckReport>,
    /// Longest gaps of each topic.
    pub availability: Vec<Availability>,
    /// What there is to say about the reading of the history.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// What a history consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "HistoryCounts")]
pub struct Counts {
    /// Messages sent.
    pub sent: u64,
    /// Sends that were acknowledged.
    pub acknowledged: u64,
    /// Sends that certainly failed.
    pub failed: u64,
    /// Sends that may have happened.
    pub unknown: u64,
    /// Records read.
    pub read: u64,
    /// Transactions.
    pub transactions: u64,
    /// Those that were committed for certain.
    pub committed: u64,
    /// Clients.
    pub clients: u64,
    /// Partitions.
    pub partitions: u64,
}

/// What one check found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CheckReport {
    /// The anomaly looked for.
    pub anomaly: Anomaly,
    /// `None` when the history has nothing that the guarantee is about.
    pub verdict: Option<Verdict>,
    /// Why it is inconclusive, when nothing was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// How many things were compared.
    pub compared: u64,
    /// Cases that break a promise.
    pub violations: u64,
    /// Cases of which it cannot be said.
    pub undecided: u64,
    /// Cases that the settings allow.
    pub allowed: u64,
    /// The cases by standing, violations first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
}

/// Cases of an anomaly that stand alike.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// What they mean.
    pub standing: Meaning,
    /// Why they are allowed or undecided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Number of cases.
    pub count: u64,
    /// The worst few.
    pub examples: Vec<Example>,
}

/// What cases mean for the verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Meaning {
    /// A promise was broken.
    Violation,
    /// It cannot be said.
    Undecided,
    /// The settings allow it.
    Allowed,
}

impl Report {
    pub(super) fn new(
        history: &History,
        counts: Counts,
        checks: Vec<CheckReport>,
        availability: Vec<Availability>,
    ) -> Self {
        let idle = history.faults.iter().filter(|fault| fault.without_effect);
        let name = |what| history.names.get(what);
        let mut doubts: Vec<String> =
            idle.map(|fault| format!("fault without effect: {}", name(fault.what))).collect();
        doubts.extend(history.contradictions.iter().map(|told| format!("contradiction: {told}")));
        let judged = checks.iter().filter_map(|check| check.verdict).max();
        if judged.is_none() {
            doubts.push("nothing was compared".into());
        }
        let doubt = (!doubts.is_empty()).then_some(Verdict::Inconclusive);
        let verdict = judged.max(doubt).unwrap_or(Verdict::Inconclusive);
        let safe = |text: &String| escaped(text).into_owned();
        let doubts = doubts.iter().map(safe).collect();
        let notes = history.notes.iter().map(safe).collect();
        Self { verdict, doubts, counts, checks, availability, notes }
    }

    /// The report with every text that has names in it replaced.
    #[must_use]
    pub fn with_texts(mut self, replaced: impl Fn(&str) -> String) -> Self {
        let replace = |text: &mut String| *text = replaced(text);
        self.doubts.iter_mut().chain(&mut self.notes).for_each(replace);
        self.availability.iter_mut().for_each(|it| replace(&mut it.topic));
        let findings = self.checks.iter_mut().flat_map(|check| &mut check.findings);
        for example in findings.flat_map(|finding| &mut finding.examples) {
            replace(&mut example.text);
            example.topic.iter_mut().for_each(replace);
        }
        self
    }

    /// What was found of one anomaly.
    pub fn of(&self, anomaly: Anomaly) -> Option<&CheckReport> {
        self.checks.iter().find(|check| check.anomaly == anomaly)
    }
}

impl CheckReport {
    pub(super) fn new(anomaly: Anomaly, compared: Compared, findings: Findings) -> Self {
        let findings: Vec<Finding> = findings
            .into_groups()
            .into_iter()
            .map(|group| {
                let (standing, rule) = match group.standing {
                    Standing::Violation => (Meaning::Violation, None),
                    Standing::Undecided(rule) => (Meaning::Undecided, Some(rule)),
                    Standing::Allowed(rule) => (Meaning::Allowed, Some(rule)),
                };
                Finding {
                    standing,
                    reason: rule.map(|rule| RULES[rule].reason.to_owned()),
                    count: group.count,
                    examples: group
                        .examples
                        .into_iter()
                        .map(|(_, example)| safe(example))
                        .collect(),
                }
            })
            .collect();
        let count = |meaning| {
            let alike = findings.iter().filter(|finding| finding.standing == meaning);
            alike.map(|finding| finding.count).sum()
        };
        let (violations, undecided) = (count(Meaning::Violation), count(Meaning::Undecided));
        let nothing = compared.compared == 0 && findings.is_empty();
        let verdict = if violations > 0 {
            Some(Verdict::Failed)
        } else if undecided > 0 {
            Some(Verdict::Inconclusive)
        } else if compared.subjects == 0 && nothing {
            None
        } else if nothing {
            Some(Verdict::Inconclusive)
        } else {
            Some(Verdict::Passed)
        };
        let idle = nothing && compared.subjects > 0;
        Self {
            anomaly,
            verdict,
            reason: idle.then(|| {
                format!("{} to compare, but nothing to compare them with", compared.subjects)
            }),
            compared: compared.compared,
            violations,
            undecided,
            allowed: count(Meaning::Allowed),
            findings,
        }
    }

    pub(super) fn panicked(anomaly: Anomaly, panic: &str) -> Self {
        Self {
            anomaly,
            verdict: Some(Verdict::Inconclusive),
            reason: Some(format!("the check panicked, which is a bug of trial: {panic}")),
            compared: 0,
            violations: 0,
            undecided: 0,
            allowed: 0,
            findings: Vec::new(),
        }
    }

    /// All cases, whatever they mean.
    pub fn found(&self) -> u64 {
        self.violations + self.undecided + self.allowed
    }
}

/// The example with a text that breaks no line.
fn safe(example: Example) -> Example {
    let text = escaped(&example.text).into_owned();
    Example { text, ..example }
}

impl Counts {
    /// Counts.
    pub fn of(history: &History) -> Self {
        let ended =
            |end| history.sends.outcome.iter().filter(|other| **other == end).count() as u64;
        let fate = |fate| history.transactions.iter().filter(move |t| t.fate() == fate).count();
        Self {
            sent: history.sends.len() as u64,
            acknowledged: ended(End::Ok),
            failed: ended(End::Failed),
            unknown: ended(End::Unknown),
            read: history.reads.len() as u64,
            transactions: history.transactions.len() as u64,
            committed: fate(Fate::Committed) as u64,
            clients: history.clients.len() as u64,
            partitions: history.partitions.iter().filter(|p| p.number.is_some()).count() as u64,
        }
    }
}
