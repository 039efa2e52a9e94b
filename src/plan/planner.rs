//! Makes a plan: goes through the files, scenario by scenario, and keeps what is wrong with them.

use std::collections::{BTreeSet, HashMap};
use std::mem::discriminant;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use cucumber::gherkin::{Step, StepType};

use crate::cluster::settings::Part;
use crate::cluster::spec::{ClusterSpec, Metadata};
use crate::error::UserError;
use crate::event::scenario::ScenarioId;
use crate::gherkin::Unsaid;
use crate::plan::Planned;
use crate::plan::clusters::{ClusterFlags, ClusterMistake, Clusters, Described};
use crate::plan::feature_file::{Expanded, FeatureFile, SourceText};
use crate::plan::matching::{Call, Matcher, may_name_a_cluster};
use crate::plan::mistake::{Impossible, Mistake, MistakeKind};
use crate::plan::scene::demand::{Demand, TooLarge, demand};
use crate::plan::scene::equipment::{self, Lacking};
use crate::plan::scene::fault_before::{self, NoFaultBefore};
use crate::plan::scene::nodes_named::{self, Missing};
use crate::plan::scene::spoken::Spoken;
use crate::plan::scene::{clients_named, node_states, partitions_named, roles_named};
use crate::runtime::Capability;
use crate::steps::cluster::{ClusterWanted, is_settings_table};
use crate::steps::table::TableMistake;
use crate::steps::unfit::Unfit;

/// The tag of a scenario that has its cluster for itself, though no sentence of it tells why.
const ALONE: &str = "alone";

/// Goes through the files and keeps what is wrong with them.
#[derive(Debug)]
pub struct Planner<'a> {
    matcher: Matcher,
    clusters: Clusters<'a>,
    mistakes: Vec<Mistake>,
}

impl<'a> Planner<'a> {
    /// Begins with the mistakes that were made before any file was read.
    pub fn new(flags: &'a ClusterFlags, mistakes: Vec<Mistake>) -> Self {
        Self { matcher: Matcher::default(), clusters: Clusters::new(flags), mistakes }
    }

    /// Reads a file; a step whose keyword says nothing is what its sentence can be.
    ///
    /// # Errors
    /// When there is nothing in the file that could be looked at further.
    pub fn read(&self, path: &Path) -> Result<FeatureFile, Vec<Mistake>> {
        FeatureFile::read(path, &|sentence, ty| self.matcher.fits(sentence, ty))
    }

    /// Each scenario of the file with its cluster; none where something is wrong with it.
    pub fn file(&mut self, file: &FeatureFile) -> Vec<Option<(Arc<Described>, Planned)>> {
        let mut found = file.mistakes.clone();
        let all = [StepType::Given, StepType::When, StepType::Then];
        let is_step = |it: &&Unsaid| all.into_iter().any(|ty| self.matcher.fits(&it.sentence, ty));
        found.extend(file.unsaid.iter().filter(is_step).map(|it| file.source.unsaid(it)));
        if found.is_empty() && file.is_bare {
            let place = file.source.line(file.feature.position.line);
            found.push(file.source.mistake(MistakeKind::NoScenario, place));
        }
        found.extend(same_names(file));
        let scenarios = file.scenarios.iter();
        let planned = scenarios.map(|it| self.scenario(file, it, &mut found)).collect();
        self.keep(found);
        planned
    }

    /// Keeps the mistakes of a file: in its order, and once for a background of many scenarios or an outline
    /// of many rows.
    pub fn keep(&mut self, mut found: Vec<Mistake>) {
        let start = |mistake: &Mistake| mistake.place.as_ref().map(|(_, span)| span.start);
        found.sort_by_key(start);
        found.dedup_by(|left, right| {
            start(left) == start(right) && discriminant(&left.kind) == discriminant(&right.kind)
        });
        self.mistakes.append(&mut found);
    }

