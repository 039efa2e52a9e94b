//! What a run will do, complete before anything starts: every sentence matched, every cluster described,
//! scenarios grouped by the cluster that they share. All mistakes of all files are found at once.

pub mod clusters;
pub(crate) mod description;
pub mod feature_file;
pub mod matching;
pub(crate) mod mistake;
pub(crate) mod planner;
pub(crate) mod scene;
pub mod select;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use cucumber::gherkin::{Feature, Rule, Scenario};

use crate::cluster::spec::ClusterSpec;
use crate::error::UserError;
use crate::event::scenario::ScenarioId;
use crate::plan::clusters::ClusterFlags;
use crate::plan::feature_file::SourceText;
use crate::plan::planner::Planner;
use crate::plan::scene::demand::Room;
use crate::plan::select::Selection;
use crate::runtime::Capability;

/// The selected scenarios, by the cluster that they run on.
#[derive(Debug)]
pub struct Plan {
    /// In the order in which their first scenario was found.
    pub batches: Vec<Batch>,
    /// The texts of the features that they are in.
    pub sources: Vec<SourceText>,
    /// Number of scenarios selected.
    pub selected: usize,
    /// Number of files read.
    pub files: usize,
    /// FILE:LINE of every line given on which there is no scenario.
    pub idle_lines: Vec<String>,
    /// Flags that change nothing, each with why.
    pub idle_flags: Vec<String>,
    /// Equal for plans of the same scenarios with the same steps.
    pub fingerprint: String,
}

/// Scenarios that want the same cluster.
#[derive(Debug)]
pub struct Batch {
    /// The cluster.
    pub cluster: ClusterSpec,
    /// Those that do not disturb it first, each part in the order of the files.
    pub scenarios: Vec<Planned>,
}

/// One scenario that will run.
#[derive(Debug, Clone)]
pub struct Planned {
    /// The scenario.
    pub id: ScenarioId,
    /// Its feature, without scenarios and rules.
    pub feature: Arc<Feature>,
    /// Its rule, without scenarios.
    pub rule: Option<Arc<Rule>>,
    /// The scenario; what was an outline is expanded.
    pub scenario: Scenario,
    /// Whether a step changes the cluster so that others could see it.
    pub disturbs: bool,
    /// What the runtime must be able to do for it.
    pub needs: BTreeSet<Capability>,
    /// Why no cluster of this description can perform it, whatever the runtime: it is skipped.
    pub elsewhere: Option<String>,
    /// What its loads take; none where it has none.
    pub room: Option<Room>,
}

impl Plan {
    /// Reads, matches and groups.
    ///
    /// # Errors
    /// Every mistake in the files, selected scenarios or not: exit code 64.
    pub fn make(selection: &Selection, flags: &ClusterFlags) -> Result<Self, UserError> {
        let (targets, mistakes) = selection.files();
        let mut planner = Planner::new(flags, mistakes);
        let mut batches: Vec<Batch> = Vec::new();
        let mut by_key = HashMap::new();
        let mut idle_lines = Vec::new();
        let mut sources = Vec::new();
        for target in &targets {
            let file = match planner.read(&target.file) {
                Ok(file) => file,
                Err(mistakes) => {
                    planner.keep(mistakes);
                    continue;
                }
            };
            let idle = target.idle_lines(&file);
            idle_lines.extend(idle.map(|line| format!("{}:{line}", target.file.display())));
            let mut has_chosen = false;
            let chosen: Vec<_> =
                file.scenarios.iter().map(|it| selection.selects(&file, it, target)).collect();
            for (planned, chosen) in planner.file(&file).into_iter().zip(chosen) {
                let Some((cluster, planned)) = planned.filter(|_| chosen) else { continue };
                let index = *by_key.entry(cluster.key.clone()).or_insert_with(|| {
                    let cluster = cluster.spec.clone();
                    batches.push(Batch { cluster, scenarios: Vec::new() });
                    batches.len() - 1
                });
                batches[index].scenarios.push(planned);
                has_chosen = true;
            }
            if has_chosen {
                sources.push(file.source);
            }
        }
        let idle_flags = planner.finish()?;
        for batch in &mut batches {
            batch.scenarios.sort_by_key(|scenario| scenario.disturbs);
        }
        let selected = batches.iter().map(|batch| batch.scenarios.len()).sum();
        let fingerprint = fingerprint(&batches);
        let files = targets.len();
        Ok(Self { batches, sources, selected, files, idle_lines, idle_flags, fingerprint })
    }
}

fn fingerprint(batches: &[Batch]) -> String {
    let mut hash = crc32fast::Hasher::new();
    for planned in batches.iter().flat_map(|batch| &batch.scenarios) {
        hash.update(format!("{:?} {:?}\n", planned.id, planned.scenario.steps).as_bytes());
    }
    format!("{:08x}", hash.finalize())
}

impl Batch {
    /// Whether a scenario of it needs links; where none does, the cluster has none, as they cost throughput.
    pub fn needs_links(&self) -> bool {
        let links = [Capability::Links, Capability::ClientLinks];
        let mut scenarios = self.scenarios.iter();
        scenarios.any(|it| links.iter().any(|link| it.needs.contains(link)))
    }

    /// Features that hold just the chosen scenarios of this batch, each once, for a runner of cucumber.
    pub fn features(&self, which: impl Fn(&Planned) -> bool) -> Vec<Feature> {
        let mut features: Vec<(&Arc<Feature>, Feature)> = Vec::new();
        for planned in self.scenarios.iter().filter(|planned| which(planned)) {
            let known = features.iter().position(|(known, _)| Arc::ptr_eq(known, &planned.feature));
            let index = known.unwrap_or_else(|| {
                features.push((&planned.feature, Feature::clone(&planned.feature)));
                features.len() - 1
            });
            let feature = &mut features[index].1;
            let Some(rule) = &planned.rule else {
                feature.scenarios.push(planned.scenario.clone());
                continue;
            };
            match feature.rules.iter_mut().find(|known| known.position == rule.position) {
                Some(known) => known.scenarios.push(planned.scenario.clone()),
                None => feature
                    .rules
                    .push(Rule { scenarios: vec![planned.scenario.clone()], ..Rule::clone(rule) }),
            }
        }
        features.into_iter().map(|(_, feature)| feature).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BACKGROUND: &str = "\n  Background:\n    Given a running Kafka cluster\n";
    const DISTURBING: &str = "When broker 2 is killed";

    /// Plans one feature with this text below its name.
    fn plan(text: &str, change: impl FnOnce(&mut Selection)) -> Plan {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("f.feature").display().to_string();
        std::fs::write(&file, format!("Feature: f\n{text}")).expect("written");
        let mut selection = Selection { paths: vec![file], ..Selection::default() };
        change(&mut selection);
        Plan::make(&selection, &ClusterFlags::default()).expect("no mistakes")
    }

    fn names(plan: &Plan) -> Vec<Vec<&str>> {
        let batches = plan.batches.iter().map(|batch| &batch.scenarios);
        batches.map(|batch| batch.iter().map(|it| it.id.name.as_str()).collect()).collect()
    }

    #[test]
    fn scenarios_share_clusters_and_those_that_disturb_come_last() {
        let text = format!(
            "
  Scenario: disturbs
    Given a running Kafka cluster
    {DISTURBING}
  Scenario: another cluster
    Given a running Kafka cluster with settings:
      | name           | value |
      | num.partitions | 7     |
  Scenario: looks
    Given a running Kafka cluster described by \"three-broker\"
"
        );
        let plan = plan(&text, |_| {});
        assert_eq!(names(&plan), [vec!["looks", "disturbs"], vec!["another cluster"]]);
        assert_eq!(plan.selected, 3);
        let disturbs: Vec<_> = plan.batches[0].scenarios.iter().map(|it| it.disturbs).collect();
        assert_eq!(disturbs, [false, true]);
    }

    #[test]
    fn a_row_is_a_scenario_with_its_own_line_and_name() {
        let text = "
  Scenario Outline: versions
    Given a running Kafka <version> cluster

    Examples: few
      | version  |

      # the one that many still have
      | 0.11.0.3 |
      | 2.5.0    |
";
        let plan = plan(text, |_| {});
        assert_eq!(names(&plan), [["versions (0.11.0.3)"], ["versions (2.5.0)"]]);
        let lines = plan.batches.iter().map(|batch| batch.scenarios[0].id.line);
        assert_eq!(lines.collect::<Vec<_>>(), [10, 11]);
        let features = plan.batches[1].features(|_| true);
        assert_eq!(features[0].scenarios[0].steps[0].value, "a running Kafka 2.5.0 cluster");
        assert_eq!(features[0].scenarios[0].examples, []);
    }

    #[test]
    fn features_hold_each_chosen_scenario_once_in_its_rule() {
        let text = format!(
            "{BACKGROUND}
  Scenario: a
    {DISTURBING}
  Rule: r
    Background:
      Given a running Kafka cluster
    Scenario: b
      {DISTURBING}
    Scenario: c
      * a running Kafka cluster
"
        );
        let plan = plan(&text, |_| {});
        let features = plan.batches[0].features(|planned| planned.disturbs);
        let [feature] = features.as_slice() else { panic!("{features:?}") };
        assert_eq!(feature.background.as_ref().map(|it| it.steps.len()), Some(1));
        let of =
            |scenarios: &[Scenario]| scenarios.iter().map(|it| it.name.clone()).collect::<Vec<_>>();
        assert_eq!(of(&feature.scenarios), ["a"]);
        assert_eq!(of(&feature.rules[0].scenarios), ["b"]);
        assert!(feature.rules[0].background.is_some());
        assert_eq!(plan.batches[0].features(|_| false), []);
    }

    #[test]
    fn tags_names_and_lines_must_all_fit() {
        let text = format!(
            "{BACKGROUND}
  @slow
  Scenario: first
    * a running Kafka cluster
  Scenario: second
    * a running Kafka cluster
  @slow
  Scenario: third
    * a running Kafka cluster
"
        );
        let tags = |text: &str| Some(text.parse().expect("a tag expression"));
        let slow = plan(&text, |selection| selection.tags = tags("@slow"));
        assert_eq!(names(&slow), [["first", "third"]]);
        let both = plan(&text, |selection| {
            selection.tags = tags("not @old and @slow");
            selection.name = Some("^th".parse().expect("a pattern"));
        });
        assert_eq!(names(&both), [["third"]]);
        let line = plan(&text, |selection| selection.paths[0].push_str(":10"));
        assert_eq!(names(&line), [["second"]]);
        let none = plan(&text, |selection| selection.tags = tags("@none"));
        assert_eq!((none.selected, none.files), (0, 1));
    }

    #[test]
    fn a_version_in_the_sentence_wins_over_the_flag() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("f.feature");
        let text = "Feature: f\n  Scenario: a\n    Given a running Kafka cluster\n  \
            Scenario: b\n    Given a running Kafka 2.5.0 cluster\n";
        std::fs::write(&file, text).expect("written");
        let paths = vec![file.display().to_string()];
        let flags = ClusterFlags { kafka: Some("0.11.0.3".into()), ..ClusterFlags::default() };
        let plan = Plan::make(&Selection { paths, ..Selection::default() }, &flags);
        let versions = plan.expect("no mistakes").batches;
        let versions = versions.iter().map(|batch| batch.cluster.kafka().version.to_string());
        assert_eq!(versions.collect::<Vec<_>>(), ["0.11.0.3", "2.5.0"]);
    }
}