    fn scenario(
        &mut self,
        file: &FeatureFile,
        expanded: &Expanded,
        found: &mut Vec<Mistake>,
    ) -> Option<(Arc<Described>, Planned)> {
        let Expanded { rule, scenario, lines, row, is_outline } = expanded;
        let source = &file.source;
        let header = || source.line(lines.start);
        if scenario.steps.is_empty() {
            found.push(source.mistake(MistakeKind::NoStep, header()));
            return None;
        }
        let of_rule = rule.as_ref().and_then(|rule| rule.background.as_ref());
        let backgrounds = file.feature.background.iter().chain(of_rule);
        let steps = backgrounds.flat_map(|background| &background.steps).chain(&scenario.steps);
        let steps: Vec<_> = steps.collect();
        let of_rule = rule.as_ref().map(|rule| &rule.tags);
        let mut tags = file.feature.tags.iter().chain(of_rule.into_iter().flatten());
        let mut disturbs =
            tags.any(|tag| tag == ALONE) || scenario.tags.iter().any(|it| it == ALONE);
        let mut needs = BTreeSet::new();
        // Whether a sentence names a cluster, if only a misspelt one: then none is missing.
        let mut named = false;
        let mut cluster: Option<Arc<Described>> = None;
        let mut sentences = Vec::new();
        let mut calls = Vec::new();
        // Those whose arguments are refused name nodes as well.
        let mut refused = Vec::new();
        for step in &steps {
            match self.matcher.find(step) {
                Ok(call) => {
                    let entry = call.entry;
                    let spoken = Spoken::new(step, &call);
                    if let Some(meaning) = &spoken.meaning {
                        disturbs |= meaning.disturbs();
                        needs.extend(meaning.needs());
                    }
                    sentences.push(spoken);
                    calls.push((*step, call));
                    if let Err(TableMistake { row, why }) = entry.check_table(step) {
                        let place = source.row(step, row);
                        found.push(source.mistake(MistakeKind::Table { why }, place));
                    }
                }
                Err(_) if *is_outline && placeholder(step).is_some() => {
                    found.push(no_value(source, step, row.is_some(), header()));
                    named |= may_name_a_cluster(step);
                    continue;
                }
                Err((kind, part)) => {
                    let whole = || source.step(step);
                    // What is empty cannot be marked.
                    let part = part.filter(|part| !part.is_empty());
                    let place = part.map_or_else(whole, |part| source.argument(step, &part));
                    found.push(source.mistake(kind, place));
                    let called = self.matcher.called(step).ok();
                    refused.extend(called.map(|call| Spoken::new(step, &call)));
                    named |= may_name_a_cluster(step);
                    continue;
                }
            }
            let Some(wanted) = ClusterWanted::read(step) else { continue };
            named = true;
            match (self.cluster(&file.source, step, &wanted), &cluster) {
                (Ok(wanted), None) => cluster = Some(wanted),
                (Ok(wanted), Some(first)) if wanted.key != first.key => {
                    found.push(source.mistake(MistakeKind::TwoClusters, source.step(step)));
                }
                (Ok(_), Some(_)) => {}
                (Err(Some(_)), _) if *is_outline && placeholder(step).is_some() => {
                    found.push(no_value(source, step, row.is_some(), header()));
                }
                (Err(mistake), _) => found.extend(mistake),
            }
        }
        if !named {
            found.push(source.mistake(MistakeKind::NoCluster, header()));
        }
        let cluster = cluster?;
        let topology = cluster.spec.topology();
        let elsewhere = elsewhere(&sentences, &cluster.spec);
        for (step, call) in calls.iter().filter(|_| elsewhere.is_none()) {
            found.extend(unfit(source, step, call, &cluster.spec));
        }
        let Demand { room, too_large } = demand(&sentences, &cluster.spec);
        for TooLarge { step, place, size, why } in too_large {
            let kind = MistakeKind::Argument { argument: size, why };
            found.push(source.mistake(kind, source.argument(sentences[step].step, &place)));
        }
        // What a sentence that is not understood would do is not known.
        if sentences.len() == steps.len() {
            for NoFaultBefore { step, words, place } in fault_before::missing(&sentences) {
                let place = source.argument(steps[step], &place);
                found.push(source.mistake(MistakeKind::NoFaultBefore { words }, place));
            }
            let unknown = clients_named::unknown(&sentences).into_iter();
            let unknown = unknown.chain(roles_named::unknown(&sentences));
            let unknown = unknown.chain(partitions_named::impossible(&sentences));
            for Impossible { step, why, place } in
                unknown.chain(node_states::impossible(&sentences))
            {
                let place = source.argument(steps[step], &place);
                found.push(source.mistake(MistakeKind::Together { why }, place));
            }
        }
        for spoken in sentences.iter().chain(&refused).filter(|_| elsewhere.is_none()) {
            if let Some(Missing { node, there, place }) = nodes_named::missing(spoken, &topology) {
                let kind = MistakeKind::NoSuchNode { node, there };
                found.push(source.mistake(kind, source.argument(spoken.step, &place)));
            } else if let Some(Lacking { why, place }) = equipment::lacking(spoken, &cluster.spec) {
                let place = source.argument(spoken.step, &place);
                found.push(source.mistake(MistakeKind::Together { why }, place));
            }
        }
        let planned = Planned {
            id: ScenarioId {
                file: source.path.clone(),
                line: scenario.position.line,
                name: scenario.name.clone(),
            },
            feature: Arc::clone(&file.feature),
            rule: rule.clone(),
            scenario: scenario.clone(),
            disturbs,
            needs: of_cluster(&cluster.spec).chain(needs).collect(),
            elsewhere,
            room,
        };
        Some((cluster, planned))
    }

    /// The cluster that a step names, or what is wrong with it, if that is in the feature.
    fn cluster(
        &mut self,
        source: &SourceText,
        step: &Step,
        wanted: &ClusterWanted,
    ) -> Result<Arc<Described>, Option<Mistake>> {
        let rows = step.table.as_ref().map(|table| source.rows(table)).unwrap_or_default();
        if !is_settings_table(step) {
            let place = rows.first().cloned().unwrap_or_else(|| source.step(step));
            return Err(Some(source.mistake(MistakeKind::NotSettings, place)));
        }
        self.clusters.find(wanted).map_err(|mistake| match mistake {
            ClusterMistake::Sentence { what, help } => {
                Some(source.mistake(MistakeKind::Cluster { what, help }, source.step(step)))
            }
            ClusterMistake::Setting(mistake) => {
                let setting = wanted.settings.iter().rposition(|(name, _)| *name == mistake.name);
                let place = setting.and_then(|index| {
                    let row = rows.get(index + 1)?.clone();
                    let (name, value) = &wanted.settings[index];
                    Some(match mistake.part {
                        Part::Name => source.cell(row, name),
                        Part::Value => source.cell(row, value),
                    })
                });
                let kind = MistakeKind::Cluster { what: mistake.what, help: mistake.help };
                Some(source.mistake(kind, place.unwrap_or_else(|| source.step(step))))
            }
            ClusterMistake::Elsewhere => None,
        })
    }

    /// Whether anything was wrong; flags that changed nothing.
    ///
    /// # Errors
    /// Every mistake.
    pub fn finish(mut self) -> Result<Vec<String>, UserError> {
        let idle = self.clusters.look_at_unused();
        let files: BTreeSet<_> = self.mistakes.iter().map(|mistake| mistake.file.clone()).collect();
        let mut errors = self.clusters.broken;
        errors.extend(self.mistakes.into_iter().map(UserError::from));
        match errors.len() {
            0 => Ok(idle),
            1 => Err(errors.remove(0)),
            several => {
                let what = format!(
                    "{several} mistakes in {}",
                    match files.len() {
                        0 | 1 => "1 file".into(),
                        more => format!("{more} files"),
                    }
                );
                Err(UserError::usage(what, "").with_others(errors))
            }
        }
    }
}

/// What a sentence and the table below it ask of the cluster that it is not made for.
fn unfit(
    source: &SourceText,
    step: &Step,
    Call { entry, arguments, .. }: &Call,
    cluster: &ClusterSpec,
) -> Option<Mistake> {
    let texts: Vec<_> = arguments.iter().map(|place| &step.value[place.clone()]).collect();
    if let Err(Unfit { argument, why }) = entry.check_fits(cluster, &texts) {
        let place = arguments.get(argument).filter(|place| !place.is_empty()).cloned();
        let place = place.unwrap_or(0..step.value.len());
        let kind = MistakeKind::Together { why };
        return Some(source.mistake(kind, source.argument(step, &place)));
    }
    let settings = entry.check_settings(step, cluster.kafka());
    let TableMistake { row, why } = settings.err()?;
    Some(source.mistake(MistakeKind::Table { why }, source.row(step, row)))
}

/// Why a scenario is for other clusters: a sentence speaks of ZooKeeper, or of controllers, and there are none.
fn elsewhere(sentences: &[Spoken<'_>], cluster: &ClusterSpec) -> Option<String> {
    let other = |metadata: &Metadata| *metadata != cluster.metadata();
    let (spoken, metadata) =
        sentences.iter().find_map(|it| Some((it, it.metadata().filter(other)?)))?;
    let (kafka, text) = (cluster.kafka().version, spoken.text);
    Some(match metadata {
        Metadata::ZooKeeper => {
            format!("this cluster of Kafka {kafka} has no ZooKeeper, of which it says: {text}")
        }
        Metadata::KRaft => format!(
            "this cluster of Kafka {kafka} runs on ZooKeeper, and has no such controllers: {text}"
        ),
    })
}

/// Scenarios of the same feature or rule that cannot be told apart by name.
fn same_names(file: &FeatureFile) -> Vec<Mistake> {
    let mut seen = HashMap::new();
    let mut mistakes = Vec::new();
    for Expanded { rule, scenario, lines, .. } in &file.scenarios {
        let line = scenario.position.line;
        let rule = rule.as_ref().map(|rule| rule.position.line);
        let first = *seen.entry((rule, scenario.name.as_str())).or_insert(line);
        if first != line {
            let place = file.source.line(if lines.contains(&first) { line } else { lines.start });
            mistakes.push(file.source.mistake(MistakeKind::SameName { line: first }, place));
        }
    }
    mistakes
}

/// What stands between `<` and `>` in a sentence that its outline has filled in.
fn placeholder(step: &Step) -> Option<&str> {
    let (_, rest) = step.value.split_once('<')?;
    let (name, _) = rest.split_once('>')?;
    (!name.is_empty()).then_some(name)
}

/// A sentence of an outline that cannot be, as nothing fills in what it leaves open.
fn no_value(source: &SourceText, step: &Step, has_row: bool, header: Range<usize>) -> Mistake {
    match placeholder(step) {
        Some(name) if has_row => {
            let place = source.cell(source.step(step), &format!("<{name}>"));
            source.mistake(MistakeKind::NoColumn { name: name.into() }, place)
        }
        _ => source.mistake(MistakeKind::NoExamples, header),
    }
}

/// What the cluster itself asks of the runtime.
fn of_cluster(cluster: &ClusterSpec) -> impl Iterator<Item = Capability> {
    let topology = cluster.topology();
    let mut hosts = BTreeSet::new();
    let shared = topology.nodes().any(|(_, host)| !hosts.insert(host));
    let disk = cluster.brokers().values().any(|broker| broker.disk_mib.is_some());
    let clock = cluster.brokers().values().any(|broker| broker.movable_clock);
    let needs = [
        (Capability::SharedHosts, shared),
        (Capability::SmallDisks, disk),
        (Capability::MovableClocks, clock),
    ];
    needs.into_iter().filter_map(|(capability, needed)| needed.then_some(capability))
}
